"""Seals what Rasa keeps of a conversation under the assistant's own keys (`bot/store/keys.py` says how they are written)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

log = structlog.get_logger(__name__)

ENVIRONMENT = "OTKLIK_SECRET_KEY"
FILE = "OTKLIK_SECRET_KEY_FILE"
LOOK_EVERY_S = 1.0
"""Seconds after which the file of keys is looked at again, as the assistant does: keys are changed without a restart."""


class Seal:
    """Keys from words or a file. The first is the newest: it seals, each opens. Without words and file, texts stay as they are."""

    def __init__(self, words: str = "", file: Path | None = None) -> None:
        """`words`: keys separated by commas; given them, `file` is not looked at. It may come later than this object."""
        self._file = None if words else file
        self._keys = _keys(words.split(",")) if words else None
        self._looked, self._seen = float("-inf"), (0, 0, 0)

    @classmethod
    def from_environment(cls) -> Seal:
        """The keys that `./otklik up` names to Rasa; says in the log when there are none."""
        words, file = os.environ.get(ENVIRONMENT, ""), os.environ.get(FILE, "")
        if not words and not file:
            log.warning("conversations.not_sealed", told=f"set {FILE} or {ENVIRONMENT} as for the assistant")
        return cls(words, Path(file) if file else None)

    def seal(self, text: str) -> str:
        """The text under the newest key, ASCII. Raises OSError and ValueError when the file of keys is missing or damaged."""
        self._look()
        return self._keys.encrypt(text.encode()).decode() if self._keys else text

    def open(self, kept: str) -> str:
        """What `seal` made, or a text that was written before there were keys. Raises InvalidToken when no key opens it."""
        if kept.startswith("{"):
            return kept
        self._look()
        try:
            return self._opened(kept)
        except InvalidToken:
            self._look(at_once=True)
            return self._opened(kept)

    def _opened(self, kept: str) -> str:
        if self._keys is None:
            raise InvalidToken
        return self._keys.decrypt(kept.encode()).decode()

    def _look(self, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if self._file is None or (not at_once and self._keys and now - self._looked < LOOK_EVERY_S):
            return
        found = self._file.stat()
        state = (found.st_mtime_ns, found.st_size, found.st_ino)
        if state != self._seen:
            self._keys = _keys(self._file.read_text("ascii").splitlines())
            self._seen = state
        self._looked = now


def _keys(lines: Iterable[str]) -> MultiFernet:
    given = [line.strip() for line in lines]
    return MultiFernet([Fernet(line) for line in given if line and not line.startswith(("#", "prints:"))])
