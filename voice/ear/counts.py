"""Plain numbers: amounts of things, ranges, «2-й», «5-ти», «3-комнатная», years."""

from __future__ import annotations

import re
from functools import lru_cache

from voice.ear.context import Counted, case_of, counted, governed, is_label, last_word
from voice.ear.morphology import CASES, Reading, adjectives, form, nouns
from voice.ear.numerals import LARGEST, cardinal, collective, digits, glued, ordinal

_SPACED = r"\d{1,3}(?: \d{3})+(?!\d)|\d+"
_RANGE = re.compile(rf"(?<![\d/,.-])({_SPACED})\s?[–-]\s?({_SPACED})(?![\d/-])(?![,.]\d)")
_SUFFIXED = re.compile(
    r"(?<![\d/])(\d+)-(ый|ий|ой|ая|ое|ые|ого|его|ому|ему|ым|ом|ую|ых|ыми|ти|мя|ми|ёх|ех|[йяеогмхю]о?|му|и)\b(?!-)"
)
_GLUED = re.compile(r"(?<![\d/-])(\d{1,3})-([а-яё]{3,})\b")
_YEAR = re.compile(r"(?<![\d/-])((?:1[89]|20)\d\d)(?:-х)?\s+(год(?:а|у|ом|е|ы|ов|ам|ами|ах)?)\b(?!-)")
_YEARS = re.compile(r"(?<![\d/-])((?:1[89]|20)\d\d)\s?[–-]\s?((?:1[89]|20)\d\d)\s+(?:гг\.?|год[а-я]*)")
_PLAIN = re.compile(rf"(?<![\d/]){_SPACED}")
_DAYS = re.compile(r"(?:понедельник|вторник|сред|четверг|пятниц|суббот|воскресень)[а-я]*,?\s*$")


def say(line: str) -> str:
    """The line with every plain number in words."""
    line = _YEARS.sub(lambda m: f"{_years(m)}", line)
    line = _YEAR.sub(_year, line)
    line = _SUFFIXED.sub(_suffixed, line)
    line = _GLUED.sub(lambda m: glued(int(m[1])) + m[2], line)
    line = _RANGE.sub(_range, line)
    return _PLAIN.sub(_plain, line)


def number(text: str) -> int:
    """«1 500» → 1500."""
    return int(text.replace(" ", ""))


def _years(m: re.Match[str]) -> str:
    first, last = int(m[1]), int(m[2])
    if cases := governed(m.string[: m.start()]):
        case = "nomn" if "accs" in cases else cases[0]
        return f"{ordinal(first, case)} - {ordinal(last, case)} {form('год', case, plural=True)}"
    return f"с {ordinal(first, 'gent')} по {ordinal(last)} год"


def _year(m: re.Match[str]) -> str:
    value, noun = int(m[1]), m[2]
    readings = [r for r in nouns(noun) if r.lemma == "год"]
    if noun == "году":
        # The word has two forms in -у: «в году» and «к году».
        case = "datv" if "datv" in governed(m.string[: m.start()]) else "loct"
        return f"{ordinal(value, case)} {noun}"
    plural = noun in ("годы", "годов", "годам", "годами", "годах")
    case = next((c for c in ("nomn", "gent", "datv", "ablt", "loct") if any(r.case == c for r in readings)), "nomn")
    return f"{ordinal(value, case, plural=plural)} {noun}"


@lru_cache(maxsize=5_000)
def _forms(value: int) -> tuple[tuple[str, str, str, bool], ...]:
    """(form, case, gender, plural) of the ordinal, likelier readings first."""
    every = [(ordinal(value, c, g, animate=False), c, g, False) for c in CASES for g in "mfn"]
    every += [(ordinal(value, c, plural=True, animate=False), c, "", True) for c in CASES]
    return tuple(every)


