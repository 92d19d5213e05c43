"""Recordings as a folder of sealed files whose keys can be counted and changed (`bot.privacy.reseal.SealedFiles`)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from bot.store import Vault
from voice.recording import LENGTH, SUFFIX, pieces

STILL_S = 60.0
"""Seconds without a new piece after which a call is over, or its process dead: a piece comes every five."""


class RecordingFolder:
    """The recordings of one folder. One that a call still writes is left for the next time."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder, self._vault = folder, vault

    def refs(self) -> Iterator[str]:
        """See `SealedFiles.refs`."""
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            yield path.name

    def key_of(self, ref: str) -> str | None:
        """The key of the first piece that does not have the newest one, else the newest. See `SealedFiles.key_of`."""
        ring = self._vault.ring
        for piece in self._pieces(ref):
            key = ring.key_of(piece)
            if key is None:
                return None
            if key.id != ring.keys[0].id:
                return key.id
        return ring.keys[0].id

    def reseal(self, ref: str) -> bool:
        """See `SealedFiles.reseal`."""
        path = self._folder / ref
        try:
            state = path.stat()
        except FileNotFoundError:
            raise KeyError(ref) from None
        if time.time() - state.st_mtime < STILL_S:
            return False
        found = [(piece, self._vault.resealed(piece)) for piece in self._pieces(ref)]
        if not any(fresh for _, fresh in found):
            return False
        beside = path.with_name(f"{ref}.new")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece, fresh in found:
                file.write(LENGTH.pack(len(fresh or piece)) + (fresh or piece))
        os.utime(beside, ns=(state.st_atime_ns, state.st_mtime_ns))
        beside.replace(path)
        return True

    def _pieces(self, ref: str) -> list[bytes]:
        try:
            with (self._folder / ref).open("rb") as source:
                return list(pieces(source))
        except FileNotFoundError:
            raise KeyError(ref) from None
