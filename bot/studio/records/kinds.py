"""What a kind of record is: where its records lie, which fields they have, and how an editor is asked for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

FieldType = Literal[
    "line", "text", "texts", "whole", "number", "flag", "choice", "ref", "refs", "boxes", "hours", "date", "table"
]
Shape = Literal["rows", "named", "words", "single", "articles"]

CONTENT = "bot/content/"
VALUE = ""
"""The name of the only field of a record that is a bare value, not a mapping."""
KEY = "_key"
"""The name of the field that is the record's key in a mapping."""


@dataclass(frozen=True)
class Field:
    """One field. `name` is the YAML key; a dot leads into a mapping (`fee.amount`). `of` names the kind a `ref` points at.

    `columns` are those of a `table`, `choices` value and title of what is allowed. `least` counts items of a list, else characters.
    """

    name: str
    label: str
    type: FieldType = "line"
    hint: str = ""
    required: bool = True
    example: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    of: str = ""
    least: int = 0
    most: int = 4000
    """Characters of a text, items of a list, or the greatest number."""
    lowest: float = 0
    starts: tuple[str, ...] = ()
    """One of these the text has to begin with."""
    pattern: str = ""
    pattern_hint: str = ""
    plain: bool = False
    """Citizens read it: the page shows how plainly it speaks."""
    keeps_empty: bool = False
    """An empty value stays in the file as an empty one; otherwise the key goes."""
    columns: tuple[Field, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """The keys that lead to the value."""
        return tuple(self.name.split(".")) if self.name not in (VALUE, KEY) else ()

    @property
    def many(self) -> bool:
        """Whether the value is a list."""
        return self.type in ("texts", "refs", "boxes", "table", "hours")


@dataclass(frozen=True)
class Kind:
    """One kind. `path` leads to its records in the file; `*` stands for every item of a list.

    `key` names the fields that tell its records apart; `id_from` the field from which an id is made once and for all.
    `fixed` records are there for good: they are changed, neither added nor removed. `named_by` is the field shown as a name.
    """

    name: str
    title: str
    one: str
    family: str
    file: str
    shape: Shape
    fields: tuple[Field, ...]
    about: str
    path: tuple[str, ...] = ()
    key: tuple[str, ...] = ("id",)
    id_from: str = ""
    fixed: bool = False
    named_by: str = "title"
    shown: tuple[str, ...] = ()
    """Further fields in the list."""
    names: tuple[tuple[str, str], ...] = ()
    """Titles of fixed records, by key."""
    warning: str = ""
    elsewhere: tuple[str, str] = ("", "")
    """Address and words of a page where the rest of it is done."""
    parent: str = ""
    """The kind whose records hold these, and the field that names it (`_parent`)."""
    ordered: bool = False
    """Whether the order of the file matters to the robot."""

    def field(self, name: str) -> Field:
        """The field of this name. Raises KeyError."""
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)

    @property
    def tabular(self) -> bool:
        """Whether its records can go out and come in as a table."""
        return self.shape != "single"


LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya".split(" "),
        strict=True,
    )
)


def id_from(title: str, taken: set[str], prefix: str = "") -> str:
    """An id of Latin letters for a title, unlike those that are taken."""
    latin = "".join(LATIN.get(letter, letter) for letter in title.lower())
    words = re.findall(r"[a-z0-9]+", latin)
    name = ""
    for word in words:
        if name and len(name) + len(word) > 40:
            break
        name = f"{name}_{word}" if name else word
    name = name[:48] or "record"
    if not name[0].isalpha():
        name = f"n_{name}"
    found, number = f"{prefix}{name}", 2
    while found in taken:
        found, number = f"{prefix}{name}_{number}", number + 1
    return found
