"""The way in: a password, a code, what an account still lacks, and an open window at the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts import lockout
from bot.accounts.accounts import Accounts
from bot.accounts.audit import Audit
from bot.accounts.interface import Account, BadAccount
from bot.accounts.rows import account_of
from bot.accounts.second_factor import WRONG_CODE, Pending, SecondFactor
from bot.accounts.sessions import Half, Stage, digest
from bot.accounts.tables import AccountRow, SessionRow
from bot.services.errors import ServiceError
from bot.services.transactions import transact
from bot.store import Store, Vault

WRONG = "Логин или пароль не подошли. После пяти ошибок подряд вход закрывается на 15 минут или дольше."
"""The same words for an unknown login, a wrong password, a closed and a waiting account: the door tells nobody who works here."""
WAIT = "С вашего адреса слишком много неверных попыток. Подождите, минут: {minutes}."


class NotAdmitted(ServiceError):
    """The way in is closed; `text` says so in Russian, `wait` in how many seconds it may be tried again (0: at once)."""

    code = "not_admitted"

    def __init__(self, text: str, wait: int = 0, *, start_again: bool = False) -> None:
        super().__init__(text)
        self.text, self.wait, self.start_again = text, wait, start_again


@dataclass(frozen=True)
class Entered:
    """The token of a new session and what it still lacks."""

    account: Account
    stage: Stage
    token: str = field(repr=False)


class Entrance:
    """Opens sessions. Every step gives a new token: one that somebody planted before the sign-in opens nothing."""

    def __init__(self, store: Store, vault: Vault, clock: Callable[[], datetime], accounts: Accounts) -> None:
        self._store, self._clock, self._accounts = store, clock, accounts
        self._policy, self._sessions = accounts.policy, accounts.sessions
        self._audit, self._factor = Audit(store, clock), SecondFactor(vault, clock)

    async def password(self, login: str, password: str, ip: str, agent: str = "", old_token: str = "") -> Entered:
        """The first step. Raises NotAdmitted; finding out takes the same work for every login."""
        passwords = self._accounts.passwords
        async with self._store.read() as session:
            await self._address(session, ip)
            found = await session.scalar(select(AccountRow).where(AccountRow.login == login.strip().casefold()))
            account_id, stored = (found.id, found.password_hash) if found is not None else ("", "")
        fits = await passwords.fits(password, stored)
        newer = await passwords.hash(password) if fits and passwords.is_old(stored) else ""

        async def decide(session: AsyncSession) -> Entered | None:
            now = self._clock()
            row = await session.get(AccountRow, account_id, with_for_update=True) if account_id else None
            # Guesses that began before a wait do not outlive it; nor does a password that was changed meanwhile.
            waits = row is not None and lockout.is_waiting(row, now)
            if row is None or not fits or waits or row.disabled_at is not None or row.password_hash != stored:
                await self._wrong(session, row, ip, "waiting" if waits else "password")
                return None
            if newer:
                row.password_hash = newer
            if old_token:
                await self._drop(session, old_token)
            return await self._next(session, row, ip, agent, how="password")

        return self._or_wrong(await transact(self._store, decide), WRONG)

    async def code(self, half: Half, code: str, agent: str = "") -> Entered:
        """The second step: a code of the authenticator or a recovery code. Raises NotAdmitted."""

        async def decide(session: AsyncSession) -> Entered | None:
            row = await self._half(session, half, "code")
            kind = "" if lockout.is_waiting(row, self._clock()) else self._factor.take(row, code)
            if not kind:
                await self._wrong(session, row, half.ip, "code")
                return None
            if kind == "recovery":
                await self._audit.add(
                    session, account_of(row), "recovery_code_used", row.id, ip=half.ip, left=len(row.recovery_codes)
                )
            return await self._next(session, row, half.ip, agent, how=kind, proved=True)

        return self._or_wrong(await self._with_address(half, decide), WRONG_CODE)

    def begin_second_factor(self, half: Half, sealed: str = "") -> Pending:
        """A second factor for an account that must have one; `sealed` goes on with one that was begun. Raises BadAccount."""
        return self._factor.again(half.account, sealed) if sealed else self._factor.begin(half.account)

    async def enrol(self, half: Half, sealed: str, code: str, agent: str = "") -> tuple[Entered, list[str]]:
        """Set the second factor up; its recovery codes. Raises NotAdmitted and BadAccount."""

        async def decide(session: AsyncSession) -> tuple[Entered, list[str]]:
            row = await self._half(session, half, "enrol")
            codes = self._factor.confirm(row, sealed, code)
            await self._audit.add(session, account_of(row), "second_factor_set", row.id, ip=half.ip)
            return await self._next(session, row, half.ip, agent, how="totp", proved=True), codes

        return await transact(self._store, decide)

    async def choose_password(self, half: Half, password: str, agent: str = "") -> Entered:
        """A password of one's own in place of the given one. Raises NotAdmitted and BadAccount."""
        passwords = self._accounts.passwords
        if wrong := passwords.weakness(password, half.account.login, half.account.name):
            raise BadAccount(wrong)
        async with self._store.read() as session:
            present = await session.scalar(select(AccountRow.password_hash).where(AccountRow.id == half.account.id))
        if await passwords.fits(password, present or ""):
            raise BadAccount("Это тот же пароль. Придумайте новый.")
        hashed = await passwords.hash(password)

        async def decide(session: AsyncSession) -> Entered:
            row = await self._half(session, half, "change")
            row.password_hash, row.must_change_password = hashed, False
            await self._audit.add(session, account_of(row), "password_changed", row.id, ip=half.ip)
            return await self._next(session, row, half.ip, agent, how="password", proved=True)

        return await transact(self._store, decide)

    async def known(self, account_id: str, ip: str, agent: str = "", old_token: str = "") -> Entered:
        """A window for somebody whom an issuer of single sign-on has proved. Raises NotAdmitted for a closed account."""

        async def decide(session: AsyncSession) -> Entered:
            row = await session.get(AccountRow, account_id, with_for_update=True)
            if row is None or row.disabled_at is not None:
                raise NotAdmitted("Ваша учётная запись закрыта. Обратитесь к администратору.")
            if old_token:
                await self._drop(session, old_token)
            return await self._open(session, row, ip, agent, "sso")

        return await transact(self._store, decide)

    async def _next(
        self, session: AsyncSession, row: AccountRow, ip: str, agent: str, *, how: str, proved: bool = False
    ) -> Entered:
        """The next session of somebody on the way in: open, or half-open when something is missing."""
        stage = self._stage(row, proved)
        if stage == "open":
            return await self._open(session, row, ip, agent, how)
        return Entered(account_of(row), stage, await self._sessions.open(session, row.id, stage, ip, agent))

    async def _open(self, session: AsyncSession, row: AccountRow, ip: str, agent: str, how: str) -> Entered:
        lockout.forgive(row)
        row.last_login_at = self._clock()
        token = await self._sessions.open(session, row.id, "open", ip, agent)
        await self._audit.add(session, account_of(row), "signed_in", row.id, ip=ip, how=how)
        return Entered(account_of(row), "open", token)

    def _stage(self, row: AccountRow, proved: bool) -> Stage:
        if row.totp_confirmed_at is not None:
            if not proved:
                return "code"
        elif self._policy.asks_second_factor(row.roles):
            return "enrol"
        return "change" if row.must_change_password else "open"

    async def _half(self, session: AsyncSession, half: Half, stage: Stage) -> AccountRow:
        """The locked account of a half-open session, which is used up by this. Raises NotAdmitted when it has ended."""
        row = await session.get(AccountRow, half.account.id, with_for_update=True)
        kept = await session.get(SessionRow, half.session_id)
        if row is None or row.disabled_at is not None or kept is None or kept.stage != stage:
            raise NotAdmitted("Вход прерван. Начните ещё раз.", start_again=True)
        if stage != "code":
            await session.delete(kept)
        return row

    async def _with_address(
        self, half: Half, decide: Callable[[AsyncSession], Awaitable[Entered | None]]
    ) -> Entered | None:
        async with self._store.read() as session:
            await self._address(session, half.ip)

        async def work(session: AsyncSession) -> Entered | None:
            entered = await decide(session)
            if entered is not None:
                await self._sessions.end(session, half.session_id, half.account.id)
            return entered

        return await transact(self._store, work)

    async def _address(self, session: AsyncSession, ip: str) -> None:
        if wait := await lockout.address_waits(session, ip, self._clock(), self._policy):
            raise NotAdmitted(WAIT.format(minutes=-(-wait // 60)), wait)

    async def _wrong(self, session: AsyncSession, row: AccountRow | None, ip: str, reason: str) -> None:
        now = self._clock()
        await lockout.count_address(session, ip, now, self._policy)
        if row is not None and not lockout.is_waiting(row, now) and lockout.count_wrong(row, now, self._policy):
            await self._sessions.end_half_open(session, row.id)
            await self._audit.add(session, None, "account_locked", row.id, ip=ip, until=row.locked_until)
        # No login: somebody may have typed the password into its field.
        await self._audit.add(session, None, "sign_in_refused", row.id if row is not None else "", ip=ip, reason=reason)

    async def _drop(self, session: AsyncSession, token: str) -> None:
        """End the session that this browser had before."""
        kept = await session.get(SessionRow, digest(token))
        if kept is not None:
            await session.delete(kept)

    def _or_wrong(self, entered: Entered | None, text: str) -> Entered:
        if entered is None:
            raise NotAdmitted(text)
        return entered
