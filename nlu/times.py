"""The time of day in Russian: «в 9», «полтретьего», «без четверти три», «вечером», «после обеда».

A bare hour is heard as a bookable one: «в 3» is 15:00, «в 9» is 09:00.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from nlu.calendar_ru import DAYTIME, EVENING, MORNING, NIGHT
from nlu.lemmas import part_of_speech
from nlu.numbers import spans
from nlu.time_tokens import Token, Tokens

HOUR = 60
"""Minutes. All times of day here are minutes after midnight."""


@dataclass(frozen=True)
class Clock:
    """A point on the clock face, perhaps without saying which half of the day."""

    hour: int
    minute: int = 0
    grain: str = "hour"
    sure: bool = False
    """The half of the day is known: «15:00», «3 часа ночи»."""
    problem: str | None = None
    """`impossible` for «в 25 часов»."""

    @property
    def minutes(self) -> int:
        """Minutes after midnight in working hours, unless the half of the day was said."""
        hour = self.hour + 12 if not self.sure and 1 <= self.hour <= 7 else self.hour
        return hour * HOUR + self.minute

    @property
    def said(self) -> int:
        """Minutes after midnight with the hour as it was said."""
        return self.hour * HOUR + self.minute

    def in_part(self, part: str) -> Clock:
        """The same time in the named part of the day: 7 in the evening is 19."""
        hour = self.hour
        if part == NIGHT:
            hour = 24 if hour == 12 else hour + 12 if 9 <= hour <= 11 else hour
        elif (part == EVENING and hour < 12) or (part == DAYTIME and hour <= 7):
            hour += 12
        return replace(self, hour=hour, sure=True)


@dataclass(frozen=True)
class Part:
    """A part of the day, in minutes after midnight, `end` exclusive."""

    start: int
    end: int
    name: str


@dataclass(frozen=True)
class Clocks:
    """From one time of day to another, `end` exclusive; None where open."""

    start: int | None
    end: int | None
    grain: str = "hour"


PARTS = {
    MORNING: Part(9 * HOUR, 12 * HOUR, MORNING),
    DAYTIME: Part(12 * HOUR, 17 * HOUR, DAYTIME),
    EVENING: Part(17 * HOUR, 20 * HOUR, EVENING),
    NIGHT: Part(0, 6 * HOUR, NIGHT),
}
_BEFORE_LUNCH = Part(9 * HOUR, 13 * HOUR, MORNING)
_AFTER_LUNCH = Part(13 * HOUR, 18 * HOUR, DAYTIME)
_LANDMARKS = {
    ("до", "lunch"): _BEFORE_LUNCH,
    ("после", "lunch"): _AFTER_LUNCH,
    ("в", "lunch"): Part(12 * HOUR, 14 * HOUR, DAYTIME),
    ("к", "lunch"): Part(12 * HOUR, 14 * HOUR, DAYTIME),
    ("до", "noon"): PARTS[MORNING],
    ("после", "noon"): Part(12 * HOUR, 18 * HOUR, DAYTIME),
    ("после", "work"): Part(18 * HOUR, 20 * HOUR, EVENING),
    ("до", "work"): Part(8 * HOUR, 9 * HOUR, MORNING),
}
_DAY_EDGES = {"start": Part(9 * HOUR, 11 * HOUR, MORNING), "middle": Part(12 * HOUR, 15 * HOUR, DAYTIME)}
_DAY_END = Part(16 * HOUR, 18 * HOUR, DAYTIME)
_AT = ("в", "во", "к", "ко")
_PREPOSITIONS = frozenset("в во на к ко около с со до после по от между не раньше ранее позже позднее".split())
_HOUR_WORDS_APART = ("часа", "часов", "часам", "часиков", "часик")

PartAt = tuple[Part, int]
ClockAt = tuple[Clock, int]


def part_of_day(tokens: Tokens, i: int) -> PartAt | None:
    """A part of the day starting at token `i`, and the index after it."""
    j = i + 1 if tokens[i].is_("word", "рано", "поздно") else i
    token, ahead = tokens[j], tokens[j + 1]
    if token.cat == "part":
        return None if str(tokens[j - 1].value).startswith("добр") else (PARTS[str(token.value)], j + 1)
    if tokens[j].is_("prep", "в", "во"):
        j += 1
        token, ahead = tokens[j], tokens[j + 1]
    if token.cat == "num" and token.ordinal and ahead.is_("landmark", "half") and tokens[j + 2].is_("unit", "day"):
        return (_BEFORE_LUNCH if token.value == 1 else _AFTER_LUNCH), j + 3
    if token.cat == "part_adjective" and (ahead.is_("unit", "hour") or str(ahead.value).startswith("врем")):
        return PARTS[str(token.value)], j + 2
    if token.cat == "edge" and j > i:
        k = j + 2 if str(ahead.value).startswith("рабоч") else j + 1
        if tokens[k].is_("unit", "day"):
            return _DAY_EDGES.get(str(token.value), _DAY_END), k + 1
    if token.is_("word", "обеденный", "обеденное") and ahead.is_("word", "перерыв", "время"):
        return _LANDMARKS["в", "lunch"], j + 2
    if token.is_("word", "течение", "течении") and ahead.is_("unit", "day"):
        return Part(9 * HOUR, 18 * HOUR, DAYTIME), j + 2
    return _part_after_preposition(tokens, i)


def _part_after_preposition(tokens: Tokens, i: int) -> PartAt | None:
    prep, ahead = str(tokens[i].value), tokens[i + 1]
    if tokens[i].cat == "prep" and ahead.cat == "landmark" and (prep, ahead.value) in _LANDMARKS:
        return _LANDMARKS[prep, str(ahead.value)], i + 2
    if prep in ("с", "со"):
        j = i + 2 if ahead.is_("word", "самого") else i + 1
        if tokens[j].is_("part_of", MORNING):
            return PARTS[MORNING], j + 1
    if prep in ("к", "под") and (ahead.is_("part_of", EVENING) or ahead.is_("part", EVENING)):
        return PARTS[EVENING], i + 2
    return None


def clock(tokens: Tokens, i: int, prep: str) -> ClockAt | None:
    """A time of day whose own words start at token `i`, and the index after it.

    `prep`: the preposition before it, or `bare` where a lone number may be an hour; empty where it may not.
    """
    found = _named(tokens, i) or _relative(tokens, i) or _with_minutes(tokens, i, prep) or _hours(tokens, i, prep)
    if found is None:
        return None
    face, j = found
    if not 0 <= face.hour <= 24 or face.minute > 59 or face.said > 24 * HOUR:
        return replace(face, problem="impossible", sure=True), j
    part = _part_after_clock(tokens, j)
    if part is not None:
        return face.in_part(part[0]), part[1]
    return face, j


def _part_after_clock(tokens: Tokens, i: int) -> tuple[str, int] | None:
    token = tokens[i]
    if token.cat == "part_of":
        return str(token.value), i + 1
    if token.is_("unit", "day") and token.text.lower() == "дня":
        return DAYTIME, i + 1
    if token.is_("prep", "после") and tokens[i + 1].is_("landmark", "noon", "lunch"):
        return DAYTIME, i + 2
    return None


def _named(tokens: Tokens, i: int) -> ClockAt | None:
    if tokens[i].is_("landmark", "noon"):
        return Clock(12, sure=True), i + 1
    if tokens[i].is_("landmark", "midnight"):
        return Clock(24, sure=True), i + 1
    return None


def _relative(tokens: Tokens, i: int) -> ClockAt | None:
    """«полтретьего», «четверть пятого», «десять минут пятого», «без четверти три»."""
    token = tokens[i]
    if token.is_("prep", "без"):
        return _minutes_to(tokens, i + 1)
    if token.cat == "word" and str(token.value).startswith("пол"):
        hour = _ordinal_inside(str(token.value)[3:])
        if hour:
            return _past(hour, 30), i + 1
        j = i + 2 if tokens[i + 1].is_("sign", "-") else i + 1
        if token.value == "пол" and _names_hour(tokens[j], typed=True):
            return _past(int(tokens[j].value), 30), j + 1
    ahead = tokens[i + 1]
    if token.is_("landmark", "half") and _names_hour(ahead, typed=True):
        return _past(int(ahead.value), 30), i + 2
    if token.cat == "quarter" and _names_hour(ahead):
        return _past(int(ahead.value), 15), i + 2
    if token.cat == "num" and ahead.is_("unit", "minute") and _names_hour(tokens[i + 2]) and int(token.value) < 60:
        return _past(int(tokens[i + 2].value), int(token.value)), i + 3
    return None


def _minutes_to(tokens: Tokens, i: int) -> ClockAt | None:
    token = tokens[i]
    minutes = 15 if token.cat == "quarter" else int(token.value) if token.cat == "num" else 0
    j = i + 2 if tokens[i + 1].is_("unit", "minute") else i + 1
    hour = tokens[j]
    if not 1 <= minutes <= 30:
        return None
    if hour.is_("unit", "hour"):
        return Clock(12, 60 - minutes, "minute"), j + 1
    if hour.cat != "num" or hour.ordinal or not 1 <= int(hour.value) <= 24:
        return None
    before = int(hour.value) - 1
    return Clock(before or 12, 60 - minutes, "minute"), j + 2 if tokens[j + 1].is_("unit", "hour") else j + 1


def _names_hour(token: Token, typed: bool = False) -> bool:
    """The hour that is running: «третьего»; with `typed` also «3»."""
    return token.cat == "num" and (token.ordinal or typed and token.typed) and 1 <= int(token.value) <= 12


def _past(hour: int, minute: int) -> Clock:
    """Minutes of the hour that is running: «четверть пятого» is 4:15."""
    return Clock(hour - 1 or 12, minute, "minute")


def _ordinal_inside(word: str) -> int:
    if len(word) < 5:
        return 0
    numbers = spans(word)
    found = len(numbers) == 1 and numbers[0].ordinal and numbers[0].end - numbers[0].start == len(word)
    return int(numbers[0].value) if found and numbers[0].value <= 12 else 0


def _with_minutes(tokens: Tokens, i: int, prep: str) -> ClockAt | None:
    """«15:30», «15.30», «в 10-30», «в 10,30»."""
    hour, sign, minute = tokens[i], tokens[i + 1], tokens[i + 2]
    if not (hour.typed and minute.typed and sign.cat == "sign" and sign.glued and minute.glued):
        return None
    if hour.ordinal or minute.ordinal or len(hour.text) > 2 or len(minute.text) != 2:
        return None
    if tokens[i + 3].glued and tokens[i + 3].is_("sign", ":", "/") or (hour.glued and tokens[i - 1].is_("sign", ":")):
        return None
    h, m = int(hour.value), int(minute.value)
    if sign.value == ":":
        pass
    elif h > 24 or m > 59:
        return None
    elif sign.value == ".":
        if tokens[i + 3].glued and tokens[i + 3].is_("sign", ".") and tokens[i + 4].glued and tokens[i + 4].typed:
            return None
        if not _reads_as_clock(m, prep):
            return None
    elif not _dash_means_minutes(str(sign.value), m, prep):
        return None
    j = i + 3
    if tokens[j].is_("unit", "hour"):
        if sign.value == "-":
            return None
        j += 1
    elif sign.value in (".", ",") and tokens.measured(j):
        return None
    sure = hour.text[0] == "0" or h >= 7
    return Clock(h, m, "minute", sure=sure), j


def _reads_as_clock(minute: int, prep: str) -> bool:
    """«10.30» is a time, «10.12» a date; after «в» a time in both."""
    return prep in ("в", "во") or minute == 0 or minute > 12


def _dash_means_minutes(sign: str, minute: int, prep: str) -> bool:
    """«10-00» and «10-45» are times anywhere; «10-15» after «в» or «с», else it may be «from 10 to 15»."""
    if sign == "-":
        return minute == 0 or minute > 24 or minute % 5 == 0 and prep in (*_AT, "с", "до", "на")
    return sign == "," and prep in _AT


def _hours(tokens: Tokens, i: int, prep: str) -> ClockAt | None:
    """«9 часов», «17ч10», «9 утра», «девять тридцать», «в 9», «час дня», «к часу»."""
    token, ahead = tokens[i], tokens[i + 1]
    if token.is_("unit", "hour"):
        return _one_o_clock(tokens, i, prep)
    if token.cat != "num" or token.ordinal or token.glued and not tokens[i - 1].is_("sign", "-", "(", "/", ","):
        return None
    hour = int(token.value)
    if ahead.is_("unit", "hour"):
        if hour > 40 or not prep and _sounds_like_duration(tokens, i):
            return None
        return _minutes_after(tokens, i + 2, hour)
    if hour > 24:
        return None
    sure = token.typed and len(token.text) == 2 and token.text[0] == "0"
    if ahead.cat == "part_of" or prep and ahead.is_("unit", "day") and ahead.text.lower() == "дня":
        return Clock(hour, sure=sure), i + 1
    with_minutes = _hour_and_minutes(tokens, i, hour, sure) if prep else None
    if with_minutes is not None:
        return with_minutes
    if not prep or prep == "alone" or tokens.governed(i + 1) or token.typed and len(token.text) > 2:
        return None
    if _goes_on(tokens, i) or hour == 1 and not token.typed:  # «в одной из квартир»; one o'clock is «в час»
        return None
    return Clock(hour, sure=sure or hour == 0), i + 1


def _goes_on(tokens: Tokens, i: int) -> bool:
    """A sign glued to the number makes it part of a reference: «2/134», «5№», «10:5»."""
    sign, after = tokens[i + 1], tokens[i + 2]
    return sign.cat == "sign" and sign.glued and sign.value not in ("?", "!", ")") and after.glued and after.typed


def _one_o_clock(tokens: Tokens, i: int, prep: str) -> ClockAt | None:
    if tokens[i].text.lower() not in ("час", "часу", "часа"):
        return None
    if _part_after_clock(tokens, i + 1) is None and (prep in ("", "bare", "на", "с") or tokens.governed(i + 1)):
        if prep in _AT and tokens[i + 1].cat == "num" and not tokens.governed(i + 2):
            return _minutes_after(tokens, i + 1, 1)  # «в час тридцать»
        if not (prep == "с" and tokens[i].text.lower() != "час"):
            return None
    return Clock(1), i + 1


def _minutes_after(tokens: Tokens, i: int, hour: int) -> ClockAt:
    """The hour, with «10», «10 минут» after the word «часов» if they follow."""
    token = tokens[i]
    if token.cat == "num" and not token.ordinal and int(token.value) < 60:
        unit = tokens[i + 1].is_("unit", "minute")
        spelled = not token.typed and int(token.value) >= 10
        if unit or token.glued or spelled or (token.typed and len(token.text) == 2 and not tokens.governed(i + 1)):
            return Clock(hour, int(token.value), "minute"), i + 2 if unit else i + 1
    return Clock(hour), i


def _hour_and_minutes(tokens: Tokens, i: int, hour: int, sure: bool) -> ClockAt | None:
    """«8 30», «девять тридцать», «десять ноль пять»."""
    first, second, third = tokens[i], tokens[i + 1], tokens[i + 2]
    if second.cat != "num" or second.ordinal or second.glued or int(second.value) > 59:
        return None
    j = i + 2
    minute = int(second.value)
    if second.typed:
        if not first.typed or len(second.text) != 2:
            return None
    elif minute == 0 and third.cat == "num" and not third.typed and int(third.value) < 10:
        minute, j = int(third.value), i + 3
    elif minute < 10:
        return None
    if tokens[i - 1].cat == "num" or tokens.governed(j) and not tokens[j].is_("unit", "minute"):
        return None
    return Clock(hour, minute, "minute", sure=sure), j + 1 if tokens[j].is_("unit", "minute") else j


def _sounds_like_duration(tokens: Tokens, i: int) -> bool:
    """«ждал 3 часа», «больше 2 часов»: how long, not when."""
    before = tokens[i - 1]
    if before.is_("prep", "за", "через", "по"):
        return True
    return before.cat == "word" and part_of_speech(str(before.value)) not in ("CONJ", "PRCL", "INTJ", "PRED")


def hour_word_apart(tokens: Tokens, i: int) -> bool:
    """«часа» of «часа в три», «часам к девяти»: an approximate time follows."""
    return tokens[i].text.lower() in _HOUR_WORDS_APART and tokens[i + 1].is_("prep", "в", "к", "до", "на", "с")
