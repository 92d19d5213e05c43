"""Finds numbers, addresses and links in a citizen's message that could tell who she is. Rather one too many than one too few."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["имя", "фамилия", "отчество", "телефон", "почта", "номер", "дата", "дом", "ссылка", "слово"]


@dataclass(frozen=True)
class Spot:
    """A personal piece of a text from `start` up to, not including, `end`: what it is, and what may stand there instead."""

    start: int
    end: int
    kind: Kind
    instead: str


INSTEAD: dict[Kind, str] = {
    "телефон": "8 900 123-45-67", "почта": "anna@example.ru", "номер": "123456", "дата": "12.03.1985", "дом": "5",
    "ссылка": "example.ru", "слово": "ромашка",
}  # fmt: skip
"""Invented, and the same every time: a training phrase must look like one that somebody says."""

_MONTHS = "январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр"
_NUMERAL = (
    r"(?:нол[ья]\w*|нул[ья]\w*|один\w*|одн[аоу]\w*|перв\w+|дв[аеу]\w*|втор\w+|тр[иеё]\w*|четыр\w+|четв[её]рт\w+|пят\w+|шест\w+|сем[ьи]\w*|"
    r"седьм\w+|вос[еь]м\w*|восьм\w+|девят\w+|десят\w+|сорок\w*|сто|ста|стах|двест\w+|трист\w+|тысяч\w*|миллион\w*|\d+)"
)
_JOIN = r"(?:[\s,.-]+(?:(?:и|дробь|тире|плюс|слеш|слэш|черта|дефис)[\s,.-]+){0,2})"
_HOUSE = (
    r"(?:дом\w{0,3}|д\.|д|квартир\w{0,3}|кв\.?|корпус\w{0,2}|корп\.?|строени\w{1,2}|стр\.|комнат\w{1,2}|ком\.|офис\w{0,2}|"
    r"участ[ок]\w{0,3}|уч\.|подъезд\w{0,2}|владени\w|литера?)"
)
_STREET = (
    r"(?:улиц\w{1,2}|ул\.?|проспект\w{0,2}|просп\.?|пр-т\w?|пр-кт\w?|переул\w{1,4}|пер\.?|площад\w{1,2}|пл\.|бульвар\w{0,2}|б-р|"
    r"шоссе|набережн\w{1,3}|наб\.|проезд\w{0,2}|тупик\w{0,2}|микрорайон\w{0,2}|мкр\.?|квартал\w{0,2}|деревн\w{1,2}|сел[оае]|пос[её]л\w{2,3})"
)
_NOT_HOUSE = (
    r"(?!\s*(?:час|мин|дн|день|суток|недел|месяц|год|лет|раз\b|руб|₽|тыс|процент|%|человек|числ|утра|вечера|метр|км|дет|"
    rf"реб|класс|этаж|кубо|мбит|[:.]\d\d\b|{_MONTHS}))"
)
_HOUSE_NUMBER = r"\d{1,4}(?:\s?[а-еА-Е](?![а-яё]))?(?:\s?[/-]\s?\d{1,4}[а-е]?)*"

_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("почта", re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\.[\w-]+)+")),
    ("почта", re.compile(r"[\w.-]+\s+(?:собака|собачка|эт|ат)\s+[\w-]+\s+точка\s+\w+", re.I)),
    ("ссылка", re.compile(r"(?:https?|ftp)://\S+|www\.\S+|(?<!\w)@\w{3,}", re.I)),
    ("ссылка", re.compile(r"(?<![\w@])[\w-]+(?:\.[\w-]+)*\.(?:ru|рф|com|org|net|su|info|me|io|online|site)(?:/\S*)?(?!\w)", re.I)),
    ("ссылка", re.compile(r"(?<!\w)(?:id|vk|tg)\d{4,}(?!\w)", re.I)),
    ("номер", re.compile(r"(?<!\w)[а-яёa-z]{2,4}\s?[-–—/№ ]\s?(?:19|20)\d\d\s?[-–—/ ]\s?\d{1,9}(?!\d)", re.I)),
    ("номер", re.compile(r"(?<!\d)\d{1,4}\s?[/\\]\s?\d{1,4}\s?[/\\]\s?\d{3,9}(?!\d)")),
    ("дата", re.compile(r"(?<!\d)\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?(?:(?:19|20)\d\d|\d\d)(?!\d)")),
    ("дата", re.compile(rf"(?<!\d)\d{{1,2}}(?:-?(?:го|е))?\s+(?:{_MONTHS})\w*,?\s+(?:19|20)\d\d(?:\s?(?:года?|г\.))?", re.I)),
    ("дата", re.compile(r"(?<!\d)(?:19|20)\d\d(?=\s?(?:г\.?\s?р|года?\s+рожд))|(?<=родился в )\d{4}|(?<=родилась в )\d{4}", re.I)),
    ("телефон", re.compile(r"(?<![\d/])(?:\+\s?\d{1,3}|8|7)[\s(.-]{0,3}\d{3}[\s).-]{0,3}\d{3}(?:[\s.-]{0,2}\d{2}){2}(?!\d)")),
    ("телефон", re.compile(r"(?<![\d/])\(?9\d{2}\)?[\s.-]{0,3}\d{3}(?:[\s.-]{0,2}\d{2}){2}(?!\d)")),
    ("номер", re.compile(r"(?<!\w)[авекмнорстух]\s?\d{3}\s?[авекмнорстух]{2}\s?(?:\d{2,3})?(?!\w)", re.I)),
    ("слово", re.compile(r"(?<!\w)(?=[a-z_.-]*\d)(?=[\d_.-]*[a-z])[a-z0-9_.-]{5,}(?!\w)", re.I)),
    ("номер", re.compile(r"(?<!\w)[A-ZА-Я]{0,4}\d*[A-ZА-Я]{1,4}\d{4,}\w*")),
    ("номер", re.compile(r"(?<!\d)\d(?:[\s\-–—.,/()\\]{0,2}\d){4,}(?!\d)(?!\s*(?:руб|₽))")),
    ("номер", re.compile(r"(?<![\d.,])(?!(?:19[5-9]|20[0-4])\d)\d{4}(?!\d)(?!\s*(?:руб|₽|тыс|метр|км|человек))")),
    ("номер", re.compile(rf"(?<!\w){_NUMERAL}(?:{_JOIN}{_NUMERAL}){{2,}}(?!\w)", re.I)),
)  # fmt: skip
"""What it is and how it looks; the first that fits a place holds."""

_AFTER: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("номер", re.compile(
        r"(?:сери[яию]|номер\w{0,2}|№|паспорт\w{0,3}|снилс\w{0,2}|инн|полис\w{0,2}|карт[аыеу]\w{0,2}|код\w{0,2}|пин\w{0,2}|дел[оаеу]|талон\w{0,2}|"
        r"л/с|лиц\w*\s+сч[её]т\w{0,2}|сч[её]т\w{0,2}|договор\w{0,2}|справк\w{1,2}|удостоверени\w{1,2}|цифр\w{1,2})"
        r"[\s:№N-]{0,4}(?P<found>\d[\d\s-]{0,20}\d(?!\s*(?:руб|час|д[не]|год|лет|ма[яй])))", re.I)),
    ("дом", re.compile(rf"(?<!\w){_HOUSE}\s*(?:№|номер)?\s*(?P<found>{_HOUSE_NUMBER}){_NOT_HOUSE}", re.I)),
    ("дом", re.compile(rf"(?<!\w){_HOUSE}\s+(?:номер\s+)?(?P<found>{_NUMERAL}(?:\s+{_NUMERAL})?)(?!\w){_NOT_HOUSE}", re.I)),
    ("дом", re.compile(
        rf"(?<!\w){_STREET}\s+(?:[\w.-]+\s+){{0,3}}?[\w.-]*[^\W\d][\w.-]*[\s,]+"
        rf"(?P<found>{_HOUSE_NUMBER}(?:\s?,\s?\d{{1,4}})?)(?!\d){_NOT_HOUSE}", re.I)),
    ("дом", re.compile(
        rf"(?<!\w)[А-ЯЁ][а-яё-]{{3,}}(?:\s+{_STREET})?[\s,]+(?P<found>{_HOUSE_NUMBER}(?:\s?,\s?\d{{1,4}})?)(?![\d:]){_NOT_HOUSE}")),
    ("дом", re.compile(
        rf"(?<!\w)[а-яё-]{{3,}}(?:ская|ской|скую|ая|ой)\s+"
        rf"(?P<found>\d{{1,3}}(?:\s?[а-е](?![а-яё]))?(?:\s?[/-]\s?\d{{1,4}})*)(?![\d:]){_NOT_HOUSE}")),
)  # fmt: skip
"""What it is by the words before it, which stay."""

_AT_HOME = re.compile(r"(?:адрес\w{0,3}|жив[уеё]\w{0,2}|прожива\w+|прописа\w+|прописк\w+|зарегистрирован\w*)\b", re.I)
_NEAR_HOME = 70
"""Characters after «живу», in which every number belongs to an address."""
_DIGITS = re.compile(
    rf"(?<![\w:])(?:\d{{1,4}}[а-е]?|{_NUMERAL}(?:\s+{_NUMERAL})?)(?![\w:]|\s*(?:час|мин|лет|год|дн|раз|человек|руб|дет|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек))",
    re.I,
)
_SECRET = re.compile(
    r"(?:кодов\w+\s+слов\w+|код-слово|парол\w+|логин\w*)(?P<sign>\s*[:=—–-]\s*|\s+(?:это|такое|мо[её])\s*:?\s*|\s+)[«\"']?(?P<found>[^\s,.!?»\"']{4,30})",
    re.I,
)
_NOT_SECRET = re.compile(
    r"(?:не|забы|потер|восстан|смен|измен|помен|сброс|узна|где|как|что|зачем|для|от|на|в|это|введ|ввод|приш|прих|подход|нуж|помн|надо|можно|"
    r"мой|моя|какой|какое|если|есть|пожалуйста|неверн|неправильн|госуслуг|сайт|кабинет|придум|указ|спрос|спраш|требу|помог|пиш|вспомн)",
    re.I,
)


def spots(text: str) -> list[Spot]:
    """Numbers, addresses, links and secret words, in the order of the text; no two overlap."""
    found: list[Spot] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            _take(found, match.start(), match.end(), kind)
    for kind, pattern in _AFTER:
        for match in pattern.finditer(text):
            _take(found, *match.span("found"), kind)
    for start, end in _secrets(text):
        _take(found, start, end, "слово")
    for home in _AT_HOME.finditer(text):
        for match in _DIGITS.finditer(text, home.end(), home.end() + _NEAR_HOME):
            _take(found, match.start(), match.end(), "дом")
    return sorted(found, key=lambda spot: spot.start)


def _secrets(text: str) -> Iterator[tuple[int, int]]:
    for match in _SECRET.finditer(text):
        if match["sign"].strip() or not _NOT_SECRET.match(match["found"]):
            yield match.span("found")


def _take(found: list[Spot], start: int, end: int, kind: Kind) -> None:
    if start < end and not any(start < spot.end and spot.start < end for spot in found):
        found.append(Spot(start, end, kind, INSTEAD[kind]))
