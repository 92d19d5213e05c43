"""Numbers put into words the way people dictate them, for reading back: cases digit by digit, phones and SNILS in groups."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from num2words import num2words

from bot.services.russian_dates import MONTHS

_DIGITS = ("ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять")
_LETTERS = {"З": "зэ", "Я": "я", "О": "о", "Б": "бэ", "Т": "тэ", "Л": "эль"}
_LETTER_NAMES = {
    "б": "бэ", "в": "вэ", "г": "гэ", "д": "дэ", "ж": "жэ", "з": "зэ", "й": "и краткое", "к": "ка", "л": "эль", "м": "эм",
    "н": "эн", "п": "пэ", "р": "эр", "с": "эс", "т": "тэ", "ф": "эф", "х": "ха", "ц": "цэ", "ч": "че", "ш": "ша",
    "щ": "ща", "ъ": "твёрдый знак", "ь": "мягкий знак",
}  # fmt: skip


def digit_by_digit(digits: str) -> str:
    """«134660» → «один три четыре шесть шесть ноль»."""
    return " ".join(_DIGITS[int(d)] for d in digits)


def group(digits: str) -> str:
    """A group as it is dictated: «345» → «триста сорок пять», «007» → «ноль ноль семь», «04» → «ноль четыре»."""
    stripped = digits.lstrip("0")
    zeros = " ".join(["ноль"] * (len(digits) - len(stripped)))
    return f"{zeros} {_number(int(stripped)) if stripped else ''}".strip()


def long_number(digits: str) -> str:
    """A number of no known shape: digits in threes with a pause between."""
    return ", ".join(digit_by_digit(digits[at : at + 3]) for at in range(0, len(digits), 3))


def case_number(text: str) -> str:
    """«2/2/134660» → «два, два, один три четыре шесть шесть ноль»; «ЗЯ-2026-000123» with its letters and its year."""
    if re.fullmatch(r"[А-Я]{2}-\d{4}-\d+", text):
        letters, year, serial = text.split("-")
        return f"{' '.join(_LETTERS.get(c, c.lower()) for c in letters)}, {_number(int(year))}, {_serial(serial)}"
    parts = text.split("/")
    return ", ".join(digit_by_digit(p) for p in parts) if len(parts) > 1 else long_number(text)


def _serial(digits: str) -> str:
    short = digits.lstrip("0")
    # «номер сто двадцать три» is how such a number is known; its zeros are only print.
    return f"номер {group(short)}" if len(short) <= 3 else digit_by_digit(digits)


def phone(text: str) -> str:
    """«+79123456789» → «восемь, девятьсот двенадцать, триста сорок пять, шестьдесят семь, восемьдесят девять»."""
    digits = re.sub(r"\D", "", text)
    if len(digits) != 11 or digits[0] != "7":
        return long_number(digits)
    cuts = (digits[1:4], digits[4:7], digits[7:9], digits[9:])
    return "восемь, " + ", ".join(group(g) for g in cuts)


def snils(text: str) -> str:
    """«112-233-445 95» → «сто двенадцать, двести тридцать три, четыреста сорок пять, девяносто пять»."""
    return ", ".join(group(g) for g in re.findall(r"\d+", text))


def birth_date(text: str) -> str:
    """«24.08.1962» → «двадцать четвёртое августа тысяча девятьсот шестьдесят второго года»."""
    day, month, year = text.split(".")
    said = num2words(int(day), lang="ru", to="ordinal", gender="n")
    return f"{said} {MONTHS[int(month) - 1]} {num2words(int(year), lang='ru', to='ordinal', case='g')} года"


def letters(word: str) -> str:
    """«Козлов» → «ка, о, зэ, эль, о, вэ»."""
    return ", ".join(_LETTER_NAMES.get(c, c) for c in word.lower() if c.isalnum())


def how_many(count: int) -> str:
    """«девять цифр», «одна цифра», «две цифры»."""
    tens, units = count % 100, count % 10
    form = "цифр" if 11 <= tens <= 14 or units not in (1, 2, 3, 4) else "цифра" if units == 1 else "цифры"
    return f"{num2words(count, lang='ru', gender='f')} {form}"


@lru_cache(maxsize=1_200)
def _number(value: int) -> str:
    return str(num2words(value, lang="ru"))


def is_date(text: str) -> bool:
    """Whether the text is a day of the calendar, DD.MM.YYYY or DD.MM.YY."""
    found = re.fullmatch(r"(\d\d)\.(\d\d)\.(\d\d|\d{4})", text)
    if found is None:
        return False
    try:
        date(2000 if len(found[3]) == 2 else int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return False
    return True
