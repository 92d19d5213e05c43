"""Written short forms: «на ул. Ленина» → «на улице Ленина», «д. 5 корп. 2», «14/2», «и т. д.», laws and Roman numerals."""

from __future__ import annotations

import re
from functools import lru_cache

from voice.ear.context import governed, last_word
from voice.ear.letters import RUSSIAN, roman, spelled
from voice.ear.morphology import adjectives, form, nouns
from voice.ear.numerals import cardinal, ordinal
from voice.ear.pronunciation import Pronunciation

_HOUSE = re.compile(r"(?<![\d/.,-])(\d{1,4})(?:\s?/\s?(\d{1,4}))?-?([а-дА-Д])(?![А-Яа-яЁё\d-])(?!\.\s?[А-Я])")
_SLASH = re.compile(r"(?<![\d/])(\d{1,4})\s?/\s?(\d{1,4})(?![\d/])")
_LAW = re.compile(r"(?:\b([Зз]акон[а-я]*)\s+(?:от\s[^,;]{4,24}\s)?)?(?:(?:№|номер)\s?)?(?<![\d-])(\d{1,3})-ФЗ\b")
_ARTICLES = {"ст": "статья", "п": "пункт", "пп": "подпункт", "ч": "часть", "гл": "глава", "абз": "абзац"}
_ARTICLE = re.compile(r"(?<![А-Яа-яЁё\d])(ст|пп|п|ч|гл|абз)\.\s?(?=\d)(?!\d+\s?мин)", re.IGNORECASE)
_ROMAN = re.compile(
    r"(?<![A-Za-zА-Яа-яЁё\d-])([IVX]+)(?![A-Za-z])(?:-([А-ЯЁ]{2})(?![А-ЯЁа-яё]))?(-[яйегом]{1,3}(?![а-яё]))?"
)
_YEAR_SHORT = re.compile(r"(?<=\d)\s?г\.(?=\s|$|[,;)])(?:\s?(?=[А-ЯЁ]))?")
_NEVER = re.compile(r"(?!)")
_HYPHENED = re.compile(r"(?<![А-Яа-яЁё-])(пр-т|пр-кт|пр-д|б-р|р-н)(а|у|ом|е)(?![а-яё-])", re.IGNORECASE)
_ENDERS = frozenset(("т. д.", "т. п.", "в т. ч.", "др.", "и др.", "и пр.", "руб.", "коп.", "тыс.", "мин."))
"""Short forms that may end a sentence; «им.» or «см.» never do."""
_UNITS = ("руб", "коп", "тыс", "мин")
_AFTER_NAME = re.compile(r"(?<![а-яё])([А-ЯЁ][а-яё]+)\s([А-ЯЁ])\.\s?([А-ЯЁ])\.(?=[,;)]|\s[а-яё]|\s?$)")
_INITIALS = re.compile(r"(?<![А-Яа-яЁё])([А-ЯЁ])\.\s?(?:([А-ЯЁ])\.\s?)?(?=[А-ЯЁ][а-яё]{2,})")


def say_laws(line: str) -> str:
    """«ст. 9 152-ФЗ» → «статья 9, закон сто пятьдесят два эф-зэ»: the letters stay for the dictionary."""
    line = _LAW.sub(_law, line)
    return _ARTICLE.sub(_article, line)


def _law(m: re.Match[str]) -> str:
    said = f"{cardinal(int(m[2]))} ФЗ"
    if m[1]:
        return f"{m[1]} {said}"
    before = m.string[: m.start()]
    if re.search(r"\bзакон[а-я]*\b[^.!?]{0,60}$", before, re.IGNORECASE):
        return f"номер {said}"
    comma = "," if re.search(r"[\dа-яё]\.?\s$", before) and not governed(before) else ""
    if comma:
        return f"\b, {_declined('закон', before)} {said}"
    return f"{_declined('закон', before)} {said}"


