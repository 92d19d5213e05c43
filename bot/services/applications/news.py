"""Tells a citizen that her application moved: one due message, never at night, the newest state only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.applications.wording import Facts, Wording
from bot.store import due

KIND = "application_status"


class News:
    """Writes the due message of a change. The caller has made sure that the citizen wants it."""

    def __init__(self, wording: Wording, zone: ZoneInfo) -> None:
        self._wording = wording
        self._zone = zone

    async def write(self, session: AsyncSession, citizen_id: str, facts: Facts, now: datetime) -> None:
        """Schedule the message in the running transaction, withdrawing one about an older state."""
        ref = f"application:{facts.number}"
        await due.withdraw(session, ref)
        payload = {"text": self._wording.news(facts), "case": {"number": facts.number, "state": facts.state}}
        due.schedule(session, citizen_id, self._waking(now), KIND, payload, ref)

    def _waking(self, now: datetime) -> datetime:
        """`now`, or the end of the quiet hours."""
        evening, morning = self._wording.quiet_hours
        local = now.astimezone(self._zone)
        if morning <= local.time() < evening:
            return now
        day = local.date() + timedelta(days=local.time() >= evening)
        return datetime.combine(day, morning, self._zone).astimezone(UTC)
