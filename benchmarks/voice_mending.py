"""How many everyday sentences keep their key words on the telephone, before and after the words are mended.

`python -m benchmarks.voice_mending --json`. Odd rows are the ones that rules were made by, even rows were never looked at.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.paths import HERE
from benchmarks.voice_caller import said
from bot.services.content import Content, load
from bot.services.phrases import lemma, tokens
from voice.dictation.normalise import typed
from voice.dictation.sound_alikes import Mender
from voice.recognition import hotwords, weights
from voice.recognition.base import Hint
from voice.recognition.whisper import WhisperRecogniser, at_once

CONTENT = HERE.root / "bot" / "content"
CACHE = HERE.cache / "voice-bench"

# The awaited slot («-» is an open question), what is said, and what has to be in the text: all parts between semicolons,
# any of the forms between bars.
_ROWS = """
    - | Здравствуйте, мне нужно поменять паспорт | поменять паспорт
    - | Добрый день, я хотела бы получить загранпаспорт | загранпаспорт
    - | Подскажите, где можно оформить снилс ребёнку | снилс
    - | Какие документы нужны для замены паспорта | замена паспорта
    - | Хочу записаться на замену водительских прав | водительские права
    - | Запишите меня на загранпаспорт на пять лет | загранпаспорт; пять|5
    - | Сколько стоит выписка из ЕГРН | выписка; егрн
    - | Как получить пособие на ребёнка | пособие на ребёнка
    - | Мне нужна субсидия на оплату коммунальных услуг | субсидия
    - | Как распорядиться материнским капиталом | материнский капитал|маткапитал
    - | Хочу прописаться в квартире у мамы | прописаться
    - | Нужна временная регистрация на полгода | временная регистрация
    - | Где получить справку об отсутствии судимости | отсутствие судимости
    - | Можно у вас подать заявление на банкротство | банкротство
    - | Как встать в очередь в детский сад | детский сад
    - | Запишите сына в первый класс | первый класс
    - | Как оформить налоговый вычет за квартиру | вычет
    - | Хочу подать заявление на регистрацию брака | регистрация брака
    - | Мы с мужем разводимся, куда обратиться | разводиться
    - | Я потеряла свидетельство о рождении дочери | свидетельство о рождении
    - | Мне нужно получить полис медицинского страхования | полис
    - | Как оформить пенсию по старости | пенсия
    - | Что нужно для приватизации квартиры | приватизация
    - | Хочу поставить машину на учёт | машина; учет
    - | Как получить звание ветерана труда | ветеран труд
    - | Расскажите про социальный контракт | социальный контракт
    - | Помогите восстановить доступ к Госуслугам | госуслуга
    - | Нужна доверенность у нотариуса | доверенность
    - | Как получить земельный участок многодетной семье | земельный участок
    - | Хочу стать самозанятым, что для этого нужно | самозанятый
    - | Где заказать удостоверение многодетной семьи | удостоверение; многодетный
    - | Можно ли получить охотничий билет | охотничий билет
    - | Оформите мне разрешение на строительство дома | разрешение; строительство
    - | Нужно разрешение на бесплатную парковку для инвалида | парковка
    - | Сыну исполнилось четырнадцать, нужен первый паспорт | паспорт
    - | У меня украли паспорт, что делать | паспорт
    - | Хочу получить вид на жительство | вид на жительство
    - | Нужна бесплатная консультация юриста | консультация; юрист
    - | Где взять путёвку в детский лагерь | путевка; лагерь
    - | Оформить проездной билет пенсионеру | проездной
    - | Я хочу узнать про кадастровый учёт | кадастровый учет
    - | Как сменить фамилию после свадьбы | фамилия
    - | На улице Ленина второй день нет света | улица ленина
    - | Во дворе на Садовой не убирают снег | садовая
    - | На улице Металлургов прорвало трубу | металлургов
    - | На Заречной не горят фонари | заречная
    - | У нас на улице Гагарина нет горячей воды | гагарина
    - | На проспекте Победы огромная яма на дороге | победы
    - | На улице Чехова лежит поваленное дерево | чехова
    - | На Советской улице не работает светофор | советская
    - | Возле дома на Вокзальной не вывозят мусор | вокзальная
    - | В подъезде на улице Энтузиастов сломан лифт | энтузиастов
    - | На улице Дзержинского открыт люк | дзержинского
    - | Когда дадут воду на Комсомольской улице | комсомольская
    - | Во сколько закрывается центр на улице Ленина | ленина
    - | Работает ли в субботу центр на проспекте Победы | победы
    service | Замена паспорта | замена паспорта
    service | Загранпаспорт | загранпаспорт
    service | Получить снилс | снилс
    service | Выписка из ЕГРН | выписка; егрн
    service | Водительское удостоверение | водительский удостоверение
    service | Материнский капитал | материнский капитал|маткапитал
    service | Прописка ребёнка | прописка
    service | Детское пособие | пособие
    service | Мне нужна выписка на квартиру | выписка
    service | Восстановление паспорта после утери | паспорт
    centre | На улице Ленина | ленина
    centre | Мне удобнее на Металлургов | металлургов
    centre | Давайте на проспекте Победы | победы
    centre | На левом берегу | на левом берегу|на заречной улице
    centre | В Заводском районе | заводской|металлургов
    centre | Ближе всего Заречная | заречная
    address | На Садовой, дом двенадцать | садовая; 12|двенадцать
    address | Улица Гагарина, дом пять | гагарина; 5|пять
    address | Московская улица, восемнадцать | московская; 18|восемнадцать
    address | Улица Чехова, дом семь, квартира тридцать | чехова; 7|семь
    address | Во дворе дома на Пролетарской | пролетарская
    address | Возле школы на улице Пушкина | пушкина
    address | Октябрьский проспект, дом три | октябрьский; 3|три
    address | Площадь Соборная, один | соборная
    ticket_contact | Анонимно | анонимно
    ticket_contact | Давайте анонимно | анонимно
    ticket_contact | Оставить контакты | оставить контакты
    ticket_contact | Оставлю свои контакты | контакты
    person_name | Смирнова Анна Петровна | смирнова анна петровна
    person_name | Кузнецов Сергей Иванович | кузнецов сергей иванович
    person_name | Меня зовут Ольга Николаевна Попова | ольга николаевна попова
    person_name | Иванова Мария Александровна | иванова мария александровна
    person_name | Васильев Андрей Михайлович | васильев андрей михайлович
    person_name | Елена Викторовна Соколова | елена викторовна соколова
    person_name | Михайлов Дмитрий Сергеевич | михайлов дмитрий сергеевич
    person_name | Новикова Татьяна Владимировна | новикова татьяна владимировна
    person_name | Фёдоров Алексей Павлович | федоров алексей павлович
    person_name | Морозова Наталья Юрьевна | морозова наталья юрьевна
    person_name | Волков Николай Андреевич | волков николай андреевич
    person_name | Зайцева Людмила Фёдоровна | зайцева людмила федоровна
    personal_data_consent | Да, согласна | да|согласен
    personal_data_consent | Согласен | согласен
    appointment_confirmed | Да, всё верно | да|верно
    appointment_confirmed | Нет, неверно | нет|неверно
