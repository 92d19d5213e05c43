"""Raw events as platforms send them: made into JSON objects, and known again when they are repeated."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any


def as_dict(value: Any) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def json_object(body: bytes | str) -> dict[str, Any] | None:
    """What was sent as a JSON object, None when it is anything else."""
    try:
        found = json.loads(body)
    except (ValueError, TypeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def objects(batch: Iterable[Any] | None) -> list[dict[str, Any]]:
    """The events of a batch; what is no JSON object is wrapped in one, so that it becomes a dead letter and blocks nothing."""
    return [event if isinstance(event, dict) else {"malformed": event} for event in batch or ()]


def fingerprint(value: Any) -> str:
    """64 characters that are the same for the same JSON, whatever the order of its keys."""
    return sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def whole(body: dict[str, Any], name: str) -> int:
    """The whole number called `name`. Raises LookupError without it, and TypeError when it is of another kind."""
    value = body[name]
    if not isinstance(value, int):
        raise TypeError(f"{name} is no whole number")
    return value
