"""Values of records both ways: what a form or a cell shows for a value of YAML, and which value an editor's text means."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bot.clean import MAX_STORED, clean
from bot.services.errors import ContentError
from bot.services.production_calendar import parse_hours
from bot.studio.records.kinds import VALUE, Field

Raw = str | list[str] | list[list[str]]
"""What a form sends: a text, marked boxes, or the rows of a table."""

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—]\s*(\d{1,2}):(\d{2})")
_CLOSED = ("", "выходной", "закрыто", "-", "—")
_YES, _NO = ("да", "true", "1", "истина", "yes"), ("нет", "false", "0", "ложь", "no")
LONGEST_LINE = 1000
"""Characters of one item of a list."""


class WrongValue(ValueError):
    """What was typed is no value of this field; the message says why and what to do, in Russian."""


def dig(item: Any, field: Field) -> Any:
    """The value of a field in a record as YAML gave it; None when it is not there."""
    if field.name == VALUE:
        return item.get(VALUE) if isinstance(item, Mapping) and VALUE in item else item
    if not field.path:
        return item.get(field.name) if isinstance(item, Mapping) else None
    for key in field.path:
        item = item.get(key) if isinstance(item, Mapping) else None
    return item


def show(field: Field, value: Any) -> Raw:
    """A value as the form shows it; an empty one for None."""
    if field.type in ("refs", "boxes"):
        return [str(v) for v in value or ()]
    if field.type == "table":
        return [[_plain(dig(row, column)) for column in field.columns] for row in value or ()]
    if field.type == "texts":
        return "\n".join(_plain(v) for v in value or ())
    if field.type == "hours":
        return ", ".join(f"{a}–{b}" for a, b in value or ())
    if field.type == "flag":
        return "" if value is None else ("true" if value else "false")
    if field.type == "choice" and isinstance(value, bool):
        # YAML reads a bare no as False.
        return "yes" if value else "no"
    return _plain(value).strip() if field.type == "text" else _plain(value)


def read(field: Field, raw: Raw, known: Collection[str] | None = None) -> Any:
    """The value an editor's text means, None for an empty one. `known` are the keys a reference may name. Raises WrongValue."""
    value = _read(field, raw, known)
    empty = value is None or value == [] or value == ""
    if empty and field.required:
        raise WrongValue(_missing(field))
    if empty:
        return ([] if field.many else "") if field.keeps_empty else None
    return value


def cell(field: Field, value: Any) -> str:
    """A value as one cell of a table."""
    raw = show(field, value)
    if field.type == "table":
        return "\n".join(" | ".join(text.replace("|", "/") for text in row) for row in raw)
    if field.type == "boxes":
        return "\n".join(_title(field, str(one)) for one in raw)
    if field.type == "refs":
        return "\n".join(map(str, raw))
    if field.type == "choice":
        return _title(field, str(raw))
    if field.type == "flag":
        return {"true": "да", "false": "нет"}.get(str(raw), "")
    return str(raw)