def _suffixed(m: re.Match[str]) -> str:
    value, suffix = int(m[1]), m[2]
    before, after = m.string[: m.start()], m.string[m.end() :]
    following = re.match(r"(?:(?:,|\s+и|\s+или)\s+\d+-[а-я]+)*\s+([А-Яа-яЁё-]+)", after)
    readings = (nouns(following[1]) + adjectives(following[1])) if following else ()
    many = any(r.plural for r in readings)
    if value < LARGEST and _is_cardinal(value, suffix, readings, many):
        case = "ablt" if suffix in ("мя", "ми") else "gent"
        if case == "gent" and governed(before) == ("datv",):
            case = "datv"
        return cardinal(value, case)
    fitting = [f for f in _forms(value) if f[0].endswith(suffix)]
    if not fitting:
        return f"{cardinal(value)} {suffix}"
    wanted = governed(before)
    return max(fitting, key=lambda f: _fits(f, readings, wanted))[0]


def _is_cardinal(value: int, suffix: str, readings: tuple[Reading, ...], many: bool) -> bool:
    if suffix in ("ти", "мя", "ми", "ёх", "ех"):
        return True
    return suffix == "х" and value % 10 in (2, 3, 4) and value < 5 and (many or not readings)


def _fits(found: tuple[str, str, str, bool], readings: tuple[Reading, ...], wanted: tuple[str, ...]) -> float:
    _, case, gender, plural = found
    agree = any(r.case == case and r.plural == plural and (plural or r.gender in (gender, "")) for r in readings)
    return 4 * agree + 2 * (case in wanted) - CASES.index(case) / 10


def _plain(m: re.Match[str]) -> str:
    text = m[0]
    if (text[0] == "0" and len(text) > 1) or len(text.replace(" ", "")) > 15:
        return digits(text)
    value = number(text)
    before, after = m.string[: m.start()], m.string[m.end() :]
    noun = counted(after)
    if is_label(last_word(before)) and not noun.span:
        return cardinal(value)
    if place := _place(value, before, noun):
        return place
    case = case_of(value, before, noun)
    if noun.pair and value in (2, 3, 4) and case in ("nomn", "accs"):
        return collective(value, "nomn")
    return cardinal(value, case, noun.gender, noun.animate)


_PLACES = frozenset("этаж класс курс квартал век подъезд разряд категория степень".split())


def _place(value: int, before: str, noun: Counted) -> str | None:
    """«На 3 этаже» is the third floor: the noun's form is not the one that three of them would have."""
    wanted = governed(before)
    for r in noun.readings:
        if r.lemma in _PLACES and not r.plural and (r.case != "gent" or "gent" in wanted):
            if r.case in wanted or not wanted or r.case == "nomn" and "accs" in wanted:
                return ordinal(value, r.case, r.gender)
    return None


def _range(m: re.Match[str]) -> str:
    """«2–3 недели» → «две-три недели»; without a preposition and in the genitive «от пяти до десяти дней»."""
    first, last = number(m[1]), number(m[2])
    before, after = m.string[: m.start()], m.string[m.end() :]
    noun = counted(after)
    if first >= last or max(first, last) >= LARGEST or is_label(last_word(before)):
        return f"{cardinal(first % LARGEST)} - {cardinal(last % LARGEST)}"
    if not noun.readings and _DAYS.search(before):
        return f"с {cardinal(first, 'gent')} до {cardinal(last, 'gent')}"
    case = case_of(last, before, noun)
    if governed(before) or (noun.readings and not _whole_genitive(last, noun.readings)):
        return f"{cardinal(first, case, noun.gender)}-{cardinal(last, case, noun.gender)}"
    return f"от {cardinal(first, 'gent', noun.gender)} до {cardinal(last, 'gent', noun.gender)}"


def _whole_genitive(last: int, readings: tuple[Reading, ...]) -> bool:
    """Whether the noun's form would also fit after «до …»."""
    return any(
        r.case == "gent" and (r.plural or last % 10 == 1 and last != 11) or r.lemma == "человек" for r in readings
    )
