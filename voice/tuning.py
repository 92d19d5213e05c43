"""Reads the numbers of turn taking from the administrator's file; what is not named there keeps its default."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from bot.services.errors import ContentError
from bot.services.plain_yaml import plain_yaml
from voice.listening.gate import Sensitivity
from voice.listening.strategies import Endpoints, Interruption, Strategies, Timeouts

_PARTS: dict[str, type[Any]] = {
    "endpoints": Endpoints, "interruption": Interruption, "timeouts": Timeouts, "sensitivity": Sensitivity,
}  # fmt: skip


def tuning(path: Path) -> Strategies:
    """The strategies of `turn_taking.yml`; the defaults without such a file. Raises ContentError naming the place."""
    if not path.is_file():
        return Strategies()
    data = plain_yaml(path.read_text("utf-8")) or {}
    if not isinstance(data, dict) or (unknown := sorted(set(data) - set(_PARTS))):
        raise ContentError(f"{path.name}: незнакомые разделы {', '.join(unknown)}; бывают {', '.join(_PARTS)}")
    made = {name: _part(path.name, name, part, data.get(name) or {}) for name, part in _PARTS.items()}
    try:
        return Strategies(**made)
    except ValueError as error:
        raise ContentError(f"{path.name}: {error}") from None


def _part(file: str, name: str, part: type[Any], given: Any) -> Any:
    known = {field.name: field.default for field in fields(part)}
    if not isinstance(given, dict):
        raise ContentError(f"{file}: {name} — нужны пары «имя: число»")
    for key, value in given.items():
        if key not in known:
            raise ContentError(f"{file}: {name}: нет числа {key}; бывают {', '.join(known)}")
        if isinstance(known[key], str) != isinstance(value, str) or isinstance(value, bool):
            raise ContentError(
                f"{file}: {name}: {key} — {'слово' if isinstance(known[key], str) else 'число'}, а не {value}"
            )
    return part(**given)
