"""Calls the robot makes itself: planned with a consent, taken when due by one process only, tried again by a schedule."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.calls.hours import CallingHours
from bot.services.calls.lines import Lines
from bot.services.calls.numbers import e164
from bot.services.calls.planned import (
    CONSENT_FOR,
    BadPlan,
    CallPurpose,
    ConsentOf,
    Dialled,
    NoConsent,
    OutgoingCall,
    PlanState,
    Standing,
    recorded_consent,
)
from bot.services.calls.steps import Steps, fact, settle_lost
from bot.services.calls.tables import OutgoingCallRow
from bot.services.errors import ServiceUnavailable
from bot.services.transactions import transact
from bot.store import Store, Vault
from bot.store.events import record

ASK_AGAIN = timedelta(minutes=5)
"""When to look again, if nobody can say whether the matter still stands."""


async def always_holds(_call: OutgoingCall) -> Standing:
    """The standing of a matter nobody keeps."""
    return "holds"


class OutgoingCalls:
    """Plans calls and gives them out.

    `standing` tells right before a dial whether the matter still holds (an appointment may have been cancelled or moved); it
    may raise ServiceUnavailable, and the call then waits. `consent` finds the recorded consent.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        lines: Lines,
        hours: CallingHours,
        standing: Callable[[OutgoingCall], Awaitable[Standing]] = always_holds,
        consent: ConsentOf = recorded_consent,
    ) -> None:
        self._store, self._vault, self._clock = store, vault, clock
        self._lines, self._hours = lines, hours
        self._standing, self._consent = standing, consent
        self._steps = Steps(hours, lines.outgoing.retries)

    async def plan(
        self, citizen_id: str, phone: str, purpose: CallPurpose, text: str, due_at: datetime, **more: Any
    ) -> OutgoingCall:
        """`plan_in` in a transaction of its own."""

        async def work(session: AsyncSession) -> OutgoingCall:
            return await self.plan_in(session, citizen_id, phone, purpose, text, due_at, **more)

        return await transact(self._store, work)

    async def plan_in(
        self,
        session: AsyncSession,
        citizen_id: str,
        phone: str,
        purpose: CallPurpose,
        text: str,
        due_at: datetime,
        *,
        key: str,
        ref: str = "",
        until: datetime | None = None,
        answers: Sequence[Mapping[str, Any]] = (),
        line: str | None = None,
        conversation_id: str | None = None,
    ) -> OutgoingCall:
        """Plan a call from `due_at` on, never after `until` and never at night, in the running transaction.

        `key` names this very call (`appointment:ТЛ-2026-000012:24h`): planned again, it is one call, with the newest facts while
        it waits. `text` must hold nothing that a stranger who picks up may not hear. Raises NoConsent, BadPlan before anything
        is written.
        """
        number = e164(phone)
        if number is None:
            raise BadPlan("phone: not a number one could call")
        if not text.strip() or not key:
            raise BadPlan("a call needs a text and a key")
        now = self._clock()
        first = self._hours.next_allowed(max(due_at, now))
        if until is not None and until <= first:
            raise BadPlan("until: the matter is over before the first try")
        consent = await self._consent(session, citizen_id, CONSENT_FOR[purpose])
        if consent is None:
            raise NoConsent(CONSENT_FOR[purpose])
        row = await session.scalar(select(OutgoingCallRow).where(OutgoingCallRow.key == key).with_for_update())
        if row is not None and row.state != "waiting":
            return self._planned(row)
        if row is None:
            row = OutgoingCallRow(key=key, created_at=now, tries=0, state="waiting")
            session.add(row)
            record(session, "outgoing_planned", now, citizen_id=citizen_id, conversation_id=conversation_id,
                   purpose=purpose, ref=ref, due_at=due_at.isoformat())  # fmt: skip
        row.citizen_id, row.conversation_id, row.phone = citizen_id, conversation_id, self._vault.seal(number)
        row.line = self._lines.get(line or "").id
        row.purpose, row.text, row.ref = purpose, self._vault.seal(text), ref[:80]
        row.answers = [dict(answer) for answer in answers]
        row.due_at, row.until, row.next_try_at, row.consent_ref = due_at, until, first, consent
        await session.flush()
        return self._planned(row)

    async def get(self, outgoing_id: int) -> OutgoingCall | None:
        """The planned call with this id."""
        async with self._store.read() as session:
            row = await session.get(OutgoingCallRow, outgoing_id)
            return self._planned(row) if row else None

    async def withdraw(self, ref: str) -> int:
        """Call off every waiting call about a matter. How many."""
        async with self._store.write() as session:
            return await self.withdraw_in(session, ref)

    async def withdraw_in(self, session: AsyncSession, ref: str) -> int:
        """`withdraw` in the running transaction."""
        done = await session.execute(
            update(OutgoingCallRow)
            .where(OutgoingCallRow.ref == ref, OutgoingCallRow.state == "waiting")
            .values(state="cancelled", outcome="withdrawn")
        )
        return int(getattr(done, "rowcount", 0))

    async def take_due(self, limit: int = 10) -> list[OutgoingCall]:
        """Calls to dial now, oldest first, each given to one asker only; their try is counted.

        What may not be called (night, consent taken back, matter over) is put off or closed on the way.
        """

        async def work(session: AsyncSession) -> list[OutgoingCall]:
            now = self._clock()
            rows = (
                await session.scalars(
                    select(OutgoingCallRow)
                    .where(OutgoingCallRow.state == "waiting", OutgoingCallRow.next_try_at <= now)
                    .order_by(OutgoingCallRow.next_try_at, OutgoingCallRow.id)
                    .limit(limit)
                    .with_for_update(skip_locked=True)
                )
            ).all()
            taken = [row for row in rows if await self._ripe(session, row, now)]
            for row in taken:
                row.state, row.taken_at, row.tries = "dialling", now, row.tries + 1
            return [self._planned(row) for row in taken]

        # Outside the transaction: whoever keeps the matter may be slow and must not hold the database.
        return [call for call in await transact(self._store, work) if await self._stands(call)]

    async def outcome(self, outgoing_id: int, outcome: Dialled) -> PlanState:
        """How the dial of a taken call ended: `answered`, or a reason to try again by the schedule. The state it has now."""
        async with self._store.write() as session:
            row = await self._row(session, outgoing_id, ("dialling",))
            if row is not None and outcome == "answered":
                row.state, row.outcome = "answered", outcome
                fact(session, row, "outgoing_answered", self._clock())
            elif row is not None:
                self._steps.again(session, row, outcome, self._clock())
            return await self._state(session, outgoing_id)

    async def finished(self, outgoing_id: int, result: str, *, heard: bool = True) -> PlanState:
        """How an answered call ended: a short stable name (confirmed, cancel, hung_up, broken …).

        `heard` False means that the text was not said (robot broken, hung up at once): the call is tried again by the schedule.
        """
        async with self._store.write() as session:
            # The talk can be over before the dial's own outcome is noted.
            row = await self._row(session, outgoing_id, ("answered", "dialling"))
            if row is not None and heard:
                self._steps.close(session, row, "done", result, self._clock())
            elif row is not None:
                self._steps.again(session, row, result, self._clock())
            return await self._state(session, outgoing_id)

    async def postpone(self, outgoing_id: int, by: timedelta) -> None:
        """Give a taken call back without a try: no room, no PBX."""
        async with self._store.write() as session:
            row = await self._row(session, outgoing_id, ("dialling",))
            if row is not None:
                row.state, row.tries = "waiting", row.tries - 1
                now = self._clock()
                self._steps.wait(session, row, now + by, now)

    async def recover(self) -> int:
        """Housekeeping: settle calls whose process died in mid-dial or in mid-talk. How many."""
        async with self._store.write() as session:
            return await settle_lost(session, self._steps, self._clock())

    async def _ripe(self, session: AsyncSession, row: OutgoingCallRow, now: datetime) -> bool:
        if row.until is not None and row.until <= now:
            self._steps.close(session, row, "expired", "too_late", now)
            return False
        consent = await self._consent(session, row.citizen_id, CONSENT_FOR[cast(CallPurpose, row.purpose)])
        if consent is None:
            self._steps.close(session, row, "cancelled", "no_consent", now)
            return False
        row.consent_ref = consent
        if self._hours.next_allowed(now) > now:
            self._steps.wait(session, row, now, now)
            return False
        return True

    async def _stands(self, call: OutgoingCall) -> bool:
        try:
            standing = await self._standing(call)
        except ServiceUnavailable:
            await self.postpone(call.id, ASK_AGAIN)
            return False
        if standing == "holds":
            return True
        async with self._store.write() as session:
            row = await self._row(session, call.id, ("dialling",))
            if row is not None:
                row.tries -= 1
                state: PlanState = "expired" if standing == "over" else "cancelled"
                why = "too_late" if standing == "over" else "matter_cancelled"
                self._steps.close(session, row, state, why, self._clock())
        return False

    async def _row(
        self, session: AsyncSession, outgoing_id: int, states: tuple[PlanState, ...]
    ) -> OutgoingCallRow | None:
        row: OutgoingCallRow | None = await session.scalar(
            select(OutgoingCallRow).where(OutgoingCallRow.id == outgoing_id).with_for_update()
        )
        return row if row is not None and row.state in states else None

    async def _state(self, session: AsyncSession, outgoing_id: int) -> PlanState:
        row = await session.get(OutgoingCallRow, outgoing_id)
        if row is None:
            raise LookupError("no such planned call")
        return cast(PlanState, row.state)

    def _planned(self, row: OutgoingCallRow) -> OutgoingCall:
        return OutgoingCall(
            id=row.id, citizen_id=row.citizen_id, phone=self._vault.open(row.phone), line=row.line,
            purpose=cast(CallPurpose, row.purpose), text=self._vault.open(row.text), answers=tuple(row.answers),
            ref=row.ref, due_at=row.due_at, until=row.until, next_try_at=row.next_try_at, tries=row.tries,
            state=cast(PlanState, row.state), outcome=row.outcome, consent_ref=row.consent_ref,
            conversation_id=row.conversation_id,
        )  # fmt: skip
