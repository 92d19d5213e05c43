"""Passwords: what is too weak, and argon2id hashes (RFC 9106) that take the same time for a login that does not exist."""

from __future__ import annotations

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from bot.accounts.common_passwords import COMMON

LONGEST = 200
"""Characters; a longer one would only keep the processor busy."""
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""For one-time passwords that are read aloud: no 0, o, 1, l, i."""


class Passwords:
    """Hashes and checks passwords, a few at a time and beside the event loop: each takes 46 MiB for some 60 ms."""

    def __init__(self, length: int = 10) -> None:
        # OWASP's first choice for argon2id; memory is the dear thing for whoever tries many.
        self._hasher = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
        self._length = length
        self._turn = asyncio.Semaphore(2)
        self._nobody = ""

    def weakness(self, password: str, login: str = "", name: str = "") -> str:
        """What is wrong with a new password, as a Russian sentence; "" when it will do."""
        plain = _plain(password)
        if len(password) < self._length:
            return f"Пароль слишком короткий: нужно не меньше {self._length} знаков."
        if len(password) > LONGEST:
            return f"Пароль слишком длинный: до {LONGEST} знаков."
        if len(set(plain)) < 4:
            return "В пароле слишком мало разных знаков."
        if any(len(word) >= 3 and word in plain for word in map(_plain, (login, login.partition("@")[0]))):
            return "В пароле есть ваш логин. Придумайте другой."
        if any(len(word) >= 4 and word in plain for word in map(_plain, name.split())):
            return "В пароле есть ваше имя. Придумайте другой."
        if any(plain.startswith(word) and len(plain) - len(word) <= 4 for word in COMMON):
            return "Этот пароль слишком известный. Придумайте другой: например, четыре случайных слова."
        return ""

    async def hash(self, password: str) -> str:
        """The hash to store."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, password: str, stored: str) -> bool:
        """Whether a password is the one of a stored hash; with "" (no account, no password) False after the same work."""
        if not self._nobody:
            self._nobody = await self.hash(secrets.token_hex())
        async with self._turn:
            fits = await asyncio.to_thread(self._verify, password[:LONGEST], stored or self._nobody)
        return fits and bool(stored)

    def is_old(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        try:
            return self._hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return False

    def _verify(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (Argon2Error, InvalidHashError):
            return False


def one_time_password() -> str:
    """A password for the first sign-in: four groups of four letters and digits, 79 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def _plain(text: str) -> str:
    return "".join(text.casefold().replace("ё", "е").split())
