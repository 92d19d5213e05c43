"""What people do with promised calls and video visits: who makes one, what came of it, and that none is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.bulletin import Bulletin, News
from bot.handover.callback_rules import CallbackRules
from bot.handover.interface import AlreadyTaken, Gone, NotYours, Refusal
from bot.handover.promised_calls import Promise, PromisedCalls
from bot.services.people.groups import Groups
from bot.services.people.tables import CallbackRow
from bot.services.transactions import transact
from bot.store import Store, Vault, due
from bot.store.events import record

log = structlog.get_logger(__name__)

LOOK_EVERY = 20.0
"""Seconds between looks for calls that are late."""
LONGEST_NOTE = 2_000

TAKEN = "Этот звонок уже взял другой специалист."
OVER = "По этому звонку уже есть итог."


class Callbacks(PromisedCalls):
    """Deeds on promised calls, by accounts of their groups."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        groups: Groups,
        rules: CallbackRules,
        bulletin: Bulletin,
    ) -> None:
        super().__init__(store, vault, clock, rules)
        self._groups, self._bulletin = groups, bulletin

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


def _note(text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST_NOTE:
        raise Refusal(f"Заметка длиннее {LONGEST_NOTE} знаков. Сократите её.")
    return text