def _article(m: re.Match[str]) -> str:
    before = m.string[: m.start()]
    said = _declined(_ARTICLES[m[1].lower()], before) + " "
    if re.search(r"\d\s$", before):
        return f"\b, {said}"
    return said.capitalize() if m[1][0].isupper() else said


def say_places(line: str, book: Pronunciation) -> str:
    """The line with the dictionary's abbreviations written out; their full stops no longer end a sentence."""
    if "." in line or "-" in line or "/" in line:
        line = _pattern(tuple(book.short)).sub(lambda m: _written_out(m, book.short), line)
        line = _HYPHENED.sub(lambda m: _ended(m, book.places), line)
        line = _place_pattern(tuple(book.places)).sub(lambda m: _place(m, book.places), line)
        line = _AFTER_NAME.sub(lambda m: f"{m[1]} {RUSSIAN[m[2]]} {RUSSIAN[m[3]]}", line)
        line = _INITIALS.sub(lambda m: " ".join(RUSSIAN[c] for c in m.groups() if c) + " ", line)
    return line


def _ended(m: re.Match[str], places: dict[str, str]) -> str:
    """«пр-те» → «проспекте»: the ending is written, so the case is known."""
    word = places.get(m[1].lower())
    case = {"а": "gent", "у": "datv", "ом": "ablt", "е": "loct"}[m[2]]
    return form(word, case) if word else m[0]


def say_houses(line: str) -> str:
    """«12а» → «двенадцать а», «14/2» → «четырнадцать дробь два»."""
    line = re.sub(r"(?<!\d)24/7(?!\d)", "круглосуточно", line)
    line = _HOUSE.sub(_house, line)
    return _SLASH.sub(lambda m: f"{cardinal(int(m[1]))} дробь {cardinal(int(m[2]))}", line)


def _house(m: re.Match[str]) -> str:
    slash = f" дробь {cardinal(int(m[2]))}" if m[2] else ""
    return f"{cardinal(int(m[1]))}{slash} {RUSSIAN[m[3].upper()]}"


def say_years(line: str) -> str:
    """«2026 г.» → «2026 год» in its case; the stop stays when a new sentence begins."""
    return re.sub(r"(?<!\d)((?:1[89]|20)\d\d)\s?г\.?(?![а-яё])", _year, line)


def _year(m: re.Match[str]) -> str:
    cases = governed(m.string[: m.start()])
    word = "году" if "loct" in cases and "accs" in cases and last_word(m.string[: m.start()]) != "на" else ""
    if not word:
        word = form("год", cases[0] if cases and "accs" not in cases else "nomn")
    stop = "." if m[0].endswith(".") and re.match(r"\s*$|\s+[А-ЯЁ]", m.string[m.end() :]) else ""
    return f"{m[1]} {word}{stop}"


def say_roman(line: str) -> str:
    """«IV квартал» → «четвёртый квартал», «II-АБ» → «два а-бэ»."""
    return _ROMAN.sub(_roman, line) if re.search("[IVX]", line) else line


def _roman(m: re.Match[str]) -> str:
    value = roman(m[1])
    before, after = m.string[: m.start()], m.string[m.end() :]
    following = re.match(r"((?:(?:,|\s+и|\s+или|\s?[–-])\s?[IVX]+)*)\s+([а-яё]+)", after)
    readings = nouns(following[2]) if following else ()
    if value is None or (len(m[1]) == 1 and not readings and not m[2] and m[1] != "I"):
        return m[0]
    if m[2]:
        return f"{cardinal(value)} {spelled(m[2])}"
    if m[3]:
        return f"{value}{m[3]}"
    if not readings:
        noun = nouns(last_word(before))
        return ordinal(value, "nomn", noun[0].gender) if noun else cardinal(value)
    wanted = governed(before)
    best = max(readings, key=lambda r: (r.case in wanted, r.score))
    # «В XIX–XX веках»: each century is one.
    series = bool(following and following[1]) or bool(re.search(r"[IVX](?:,|\s+и|\s?[–-])\s?$", before))
    return ordinal(value, best.case, best.gender, best.plural and not series, best.animate)


