"""When a promised call is tried again and what the citizen is written, which supervisors change in content/callbacks.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.services.errors import ContentError
from bot.services.plain_yaml import plain_yaml


@dataclass(frozen=True)
class CancelReason:
    """Why a call is not made; an empty `told` tells the citizen nothing. `{number}` stands for the call's number."""

    title: str
    told: str


@dataclass(frozen=True)
class CallbackRules:
    """`retries` are the pauses after each try without an answer but the last; `window` is how late such a try may be."""

    retries: tuple[timedelta, ...]
    window: timedelta
    results: Mapping[str, str]
    reasons: Mapping[str, CancelReason]
    failed: str

    @property
    def most_tries(self) -> int:
        """Tries without an answer after which the call counts as not reached."""
        return len(self.retries) + 1

    @classmethod
    def load(cls, path: Path) -> CallbackRules:
        """Read `callbacks.yml`. Raises ContentError that names the key."""
        data: dict[str, Any] = plain_yaml(path.read_text("utf-8")) or {}
        try:
            retries = tuple(timedelta(minutes=int(m)) for m in data["retry_minutes"])
            window = timedelta(minutes=int(data["window_minutes"]))
        except (KeyError, TypeError, ValueError):
            raise ContentError("callbacks.yml: retry_minutes — список минут, window_minutes — число минут") from None
        results, reasons = data.get("results"), data.get("reasons")
        if not isinstance(results, dict) or not results or not isinstance(reasons, dict) or not reasons:
            raise ContentError("callbacks.yml: нужны списки results и reasons")
        rules = cls(
            retries,
            window,
            {str(k): str(v) for k, v in results.items()},
            {str(k): CancelReason(str(v["title"]), str(v.get("told") or "")) for k, v in reasons.items()},
            str(data.get("failed") or ""),
        )
        for text in (rules.failed, *(reason.told for reason in rules.reasons.values())):
            try:
                text.format(number="")
            except (KeyError, IndexError, ValueError):
                raise ContentError(f"callbacks.yml: лишнее в фигурных скобках: «{text[:60]}»") from None
        return rules
