"""The numbers of the hand-over, which supervisors change in content/handover.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.services.errors import ContentError
from bot.services.plain_yaml import plain_yaml


@dataclass(frozen=True)
class Rules:
    """Limits of the hand-over. Times are in seconds where the name does not say minutes."""

    wrap_up_seconds: int
    overflow_minutes: int
    """How long a citizen waits for her own group before its stand-in (`fallback`) may take her."""
    long_wait_minutes: int
    """After this the place in the queue rises above newer ones of the same group."""
    callback_offer_minutes: int
    callback_within_hours: int
    lost_operator_seconds: int
    """A window silent for so long counts as closed; the talks go back to the queue, to its head."""
    max_transfers: int
    service_level_seconds: int
    service_level_percent: int
    abandoned_percent: int
    manual_groups: frozenset[str]
    """Groups whose operators choose for themselves; in all others a free operator is given the next citizen."""
    pauses: tuple[str, ...]
    results: Mapping[str, str]
    """Name and Russian title of every result a talk may be closed with."""
    tasks: Mapping[str, str]
    """Payload and Russian title of what the robot can be asked to do with the citizen."""

    @classmethod
    def load(cls, path: Path) -> Rules:
        """Read `handover.yml`. Raises ContentError that names the key."""
        data: dict[str, Any] = plain_yaml(path.read_text("utf-8")) or {}
        numbers = {name: _number(data, name) for name, kind in cls.__annotations__.items() if kind == "int"}
        return cls(
            **numbers,
            manual_groups=frozenset(map(str, data.get("manual_groups") or ())),
            pauses=tuple(map(str, data.get("pauses") or ())),
            results=_titles(data, "results"),
            tasks=_titles(data, "tasks"),
        )


def _number(data: Mapping[str, Any], name: str) -> int:
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ContentError(f"handover.yml, {name}: нужно целое число не меньше нуля")
    return value


def _titles(data: Mapping[str, Any], name: str) -> dict[str, str]:
    found = data.get(name)
    if not isinstance(found, dict) or not found:
        raise ContentError(f"handover.yml, {name}: нужен список вида «название: текст»")
    return {str(key): str(title) for key, title in found.items()}
