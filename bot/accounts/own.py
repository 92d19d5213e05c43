"""What people change about their own way in: password, second factor, open windows; the first two ask for the present password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts import lockout
from bot.accounts.accounts import Accounts
from bot.accounts.audit import Audit
from bot.accounts.interface import BadAccount, Signed
from bot.accounts.rows import account_of
from bot.accounts.second_factor import Pending, SecondFactor, new_recovery_codes
from bot.accounts.tables import AccountRow
from bot.services.transactions import transact
from bot.store import Store, Vault


class Own:
    """One's own account. Methods that return a token have closed all other windows and renewed this one."""

    def __init__(self, store: Store, vault: Vault, clock: Callable[[], datetime], accounts: Accounts) -> None:
        self._store, self._clock, self._accounts = store, clock, accounts
        self._sessions, self._audit, self._factor = accounts.sessions, Audit(store, clock), SecondFactor(vault, clock)

    async def change_password(self, who: Signed, present: str, password: str, agent: str = "") -> str:
        """A new password; the token of this window. Raises BadAccount."""
        await self._prove(who, present)
        passwords = self._accounts.passwords
        if wrong := passwords.weakness(password, who.account.login, who.account.name):
            raise BadAccount(wrong)
        if password == present:
            raise BadAccount("Это тот же пароль. Придумайте новый.")
        hashed = await passwords.hash(password)

        async def work(session: AsyncSession) -> str:
            row = await self._row(session, who)
            row.password_hash, row.must_change_password = hashed, False
            await self._audit.add(session, who, "password_changed", row.id)
            return await self._renewed(session, who, agent)

        return await transact(self._store, work)

    async def begin_second_factor(self, who: Signed, present: str) -> Pending:
        """A new second factor, in force after its first code. Raises BadAccount for a wrong password."""
        await self._prove(who, present)
        return self._factor.begin(who.account)

    def again(self, who: Signed, sealed: str) -> Pending:
        """The same once more after a wrong code. Raises BadAccount when it is too old."""
        return self._factor.again(who.account, sealed)

    async def confirm_second_factor(
        self, who: Signed, sealed: str, code: str, agent: str = ""
    ) -> tuple[str, list[str]]:
        """Take the new second factor; the token of this window and the recovery codes. Raises BadAccount."""

        async def work(session: AsyncSession) -> tuple[str, list[str]]:
            row = await self._row(session, who)
            codes = self._factor.confirm(row, sealed, code)
            await self._audit.add(session, who, "second_factor_set", row.id)
            return await self._renewed(session, who, agent), codes

        return await transact(self._store, work)

    async def new_recovery_codes(self, who: Signed, present: str) -> list[str]:
        """Ten new recovery codes in place of the old ones. Raises BadAccount."""
        await self._prove(who, present)

        async def work(session: AsyncSession) -> list[str]:
            row = await self._row(session, who)
            if row.totp_confirmed_at is None:
                raise BadAccount("Сначала настройте второй фактор.")
            codes = new_recovery_codes(row)
            await self._audit.add(session, who, "recovery_codes_made", row.id)
            return codes

        return await transact(self._store, work)

    async def remove_second_factor(self, who: Signed, present: str, agent: str = "") -> str:
        """Go on with the password alone, where the role allows it; the token of this window. Raises BadAccount."""
        if self._accounts.policy.asks_second_factor(who.account.roles):
            raise BadAccount("Вашей роли второй фактор нужен всегда. Его можно только заменить.")
        await self._prove(who, present)

        async def work(session: AsyncSession) -> str:
            row = await self._row(session, who)
            row.totp_secret, row.totp_confirmed_at, row.recovery_codes = None, None, []
            await self._audit.add(session, who, "second_factor_removed", row.id)
            return await self._renewed(session, who, agent)

        return await transact(self._store, work)

    async def end_window(self, who: Signed, session_id: str) -> bool:
        """Close one of one's own windows; False when there is none."""
        async with self._store.write() as session:
            found = await self._sessions.end(session, session_id, who.account.id)
            if found:
                what = "signed_out" if session_id == who.session_id else "session_ended"
                await self._audit.add(session, who, what, who.account.id)
            return found

    async def end_all_windows(self, who: Signed) -> None:
        """Close all of one's own windows, this one too."""
        async with self._store.write() as session:
            await self._sessions.end_all(session, who.account.id)
            await self._audit.add(session, who, "sessions_ended", who.account.id)

    async def _renewed(self, session: AsyncSession, who: Signed, agent: str) -> str:
        await self._sessions.end_all(session, who.account.id)
        return await self._sessions.open(session, who.account.id, "open", who.ip, agent)

    async def _row(self, session: AsyncSession, who: Signed) -> AccountRow:
        row = await session.get(AccountRow, who.account.id, with_for_update=True)
        if row is None or row.disabled_at is not None:
            raise BadAccount("Учётная запись закрыта.")
        return row

    async def _prove(self, who: Signed, present: str) -> None:
        """The present password; wrong ones count as at the door. Raises BadAccount."""
        async with self._store.read() as session:
            row = await session.get(AccountRow, who.account.id)
            stored = row.password_hash if row is not None else ""
        fits = await self._accounts.passwords.fits(present, stored)
        policy = self._accounts.policy

        async def work(session: AsyncSession) -> str:
            row, now = await self._row(session, who), self._clock()
            if lockout.is_waiting(row, now):
                return "Слишком много неверных попыток. Подождите 15 минут."
            if fits:
                return ""
            if lockout.count_wrong(row, now, policy):
                await self._audit.add(
                    session, account_of(row), "account_locked", row.id, ip=who.ip, until=row.locked_until
                )
            return "Нынешний пароль не подошёл."

        if wrong := await transact(self._store, work):
            raise BadAccount(wrong)
