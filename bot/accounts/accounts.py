"""Accounts of one database: made by people with the right to, opened with a password and a second factor, or by single sign-on."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts.audit import Audit, Who, changed
from bot.accounts.fields import LOGIN, checked, extension_of, shown
from bot.accounts.interface import Account, BadAccount, Signed
from bot.accounts.passwords import Passwords, one_time_password
from bot.accounts.policy import Policy
from bot.accounts.rows import account_of
from bot.accounts.sessions import Sessions
from bot.accounts.tables import AccountRow
from bot.store import Store, Vault

ROSTER_FOR = 1.0
"""Seconds the list of colleagues is remembered: fifty windows ask for it all the time."""


class Accounts:
    """Makes, changes, finds and opens accounts. Every change is in the audit log with its old and new values."""

    def __init__(self, store: Store, vault: Vault, clock: Callable[[], datetime], policy: Policy | None = None) -> None:
        self._store, self._vault, self._clock = store, vault, clock
        self.policy = policy or Policy()
        self.passwords = Passwords(self.policy.password_length)
        self.sessions = Sessions(store, clock, self.policy)
        self._audit = Audit(store, clock)
        self._roster: Sequence[Account] | None = None
        self._roster_at, self._changed = 0.0, False

    async def add(
        self,
        login: str,
        name: str,
        roles: Collection[str],
        groups: Collection[str] = (),
        *,
        password: str = "",
        languages: Collection[str] = ("ru",),
        lines: Collection[str] = (),
        capacity: int = 4,
        extension: str = "",
        must_change_password: bool = False,
        who: Who = None,
    ) -> Account:
        """A new account; without a password only single sign-on opens it.

        Raises BadAccount for a login that is taken, an unknown role or a weak password.
        """
        login = login.strip().casefold()
        if not LOGIN.fullmatch(login):
            raise BadAccount("Логин: от 2 до 80 букв и цифр, можно точку, дефис, подчёркивание и @.")
        wanted = checked(name, roles, groups, languages, lines, capacity, extension)
        if password and (wrong := self.passwords.weakness(password, login, wanted["name"])):
            raise BadAccount(wrong)
        hashed = await self.passwords.hash(password) if password else ""
        async with self._changing() as session:
            if await session.scalar(select(AccountRow.id).where(AccountRow.login == login)):
                raise BadAccount(f"Логин {login} уже занят.")
            row = AccountRow(
                id=str(uuid.uuid4()), login=login, password_hash=hashed, created_at=self._clock(), totp_used=0,
                must_change_password=must_change_password, recovery_codes=[], wrong_tries=0, **wanted,
            )  # fmt: skip
            session.add(row)
            await session.flush()
            await self._audit.add(session, who, "account_added", row.id, login=login, **shown(row))
            return account_of(row)

    async def get(self, account_id: str) -> Account | None:
        """The account of an id, disabled ones too."""
        async with self._store.read() as session:
            row = await session.get(AccountRow, account_id)
            return account_of(row) if row is not None else None

    async def by_login(self, login: str) -> Account | None:
        """The account of a login, disabled ones too."""
        async with self._store.read() as session:
            row = await session.scalar(select(AccountRow).where(AccountRow.login == login.strip().casefold()))
            return account_of(row) if row is not None else None

    async def all(self) -> list[Account]:
        """All accounts by name."""
        async with self._store.read() as session:
            return [account_of(row) for row in await session.scalars(select(AccountRow).order_by(AccountRow.name))]

    async def roster(self) -> Sequence[Account]:
        """All accounts by name, for what every page needs: own changes at once, those of other processes within a second."""
        if self._roster is None or time.monotonic() - self._roster_at > ROSTER_FOR:
            asked_at, self._changed = time.monotonic(), False
            found = await self.all()
            if self._changed:
                return found
            self._roster, self._roster_at = found, asked_at
        return self._roster

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[AsyncSession]:
        try:
            async with self._store.write() as session:
                yield session
        finally:
            self._roster, self._changed = None, True

    async def open_session(self, account_id: str, ip: str = "", agent: str = "") -> str:
        """The token of a new session with everything proved; for single sign-on and for tests."""
        async with self._store.write() as session:
            return await self.sessions.open(session, account_id, "open", ip, agent)

    async def signed(self, token: str, ip: str = "", *, active: bool = False) -> Signed | None:
        """Who a cookie's token belongs to; None for an unknown, ended or half-open session.

        Only `active` (the person herself did something) lets the session live on: a window that nobody touches closes.
        """
        found = await self.sessions.find(token, ip, active=active)
        return found if isinstance(found, Signed) else None

    async def change(
        self,
        account_id: str,
        who: Who,
        *,
        name: str,
        roles: Collection[str],
        groups: Collection[str],
        languages: Collection[str],
        lines: Collection[str],
        capacity: int,
        extension: str,
    ) -> Account:
        """New data of an account. Raises LookupError, and BadAccount when no administrator would be left."""
        wanted = checked(name, roles, groups, languages, lines, capacity, extension)
        async with self._changing() as session:
            row = await self._locked(session, account_id)
            before = shown(row)
            if "administrator" not in wanted["roles"]:
                await self._keep_an_administrator(session, row)
            for field, value in wanted.items():
                setattr(row, field, value)
            if self.policy.asks_second_factor(row.roles) and not (row.totp_confirmed_at or row.oidc_subject):
                # The new role asks for a second factor before the next page.
                await self.sessions.end_all(session, row.id)
            await session.flush()
            after = shown(row)
            old_new: dict[str, Any] = {
                key: changed(before[key], after[key]) for key in after if before[key] != after[key]
            }
            if old_new:
                await self._audit.add(session, who, "account_changed", row.id, **old_new)
            return account_of(row)

    async def set_extension(self, account_id: str, who: Who, extension: str) -> None:
        """The telephone of an account. Raises LookupError and BadAccount."""
        number = extension_of(extension)
        async with self._changing() as session:
            row = await self._locked(session, account_id)
            if row.extension != number:
                before, row.extension = row.extension, number
                await self._audit.add(session, who, "account_changed", row.id, extension=changed(before, number))

    async def disable(self, account_id: str, who: Who) -> None:
        """Close an account and all its windows. Raises LookupError, and BadAccount for the last administrator."""
        async with self._changing() as session:
            row = await self._locked(session, account_id)
            if row.disabled_at is not None:
                return
            await self._keep_an_administrator(session, row)
            row.disabled_at = self._clock()
            await self.sessions.end_all(session, row.id)
            await self._audit.add(session, who, "account_disabled", row.id)

    async def enable(self, account_id: str, who: Who) -> None:
        """Open a closed account again. Raises LookupError."""
        async with self._changing() as session:
            row = await self._locked(session, account_id)
            if row.disabled_at is not None:
                row.disabled_at, row.locked_until, row.wrong_tries = None, None, 0
                await self._audit.add(session, who, "account_enabled", row.id)

    async def unlock(self, account_id: str, who: Who) -> None:
        """End the wait after wrong tries. Raises LookupError."""
        async with self._changing() as session:
            row = await self._locked(session, account_id)
            row.locked_until, row.wrong_tries = None, 0
            await self._audit.add(session, who, "account_unlocked", row.id)

    async def reset_second_factor(self, account_id: str, who: Who) -> None:
        """Take the second factor away, when the phone is lost; all windows close. Raises LookupError."""
        async with self._changing() as session:
            row = await self._locked(session, account_id)
            row.totp_secret, row.totp_confirmed_at, row.recovery_codes = None, None, []
            await self.sessions.end_all(session, row.id)
            await self._audit.add(session, who, "second_factor_reset", row.id)

    async def unlink(self, account_id: str, who: Who) -> None:
        """Forget whom single sign-on took this account for; all windows close. Raises LookupError."""
        async with self._changing() as session:
            row = await self._locked(session, account_id)
            if row.oidc_subject is not None:
                row.oidc_subject = None
                await self.sessions.end_all(session, row.id)
                await self._audit.add(session, who, "sso_unlinked", row.id)

    async def reset_password(self, account_id: str, who: Who, password: str = "") -> str:
        """Give a password that has to be changed at the next sign-in, a one-time one when none is given; it is returned.

        All windows close, a wait ends. Raises LookupError and BadAccount.
        """
        found = await self.get(account_id)
        if found is None:
            raise LookupError(account_id)
        if password and (wrong := self.passwords.weakness(password, found.login, found.name)):
            raise BadAccount(wrong)
        given = password or one_time_password()
        hashed = await self.passwords.hash(given)
        async with self._changing() as session:
            row = await self._locked(session, account_id)
            row.password_hash, row.must_change_password = hashed, True
            row.locked_until, row.wrong_tries = None, 0
            await self.sessions.end_all(session, row.id)
            await self._audit.add(session, who, "password_reset", row.id)
        return given

    async def _locked(self, session: AsyncSession, account_id: str) -> AccountRow:
        row = await session.get(AccountRow, account_id, with_for_update=True)
        if row is None:
            raise LookupError(account_id)
        return row

    async def _keep_an_administrator(self, session: AsyncSession, leaving: AccountRow) -> None:
        if "administrator" not in leaving.roles or leaving.disabled_at is not None:
            return
        # All of them are locked, in one order: two administrators who dismiss each other at once must not both succeed.
        rows = await session.scalars(
            select(AccountRow).where(AccountRow.disabled_at.is_(None)).order_by(AccountRow.id).with_for_update()
        )
        if not any("administrator" in row.roles for row in rows if row.id != leaving.id):
            raise BadAccount("Это последний администратор. Сначала назначьте ещё одного.")
