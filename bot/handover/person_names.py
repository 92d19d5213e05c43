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
    left = []
    for word in words:
        kind = next((k for k in _kinds(word) if not found[k]), "")
        if kind:
            found[kind] = word
        else:
            left.append(word)
    # A rare surname is in no dictionary, but stands beside a name that is; three unknown words come in the usual order.
    if len(left) == 3:
        return dict(zip(found, left, strict=True))
    if left and found["name"] and not found["surname"]:
        found["surname"] = left[0]
    elif left and not found["name"] and (found["surname"] or found["patronymic"]):
        found["name"] = left[0]
    return found


def _kinds(word: str) -> tuple[str, ...]:
    lower = word.lower()
    if analyser().word_is_known(lower):
        tags = [p.tag for p in analyser().parse(lower)]
        return tuple(kind for tag, kind in _TAGS if any(tag in t for t in tags))
    return ("patronymic",) if lower.endswith(("вич", "вна", "чна", "оглы", "кызы")) else ()


_TAGS = (("Name", "name"), ("Patr", "patronymic"), ("Surn", "surname"))
