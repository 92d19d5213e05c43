"""Surname, first name and patronymic of a citizen, told apart as far as the dictionary knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.services.phrases import analyser


@dataclass(frozen=True)
class PersonName:
    """Parts of a name, "" for what is not known."""

    surname: str = ""
    name: str = ""
    patronymic: str = ""

    @property
    def polite(self) -> str:
        """«Анна Петровна»; "" unless both parts are known."""
        return f"{self.name} {self.patronymic}" if self.name and self.patronymic else ""


def person_name(profile: Mapping[str, Any]) -> PersonName:
    """The name of a profile (`bot.store.profiles`): given in parts, or as a whole in any order («Иванова Анна Петровна»)."""
    parts = {key: str(profile.get(key) or "").strip() for key in ("surname", "name", "patronymic")}
    if not parts["name"]:
        parts |= {key: value for key, value in _split(str(profile.get("full_name") or "")).items() if value}
    return PersonName(**parts)


def _split(whole: str) -> dict[str, str]:
    words = whole.split()[:4]
    found = {"surname": "", "name": "", "patronymic": ""}
    kinds = {"Name": "name", "Patr": "patronymic", "Surn": "surname"}
    left = []
    for word in words:
        tags = [p.tag for p in analyser().parse(word.lower())]
        kind = next((kinds[tag] for tag in ("Name", "Patr", "Surn") if any(tag in t for t in tags)), "")
        if kind and not found[kind]:
            found[kind] = word
        else:
            left.append(word)
    # A rare surname is in no dictionary, but stands beside a name that is.
    if left and found["name"] and not found["surname"]:
        found["surname"] = left[0]
    return found
