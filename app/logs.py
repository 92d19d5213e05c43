"""Logs: one JSON line an event, and no personal data in any of them."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

LINE = '{"logger":"%(name)s","level":"%(levelname)s","event":"%(message)s"}'
_MASKED = (
    (re.compile(r"\b\d{3}-?\d{3}-?\d{3}[ -]?\d{2}\b"), "[снилс]"),
    (re.compile(r"(?:\+7|\b8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}\b"), "[телефон]"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"), "[почта]"),
)


def mask(text: str) -> str:
    """The text with telephone numbers, SNILS and e-mail addresses replaced by their names."""
    for pattern, name in _MASKED:
        text = pattern.sub(name, text)
    return text


def _mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {k: mask(v) if isinstance(v, str) else v for k, v in event.items()}


def set_up(level: str = "INFO") -> None:
    """Send all logging of this process to standard error as JSON lines; access logs are off, they hold user ids."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            _mask_event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping().get(level, logging.INFO)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(
        stream=sys.stderr, level=level, format='{"logger":"%(name)s","level":"%(levelname)s","event":"%(message)s"}'
    )
    for noisy in ("uvicorn.access", "rasa_sdk", "httpx", "aiosqlite"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