"""


@dataclass(frozen=True)
class Row:
    """One sentence: the slot it answers, its words, and the parts that have to be heard, each with its other forms."""

    slot: str | None
    said: str
    keep: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Result:
    """A row, what the recogniser heard, and that with its words mended."""

    row: Row
    heard: str
    mended: str
    ms: float


def rows() -> list[Row]:
    """All sentences, in their order."""
    found = []
    for line in _ROWS.strip().splitlines():
        slot, words, keep = (part.strip() for part in line.split("|", 2))
        parts = tuple(tuple(form.strip() for form in part.split("|")) for part in keep.split(";"))
        found.append(Row(None if slot == "-" else slot, words, parts))
    return found


def kept(row: Row, text: str) -> bool:
    """Whether every part of the row is in the text, in whatever case form; names in that very form."""
    exact = row.slot == "person_name"
    there = _words(text, exact)
    return all(any(_within(_words(form, exact), there) for form in part) for part in row.keep)


def _words(text: str, exact: bool) -> list[str]:
    return [token.text if exact else lemma(token.text) for token in tokens(text)]


def _within(part: Sequence[str], words: Sequence[str]) -> bool:
    return any(list(words[at : at + len(part)]) == list(part) for at in range(len(words) - len(part) + 1))


def choices(content: Content, slot: str | None) -> tuple[str, ...]:
    """What is on offer when this slot is asked for."""
    if slot == "centre":
        return tuple(centre.title for centre in content.centres)
    if slot == "ticket_contact":
        return ("Оставить контакты", "Анонимно")
    return ("Да", "Нет") if slot in ("personal_data_consent", "appointment_confirmed") else ()


async def hear(recogniser: WhisperRecogniser, content: Content, chosen: Sequence[Row]) -> list[str]:
    """What the telephone hears of each row."""
    CACHE.mkdir(parents=True, exist_ok=True)
    heard = []
    for row in chosen:
        pcm = await asyncio.to_thread(said, row.said, CACHE)
        heard.append((await recogniser.hear(pcm, Hint(row.slot, choices(content, row.slot)))).text)
    return heard


def mended(content: Content, mender: Mender, chosen: Sequence[Row], heard: Sequence[str]) -> list[Result]:
    """Each row with its text mended as a call does it, and the milliseconds that took when the words were new."""
    results = []
    for row, text in zip(chosen, heard, strict=True):
        began = time.perf_counter()
        put_right = typed(text, row.slot, choices(content, row.slot), mender)
        results.append(Result(row, text, put_right, (time.perf_counter() - began) * 1000))
    return results


def figures(content: Content, results: Sequence[Result]) -> dict[str, float]:
    """Shares of rows whose key words are right: as heard, written down without the mender, and with it."""
    plain = [typed(one.heard, one.row.slot, choices(content, one.row.slot)) for one in results]
    took = sorted(one.ms for one in results)
    return {
        "count": len(results),
        "heard": round(statistics.mean(kept(one.row, one.heard) for one in results), 3),
        "written": round(statistics.mean(kept(r.row, text) for r, text in zip(results, plain, strict=True)), 3),
        "mended": round(statistics.mean(kept(one.row, one.mended) for one in results), 3),
        "ms_p50": round(statistics.median(took), 2),
        "ms_max": round(took[-1], 2),
    }


async def _main(options: argparse.Namespace) -> dict[str, Any]:
    content = load(CONTENT)
    known = hotwords.from_content(content, CONTENT / "hotwords.yml")
    recogniser = WhisperRecogniser(weights.find(options.model, HERE.cache), *at_once(os.cpu_count() or 1), known)
    chosen, mender = rows(), Mender.of(content)
    heard = await hear(recogniser, content, chosen)
    await recogniser.close()
    results = mended(content, mender, chosen, heard)
    halves = {"odd": results[::2], "even": results[1::2], "all": results}
    if options.show in halves:
        for one in halves[options.show]:
            mark = f"{kept(one.row, one.heard):d}{kept(one.row, one.mended):d}"
            sys.stderr.write(f"{mark} {one.row.slot or '-'} | {one.row.said} | {one.heard} | {one.mended}\n")
    return {name: figures(content, some) for name, some in halves.items()}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Сколько просьб по телефону сохраняют главные слова")
    parser.add_argument("--json", action="store_true", help="одной строкой JSON")
    parser.add_argument("--model", default="auto", help="имя модели или папка")
    parser.add_argument("--show", choices=("odd", "even", "all"), help="показать, что услышано и что вышло")
    options = parser.parse_args()
    found = asyncio.run(_main(options))
    if options.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    for name, line in found.items():
        sys.stdout.write(f"{name:6}" + "  ".join(f"{key} {value:g}" for key, value in line.items()) + "\n")


if __name__ == "__main__":
    main()
