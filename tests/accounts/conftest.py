"""Accounts over every database, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyotp
import pytest

from bot.accounts.accounts import Accounts
from bot.accounts.audit import Audit
from bot.accounts.entrance import Entered, Entrance
from bot.accounts.interface import Account, Signed
from bot.accounts.own import Own
from bot.accounts.policy import Policy
from bot.accounts.sessions import Half
from bot.store import Store, Vault
from tests.databases import postgres_url  # noqa: F401 - a fixture
from tests.services.conftest import Clock, clock, store, vault  # noqa: F401 - fixtures

PASSWORD = "Ромашки на балконе 47"
IP = "192.0.2.7"


@dataclass(frozen=True)
class Doors:
    """Everything about accounts of one database."""

    store: Store
    vault: Vault
    clock: Clock
    accounts: Accounts
    entrance: Entrance
    own: Own
    audit: Audit

    async def colleague(self, login: str = "anna", roles: tuple[str, ...] = ("operator",), **more: object) -> Account:
        """A new account with PASSWORD."""
        return await self.accounts.add(login, "Ольга Ветрова", roles, password=PASSWORD, **more)  # type: ignore[arg-type]

    async def enter(self, login: str = "anna", password: str = PASSWORD, ip: str = IP) -> Entered:
        """The password step."""
        return await self.entrance.password(login, password, ip)

    async def half(self, entered: Entered) -> Half:
        """The half-open session of a token."""
        found = await self.accounts.sessions.find(entered.token, IP)
        assert isinstance(found, Half)
        return found

    async def signed(self, entered: Entered | str) -> Signed:
        """The open session of a token."""
        found = await self.accounts.signed(entered if isinstance(entered, str) else entered.token, IP)
        assert found is not None
        return found

    async def with_factor(
        self, login: str = "anna", roles: tuple[str, ...] = ("operator",)
    ) -> tuple[pyotp.TOTP, list[str]]:
        """A new account with a second factor: its authenticator and its recovery codes."""
        account = await self.colleague(login, roles)
        me = await self.signed(await self.accounts.open_session(account.id))
        pending = await self.own.begin_second_factor(me, PASSWORD)
        phone = pyotp.TOTP(pending.secret)
        _, codes = await self.own.confirm_second_factor(me, pending.sealed, phone.at(self.clock()))
        self.clock.forward(seconds=30)  # that code is used up
        return phone, codes

    async def deeds(self) -> list[str]:
        """Names of all deeds in the log, oldest first."""
        return [entry.action for entry in reversed(await self.audit.page(limit=1000))]


@pytest.fixture
def make(store: Store, vault: Vault, clock: Clock) -> Callable[[Policy], Doors]:  # noqa: F811
    """Doors with a policy of their own."""

    def made(policy: Policy) -> Doors:
        accounts = Accounts(store, vault, clock, policy)
        return Doors(
            store, vault, clock, accounts, Entrance(store, vault, clock, accounts), Own(store, vault, clock, accounts),
            Audit(store, clock),
        )  # fmt: skip

    return made


@pytest.fixture
def doors(make: Callable[[Policy], Doors]) -> Doors:
    """Doors with the usual policy."""
    return make(Policy())
