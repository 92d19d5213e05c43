"""What people write about an account: checked before it is kept, and told in the audit log."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from bot.accounts.interface import ROLES, BadAccount
from bot.accounts.tables import AccountRow

LOGIN = re.compile(r"[a-z0-9а-яё][a-z0-9а-яё._@+-]{1,79}")
LANGUAGE = re.compile(r"[a-z]{2,3}")
EXTENSION = re.compile(r"(?:\+?\d{2,15})?")


def checked(
    name: str,
    roles: Collection[str],
    groups: Collection[str],
    languages: Collection[str],
    lines: Collection[str],
    capacity: int,
    extension: str,
) -> dict[str, Any]:
    """The columns of an account that a person chooses. Raises BadAccount."""
    name = " ".join(name.split())
    if not 2 <= len(name) <= 120:
        raise BadAccount("Имя: от 2 до 120 знаков.")
    if unknown := set(roles) - set(ROLES):
        raise BadAccount(f"Роли {', '.join(sorted(unknown))} нет. Есть: {', '.join(ROLES)}.")
    if not roles:
        raise BadAccount("Выберите хотя бы одну роль.")
    if not all(LANGUAGE.fullmatch(language) for language in languages):
        raise BadAccount("Языки — коды из двух или трёх букв: ru, en, tt.")
    if not 1 <= capacity <= 20:
        raise BadAccount("Разговоров сразу: от 1 до 20.")
    return {
        "name": name, "roles": [role for role in ROLES if role in roles], "groups": sorted(groups),
        "languages": sorted(languages) or ["ru"], "lines": sorted(lines), "capacity": capacity,
        "extension": extension_of(extension),
    }  # fmt: skip


def extension_of(text: str) -> str:
    """The number without spaces. Raises BadAccount."""
    number = "".join(text.split())
    if not EXTENSION.fullmatch(number):
        raise BadAccount("Внутренний номер: от 2 до 15 цифр.")
    return number


def shown(row: AccountRow) -> dict[str, Any]:
    """What the audit log says of an account: no secrets."""
    return {
        "name": row.name, "roles": row.roles, "groups": row.groups, "languages": row.languages, "lines": row.lines,
        "capacity": row.capacity, "extension": row.extension,
    }  # fmt: skip
