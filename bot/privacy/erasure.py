"""Deletes everything of one citizen that no law keeps: first what lies outside the database, then her rows, the person last."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts.audit import Audit, Who
from bot.privacy import traces
from bot.privacy.holdings import HOLDINGS, Holding
from bot.privacy.inventory import belongs, children_first, table_of
from bot.privacy.rules import RetentionRules
from bot.privacy.scrub import scrub
from bot.privacy.standing import standing
from bot.privacy.stores import Files, Sounds, Tracked
from bot.services.applications.tables import ApplicationRow
from bot.services.appointments.tables import AppointmentRow
from bot.services.calls.tables import CallRow
from bot.services.consents.tables import ConsentRow, DeletionRequestRow
from bot.services.errors import ServiceError
from bot.services.people.tables import CallbackRow
from bot.services.tickets.interface import OPEN_STATES
from bot.services.tickets.tables import TicketRow
from bot.services.transactions import transact
from bot.store import Store, Vault
from bot.store.conversations import ConversationRow
from bot.store.events import record

Cause = Literal["request", "retention"]
Farewell = Callable[[str], Awaitable[None]]
"""Says the last word in a conversation, and comes back when it has gone out, or cannot."""

BATCH = 200
LIVE_CALLS = ("registered", "open")
BLOCKS = {
    "talk": "Идёт разговор со специалистом, или гражданин ждёт его. Сначала закройте разговор.",
    "message": "Гражданин пишет прямо сейчас. Повторите через минуту.",
    "phone": "Гражданин сейчас говорит по телефону. Повторите после звонка.",
}


class CannotErase(ServiceError):
    """The data cannot go now; `text` says why, in Russian."""

    code = "cannot_erase"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True)
class Staying:
    """Data that a law keeps. `until` None: the matter is not over yet, and the term not begun."""

    what: str
    count: int
    until: date | None
    why: str


@dataclass(frozen=True)
class Outlook:
    """What a deletion would do.

    `goes` counts rows by table and title, `cancelled` are matters that end with it, `blocked` says why it cannot be done now.
    """

    citizen_id: str
    goes: tuple[tuple[str, str, int], ...]
    files: int
    recordings: int
    stays: tuple[Staying, ...]
    cancelled: tuple[str, ...]
    blocked: tuple[str, ...]
    requests: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to delete, because it was done before or the citizen is unknown."""
        return not self.goes and not self.requests