@lru_cache(maxsize=8)
def _pattern(keys: tuple[str, ...]) -> re.Pattern[str]:
    """The abbreviations of the dictionary, longest first; spaces after their stops may be missing."""
    if not keys:
        return _NEVER
    parts = "|".join(re.escape(k).replace(r"\.\ ", r"\.\s?") for k in sorted(keys, key=len, reverse=True))
    return re.compile(rf"(?<![А-Яа-яЁёA-Za-z\d-])({parts})(?![А-Яа-яЁё])", re.IGNORECASE)


@lru_cache(maxsize=8)
def _place_pattern(keys: tuple[str, ...]) -> re.Pattern[str]:
    if not keys:
        return _NEVER
    parts = "|".join(re.escape(k) for k in sorted(keys, key=len, reverse=True))
    return re.compile(
        rf"(?<![А-Яа-яЁёA-Za-z\d-])({parts})(?![А-Яа-яЁё-])\.?(\s?)(?=[А-ЯЁ\d«„\"]|[а-яё]+\s|\s|$|[,;)])", re.IGNORECASE
    )


def _written_out(m: re.Match[str], short: dict[str, str]) -> str:
    if m[1][:3].lower() in _UNITS and re.search(r"\d\s?$", m.string[: m.start()]):
        return m[0]
    key = re.sub(r"\.\s?(?=[а-яё])", ". ", m[1].lower())
    said = short.get(key) or short.get(m[1].lower()) or m[1]
    ends = key in _ENDERS and re.match(r"\s*$|\s+[«„\"]?[А-ЯЁ]", m.string[m.end() :])
    return (said[:1].upper() + said[1:] if m[1][0].isupper() else said) + ("." if ends else "")


def _place(m: re.Match[str], places: dict[str, str]) -> str:
    """Long keys («пр-т», «обл») count anywhere, short ones («г», «д») only with their stop before a name or a number."""
    key, after = m[1], m.string[m.end() :]
    dotted = m[0][len(key) : len(key) + 1] == "."
    named = bool(re.match(r"[«„\"]?[А-ЯЁ\d]", after))
    if (
        not dotted
        and ("-" not in key)
        and not (named and after[:1].isdigit() and key in ("корп", "кв", "стр", "каб", "оф"))
    ):
        return m[0]
    if len(key) <= 2 and not named and key not in ("ул",):
        return m[0]
    if key == "с" and after[:1].isdigit() or key.isupper():
        return m[0]
    word = places[key.lower()]
    if key == "д" and after[:1].isalpha():
        word = "деревня"
    before = m.string[: m.start()]
    said = _declined(word, before)
    said = said.capitalize() if key[0].isupper() else said
    # «д. 5 корп. 2» is heard better with a comma between.
    comma = "\b, " if re.search(r"\d[а-яА-Я]?\s$", before) and after[:1].isdigit() else ""
    stop = "." if dotted and not m[2] and not after.strip() else ""
    return f"{comma}{said}{m[2] or (' ' if named else '')}{stop}"


def _declined(word: str, before: str) -> str:
    """The word in the case that a preposition or the adjective before it asks for («в Приреченской области»)."""
    cases = governed(before)
    previous = last_word(before)
    if not cases and (readings := adjectives(previous)):
        outer = governed(before[: before.lower().rfind(previous)])
        own = [r.case for r in readings]
        fitting = [c for c in outer if c in own] or own
        case = "loct" if "loct" in fitting and set(outer) & {"loct"} else fitting[0]
        return form(word, case)
    if not cases:
        return word
    if cases == ("accs", "loct"):
        return form(word, "loct")
    return form(word, "datv" if cases == ("datv", "accs") else cases[0])
