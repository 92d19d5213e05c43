"""What operators have in hand now, counted from the hand-overs that are under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.interface import Operator, Presence, Status
from bot.handover.tables import PresenceRow
from bot.services.people.steps import PHONE
from bot.services.people.tables import HandoverRow

# Made once: to build them anew for every list costs more than to run them.
_WRITING_UP = and_(HandoverRow.state == "wrap_up", HandoverRow.wrap_up_until > bindparam("now"))
_ALL = select(HandoverRow.operator, HandoverRow.state, HandoverRow.channel).where(
    HandoverRow.state.in_(("taken", "wrap_up")), or_(HandoverRow.state == "taken", _WRITING_UP)
)
_HERS = _ALL.where(HandoverRow.operator == bindparam("operator"))


@dataclass(frozen=True)
class Load:
    """Talks and wrap-ups of one operator; `calls` counts those of the talks that are on the telephone."""

    talks: int = 0
    wrap_ups: int = 0
    calls: int = 0

    @property
    def holding(self) -> int:
        """Everything that counts against her capacity."""
        return self.talks + self.wrap_ups


async def loads(session: AsyncSession, now: datetime, operator: str = "") -> dict[str, Load]:
    """Loads by operator; those without one are left out. `operator`: only hers."""
    # Counted here: grouped in the database, an index of operators would be walked through, and with it all talks that ever were.
    found: dict[str, Load] = {}
    asked = {"now": now} | ({"operator": operator} if operator else {})
    for name, state, channel in await session.execute(_HERS if operator else _ALL, asked):
        who = name or ""
        if not who:
            continue
        so_far = found.get(who, Load())
        taken = int(state == "taken")
        found[who] = Load(
            so_far.talks + taken,
            so_far.wrap_ups + 1 - taken,
            so_far.calls + (taken if channel == PHONE else 0),
        )
    return found


def presence_of(operator: Operator, row: PresenceRow | None, load: Load, now: datetime) -> Presence:
    """Where a colleague is; one who was never at work is offline since now."""
    if row is None:
        return Presence(operator, "offline", "", now, load.holding, 0)
    status: Status = row.status  # type: ignore[assignment]
    free = max(0, operator.capacity - load.holding) if status == "online" else 0
    if status == "online" and load.wrap_ups and not load.talks:
        status = "wrap_up"
    return Presence(operator, status, row.reason, row.since, load.holding, free)
