"""Open windows of accounts: 256-bit tokens of which only the hash is kept, closed by idleness, by age and by hand."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts.interface import Account, Signed
from bot.accounts.policy import Policy
from bot.accounts.rows import account_of
from bot.accounts.tables import AccountRow, SessionRow
from bot.store import Store

Stage = Literal["code", "enrol", "change", "open"]
"""What is still missing: the code, a second factor at all, a password of one's own, nothing."""
TOUCH_AFTER = timedelta(minutes=1)
"""How exact `seen_at` is: a write at every request would hold up everybody else's."""


@dataclass(frozen=True)
class Half:
    """Somebody whose password was right but who has not shown everything yet; opens the pages of signing in and no other."""

    account: Account
    session_id: str
    csrf: str = field(repr=False)
    stage: Stage
    ip: str = ""


@dataclass(frozen=True)
class Window:
    """An open window in the list that its owner sees."""

    id: str
    ip: str
    agent: str
    created_at: datetime
    seen_at: datetime


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


# Made once, since every request asks it: to build it anew costs more than to run it.
_FOUND = (
    select(SessionRow, AccountRow)
    .join(AccountRow, AccountRow.id == SessionRow.account_id)
    .where(SessionRow.id == bindparam("key"))
)


class Sessions:
    """The sessions of one database."""

    def __init__(self, store: Store, clock: Callable[[], datetime], policy: Policy) -> None:
        self._store, self._clock, self._policy = store, clock, policy

    async def open(self, session: AsyncSession, account_id: str, stage: Stage, ip: str = "", agent: str = "") -> str:
        """A new session in the running write transaction; its token, which nobody can read anywhere again."""
        now = self._clock()
        await session.execute(delete(SessionRow).where(SessionRow.expires_at <= now))
        token = secrets.token_urlsafe(32)
        session.add(
            SessionRow(
                id=digest(token), account_id=account_id, csrf=secrets.token_urlsafe(24), stage=stage, ip=ip[:45],
                agent=agent[:200], created_at=now, seen_at=now,
                expires_at=now + (self._policy.lasts if stage == "open" else self._policy.half_open),
            )
        )  # fmt: skip
        await session.flush()
        return token

    async def find(self, token: str, ip: str = "", *, active: bool = False) -> Signed | Half | None:
        """Whose token this is; None when it is unknown, too old, or its account disabled.

        `active`: the person herself did something, so the window lives on; else it is only looked at.
        """
        if not token:
            return None
        now, key = self._clock(), digest(token)
        async with self._store.read() as session:
            found = (await session.execute(_FOUND, {"key": key})).first()
        if found is None:
            return None
        row, account = found
        if row.expires_at <= now or account.disabled_at is not None:
            return None
        if row.stage != "open":
            return Half(account_of(account), row.id, row.csrf, cast(Stage, row.stage), ip)
        if row.seen_at + self._policy.idle <= now:
            return None
        if active and now - row.seen_at >= TOUCH_AFTER:
            await self._touch(key, now)
        return Signed(account_of(account), row.id, row.csrf, ip)

    async def of(self, account_id: str) -> list[Window]:
        """The open windows of an account, the newest first."""
        now = self._clock()
        async with self._store.read() as session:
            rows = await session.scalars(
                select(SessionRow)
                .where(
                    SessionRow.account_id == account_id, SessionRow.stage == "open", SessionRow.expires_at > now,
                    SessionRow.seen_at > now - self._policy.idle,
                )
                .order_by(SessionRow.created_at.desc())
            )  # fmt: skip
            return [Window(r.id, r.ip, r.agent, r.created_at, r.seen_at) for r in rows]

    async def end(self, session: AsyncSession, session_id: str, account_id: str) -> bool:
        """Close one window of an account in the running write transaction; False when there is none."""
        found = await session.get(SessionRow, session_id)
        if found is None or found.account_id != account_id:
            return False
        await session.delete(found)
        await session.flush()
        return True

    async def end_all(self, session: AsyncSession, account_id: str, but: str = "") -> None:
        """Close all windows of an account, half-open ones too, but that of the id `but`."""
        await session.execute(delete(SessionRow).where(SessionRow.account_id == account_id, SessionRow.id != but))

    async def end_half_open(self, session: AsyncSession, account_id: str) -> None:
        """Whoever is on the way into an account has to begin again."""
        await session.execute(delete(SessionRow).where(SessionRow.account_id == account_id, SessionRow.stage != "open"))

    async def _touch(self, key: str, now: datetime) -> None:
        async with self._store.write() as session:
            await session.execute(
                update(SessionRow).where(SessionRow.id == key, SessionRow.seen_at < now).values(seen_at=now)
            )