class Erasures:
    """Deletes citizens' data. `rules` say what stays and why."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        rules: RetentionRules,
        audit: Audit,
        files: Files,
        sounds: Sounds,
        trackers: Tracked,
    ) -> None:
        self._store, self._vault, self._clock, self._rules, self._audit = store, vault, clock, rules, audit
        self._files, self._sounds, self._trackers = files, sounds, trackers

    async def outlook(self, citizen_id: str) -> Outlook:
        """What deleting this citizen's data would do now."""
        async with self._store.read() as session:
            goes = []
            for holding in HOLDINGS:
                if holding.erasure == "delete" and (number := await _count(session, holding, citizen_id)):
                    goes.append((holding.table, holding.title, number))
            refs = await traces.file_refs(session, self._vault, [citizen_id])
            recordings = await session.scalars(_calls_of(citizen_id).where(CallRow.recording.is_not(None)))
            return Outlook(
                citizen_id, tuple(goes), len(refs), len(list(recordings)), await self._staying(session, citizen_id),
                await self._cancelled(session, citizen_id), await self._blocked(session, citizen_id),
                tuple(await session.scalars(_requests(citizen_id))),
            )  # fmt: skip

    async def erase(
        self, citizen_id: str, who: Who, cause: Cause = "request", farewell: Farewell | None = None
    ) -> Outlook:
        """Delete, and note it in the audit log; what was deleted. A second time does nothing.

        Broken off at any moment, it is finished by the next call. `farewell` is called for each conversation before anything is
        deleted. Raises CannotErase.
        """
        before = await self.outlook(citizen_id)
        if before.nothing:
            return before
        if before.blocked:
            raise CannotErase(before.blocked[0])
        counts = {table: number for table, _, number in before.goes}
        await self._audit.write(who, "erasure_begun", ", ".join(before.requests), citizen_id, cause=cause, rows=counts)
        conversations = await self._conversations(citizen_id)
        for conversation in conversations if farewell else ():
            assert farewell is not None
            await farewell(conversation)
        await self._delete_outside(citizen_id, conversations)
        if cause == "request":
            # Before a term is over, settled events are gone by their own.
            await traces.blank_raw_events(self._store, self._vault, citizen_id)
        await self._delete_rows(citizen_id)
        await transact(self._store, lambda session: self._finish(session, citizen_id, who, cause, before))
        if cause == "request":
            await scrub(self._store)
        return before

    async def _conversations(self, citizen_id: str) -> list[str]:
        async with self._store.read() as session:
            return list(
                await session.scalars(select(ConversationRow.id).where(ConversationRow.citizen_id == citizen_id))
            )

    async def _delete_outside(self, citizen_id: str, conversations: Sequence[str]) -> None:
        async with self._store.read() as session:
            refs = await traces.file_refs(session, self._vault, [citizen_id])
            calls = list(await session.scalars(_calls_of(citizen_id).where(CallRow.recording.is_not(None))))
        for ref in refs:
            await asyncio.to_thread(self._files.remove, ref)
        for call in calls:
            await asyncio.to_thread(self._sounds.remove, call)
        await self._trackers.delete(conversations)

    async def _delete_rows(self, citizen_id: str) -> None:
        """The many rows, in short transactions; the few that others refer to are left for the end."""
        for holding in children_first():
            if holding.erasure != "delete" or holding.table in ("citizens", "conversations"):
                continue
            table, where = table_of(holding), belongs(holding, [citizen_id])
            assert where is not None
            if len(table.primary_key.columns) > 1:
                continue
            (key,) = table.primary_key.columns
            while True:
                async with self._store.write() as session:
                    some = list(await session.scalars(select(key).where(where).limit(BATCH)))
                    await session.execute(delete(table).where(key.in_(some)))
                await asyncio.sleep(0)
                if len(some) < BATCH:
                    break

    async def _finish(self, session: AsyncSession, citizen_id: str, who: Who, cause: Cause, before: Outlook) -> None:
        # A message on its way waits for this lock, finds no conversation afterwards, and begins a new one with a stranger.
        await session.execute(
            select(ConversationRow.id).where(ConversationRow.citizen_id == citizen_id).with_for_update()
        )
        if blocked := await self._blocked(session, citizen_id):
            raise CannotErase(blocked[0])
        now = self._clock()
        for holding in children_first():
            where = belongs(holding, [citizen_id])
            if where is not None and holding.erasure == "delete":
                await session.execute(delete(table_of(holding)).where(where))
            elif where is not None and holding.erasure == "unlink":
                await session.execute(update(table_of(holding)).where(where).values(citizen_id=None))
        await self._end_consents(session, citizen_id, cause, now)
        await session.execute(
            update(DeletionRequestRow).where(DeletionRequestRow.open_for == citizen_id).values(open_for=None)
        )
        rows = Counter({table: number for table, _, number in before.goes})
        record(session, "citizen_erased", now, cause=cause, messages=rows["messages"], requests=list(before.requests))
        for visit in before.cancelled:
            record(session, "cancelled_by_erasure", now, what=visit.split(" на ")[0])
        await self._audit.add(
            session, who, "citizen_erased", ", ".join(before.requests), citizen_id, cause=cause, rows=dict(rows),
            files=before.files, recordings=before.recordings, stays={one.what: one.count for one in before.stays},
        )  # fmt: skip

    async def _end_consents(self, session: AsyncSession, citizen_id: str, cause: Cause, now: datetime) -> None:
        """Nothing may be done with data that are gone; and the term of the proofs begins."""
        acts = await session.scalars(
            select(ConsentRow).where(ConsentRow.citizen_id == citizen_id).order_by(ConsentRow.id)
        )
        newest = {(act.purpose, act.scope): act for act in acts}
        proof = {"ip": None, "proof": {"by": "erasure", "cause": cause}}
        for act in newest.values():
            if act.given:
                session.add(
                    ConsentRow(
                        citizen_id=citizen_id,
                        purpose=act.purpose,
                        scope=act.scope,
                        given=False,
                        at=now,
                        channel="desk",
                        text_version=act.text_version,
                        proof_sealed=self._vault.seal(proof),
                    )
                )

    async def _blocked(self, session: AsyncSession, citizen_id: str) -> tuple[str, ...]:
        how = (await standing(session, [citizen_id], self._clock(), self._rules)).get(citizen_id)
        found = {kind for kind in BLOCKS if how is not None and kind in how.open}
        live = _calls_of(citizen_id).where(CallRow.state.in_(LIVE_CALLS), CallRow.ended_at.is_(None))
        if await session.scalar(live.where(CallRow.expires_at > self._clock()).limit(1)):
            found.add("phone")
        return tuple(words for kind, words in BLOCKS.items() if kind in found)

    async def _staying(self, session: AsyncSession, citizen_id: str) -> tuple[Staying, ...]:
        terms, found = self._rules.terms, []
        for row in await session.scalars(select(TicketRow).where(TicketRow.citizen_id == citizen_id)):
            until = None if row.state in OPEN_STATES else terms["tickets"].ends(row.updated_at.date())
            found.append(Staying(f"обращение {row.number}", 1, until, terms["tickets"].why))
        for case in await session.scalars(select(ApplicationRow).where(ApplicationRow.citizen_id == citizen_id)):
            until = terms["applications"].ends(case.decided_on) if case.decided_on else None
            found.append(Staying(f"заявление {case.number}", 1, until, terms["applications"].why))
        acts = await session.execute(
            select(func.count(), func.max(ConsentRow.at)).where(ConsentRow.citizen_id == citizen_id)
        )
        number, _ = acts.one()
        if number:
            until = terms["consents"].ends(self._clock().date())
            found.append(Staying("согласия и их отзыв, без имени", number, until, terms["consents"].why))
        return tuple(found)

    async def _cancelled(self, session: AsyncSession, citizen_id: str) -> tuple[str, ...]:
        visits = await session.execute(
            select(AppointmentRow.number, AppointmentRow.start_at).where(
                AppointmentRow.citizen_id == citizen_id,
                AppointmentRow.state == "booked",
                AppointmentRow.end_at > self._clock(),
            )
        )
        calls = await session.scalars(
            select(CallbackRow.number).where(CallbackRow.citizen_id == citizen_id, CallbackRow.state == "waiting")
        )
        return (
            *(f"запись на приём {number} на {start:%d.%m.%Y}" for number, start in visits),
            *(f"обещанный звонок {number}" for number in calls),
        )


async def _count(session: AsyncSession, holding: Holding, citizen_id: str) -> int:
    where = belongs(holding, [citizen_id])
    assert where is not None
    return int(await session.scalar(select(func.count()).select_from(table_of(holding)).where(where)) or 0)


def _calls_of(citizen_id: str) -> Select[Any]:
    talks = select(ConversationRow.id).where(ConversationRow.citizen_id == citizen_id)
    return select(CallRow.id).where(or_(CallRow.citizen_id == citizen_id, CallRow.conversation_id.in_(talks)))


def _requests(citizen_id: str) -> Select[Any]:
    return select(DeletionRequestRow.number).where(DeletionRequestRow.open_for == citizen_id)
