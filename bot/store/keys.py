"""The ring of keys that seals personal data: which seals, which still open, and the one key of all fingerprints."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.fernet import Fernet

PRINTS = "prints:"
"""How the entry begins that holds the key of fingerprints."""
_SIGNATURE = 32


class BadKeys(ValueError):
    """The keys cannot be used. The text is one Russian line and holds no key."""


@dataclass(frozen=True)
class Key:
    """One Fernet key. `id` names it to people and tells nothing about it."""

    text: str = field(repr=False)
    id: str
    fernet: Fernet = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Key:
        """Raises BadKeys."""
        try:
            fernet = Fernet(text)
        except ValueError:
            raise BadKeys(
                "это не ключ: нужны 44 знака, как их делает ./otklik keys add; проверьте, целиком ли он скопирован"
            ) from None
        return cls(text, hashlib.sha256(b"id" + base64.urlsafe_b64decode(text)).hexdigest()[:8], fernet)

    def made(self, token: bytes) -> bool:
        """Whether a sealed value is of this key; many times cheaper than opening it."""
        try:
            raw = base64.urlsafe_b64decode(token)
        except ValueError:
            return False
        signing = base64.urlsafe_b64decode(self.text)[:16]
        expected = hmac.digest(signing, raw[:-_SIGNATURE], "sha256")
        return len(raw) > _SIGNATURE and hmac.compare_digest(expected, raw[-_SIGNATURE:])


@dataclass(frozen=True)
class Ring:
    """Keys, the newest first: it seals, every one opens.

    Fingerprints (users of the telephone, proofs of a case, signatures of the widget's sessions) cannot be made anew, because
    nobody keeps what they were made of. Their key therefore never changes: it is derived from the first key an installation
    had, the last of the ring. With the second key it is written down as an entry of its own, so that the first may be
    dropped later.
    """

    keys: tuple[Key, ...]
    prints: bytes = field(repr=False)

    @classmethod
    def parse(cls, entries: Sequence[str]) -> Ring:
        """A ring of entries: keys, and at most one that begins with `prints:`. Raises BadKeys."""
        given = [entry.strip() for entry in entries if entry.strip() and not entry.strip().startswith("#")]
        keys = tuple(Key.parse(entry) for entry in given if not entry.startswith(PRINTS))
        prints = [entry.removeprefix(PRINTS) for entry in given if entry.startswith(PRINTS)]
        if not keys:
            raise BadKeys("ключа нет: верните прежний из резервной копии")
        if len({key.id for key in keys}) != len(keys):
            raise BadKeys("один и тот же ключ указан дважды: оставьте один")
        if len(prints) > 1:
            raise BadKeys(f"строка {PRINTS}… указана дважды: оставьте прежнюю")
        return cls(keys, _prints(prints[0]) if prints else derived(keys[-1]))

    @classmethod
    def new(cls) -> Ring:
        """A ring with one new key."""
        return cls.parse([Fernet.generate_key().decode()])

    def entries(self) -> list[str]:
        """What `parse` reads. A single key that the fingerprints can be derived from stands alone."""
        keys = [key.text for key in self.keys]
        if len(keys) == 1 and derived(self.keys[0]) == self.prints:
            return keys
        return [*keys, PRINTS + base64.urlsafe_b64encode(self.prints).decode()]

    def added(self) -> Ring:
        """The ring with a new key in front."""
        return Ring((Key.parse(Fernet.generate_key().decode()), *self.keys), self.prints)

    def without(self, key_id: str) -> Ring:
        """The ring without one of the older keys. Raises KeyError for an unknown key or the one that seals."""
        if key_id not in {key.id for key in self.keys[1:]}:
            raise KeyError(key_id)
        return Ring(tuple(key for key in self.keys if key.id != key_id), self.prints)

    def key_of(self, token: bytes) -> Key | None:
        """The key a value is sealed with; None when it is of none of the ring."""
        return next((key for key in self.keys if key.made(token)), None)


def derived(key: Key) -> bytes:
    """The key of fingerprints of an installation whose first key is `key`."""
    return hashlib.sha256(b"fingerprint" + base64.urlsafe_b64decode(key.text)).digest()


def _prints(text: str) -> bytes:
    try:
        found = base64.urlsafe_b64decode(text)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise BadKeys(f"строка {PRINTS}… испорчена: верните её из резервной копии, иначе проверочные слова не сойдутся")
    return found
