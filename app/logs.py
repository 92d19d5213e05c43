"""Logs: one JSON line an event, and no personal data in any of them."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

_MASKED = (
    (re.compile(r"\b\d{3}-?\d{3}-?\d{3}[ -]?\d{2}\b"), "[снилс]"),
    (re.compile(r"(?:\+7|\b8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}\b"), "[телефон]"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"), "[почта]"),
    (re.compile(r"\b[А-ЯЁ]{2}-\d{4}-\d{6}\b|\b\d{1,3}/\d{1,3}/\d{4,}\b"), "[номер дела]"),
    (re.compile(r"(?<![\w.:-])\d{9,}\b"), "[число]"),
)
LARGEST_NUMBER = 10**9
"""Our own numbers are smaller; a telephone or a platform's user is not."""
FRAMES = 12
"""Of a long traceback so many places, the innermost last."""


def mask(text: str) -> str:
    """The text with telephones, SNILS, e-mail addresses, numbers of cases and other long numbers replaced by what they are."""
    for pattern, name in _MASKED:
        text = pattern.sub(name, text)
    return text


def faults(error: BaseException | None) -> list[dict[str, Any]]:
    """An exception and its causes, outermost first: kind and places. Messages are left out: they may quote a citizen."""
    found: list[dict[str, Any]] = []
    while error is not None and len(found) < 5:
        found.append({"error": type(error).__name__, "at": _places(error.__traceback__)})
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-FRAMES:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames]


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= LARGEST_NUMBER:
        return "[число]"
    if isinstance(value, dict):
        return {k: _masked(v) for k, v in value.items()}
    return [_masked(one) for one in value] if isinstance(value, (list, tuple, set)) else value


def _mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {k: v if k == "timestamp" else _masked(v) for k, v in event.items()}


def _plain_faults(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    return {**event, "exception": faults(error)} if error is not None else event


class LineFormatter(logging.Formatter):
    """Other libraries' records as JSON lines, masked as ours."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        said = mask(record.getMessage()[:500])
        line: dict[str, Any] = {"logger": record.name, "level": record.levelname, "event": said}
        if record.exc_info:
            line["exception"] = faults(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def set_up(level: str = "INFO") -> None:
    """Send all logging of this process to standard error as JSON lines; access logs are off, they hold user ids."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _plain_faults,
            _mask_event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping().get(level, logging.INFO)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=level, handlers=[handler])
    for name in ("uvicorn", "uvicorn.error"):
        # Its own handler would print the message of an exception, and with it what a citizen wrote.
        own = logging.getLogger(name)
        own.handlers.clear()
        own.propagate = True
    for noisy in ("uvicorn.access", "rasa_sdk", "httpx", "aiosqlite"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
