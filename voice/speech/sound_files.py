"""Sounds on disk under a key: private, written at once or not at all, checked when read, the oldest thrown out first."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

_DIGEST = hashlib.sha256().digest_size


class SoundFiles:
    """A folder (mode 0700) of files (mode 0600) of at most `max_bytes`. Safe to use from several threads and processes.

    A disk that is full or not writable costs speed, never a call: writing then quietly does nothing.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder, self._max = folder, max_bytes
        self._written: int | None = None
        """Bytes in the folder as far as known; None before the first write."""

    def has(self, key: str) -> bool:
        """Whether there is a whole sound under this key."""
        return self.read(key) is not None

    def read(self, key: str) -> bytes | None:
        """The sound, or None when there is none; a damaged file is removed."""
        path = self._path(key)
        try:
            whole = path.read_bytes()
        except OSError:
            return None
        digest, sound = whole[:_DIGEST], whole[_DIGEST:]
        if len(digest) < _DIGEST or hashlib.sha256(sound).digest() != digest:
            self._remove(path)
            return None
        with contextlib.suppress(OSError):
            # The time of change says when it was last heard: that is what is thrown out by.
            os.utime(path)
        return sound

    def write(self, key: str, sound: bytes) -> None:
        """Keep a sound, and throw out the ones not heard for longest when there are too many bytes."""
        path = self._path(key)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder.chmod(0o700)
            path.parent.mkdir(exist_ok=True, mode=0o700)
            # mkstemp makes the file with mode 0600.
            handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(sound).digest() + sound)
                Path(name).replace(path)
            except OSError:
                self._remove(Path(name))
                raise
        except OSError:
            return
        if self._written is not None:
            self._written += len(sound) + _DIGEST
        if self._written is None or self._written > self._max:
            self._written = self._thrown_out()

    def write_if_missing(self, key: str, sound: bytes) -> None:
        """Keep a sound that may be there already."""
        if not self._path(key).exists():
            self.write(key, sound)

    def _thrown_out(self) -> int:
        """Remove the longest unheard until nine tenths of the room are taken; gives the bytes that stay."""
        found: list[tuple[float, int, Path]] = []
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):
                state = path.stat()
                found.append((state.st_mtime, state.st_size, path))
        left = sum(size for _, size, _ in found)
        if left > self._max:
            for _, size, path in sorted(found):
                if left <= self._max * 0.9:
                    break
                self._remove(path)
                left -= size
        return left

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.pcm"

    @staticmethod
    def _remove(path: Path) -> None:
        with contextlib.suppress(OSError):
            path.unlink()
