"""Personal data at rest: sealed with one key, and searchable only by a keyed fingerprint."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet


class Vault:
    """Seals and opens values with one Fernet key (AES-128-CBC + HMAC-SHA256, url-safe base64, 32 bytes)."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)
        self._hmac_key = hashlib.sha256(b"fingerprint" + base64.urlsafe_b64decode(key)).digest()

    @classmethod
    def from_file(cls, path: Path) -> Vault:
        """The vault with the key kept in `path`; a missing file is made, readable by its owner only."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(Fernet.generate_key())
        return cls(path.read_bytes().strip())

    def seal(self, value: Any) -> str:
        """Encrypt a JSON value; the result is ASCII text."""
        return self._fernet.encrypt(json.dumps(value, ensure_ascii=False).encode()).decode()

    def open(self, sealed: str) -> Any:
        """Decrypt what `seal` made. Raises cryptography.fernet.InvalidToken when the key is another one."""
        return json.loads(self._fernet.decrypt(sealed.encode()))

    def seal_bytes(self, data: bytes) -> bytes:
        """Encrypt bytes, a piece of sound for instance; a third longer."""
        return self._fernet.encrypt(data)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Decrypt what `seal_bytes` made. Raises cryptography.fernet.InvalidToken when the key is another one."""
        return self._fernet.decrypt(sealed)

    def fingerprint(self, value: str) -> str:
        """A keyed hash of the value without case, spaces and ё, so that equal values can be found without opening them."""
        plain = "".join(value.casefold().replace("ё", "е").split())
        return hmac.new(self._hmac_key, plain.encode(), hashlib.sha256).hexdigest()
