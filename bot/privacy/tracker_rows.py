"""Rasa's record of conversations as sealed values: which key each event is under, and the newest key put on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bot.store import Vault

_OPEN = "{"
"""How an event begins that was written before Rasa had keys."""
_WAIT_S = 30


class TrackerRows:
    """The SQLite file of Rasa's tracker store, as `bot.privacy.reseal.SealedFiles`; its events go by their numbers.

    A file that is not there, and a store elsewhere, is empty.
    """

    def __init__(self, where: str, vault: Vault) -> None:
        self._path, self._vault = Path(where.removeprefix("sqlite:///")), vault
        self._connection: sqlite3.Connection | None = None

    def refs(self) -> Iterator[str]:
        """Numbers of all events. Blocks."""
        if not self._path.is_file():
            return
        with self._opened() as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'events'").fetchone():
                yield from [str(number) for (number,) in connection.execute("SELECT id FROM events ORDER BY id")]

    def key_of(self, ref: str) -> str | None:
        """The id of the key, "" for an event in the clear, None for no key of the ring. Raises KeyError. Blocks."""
        with self._opened() as connection:
            kept = self._kept(connection, ref)
        if kept.startswith(_OPEN):
            return ""
        key = self._vault.ring.key_of(kept.encode())
        return key.id if key else None

    def reseal(self, ref: str) -> bool:
        """Put the newest key on an event; whether that was to be done. Raises KeyError, InvalidToken. Blocks."""
        with self._opened() as connection:
            kept = self._kept(connection, ref)
            plain = kept.startswith(_OPEN)
            fresh = self._vault.seal_bytes(kept.encode()) if plain else self._vault.resealed(kept.encode())
            if fresh is None:
                return False
            connection.execute("UPDATE events SET data = ? WHERE id = ?", (fresh.decode(), int(ref)))
        return True

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            # Each event is asked for in a thread of its own, one after the other.
            self._connection = sqlite3.connect(self._path, timeout=_WAIT_S, check_same_thread=False)
            # What was written in the clear is overwritten; half a million commits need no wait for the disk each.
            self._connection.executescript("PRAGMA secure_delete=ON; PRAGMA synchronous=NORMAL")
        return self._connection

    @staticmethod
    def _kept(connection: sqlite3.Connection, ref: str) -> str:
        row = connection.execute("SELECT data FROM events WHERE id = ?", (int(ref),)).fetchone()
        if row is None:
            raise KeyError(ref)
        return str(row[0] or _OPEN)
