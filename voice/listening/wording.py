"""What the words so far tell about whether a caller is done: finished answers, hanging ends, numbers in the middle, «угу»."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"\w+(?:-\w+)*")

_ANSWERS = frozenset(
    "да нет ага угу верно правильно неправильно неверно конечно согласен согласна подтверждаю хорошо ладно давайте "
    "не надо нужно спасибо все так точно именно ну вот".split()
)
_DECIDING = frozenset(
    "да нет ага угу верно правильно неправильно неверно конечно согласен согласна подтверждаю надо хорошо давайте".split()
)
"""An answer has one of these; the rest of it may be any of `_ANSWERS`."""

_BACKCHANNELS = frozenset(
    "да да-да да-да-да угу угум ага ага-ага так так-так мгм м мм ммм хм гм "
    "ясно понятно понял поняла хорошо ладно ну ой ох э эм".split()
)

_HANGING = frozenset(
    "и а но или либо что чтобы как если когда где который которая которое потому то есть в во на к ко с со у о об от до по "
    "за из изо для про при без через между под над номер номера дом улица улице корпус квартира строение проспект переулок "
    "мой моя мое мои меня зовут фамилия имя отчество это не еще э-э ээ эээ э эм ммм мм ну вот "
    "значит так короче типа".split()
)
"""Nobody ends a turn with these: prepositions, conjunctions, «номер», sounds of thinking."""

_NUMERALS = frozenset(
    "ноль нуль один одна два две три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать "
    "четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать двадцать тридцать сорок пятьдесят шестьдесят "
    "семьдесят восемьдесят девяносто сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот тысяча "
    "дробь тире слэш".split()
)


def words_of(text: str) -> list[str]:
    """The words, small, «ё» as «е», without punctuation."""
    return [word.replace("ё", "е") for word in _WORD.findall(text.lower())]


def finished(text: str, choices: Sequence[str] = ()) -> bool:
    """Whether this answers a question all by itself: yes, no, or one of the titles on offer."""
    words = words_of(text)
    if any(words == words_of(choice) for choice in choices):
        return bool(words)
    return bool(words) and all(word in _ANSWERS for word in words) and any(word in _DECIDING for word in words)


def hanging(text: str) -> bool:
    """Whether more must follow: the last word asks for another, or the recogniser itself heard it break off («…»)."""
    if text.rstrip().endswith(("…", "...", "—", "-")):
        return True
    words = words_of(text)
    return bool(words) and words[-1] in _HANGING and not finished(text)


def ends_in_number(text: str) -> bool:
    """Whether the last thing said was a digit or a numeral: the next one may follow."""
    words = words_of(text)
    return bool(words) and (words[-1][-1].isdigit() or words[-1] in _NUMERALS)


def digits_in(text: str) -> int:
    """How many digits were said, numerals counted as one each: too few rather than too many."""
    words = words_of(text)
    return sum(1 for word in words if word in _NUMERALS) + sum(c.isdigit() for word in words for c in word)


def backchannel(text: str) -> bool:
    """Whether it only says «I am listening»: «угу», «да-да», «понятно»; also when there are no words at all."""
    return all(word in _BACKCHANNELS for word in words_of(text))
