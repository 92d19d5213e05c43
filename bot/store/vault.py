"""Personal data at rest: sealed with a ring of keys, and searchable only by a keyed fingerprint."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from pathlib import Path
from typing import Any

from cryptography.fernet import InvalidToken, MultiFernet

from bot.store.keys import BadKeys, Ring

LOOK_EVERY_S = 1.0
"""Seconds after which the file of keys is looked at again."""


class Vault:
    """Seals and opens values with Fernet keys (AES-128-CBC + HMAC-SHA256, url-safe base64, 32 bytes).

    The first key of the ring seals, each opens. `file`: where the ring comes from; when that file changes, a running vault
    takes the new ring within a second, so that keys are changed without a restart. A changed file that cannot be read, or
    whose fingerprints would be others, changes nothing.
    """

    def __init__(self, ring: Ring | bytes, file: Path | None = None) -> None:
        self.file, self._looked, self._seen = file, time.monotonic(), _state(file)
        self._take(ring if isinstance(ring, Ring) else Ring.parse([ring.decode()]))

    def _take(self, ring: Ring) -> None:
        self.ring, self._fernet = ring, MultiFernet([key.fernet for key in ring.keys])

    @classmethod
    def from_file(cls, path: Path) -> Vault:
        """The vault with the keys kept in `path`, one a line, newest first; a missing file is made, readable by its owner only.

        Raises BadKeys, and OSError when the file cannot be read or made.
        """
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, Ring.new())
        return cls(read_keys(path), path)

    @classmethod
    def from_words(cls, words: str) -> Vault:
        """The vault with the keys of a variable, separated by commas, newest first. Raises BadKeys."""
        return cls(Ring.parse(words.split(",")))

    def seal(self, value: Any) -> str:
        """Encrypt a JSON value; the result is ASCII text."""
        return self.seal_bytes(json.dumps(value, ensure_ascii=False).encode()).decode()

    def open(self, sealed: str) -> Any:
        """Decrypt what `seal` made. Raises cryptography.fernet.InvalidToken when its key is not in the ring."""
        return json.loads(self.open_bytes(sealed.encode()))

    def seal_bytes(self, data: bytes) -> bytes:
        """Encrypt bytes, a piece of sound for instance; a third longer."""
        self._look()
        return self._fernet.encrypt(data)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Decrypt what `seal_bytes` made. Raises cryptography.fernet.InvalidToken when its key is not in the ring."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            if not self._look(at_once=True):
                raise
            return self._fernet.decrypt(sealed)

    def resealed(self, sealed: bytes) -> bytes | None:
        """The value under the newest key; None when it is already. Raises InvalidToken when its key is not in the ring."""
        if self.ring.keys[0].made(sealed):
            return None
        return self._fernet.rotate(sealed)

    def fingerprint(self, value: str) -> str:
        """A keyed hash of the value without case, spaces and ё, so that equal values can be found without opening them.

        It stays the same when keys change (`Ring`).
        """
        plain = "".join(value.casefold().replace("ё", "е").split())
        return hmac.new(self.ring.prints, plain.encode(), hashlib.sha256).hexdigest()

    def _look(self, *, at_once: bool = False) -> bool:
        """Take the ring of a file that has changed; whether there was a new one."""
        now = time.monotonic()
        if self.file is None or (not at_once and now - self._looked < LOOK_EVERY_S):
            return False
        self._looked, state = now, _state(self.file)
        if state == self._seen or state is None:
            return False
        try:
            ring = read_keys(self.file)
        except (BadKeys, OSError):
            return False
        # Another key of fingerprints would make strangers of everybody: such a file belongs to another installation.
        if ring.prints != self.ring.prints:
            return False
        self._seen = state
        self._take(ring)
        return True


def read_keys(path: Path) -> Ring:
    """The ring kept in a file. Raises BadKeys, OSError."""
    try:
        return Ring.parse(path.read_text("ascii").splitlines())
    except UnicodeDecodeError:
        raise BadKeys("это не файл ключей: в нём нет строк с ключами") from None


def write_keys(path: Path, ring: Ring) -> None:
    """Keep the ring in a file that only its owner reads, at once and whole. Raises OSError."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    _write(fresh, ring)
    fresh.replace(path)


def _write(path: Path, ring: Ring) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write("\n".join(ring.entries()) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _state(file: Path | None) -> tuple[int, int, int] | None:
    if file is None:
        return None
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
