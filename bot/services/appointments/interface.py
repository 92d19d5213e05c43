"""What appointments promise, whoever keeps them: the embedded database or an agency's own system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

from bot.services.errors import ServiceError

AppointmentState = Literal["booked", "cancelled"]


@dataclass(frozen=True)
class Day:
    """One calendar day at a centre. `free` counts places; `closed_reason` is Russian words, None for an open day."""

    date: date
    free: int
    closed_reason: str | None = None


@dataclass(frozen=True)
class Slot:
    """A moment with free places. `start` is in the centre's time zone."""

    start: datetime
    free: int


@dataclass(frozen=True)
class Hold:
    """A place kept for a citizen until `expires_at` (UTC). `start` and `end` are in the centre's time zone."""

    id: str
    service_id: str
    centre_id: str
    start: datetime
    end: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Appointment:
    """A booked visit. `start` and `end` are in the centre's time zone; `window` counts from 1, None if not known.

    `person` is what the citizen said about who comes (personal data, therefore not in repr).
    """

    number: str
    citizen_id: str
    service_id: str
    centre_id: str
    start: datetime
    end: datetime
    state: AppointmentState
    window: int | None = None
    person: Mapping[str, Any] = field(default_factory=dict, repr=False)


class AppointmentError(ServiceError):
    """The parent of all refusals below."""


class SlotTaken(AppointmentError):
    """No place is left at this moment; `alternatives` are the nearest free ones, earliest first."""

    code = "slot_taken"

    def __init__(self, alternatives: Sequence[Slot] = ()) -> None:
        super().__init__(self.code)
        self.alternatives = tuple(alternatives)


class NotASlot(SlotTaken):
    """The centre is open that day but receives nobody at this very moment (10:07, or after closing)."""

    code = "not_a_slot"


class HoldExpired(SlotTaken):
    """The held place was given back. `alternatives` may begin with the same moment when it is still free."""

    code = "hold_expired"


class PastMoment(AppointmentError):
    """The moment has passed already."""

    code = "past_moment"


class TooFarAhead(AppointmentError):
    """Booking is open only until `last`."""

    code = "too_far_ahead"

    def __init__(self, last: date) -> None:
        super().__init__(self.code)
        self.last = last


class CentreClosed(AppointmentError):
    """The centre is closed that day: `reason` in Russian words, `alternatives` as in SlotTaken."""

    code = "centre_closed"

    def __init__(self, reason: str, alternatives: Sequence[Slot] = ()) -> None:
        super().__init__(self.code)
        self.reason = reason
        self.alternatives = tuple(alternatives)


class NoSuchCentre(AppointmentError):
    """No centre has this id."""

    code = "no_such_centre"


class NotServedHere(AppointmentError):
    """The service is unknown, is not given by appointment, or not in this centre."""

    code = "not_served_here"


class NoSuchAppointment(AppointmentError):
    """No appointment has this number, or no hold this id."""

    code = "no_such_appointment"


class NotYours(AppointmentError):
    """The appointment or hold belongs to another citizen."""

    code = "not_yours"


class AlreadyBooked(AppointmentError):
    """This citizen has an appointment for the same service at an overlapping time: `appointment`."""

    code = "already_booked"

    def __init__(self, appointment: Appointment) -> None:
        super().__init__(self.code)
        self.appointment = appointment


class AlreadyCancelled(AppointmentError):
    """The appointment was cancelled and cannot be moved."""

    code = "already_cancelled"


class TooLateToMove(AppointmentError):
    """The visit begins too soon (or has begun) to be moved or cancelled; `start` says when."""

    code = "too_late"

    def __init__(self, start: datetime) -> None:
        super().__init__(self.code)
        self.start = start


class Appointments(Protocol):
    """Appointments of one region. Every method may raise ServiceUnavailable; `start` moments are aware datetimes."""

    async def days(self, service_id: str, centre_id: str, start: date, limit: int) -> list[Day]:
        """`limit` calendar days from `start` (today, if it has passed), closed ones included, within the horizon.

        Raises NoSuchCentre, NotServedHere.
        """
        ...

    async def times(self, service_id: str, centre_id: str, day: date) -> list[Slot]:
        """Free moments of a day that have not passed, in order. Raises CentreClosed, NoSuchCentre, NotServedHere."""
        ...

    async def hold(self, citizen_id: str, service_id: str, centre_id: str, start: datetime) -> Hold:
        """Keep a place for five minutes. A citizen has one hold: a new one gives the old place back.

        Raises SlotTaken, NotASlot, PastMoment, TooFarAhead, CentreClosed, NoSuchCentre, NotServedHere, AlreadyBooked.
        """
        ...

    async def release(self, citizen_id: str) -> None:
        """Give back what the citizen holds, if anything: she said «нет» or «стоп»."""
        ...

    async def book(self, hold_id: str, citizen_id: str, person: Mapping[str, Any]) -> Appointment:
        """Make the held place an appointment. The same hold booked twice is one appointment.

        Raises HoldExpired, NoSuchAppointment, NotYours.
        """
        ...

    async def move(self, number: str, citizen_id: str, start: datetime) -> Appointment:
        """Move to another moment of the same service and centre; the number stays.

        Raises what `hold` raises, and NoSuchAppointment, NotYours, AlreadyCancelled, TooLateToMove.
        """
        ...

    async def cancel(self, number: str, citizen_id: str) -> Appointment:
        """Cancel; a second time changes nothing. Raises NoSuchAppointment, NotYours, TooLateToMove."""
        ...

    async def mine(self, citizen_id: str, now: datetime) -> list[Appointment]:
        """Booked visits of the citizen that are not over by `now`, in order of time."""
        ...

    async def find(self, number: str) -> Appointment | None:
        """The appointment with this number in any spelling, cancelled ones too."""
        ...
