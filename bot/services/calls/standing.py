"""Whether the appointment a reminder is about still stands, asked right before somebody is rung up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from bot.services.appointments.interface import Appointment
from bot.services.calls.planned import OutgoingCall, Standing


class Finds(Protocol):
    """The part of `Appointments` that is needed here."""

    async def find(self, number: str) -> Appointment | None:
        """See `Appointments.find`."""
        ...


def appointment_standing(
    appointments: Finds, clock: Callable[[], datetime]
) -> Callable[[OutgoingCall], Awaitable[Standing]]:
    """The `standing` of `OutgoingCalls` for reminders, whose `ref` is the appointment's number and `until` its start.

    A moved appointment counts as cancelled: what the call would say is wrong now, and the new time has a call of its own.
    Calls about anything else always hold.
    """

    async def standing(call: OutgoingCall) -> Standing:
        if call.purpose != "reminder" or not call.ref:
            return "holds"
        found = await appointments.find(call.ref)
        if found is None or found.state == "cancelled" or (call.until is not None and found.start != call.until):
            return "cancelled"
        return "over" if found.start <= clock() else "holds"

    return standing
