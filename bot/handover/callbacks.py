"""Promised calls and video visits in the hands of people: who makes one, what came of it, and that none is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.bulletin import Bulletin, News
from bot.handover.callback_rules import CallbackRules
from bot.handover.interface import AlreadyTaken, Gone, NotYours, Refusal
from bot.services.people.groups import Groups
from bot.services.people.tables import CallbackRow, HandoverRow
from bot.services.transactions import transact
from bot.store import Store, Vault, due
from bot.store.events import record

log = structlog.get_logger(__name__)

LOOK_EVERY = 20.0
"""Seconds between looks for calls that are late."""
LONGEST_NOTE = 2_000

TAKEN = "Этот звонок уже взял другой специалист."
OVER = "По этому звонку уже есть итог."


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


class Callbacks:
    """Deeds on promised calls. `groups` of a deed are the account's own: calls of others are unknown to it (LookupError)."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        groups: Groups,
        rules: CallbackRules,
        bulletin: Bulletin,
    ) -> None:
        self._store, self._vault, self._clock = store, vault, clock
        self._groups, self._bulletin = groups, bulletin
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

    async def take(self, number: str, operator: str, groups: Collection[str]) -> Promise:
        """The operator promises to make the call. Raises LookupError, AlreadyTaken, Gone."""

        async def deed(session: AsyncSession, row: CallbackRow, now: datetime) -> None:
            if row.owner not in (None, operator):
                raise AlreadyTaken(TAKEN)
            if row.owner is None:
                row.owner = operator
                self._record(session, row, "callback_taken", now, operator=operator)

        return await self._change(number, groups, deed)

    async def release(
        self, number: str, operator: str, groups: Collection[str], *, supervisor: bool = False
    ) -> Promise:
        """The call is anybody's again; a supervisor may free another's. Raises LookupError, NotYours, Gone."""

        async def deed(session: AsyncSession, row: CallbackRow, now: datetime) -> None:
            if row.owner != operator and not supervisor:
                raise NotYours(TAKEN)
            if row.owner is not None:
                self._record(session, row, "callback_released", now, operator=operator, owner=row.owner)
                row.owner = None

        return await self._change(number, groups, deed)

    async def reached(
        self, number: str, operator: str, groups: Collection[str], result: str, note: str = ""
    ) -> Promise:
        """The citizen was reached; `result` is of callbacks.yml. Raises LookupError, AlreadyTaken, Gone, Refusal."""
        if result not in self.rules.results:
            raise Refusal("Выберите, чем закончился звонок.")
        words = _note(note)

        async def deed(session: AsyncSession, row: CallbackRow, now: datetime) -> None:
            self._own(row, operator)
            self._end(row, "done", now, words)
            self._record(
                session, row, "callback_done", now, operator=operator, result=result, tries=row.tries + 1,
                late_seconds=max(0, int((now - row.ends_at).total_seconds())),
            )  # fmt: skip

        return await self._change(number, groups, deed)

    async def missed(
        self, number: str, operator: str, groups: Collection[str], seen_tries: int, note: str = ""
    ) -> Promise:
        """Nobody answered: the next try is planned within working hours; after the last the citizen is written to.

        `seen_tries` is what the window showed, so that one press counts once. Raises LookupError, AlreadyTaken, Gone, Refusal.
        """
        words = _note(note)

        async def deed(session: AsyncSession, row: CallbackRow, now: datetime) -> None:
            self._own(row, operator)
            if row.tries != seen_tries:
                raise Refusal("Эта попытка уже отмечена.")
            row.tries += 1
            if row.tries < self.rules.most_tries:
                row.next_try_at = self._next_try(row, now)
                if words:
                    row.note = self._vault.seal(words)
            else:
                self._end(row, "failed", now, words)
                self._tell(session, row, self.rules.failed, now)
            later = row.next_try_at.isoformat() if row.next_try_at else None
            self._record(
                session, row, "callback_missed", now, operator=operator, tries=row.tries, next_try_at=later,
                state=row.state,
            )  # fmt: skip

        return await self._change(number, groups, deed)

    async def cancel(self, number: str, operator: str, groups: Collection[str], reason: str, note: str = "") -> Promise:
        """The call is not needed; `reason` is of callbacks.yml, which says what the citizen is written.

        Raises LookupError, AlreadyTaken, Gone, Refusal.
        """
        why = self.rules.reasons.get(reason)
        if why is None:
            raise Refusal("Выберите, почему звонок не нужен.")
        words = _note(note)

        async def deed(session: AsyncSession, row: CallbackRow, now: datetime) -> None:
            self._own(row, operator)
            self._end(row, "cancelled", now, words)
            self._tell(session, row, why.told, now)
            self._record(session, row, "callback_cancelled", now, operator=operator, reason=reason)

        return await self._change(number, groups, deed)

    def late(self, now: datetime) -> ColumnElement[bool]:
        """Rows of calls that were to be made by `now` and were not."""
        tried = and_(CallbackRow.tries > 0, CallbackRow.next_try_at <= now - self.rules.window)
        return and_(CallbackRow.state == "waiting", CallbackRow.ends_at <= now, or_(CallbackRow.tries == 0, tried))

    async def escalate(self) -> list[str]:
        """Note every call that has become late, once; their numbers."""

        async def work(session: AsyncSession) -> list[tuple[str, str]]:
            now = self._clock()
            rows = await session.scalars(
                select(CallbackRow)
                .where(self.late(now), CallbackRow.escalated_at.is_(None))
                .with_for_update(skip_locked=True)
            )
            found = list(rows)
            for row in found:
                row.escalated_at = now
                self._record(session, row, "callback_late", now, owner=row.owner, tries=row.tries)
            return [(row.number, row.group) for row in found]

        async with self._store.read() as session:
            # Most looks find nothing, and a read takes no lock.
            query = select(CallbackRow.number).where(self.late(self._clock()), CallbackRow.escalated_at.is_(None))
            if await session.scalar(query.limit(1)) is None:
                return []
        found = await transact(self._store, work)
        for number, group in found:
            self._bulletin.post(News("callback", group=group, data={"number": number, "late": True}))
        return [number for number, _ in found]

    async def run(self) -> None:
        """Look for late calls until cancelled; a lost database is waited for."""
        while True:
            try:
                await self.escalate()
            except SQLAlchemyError as error:
                log.warning("callbacks.store_away", error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY)

    async def _change(
        self,
        number: str,
        groups: Collection[str],
        deed: Callable[[AsyncSession, CallbackRow, datetime], Awaitable[None]],
    ) -> Promise:
        async def work(session: AsyncSession) -> Promise:
            now = self._clock()
            row = await self._row(session, number, groups, lock=True)
            if row.state != "waiting":
                raise Gone(OVER)
            await deed(session, row, now)
            await session.flush()
            return self._promise(row, now)

        done = await transact(self._store, work)
        self._bulletin.post(News("callback", group=done.group, data={"number": done.number}))
        return done

    async def _row(self, session: AsyncSession, number: str, groups: Collection[str], *, lock: bool) -> CallbackRow:
        query = select(CallbackRow).where(CallbackRow.number == number, CallbackRow.group.in_(groups))
        row: CallbackRow | None = await session.scalar(query.with_for_update() if lock else query)
        if row is None:
            raise LookupError(number)
        return row

    @staticmethod
    def _own(row: CallbackRow, operator: str) -> None:
        """Whoever reports on a free call has taken it by that."""
        if row.owner not in (None, operator):
            raise AlreadyTaken(TAKEN)
        row.owner = operator

    def _next_try(self, row: CallbackRow, now: datetime) -> datetime:
        wanted = now + self.rules.retries[row.tries - 1]
        # A group that never opens again keeps its promise by the clock alone.
        return self._groups.next_opening(self._groups.get(row.group), wanted) or wanted

    def _end(self, row: CallbackRow, state: str, now: datetime, note: str) -> None:
        row.state, row.closed_at, row.next_try_at = state, now, None
        if note:
            row.note = self._vault.seal(note)

    @staticmethod
    def _tell(session: AsyncSession, row: CallbackRow, text: str, now: datetime) -> None:
        if text:
            payload = {"text": text.format(number=row.number)}
            due.schedule(session, row.citizen_id, now, "callback_news", payload, f"callback:{row.number}")

    @staticmethod
    def _record(session: AsyncSession, row: CallbackRow, name: str, now: datetime, **facts: object) -> None:
        facts = {"number": row.number, "kind": row.kind, "group": row.group} | facts
        record(session, name, now, citizen_id=row.citizen_id, conversation_id=row.conversation_id, **facts)

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


def _note(text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST_NOTE:
        raise Refusal(f"Заметка длиннее {LONGEST_NOTE} знаков. Сократите её.")
    return text
