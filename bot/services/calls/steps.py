"""The steps a planned call can take inside a running transaction: wait, be tried again, be closed, each with its event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.calls.hours import CallingHours
from bot.services.calls.planned import PlanState
from bot.services.calls.tables import CallRow, OutgoingCallRow
from bot.store.events import record

LONGEST_DIAL = timedelta(minutes=10)
"""A call that is still being dialled after this belongs to a process that died."""
LONGEST_TALK = timedelta(hours=1)


class Steps:
    """Moves rows by the rules: `retries` are the pauses before the second, third … try."""

    def __init__(self, hours: CallingHours, retries: Sequence[timedelta]) -> None:
        self._hours, self._retries = hours, retries

    def again(self, session: AsyncSession, row: OutgoingCallRow, outcome: str, now: datetime) -> None:
        """A try failed: wait for the next one, or give up after the last."""
        row.outcome = outcome[:40]
        if row.tries > len(self._retries):
            self.close(session, row, "failed", outcome, now)
            return
        row.state = "waiting"
        fact(session, row, "outgoing_missed", now)
        self.wait(session, row, now + self._retries[max(row.tries, 1) - 1], now)

    def wait(self, session: AsyncSession, row: OutgoingCallRow, moment: datetime, now: datetime) -> None:
        """Put the next try to `moment` or the first allowed hour after it; closes the call when that is too late."""
        row.next_try_at = self._hours.next_allowed(moment)
        if row.until is not None and row.until <= row.next_try_at:
            self.close(session, row, "expired", row.outcome or "too_late", now)

    def close(self, session: AsyncSession, row: OutgoingCallRow, state: PlanState, outcome: str, now: datetime) -> None:
        """The call is over, for good."""
        row.state, row.outcome = state, outcome[:40]
        fact(session, row, "outgoing_closed", now)


def fact(session: AsyncSession, row: OutgoingCallRow, name: str, now: datetime) -> None:
    """Record an event about a planned call."""
    record(
        session, name, now, citizen_id=row.citizen_id, conversation_id=row.conversation_id, outgoing=row.id,
        purpose=row.purpose, ref=row.ref, state=row.state, outcome=row.outcome, tries=row.tries,
    )  # fmt: skip


async def settle_lost(session: AsyncSession, steps: Steps, now: datetime) -> int:
    """Settle calls whose process died in mid-dial or in mid-talk: tried again when nothing was said. How many."""
    found = await session.scalars(
        select(OutgoingCallRow)
        .where(OutgoingCallRow.state.in_(("dialling", "answered")), OutgoingCallRow.taken_at <= now - LONGEST_DIAL)
        .with_for_update(skip_locked=True)
    )
    settled = 0
    for row in found.all():
        spoken = await session.scalar(
            select(CallRow.id)
            .where(
                CallRow.outgoing_id == row.id, CallRow.started_at.is_not(None), CallRow.registered_at >= row.taken_at
            )
            .limit(1)
        )
        if spoken is None:
            steps.again(session, row, "broken", now)
        elif row.taken_at is not None and row.taken_at <= now - LONGEST_TALK:
            steps.close(session, row, "done", "unknown", now)
        else:
            continue
        settled += 1
    return settled
