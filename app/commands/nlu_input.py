"""What `./otklik nlu` is asked to read: words of the command line or a file of JSON lines, checked before the model loads."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.problems import Problem

SHOWN = 5
"""Wrong lines named at once."""


@dataclass(frozen=True)
class Case:
    """One message to read. `now` is ISO 8601 with a time zone, or None for the real time."""

    text: str
    now: str | None


def moment(text: str | None, timezone: str) -> str | None:
    """`text` as ISO 8601 with a zone (`timezone` when it names none). Raises Problem."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Problem(f"--now: «{text}» не похоже на время ISO 8601, например 2026-11-21T10:30.") from error
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(timezone))).isoformat()


def read_cases(path: str, now: str | None, timezone: str) -> list[Case]:
    """The cases of a JSONL file (`-` for stdin). Raises Problem that names every wrong line, at most `SHOWN` of them."""
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise Problem(f"Файл {path} не читается: {_reason(error)}.") from error
    cases, wrong = [], []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            cases.append(_case(line, now, timezone))
        except (ValueError, Problem) as error:
            wrong.append(f"{path}:{number}: {error}")
    if wrong:
        more = f"\n  … и ещё строк с ошибками: {len(wrong) - SHOWN}" if len(wrong) > SHOWN else ""
        raise Problem("В файле есть строки, которые не прочитать:\n  " + "\n  ".join(wrong[:SHOWN]) + more)
    if not cases:
        raise Problem(f'Файл {path} пуст: нужна хотя бы одна строка вида {{"text": "…"}}.')
    return cases


def _case(line: bytes, now: str | None, timezone: str) -> Case:
    try:
        found: Any = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError("не UTF-8") from error
    except ValueError as error:
        raise ValueError("не JSON") from error
    if not isinstance(found, dict):
        raise ValueError('нужен объект {"text": "…"}')
    if not isinstance(found.get("text"), str):
        raise ValueError("нет поля text с текстом")
    own = found.get("now")
    return Case(found["text"], moment(own, timezone) if isinstance(own, str) else now)


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "его нет"
    if isinstance(error, IsADirectoryError):
        return "это папка"
    return (error.strerror or "ошибка").lower()
