"""Accounts of one database: made by people with the right to, opened with a password and a second factor, or by single sign-on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from bot.accounts.interface import Account, Signed
from bot.store import Store, Vault


class Accounts:
    """Makes, changes, finds and opens accounts."""

    def __init__(self, store: Store, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._store, self._vault, self._clock = store, vault, clock

    async def add(
        self,
        login: str,
        name: str,
        roles: Collection[str],
        groups: Collection[str] = (),
        *,
        password: str = "",
        languages: Collection[str] = ("ru",),
        capacity: int = 4,
        extension: str = "",
    ) -> Account:
        """A new account. Raises BadAccount for a login that is taken, an unknown role or a weak password."""
        raise NotImplementedError

    async def get(self, account_id: str) -> Account | None:
        """The account of an id, disabled ones too."""
        raise NotImplementedError

    async def all(self) -> list[Account]:
        """All accounts by name."""
        raise NotImplementedError

    async def open_session(self, account_id: str, ip: str = "", agent: str = "") -> str:
        """The token of a new session with everything proved; for single sign-on and for tests."""
        raise NotImplementedError

    async def signed(self, token: str, ip: str = "") -> Signed | None:
        """Who a cookie's token belongs to; None for an unknown, ended or half-open session. Lets the session live on."""
        raise NotImplementedError
