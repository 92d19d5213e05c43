"""What came of a talk the robot began: the facts of the appointment decide, then what the callee said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import structlog

from bot.services.appointments.interface import Appointment, AppointmentError
from bot.services.calls.interface import Call
from bot.services.calls.outgoing import OutgoingCalls
from bot.services.errors import ServiceError, ServiceUnavailable

log = structlog.get_logger(__name__)
Reply = Literal["yes", "no", "move", "wrong_number"]
Result = Literal["confirmed", "declined", "moved", "unclear", "not_heard", "nobody", "wrong_number"]


@dataclass(frozen=True)
class Talked:
    """How a talk went. `heard`: the matter was said to its end; `spoke`: a human answered; `reply`: what she wants."""

    heard: bool
    spoke: bool
    reply: Reply | None


class Keeper(Protocol):
    """The part of `Appointments` that is needed here."""

    async def find(self, number: str) -> Appointment | None:
        """See `Appointments.find`."""
        ...

    async def cancel(self, number: str, citizen_id: str) -> Appointment:
        """See `Appointments.cancel`."""
        ...


class OutgoingTalks:
    """What a talk may do about the one matter it was planned for, whoever picked up, and how it is noted."""

    def __init__(self, outgoing: OutgoingCalls, appointments: Keeper, wake: Callable[[], None]) -> None:
        """`wake` is told that a line is free again."""
        self._outgoing, self._appointments, self._wake = outgoing, appointments, wake

    async def cancel(self, call: Call) -> bool:
        """Cancel the appointment this call is about, and no other; False when that is not possible any more."""
        planned = await self._outgoing.get(call.outgoing_id) if call.outgoing_id is not None else None
        if planned is None or planned.purpose != "reminder" or not planned.ref:
            return False
        try:
            await self._appointments.cancel(planned.ref, planned.citizen_id)
        except (AppointmentError, ServiceError) as error:
            log.warning("outgoing.not_cancelled", outgoing=planned.id, error=type(error).__name__)
            return False
        return True

    async def finished(self, call: Call, talked: Talked) -> Result:
        """Note the end of the talk in the plan, which decides whether to try again; what came of it."""
        planned = await self._outgoing.get(call.outgoing_id) if call.outgoing_id is not None else None
        if planned is None:
            return "unclear"
        changed = await self._changed(planned.ref, planned.until) if planned.purpose == "reminder" else None
        result = changed or _said(talked)
        await self._outgoing.finished(planned.id, result, heard=result != "not_heard")
        self._wake()
        return result

    async def _changed(self, number: str, start: datetime | None) -> Result | None:
        """Whether the appointment is another one now than the call was about."""
        try:
            found = await self._appointments.find(number)
        except ServiceUnavailable:
            return None
        if found is None or found.state == "cancelled":
            return "declined"
        return "moved" if start is not None and found.start != start else None


def _said(talked: Talked) -> Result:
    if talked.reply == "wrong_number":
        return "wrong_number"
    if talked.reply == "yes":
        return "confirmed"
    if not talked.heard:
        return "not_heard"
    return "unclear" if talked.spoke else "nobody"
