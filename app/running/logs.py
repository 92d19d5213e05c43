"""The log of a child process: citizens' words and numbers are masked before a line is written, and old logs make room."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

_PERSONAL = frozenset(
    "locals text response_text user_text slot_values parse_data_text parse_data_entities prediction_events "
    "tracker_latest_message prefilled_slots message response slot_candidates rasa_event rasa_events tracker_states "
    "current_states old_states successes current_entity next_entity states entity token_text user_message json_message".split()
)
"""Keys of Rasa's structured log that hold what a citizen said, and local variables of a traceback."""
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_NUMBER = re.compile(r"(?<![\w.:/-])\+?(?!\d{4}-\d\d-\d\d[T ])\d(?:[ ()-]{0,2}\d){6,}(?![\w:])")
"""Seven digits and more, as in a phone or SNILS; not a moment."""
_TOKEN = re.compile(r"token=[\w-]+")


def masked(line: str) -> str:
    """The line without what belongs to a citizen."""
    if line.startswith("{"):
        with contextlib.suppress(ValueError):
            line = json.dumps(_without(json.loads(line)), ensure_ascii=False)
    return _NUMBER.sub("‹число›", _EMAIL.sub("‹почта›", _TOKEN.sub("token=‹скрыто›", line)))


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: "‹скрыто›" if k in _PERSONAL else _without(v) for k, v in value.items() if k != "locals"}
    if isinstance(value, list):
        return [_without(item) for item in value]
    return value


class Log:
    """One log file, written line by line; `last` is the last line that says something."""

    def __init__(self, path: Path, largest: int = 5_000_000) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._largest, self._rest = path, largest, b""
        self._file = path.open("ab")
        self.last = ""

    def write(self, data: bytes) -> None:
        """Add output of the process; an unfinished line waits for its end."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > 100_000:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            text = masked(line.decode("utf-8", "replace"))
            if text.strip() and not text.startswith(" "):
                self.last = text.strip()
            self._file.write(text.encode() + b"\n")
        self._file.flush()
        if self._file.tell() > self._largest:
            self._turn_over()

    def close(self) -> None:
        """Write what is left and let the file go."""
        if self._rest:
            self.write(b"\n")
        self._file.close()

    def _turn_over(self) -> None:
        self._file.close()
        self._path.replace(self._path.with_suffix(".1.log"))
        self._file = self._path.open("ab")
