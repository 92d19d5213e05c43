"""Reads an answer of each field type from the citizen's words, or from the entity the language model already found."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import phonenumbers

from bot.services.forms.amounts import amounts, is_nothing
from bot.services.forms.interface import Field, FieldType
from bot.services.phrases import lemma, tokens
from bot.services.russian_dates import parse_date

_YES = {"да", "ага", "угу", "верно", "конечно", "есть", "согласен", "согласна", "правильно", "подтверждаю", "yes", "+"}
_NO = {"нет", "неа", "не", "нету", "никак", "no", "-"}
_NAME = re.compile(r"^[А-ЯЁа-яё]+(?:[-’'][А-ЯЁа-яё]+)*$")
_HIDDEN = re.compile(r"[\u0000-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")


class Unreadable(Exception):
    """The answer cannot be taken. `reason` picks the field's own error text: too_small, too_big, too_short, too_long,
    future, checksum, no_house, one_word, ambiguous; empty when there is nothing more precise to say."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


def read(field: Field, raw: str, entity: Any, today: date) -> Any:
    """The value to store. `entity` is None or what the language model found. Raises Unreadable."""
    plain = " ".join(_HIDDEN.sub(" ", raw).split())
    return _READERS[field.type](field, plain, entity, today)


def _limited(field: Field, number: float, what: tuple[str, str] = ("too_small", "too_big")) -> float:
    if field.minimum is not None and number < field.minimum:
        raise Unreadable(what[0])
    if field.maximum is not None and number > field.maximum:
        raise Unreadable(what[1])
    return number


def _text(field: Field, raw: str, entity: Any, _today: date) -> str:
    if len(raw) < (field.minimum or 1) or not re.search(r"\w", raw):
        raise Unreadable("too_short")
    if len(raw) > (field.maximum or 1000):
        raise Unreadable("too_long")
    return raw


def _person_name(_field: Field, raw: str, entity: Any, _today: date) -> str:
    if isinstance(entity, Mapping):
        parts = [entity.get(key) or entity.get(other) for key, other in _NAME_KEYS]
        raw = " ".join(str(part) for part in parts if part)
    elif isinstance(entity, str) and entity.strip():
        raw = entity
    words = [word for word in raw.replace(",", " ").split() if word.lower() not in ("я", "меня", "зовут", "это")]
    if not 2 <= len(words) <= 4 or not all(_NAME.match(word) for word in words):
        raise Unreadable("one_word" if len(words) == 1 else "")
    return " ".join("-".join(part.capitalize() for part in word.split("-")) for word in words)


_NAME_KEYS = (("surname", "last"), ("name", "first"), ("patronymic", "middle"))


def _date(field: Field, raw: str, entity: Any, today: date) -> str:
    day = parse_date(raw) or (parse_date(entity[:10]) if isinstance(entity, str) else None)
    if day is None:
        raise Unreadable()
    if day > today:
        raise Unreadable("future")
    age = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    _limited(field, age, ("too_young", "too_old"))
    return day.isoformat()


def _snils(_field: Field, raw: str, entity: Any, _today: date) -> str:
    digits = re.sub(r"\D", "", entity if isinstance(entity, str) else raw)
    if len(digits) != 11:
        raise Unreadable("too_short" if len(digits) < 11 else "too_long")
    body, control = digits[:9], int(digits[9:])
    # Numbers up to 001-001-998 were given out before control digits (order of the Pension Fund).
    if int(body) > 1_001_998 and sum(int(d) * (9 - i) for i, d in enumerate(body)) % 101 % 100 != control:
        raise Unreadable("checksum")
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}"


def _phone(_field: Field, raw: str, entity: Any, _today: date) -> str:
    text = entity if isinstance(entity, str) and re.search(r"\d{5}", re.sub(r"\W", "", entity)) else raw
    try:
        number = phonenumbers.parse(text, "RU")
    except phonenumbers.NumberParseException:
        raise Unreadable() from None
    if not phonenumbers.is_valid_number(number):
        raise Unreadable()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _address(_field: Field, raw: str, _entity: Any, _today: date) -> str:
    # The model finds a street in an address; the whole of what was written is the address.
    if len(raw) > 300:
        raise Unreadable("too_long")
    if len(re.findall(r"[А-Яа-яЁё]{3,}", raw)) < 1:
        raise Unreadable("too_short")
    if not re.search(r"\d", raw):
        raise Unreadable("no_house")
    return raw.rstrip(".")


def _number(field: Field, raw: str, entity: Any) -> float:
    if isinstance(entity, bool) or not isinstance(entity, int | float):
        if is_nothing(raw):
            return _limited(field, 0)
        found = amounts(raw)
        if re.search(r"(?:^|\s)[-−]\s*\d", raw):
            raise Unreadable("too_small")
        if len(found) != 1:
            raise Unreadable("ambiguous" if found else "")
        entity = found[0]
    return _limited(field, entity)


def _integer(field: Field, raw: str, entity: Any, _today: date) -> int:
    number = _number(field, raw, entity)
    if number != int(number):
        raise Unreadable()
    return int(number)


def _money(field: Field, raw: str, entity: Any, _today: date) -> int:
    if isinstance(entity, Mapping):
        entity = entity.get("amount", entity.get("value"))
    # Kopecks do not matter in an income, and would make two numbers of one sum.
    without_kopecks = re.sub(r"(\d|руб\w*\.?)\s+\d{1,2}\s*коп\w*\.?", r"\1", raw.lower())
    return round(_number(field, without_kopecks, entity))


def _choice(field: Field, raw: str, entity: Any, _today: date) -> str:
    for said in (str(entity) if entity is not None else "", raw):
        plain = said.strip().lower()
        for choice in field.choices:
            if plain and plain in (choice.value.lower(), choice.title.lower(), *(a.lower() for a in choice.aliases)):
                return choice.value
    number = amounts(raw)
    if len(number) == 1 and number[0] in range(1, len(field.choices) + 1) and len(raw.split()) <= 2:
        return field.choices[int(number[0]) - 1].value
    said_words = {lemma(token.text) for token in tokens(raw)}
    fitting = {
        choice.value
        for choice in field.choices
        for name in (choice.title, *choice.aliases)
        if (words := {lemma(token.text) for token in tokens(name)}) and words <= said_words
    }
    if len(fitting) != 1:
        raise Unreadable("ambiguous" if fitting else "")
    return fitting.pop()


def _yes_no(_field: Field, raw: str, entity: Any, _today: date) -> bool:
    if isinstance(entity, bool):
        return entity
    words = re.findall(r"[\w+]+|^-$", raw.lower())
    if words and words[0] in _YES:
        return True
    if words and words[0] in _NO:
        return False
    if any(word in _NO for word in words):
        return False
    if any(word in _YES for word in words):
        return True
    raise Unreadable()


_READERS: dict[FieldType, Callable[[Field, str, Any, date], Any]] = {
    "text": _text,
    "person_name": _person_name,
    "date": _date,
    "snils": _snils,
    "phone": _phone,
    "address": _address,
    "integer": _integer,
    "money": _money,
    "choice": _choice,
    "yes_no": _yes_no,
}