def from_cell(field: Field, text: str) -> Raw:
    """What a form would have sent for a cell."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if field.type == "table":
        return [[part.strip() for part in line.split("|")] for line in lines]
    if field.type == "boxes":
        return [_value(field, line) for line in lines]
    if field.type == "refs":
        return lines
    if field.type == "choice":
        return _value(field, text.strip())
    return text


def same(field: Field, one: Any, other: Any) -> bool:
    """Whether two values look alike to an editor."""
    return show(field, one) == show(field, other)


def _read(field: Field, raw: Raw, known: Collection[str] | None) -> Any:
    if field.type == "table":
        return _table(field, [row for row in raw if isinstance(row, list)], known)
    if field.type in ("refs", "boxes"):
        chosen = [raw] if isinstance(raw, str) else [str(one) for one in raw]
        return _among(field, [one for one in chosen if one], known)
    typed = str(raw).replace("\r\n", "\n").replace("\r", "\n")
    if field.type == "texts":
        return _texts(field, typed)
    if len(typed) > MAX_STORED:
        raise WrongValue(f"Слишком длинно: не больше {MAX_STORED} знаков.")
    text = clean(typed)
    if field.type == "hours":
        return _hours(text)
    if not text:
        return None
    if field.type in ("whole", "number"):
        return _number(field, text)
    if field.type == "flag":
        if text.lower() not in _YES + _NO:
            raise WrongValue("Здесь «да» или «нет».")
        return text.lower() in _YES
    if field.type == "date":
        return _date(text)
    if field.type in ("choice", "ref"):
        return _among(field, [text], known)[0]
    return _text(field, text if field.type == "text" else " ".join(text.split()))


def _text(field: Field, text: str) -> str:
    if len(text) > field.most:
        raise WrongValue(f"Слишком длинно: {len(text)} знаков, а помещается {field.most}.")
    if field.starts and not text.startswith(field.starts):
        raise WrongValue(f"Начните с {' или '.join(f'«{word}»' for word in field.starts)}.")
    if field.pattern and not re.fullmatch(field.pattern, text):
        raise WrongValue(field.pattern_hint)
    return text


def _texts(field: Field, text: str) -> list[str]:
    lines = [" ".join(clean(line[:MAX_STORED]).split()) for line in text.split("\n")]
    found = list(dict.fromkeys(line for line in lines if line))
    if (found or field.required) and len(found) < field.least:
        raise WrongValue(f"Нужно не меньше {field.least}, сейчас {len(found)}. Каждое пишите на своей строке.")
    if len(found) > field.most:
        raise WrongValue(f"Слишком много: {len(found)}, а помещается {field.most}.")
    if long := next((line for line in found if len(line) > LONGEST_LINE), None):
        raise WrongValue(f"Строка «{long[:40]}…» длиннее {LONGEST_LINE} знаков. Разбейте её.")
    return found


def _hours(text: str) -> list[list[str]]:
    if text.lower() in _CLOSED:
        return []
    spans: list[list[str]] = []
    for piece in re.split(r"[,;\n]", text):
        if not piece.strip():
            continue
        match = _SPAN.fullmatch(piece.strip())
        if match is None:
            raise WrongValue("Часы пишут так: 08:00–13:00, 14:00–20:00. Пусто — выходной.")
        spans.append([f"{int(match[1]):02}:{match[2]}", f"{int(match[3]):02}:{match[4]}"])
    try:
        parse_hours(spans, "")
    except ContentError as error:
        order = "не по порядку" in str(error)
        raise WrongValue(
            "Часы идут не по порядку или накладываются. Сначала утренние."
            if order
            else "Такого времени не бывает: часы от 00 до 23, минуты от 00 до 59."
        ) from None
    return spans


def _number(field: Field, text: str) -> int | float:
    plain = re.sub(r"[\s\u00a0₽]", "", text).replace(",", ".").replace("−", "-")
    try:
        value = float(plain)
    except ValueError:
        raise WrongValue(f"Здесь нужно число, а не «{text[:40]}».") from None
    if not math.isfinite(value):
        raise WrongValue("Здесь нужно обычное число.")
    if field.type == "whole" and value != int(value):
        raise WrongValue("Здесь нужно целое число.")
    if not field.lowest <= value <= field.most:
        raise WrongValue(f"Число от {_plain(field.lowest)} до {_plain(field.most)}.")
    return int(value) if value == int(value) and "." not in plain else value


def _date(text: str) -> date:
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    raise WrongValue("Такой даты нет. Пишите день так: 31.12.2026.")


def _among(field: Field, chosen: Sequence[str], known: Collection[str] | None) -> list[str]:
    allowed = {value for value, _ in field.choices} if field.choices else known
    for one in chosen:
        if allowed is not None and one not in allowed:
            if field.choices:
                titles = ", ".join(title for _, title in field.choices)
                raise WrongValue(f"«{one[:60]}» сюда не подходит. Можно: {titles}.")
            raise WrongValue(f"«{one[:60]}» в справочнике нет. Выберите из списка или сначала заведите.")
    return list(dict.fromkeys(chosen))


def _table(field: Field, rows: Sequence[list[str]], known: Collection[str] | None) -> list[dict[str, Any]]:
    found = []
    for number, row in enumerate((row for row in rows if any(text.strip() for text in row)), 1):
        if len(row) > len(field.columns):
            raise WrongValue(f"Строка {number}: частей больше, чем столбцов. Части разделяет знак |.")
        item: dict[str, Any] = {}
        for column, text in zip(field.columns, [*row, *[""] * (len(field.columns) - len(row))], strict=True):
            try:
                value = read(column, text, known if column.of else None)
            except WrongValue as error:
                raise WrongValue(f"Строка {number}, «{column.label}»: {error}") from None
            if value is not None:
                item[column.name] = value
        found.append(item)
    if (found or field.required) and len(found) < field.least:
        raise WrongValue("Нужна хотя бы одна строка.")
    if len(found) > field.most:
        raise WrongValue(f"Слишком много строк: {len(found)}, а помещается {field.most}.")
    return found


def _missing(field: Field) -> str:
    if field.type in ("choice", "ref", "flag"):
        return "Выберите из списка."
    return f"Заполните. Например: {field.example}" if field.example else "Заполните это поле."


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(value)
    return str(value)


def _title(field: Field, value: str) -> str:
    return next((title for one, title in field.choices if one == value), value)


def _value(field: Field, title: str) -> str:
    folded = title.casefold()
    return next((value for value, one in field.choices if folded in (one.casefold(), value.casefold())), title)
