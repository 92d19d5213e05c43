"""Abbreviations and terms that the text does not explain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from bot.plain.finding import Finding, found
from bot.plain.sentences import Passage
from bot.plain.symbols import LOUD, is_word
from bot.services.phrases import PhraseBook

KNOWN = frozenset(
    "МФЦ РФ СНИЛС ИНН ОМС ЗАГС МВД МЧС ЖКХ ГИБДД СМС SMS QR PIN ПИН ТВ США ВУЗ ДК ЖК ТЦ ВК VK MAX МАКС USB PDF JPG JPEG PNG "
    "ДТП ЕГЭ ОГЭ ЭКГ ВИЧ УЗИ ПК ИП ООО СССР АЗС ПТС СТС НДФЛ ЖЭК ТСЖ БТИ КПП ИТ НИИ ID ОК НЕТ ДА СВО".split()
)
"""Everybody knows them, or reads them on a paper of her own."""
SHORTENED: Mapping[str, str] = {
    "ЕПГУ": "портал Госуслуг", "РПГУ": "региональный портал услуг", "ЕСИА": "вход через Госуслуги",
    "СМЭВ": "запросы между ведомствами", "ОГВ": "орган власти", "ОИВ": "ведомство", "ФОИВ": "федеральное ведомство",
    "ОМСУ": "администрация", "НПА": "закон", "ЮЛ": "организация", "ФЛ": "человек", "ТС": "машина", "ЗУ": "земельный участок",
    "ОКС": "здание", "ДУЛ": "паспорт или другой документ", "ПДН": "личные данные", "ЭЦП": "электронная подпись",
    "УКЭП": "электронная подпись", "КЭП": "электронная подпись", "ЭП": "электронная подпись", "МСП": "мера поддержки",
    "ЖКУ": "квартплата и коммунальные услуги", "ТКО": "мусор", "МКД": "многоквартирный дом", "УДС": "дороги",
    "ЛК": "личный кабинет", "ГП": "госпошлина", "ВНЖ": "вид на жительство", "РВП": "разрешение на временное проживание",
    "ЕГРН": "реестр недвижимости", "ЕГРЮЛ": "реестр организаций", "ЕГРИП": "реестр предпринимателей",
    "СФР": "Социальный фонд", "ФНС": "налоговая", "УК": "управляющая компания", "ПФР": "Пенсионный фонд",
    "ГУВМ": "миграционная служба", "ФЗ": "федеральный закон", "МРОТ": "минимальная зарплата", "ЕДВ": "ежемесячная выплата",
    "ЕНП": "единый налоговый платёж", "АР": "регламент", "МФЦ ПГУ": "МФЦ", "НДС": "налог на добавленную стоимость",
    "ЕСПД": "документы", "ГИС": "государственная база данных", "БКИ": "бюро кредитных историй", "ФССП": "судебные приставы",
}  # fmt: skip
"""Abbreviations that citizens need not know, and what stands behind them, in words for brackets."""
TERMS: Mapping[str, str] = {
    "апостиль": "печать, с которой документ признают за границей",
    "сервитут": "право ходить или ездить по чужой земле",
    "эскроу": "счёт, где деньги лежат до конца сделки",
    "аутентификация": "проверка, что это вы",
    "верификация": "проверка, что это вы",
    "авторизация": "вход",
    "валидация": "проверка",
    "акцепт": "согласие",
    "оферта": "предложение договора",
    "конклюдентный": "согласие делом, без слов",
    "преференция": "льгота",
    "реституция": "возврат",
    "пролонгация": "продление",
    "депонирование": "хранение",
    "нотификация": "сообщение",
    "санация": "исправление",
    "рекогносцировка": "осмотр",
    "актуализация": "обновление",
    "консолидированный": "общий",
    "имплементация": "введение",
    "межведомственный + взаимодействие": "запросы между ведомствами",
    "административный + регламент": "правила услуги",
    "транспарентный": "открытый",
    "легитимный": "законный",
    "идентификатор": "номер или имя",
    "инсталляция": "установка",
    "правопреемник": "кому перешли права",
    "бенефициар": "кто получит выгоду",
    "дееспособность": "право самому совершать сделки",
    "эмансипация": "полные права до 18 лет",
    "репатриация": "возвращение на родину",
    "натурализация": "получение гражданства",
    "фискальный": "налоговый",
}
"""Words that need an explanation beside them, and one."""
_CAPITALS = re.compile(r"(?<![\w.-])[А-ЯЁA-Z]{2,6}(?![\w-]|\.\w)")
_EXPLAINED = re.compile(r"^[»\"]?\s*(?:\(|—|–|-\s|, то есть|, или|: это|это )")


def abbreviations(passage: Passage) -> Iterator[Finding]:
    """«ЕПГУ», «СМЭВ» without a word of what that is, at their first place; explained ones and those that everybody knows are free.

    Source: WCAG 2.2, 3.1.4 (abbreviations are explained); gov.uk easy read rules («use full words not acronyms»); Inclusive Design
    Research Centre («if everyone knows an abbreviation, use it without explanation»).
    """
    text = passage.text
    if _loud(text):
        return
    seen: set[str] = set()
    for hit in _CAPITALS.finditer(text):
        short = hit[0]
        if (
            short in KNOWN
            or short in seen
            or _is_roman(short)
            or (short not in SHORTENED and len(short) >= LOUD and is_word(short))
        ):
            continue
        seen.add(short)
        if _explained(text, hit.start(), hit.end()):
            continue
        plain = SHORTENED.get(short, "")
        hint = f"Расшифруйте: «{plain}»." if plain else "Расшифруйте или объясните рядом."
        yield found("abbreviation", text, hit.start(), hit.end(), hint, f"{short} ({plain})" if plain else "")


def terms(passage: Passage) -> Iterator[Finding]:
    """«Апостиль», «верификация» without an explanation beside them, at their first place.

    Source: WCAG 2.2, 3.1.3 (unusual words are explained); ISO 24495-1:2023, 5.3 (familiar words). The list is ours.
    """
    seen: set[str] = set()
    for hit in _book().find(passage.words):
        start, end = passage.words[hit.first].start, passage.words[hit.last].end
        if hit.phrase in seen or _explained(passage.text, start, end):
            continue
        seen.add(hit.phrase)
        yield found("term", passage.text, start, end, f"Объясните рядом или замените: {hit.value}.")


def _explained(text: str, start: int, end: int) -> bool:
    """Whether the words after the place explain it, or the place itself stands in brackets after what it means."""
    return bool(_EXPLAINED.match(text[end : end + 12])) or text[:start].endswith(("(", "(далее — ", "(далее – "))


def _is_roman(short: str) -> bool:
    return set(short) <= set("IVXLCDMХ")


def _loud(text: str) -> bool:
    """Whether the whole text is in capitals: then nothing tells an abbreviation from a word."""
    letters = [c for c in text if c.isalpha()]
    return sum(c.isupper() for c in letters) > len(letters) * 0.6 and len(letters) > 12


@lru_cache(maxsize=1)
def _book() -> PhraseBook[str]:
    return PhraseBook(TERMS.items())
