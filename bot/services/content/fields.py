"""Reads one YAML mapping field by field, so that a slip of the editor is named by file, place and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.services.errors import ContentError
from bot.services.plain_yaml import plain_yaml


class Fields:
    """The fields of one item. `where` begins every complaint: «bot/content/services.yml: services[3]»."""

    def __init__(self, data: Any, where: str) -> None:
        if not isinstance(data, Mapping):
            raise ContentError(f"{where}: здесь нужны поля «ключ: значение»")
        self.where = where
        self._data = data
        self._read: set[str] = set()

    def raw(self, key: str) -> Any:
        """The value as YAML gave it. Raises ContentError when there is none."""
        self._read.add(key)
        if self._data.get(key) is None:
            raise ContentError(f"{self.where}: нет поля {key}")
        return self._data[key]

    def has(self, key: str) -> bool:
        """Whether the field is there and not empty."""
        self._read.add(key)
        return self._data.get(key) is not None

    def text(self, key: str) -> str:
        """A line of text, not empty."""
        value = self.raw(key)
        if isinstance(value, (bool, list, Mapping)) or not str(value).strip():
            raise ContentError(
                f"{self.where}: {key} — здесь нужен текст (если в нём двоеточие, возьмите его в кавычки)"
            )
        return str(value).strip()

    def optional_text(self, key: str) -> str | None:
        """A line of text, or None when the field is missing or empty."""
        return self.text(key) if self.has(key) and str(self._data[key]).strip() else None

    def texts(self, key: str, *, least: int = 0) -> tuple[str, ...]:
        """A list of texts, at least `least` of them."""
        value = self.raw(key)
        if not isinstance(value, list) or any(isinstance(v, (bool, list, Mapping)) or v is None for v in value):
            raise ContentError(f"{self.where}: {key} — здесь нужен список текстов")
        if len(value) < least:
            raise ContentError(f"{self.where}: {key} — нужно не меньше {least}, сейчас {len(value)}")
        return tuple(str(v).strip() for v in value)

    def number(self, key: str) -> float:
        """A number, whole or not."""
        value = self.raw(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ContentError(f"{self.where}: {key} — здесь нужно число")
        return float(value)

    def whole(self, key: str) -> int:
        """A whole number, not below zero."""
        value = self.number(key)
        if value != int(value) or value < 0:
            raise ContentError(f"{self.where}: {key} — здесь нужно целое число")
        return int(value)

    def flag(self, key: str) -> bool:
        """true or false."""
        value = self.raw(key)
        if not isinstance(value, bool):
            raise ContentError(f"{self.where}: {key} — true или false")
        return value

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        """One of the allowed words."""
        value = self.raw(key)
        # YAML reads a bare no as False.
        word = "no" if value is False else str(value)
        if word not in allowed:
            raise ContentError(f"{self.where}: {key} — одно из: {', '.join(allowed)}")
        return word

    def inner(self, key: str) -> Fields:
        """The fields of a mapping inside this one."""
        return Fields(self.raw(key), f"{self.where}: {key}")

    def items(self, key: str) -> Iterator[Fields]:
        """The items of a list of mappings."""
        value = self.raw(key)
        if not isinstance(value, list):
            raise ContentError(f"{self.where}: {key} — здесь нужен список")
        separator = ": " if self.where.endswith(".yml") else "."
        for number, item in enumerate(value):
            yield Fields(item, f"{self.where}{separator}{key}[{number}]")

    def done(self) -> None:
        """Complain about fields nobody has read: most likely a slip in a name."""
        if unknown := [str(key) for key in self._data if key not in self._read]:
            raise ContentError(f"{self.where}: незнакомое поле {', '.join(unknown)}")


def read_yaml(path: Path) -> Fields:
    """The top level of a YAML file. Raises ContentError."""
    return Fields(parse_yaml(_text(path), str(path)), str(path))


def read_article(path: Path) -> tuple[Fields, str]:
    """The head (between two lines `---`) and the text of an article. Raises ContentError."""
    parts = _text(path).split("---\n", 2)
    if len(parts) < 3 or parts[0].strip():
        raise ContentError(f"{path}: статья начинается с шапки между двумя строками ---")
    if not parts[2].strip():
        raise ContentError(f"{path}: после шапки нет текста ответа")
    return Fields(parse_yaml(parts[1], str(path)), str(path)), parts[2].strip()


def parse_yaml(text: str, where: str) -> Any:
    """YAML to plain values. Raises ContentError with the line of the slip."""
    try:
        return plain_yaml(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError(f"{where}: строка {line}: не получилось разобрать, проверьте отступы и кавычки") from None
    except yaml.YAMLError:
        raise ContentError(f"{where}: файл не похож на YAML") from None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise ContentError(f"{path}: нет такого файла") from None
    except UnicodeDecodeError:
        raise ContentError(f"{path}: сохраните файл в кодировке UTF-8") from None
