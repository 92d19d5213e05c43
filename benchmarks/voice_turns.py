"""What callers of the bench say: calls of a few turns each, of every kind, and sentences with the intents they mean."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["open", "info", "choice", "yes_no", "digits", "human"]
HUMAN = "prompt:"
"""Begins the name of a recorded human prompt in the place of a sentence."""

DIGITS = ("ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять")


@dataclass(frozen=True)
class Line:
    """One sentence of a caller. `over`: said while the robot still speaks; `dynamic`: the answer repeats what is new each time."""

    text: str
    kind: Kind
    over: bool = True
    dynamic: bool = False


@dataclass(frozen=True)
class Script:
    """One call to a dialled number."""

    dialled: str
    lines: tuple[Line, ...]


def info(*texts: str) -> tuple[Line, ...]:
    """Questions that an article or a table answers."""
    return tuple(Line(text, "info") for text in texts)


PROMPTS = ("check-number-dial-again", "conf-invalid", "all-circuits-busy-now")
"""Debian's recordings of a woman: nothing the line can help with, but what she says ends as people's sentences do."""
YES, NO = Line("Да, верно", "yes_no", over=False), Line("Нет, неверно", "yes_no", over=False)
ASKED = (
    "Сколько стоит замена паспорта",
    "До скольки вы работаете в субботу на Заречной",
    "Что значит передано на выдачу",
    "Сколько стоит загранпаспорт на десять лет",
    "Как поставить ребёнка в очередь в детский сад",
    "Вы робот или живой человек",
    "Где находится ближайший центр",
    "Мне отказали в пособии, куда жаловаться",
    "Как оформить пособие на ребёнка",
    "Какие документы нужны для замены паспорта",
    "Что вы умеете",
    "Можно получить документы за маму по доверенности",
)
"""Questions that need nothing before them: for callers who come at once."""


def scripts(chance: random.Random, *, quick: bool = False) -> list[Script]:
    """The calls: 32 turns, `quick` 8. Dictated numbers are new each time, so that their read-back was never said before."""
    booking = Script(
        "1220",
        (
            Line("Здравствуйте, запишите меня на замену паспорта", "open"),
            Line("На Заречной улице", "choice"),
            Line("Первый вариант", "choice"),
            Line("Первый", "choice"),
        ),
    )
    status = Script("122", (Line("Где моё заявление", "open"), _number(chance), YES))
    asking = Script("122", info(*ASKED[:4]))
    people = Script("122", tuple(Line(HUMAN + name, "human") for name in PROMPTS[: 1 if quick else None]))
    if quick:
        return [
            Script("1220", booking.lines[:2]),
            Script("122", status.lines[:2]),
            Script("122", info(*ASKED[:3])),
            people,
        ]
    corrected = Script("122", (Line("Подскажите, готово ли моё заявление", "open"), _number(chance), NO))
    more = Script(
        "122",
        (
            *info("Какие документы нужны для загранпаспорта ребёнку"),
            Line("Да, подробнее", "yes_no", over=False),
            *info("Повторите, пожалуйста"),
        ),
    )
    fault = Script(
        "122", (Line("Во дворе третью неделю не вывозят мусор", "open"), Line("Садовая улица, дом пятнадцать", "open"))
    )
    again = Script(
        "1220",
        (
            Line("Хочу записаться на загранпаспорт", "open"),
            Line("На Садовой", "choice"),
            Line("Второй вариант", "choice"),
        ),
    )
    return [
        booking, asking, status, fault, people, Script("1220", info(*ASKED[4:8])), more, again, corrected,
        Script("122", info(*ASKED[9:12])),
    ]  # fmt: skip


def _number(chance: random.Random) -> Line:
    """A case number as one dictates it: 2/2/ and six digits."""
    digits = [2, 2, *(chance.randrange(10) for _ in range(6))]
    return Line(" ".join(DIGITS[digit] for digit in digits), "digits", dynamic=True)


def sentences(given: Sequence[Script]) -> Iterator[str]:
    """All that is said in them, each once."""
    yield from dict.fromkeys(line.text for script in given for line in script.lines)


INTENTS = tuple(
    (text.strip(), intent)
    for intent, texts in {
        "ask_documents": "Какие документы нужны для замены паспорта | Что взять с собой, чтобы оформить субсидию",
        "ask_fee": "Сколько стоит загранпаспорт | Какая пошлина за водительские права",
        "ask_working_hours": "До скольки вы работаете в субботу | Вы открыты завтра",
        "ask_address": "Где находится ближайший центр | Подскажите адрес центра на Заречной",
        "ask_service_info": "Можно ли получить документы за маму по доверенности | Как оформить пособие на ребёнка",
        "find_services": "Что мне положено при рождении ребёнка | Какие льготы есть у пенсионеров",
        "book_appointment": "Запишите меня на приём | Хочу записаться на замену паспорта на завтра",
        "reschedule_appointment": "Перенесите мою запись на другой день | Не могу прийти в четверг, давайте в другой день",
        "cancel_appointment": "Отмените мою запись | Я не приду, снимите меня с записи",
        "my_appointments": "Когда я записан | Напомните, на какое время у меня запись",
        "check_status": "Где моё заявление | Подскажите, готовы ли мои документы",
        "explain_status": "Что значит передано на выдачу | Что означает статус на рассмотрении",
        "explain_rejection": "Почему мне отказали в субсидии | За что отказали в пособии",
        "submit_application": "Хочу подать заявление на адресную помощь | Помогите подать заявку на социальный контракт",
        "pay_duty": "Хочу оплатить госпошлину | Как заплатить пошлину",
        "report_problem": "Во дворе третью неделю не вывозят мусор | На нашей улице огромная яма на дороге",
        "ask_incident": "Когда дадут воду на улице Садовой | Почему нет света в нашем районе",
        "request_operator": "Соедините меня с оператором | Хочу поговорить с человеком",
        "request_callback": "Перезвоните мне, пожалуйста | Закажите мне обратный звонок",
        "technical_problem": "У меня не работает сайт | Приложение не открывается, пишет ошибку",
        "leave_feedback": "Хочу оставить отзыв | Хочу похвалить вашу сотрудницу",
        "bot_challenge": "Вы робот или живой человек | Я с автоматом разговариваю",
        "help": "Что вы умеете | Чем вы можете помочь",
        "thank": "Спасибо большое | Благодарю вас",
    }.items()
    for text in texts.split("|")
)
"""Forty-eight sentences of ours and what they mean, none of them taken from the training examples on purpose."""
