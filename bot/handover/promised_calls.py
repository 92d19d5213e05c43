"""Promised calls and video visits as people see them: the list, one of them, its telephone and notes, which are late."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.callback_rules import CallbackRules
from bot.services.people.tables import CallbackRow, HandoverRow
from bot.store import Store, Vault


@dataclass(frozen=True)
class Promise:
    """A promised call as the list shows it. `due_at` is when it is to be made next, `late` that this was missed.

    `kind` is phone or video, `state` waiting, done, failed or cancelled; `owner` an account's id or "".
    """

    number: str
    kind: str
    citizen_id: str
    conversation_id: str
    topic: str
    group: str
    starts_at: datetime
    ends_at: datetime
    due_at: datetime
    link: str
    state: str
    owner: str
    tries: int
    late: bool
    escalated: bool
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class Wanted:
    """What of the list is wanted. `state`: waiting, done, failed, cancelled or "" (all); `owner` an account's id, "" anybody's.

    `today` ends at `until`, the end of the local day; `late` and `free` leave only late ones and those without an owner.
    """

    state: str = "waiting"
    owner: str = ""
    free: bool = False
    late: bool = False
    until: datetime | None = None
    limit: int = 50
    skip: int = 0


class PromisedCalls:
    """What there is to see. `groups` are the account's own: calls of others are unknown to it (LookupError)."""

    def __init__(self, store: Store, vault: Vault, clock: Callable[[], datetime], rules: CallbackRules) -> None:
        self._store, self._vault, self._clock = store, vault, clock
        self.rules = rules

    async def find(self, groups: Collection[str], wanted: Wanted) -> list[Promise]:
        """Calls of these groups: late ones first, then by the time they are due; those that are over, newest first."""
        now = self._clock()
        query = select(CallbackRow).where(CallbackRow.group.in_(groups))
        if wanted.state:
            query = query.where(CallbackRow.state == wanted.state)
        if wanted.owner:
            query = query.where(CallbackRow.owner == wanted.owner)
        if wanted.free:
            query = query.where(CallbackRow.owner.is_(None))
        if wanted.late:
            query = query.where(self.late(now))
        if wanted.until is not None:
            query = query.where(CallbackRow.starts_at < wanted.until)
        if wanted.state == "waiting":
            # All that wait are few; the true order needs the time of the next try.
            async with self._store.read() as session:
                found = [self._promise(row, now) for row in await session.scalars(query)]
            found.sort(key=lambda p: (not p.late, p.due_at, p.number))
            return found[wanted.skip : wanted.skip + wanted.limit]
        query = query.order_by(CallbackRow.starts_at.desc(), CallbackRow.number.desc())
        async with self._store.read() as session:
            rows = await session.scalars(query.offset(wanted.skip).limit(wanted.limit))
            return [self._promise(row, now) for row in rows]

    async def get(self, number: str, groups: Collection[str]) -> Promise:
        """One call. Raises LookupError."""
        async with self._store.read() as session:
            return self._promise(await self._row(session, number, groups, lock=False), self._clock())

    async def phone(self, number: str, groups: Collection[str]) -> str:
        """The telephone in E.164, "" for a video visit. The caller notes the look in the audit log. Raises LookupError."""
        async with self._store.read() as session:
            return str(self._vault.open((await self._row(session, number, groups, lock=False)).phone))

    async def phones(self, numbers: Collection[str]) -> dict[str, str]:
        """The last two digits of the telephones of calls, enough to tell two apart."""
        async with self._store.read() as session:
            rows = await session.execute(
                select(CallbackRow.number, CallbackRow.phone).where(CallbackRow.number.in_(numbers))
            )
            return {number: str(self._vault.open(phone))[-2:] for number, phone in rows}

    async def talks_of(self, found: Collection[Promise], groups: Collection[str], operator: str) -> set[str]:
        """Of the conversations of these calls, those that an account of these groups may see (as `Views.may_see` says)."""
        ids = {promise.conversation_id for promise in found if promise.conversation_id}
        newest = (
            select(func.max(HandoverRow.id))
            .where(HandoverRow.conversation_id.in_(ids))
            .group_by(HandoverRow.conversation_id)
        )
        query = select(HandoverRow.conversation_id).where(
            HandoverRow.id.in_(newest), or_(HandoverRow.group.in_(groups), HandoverRow.operator == operator)
        )
        async with self._store.read() as session:
            return set(await session.scalars(query)) if ids else set()

    async def notes(self, numbers: Collection[str]) -> dict[str, str]:
        """What came of calls, in the words of whoever made them; calls without a word are left out."""
        query = select(CallbackRow.number, CallbackRow.note).where(
            CallbackRow.number.in_(numbers), CallbackRow.note.is_not(None)
        )
        async with self._store.read() as session:
            return {number: str(self._vault.open(note)) for number, note in await session.execute(query) if note}

    async def count_late(self, groups: Collection[str]) -> int:
        """Calls of these groups that were to be made by now and were not."""
        query = (
            select(func.count()).select_from(CallbackRow).where(CallbackRow.group.in_(groups), self.late(self._clock()))
        )
        async with self._store.read() as session:
            return int(await session.scalar(query) or 0)

    def late(self, now: datetime) -> ColumnElement[bool]:
        """Rows of calls that were to be made by `now` and were not."""
        tried = and_(CallbackRow.tries > 0, CallbackRow.next_try_at <= now - self.rules.window)
        return and_(CallbackRow.state == "waiting", CallbackRow.ends_at <= now, or_(CallbackRow.tries == 0, tried))

    async def _row(self, session: AsyncSession, number: str, groups: Collection[str], *, lock: bool) -> CallbackRow:
        query = select(CallbackRow).where(CallbackRow.number == number, CallbackRow.group.in_(groups))
        row: CallbackRow | None = await session.scalar(query.with_for_update() if lock else query)
        if row is None:
            raise LookupError(number)
        return row

    def _promise(self, row: CallbackRow, now: datetime) -> Promise:
        due_at = row.next_try_at or row.starts_at
        until = max(row.ends_at, due_at + self.rules.window) if row.tries else row.ends_at
        return Promise(
            number=row.number, kind=row.kind, citizen_id=row.citizen_id, conversation_id=row.conversation_id or "",
            topic=row.topic, group=row.group, starts_at=row.starts_at, ends_at=row.ends_at, due_at=due_at,
            link=row.link or "", state=row.state, owner=row.owner or "", tries=row.tries,
            late=row.state == "waiting" and until <= now, escalated=row.escalated_at is not None,
            created_at=row.created_at, closed_at=row.closed_at,
        )  # fmt: skip
