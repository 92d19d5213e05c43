"""Appointments kept by an agency's own system, reached over its REST API (docs/services-http.md).

Reminders stay ours: the agency knows nothing of the citizen's channel.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any, NoReturn

from bot.services.appointments.interface import (
    AlreadyBooked,
    AlreadyCancelled,
    Appointment,
    AppointmentError,
    CentreClosed,
    Day,
    Hold,
    HoldExpired,
    NoSuchAppointment,
    NoSuchCentre,
    NotASlot,
    NotServedHere,
    NotYours,
    PastMoment,
    Slot,
    SlotTaken,
    TooFarAhead,
    TooLateToMove,
)
from bot.services.appointments.reminders import Reminders, ref
from bot.services.appointments.schedule import Schedule
from bot.services.case_numbers import canonical_number
from bot.services.errors import ServiceUnavailable
from bot.services.http_client import Refused, ServiceHttp
from bot.store import Store, due, events

_PLAIN: tuple[type[AppointmentError], ...] = (
    *(PastMoment, NoSuchCentre, NotServedHere),
    *(NoSuchAppointment, NotYours, AlreadyCancelled),
)
_WITH_ALTERNATIVES: tuple[type[SlotTaken], ...] = (SlotTaken, NotASlot, HoldExpired)


class HttpAppointments:
    """The `Appointments` of an agency. `schedule` gives titles and time zones of the centres in our own content."""

    def __init__(
        self,
        http: ServiceHttp,
        store: Store,
        clock: Callable[[], datetime],
        schedule: Schedule,
        reminders: Reminders,
    ) -> None:
        self._http = http
        self._store = store
        self._clock = clock
        self._schedule = schedule
        self._reminders = reminders

    async def days(self, service_id: str, centre_id: str, start: date, limit: int) -> list[Day]:
        """See `Appointments.days`."""
        answer = await self._get(
            "/appointments/days", service_id=service_id, centre_id=centre_id, start=start.isoformat(), limit=limit
        )
        with self._http.reading():
            return [
                Day(date.fromisoformat(item["date"]), int(item["free"]), item.get("closed_reason"))
                for item in answer["days"]
            ]

    async def times(self, service_id: str, centre_id: str, day: date) -> list[Slot]:
        """See `Appointments.times`."""
        answer = await self._get("/appointments/times", service_id=service_id, centre_id=centre_id, day=day.isoformat())
        with self._http.reading():
            return [_slot(item) for item in answer["times"]]

    async def hold(self, citizen_id: str, service_id: str, centre_id: str, start: datetime) -> Hold:
        """See `Appointments.hold`."""
        body = {
            "citizen_id": citizen_id,
            "service_id": service_id,
            "centre_id": centre_id,
            "start": self._moment(start, centre_id),
        }
        answer = await self._post("/appointments/holds", body, uuid.uuid4().hex)
        with self._http.reading():
            return Hold(
                id=str(answer["id"]),
                service_id=service_id,
                centre_id=centre_id,
                start=_aware(answer["start"]),
                end=_aware(answer["end"]),
                expires_at=_aware(answer["expires_at"]),
            )

    async def release(self, citizen_id: str) -> None:
        """See `Appointments.release`."""
        await self._post("/appointments/holds/release", {"citizen_id": citizen_id}, uuid.uuid4().hex)

    async def book(self, hold_id: str, citizen_id: str, person: Mapping[str, Any]) -> Appointment:
        """See `Appointments.book`."""
        body = {"hold_id": hold_id, "citizen_id": citizen_id, "person": dict(person)}
        appointment = self._appointment(await self._post("/appointments", body, f"book:{hold_id}"))
        await self._noted("appointment_booked", appointment)
        return appointment

    async def move(self, number: str, citizen_id: str, start: datetime) -> Appointment:
        """See `Appointments.move`."""
        current = await self.find(number)
        moment = self._moment(start, current.centre_id if current else "")
        body = {"number": canonical_number(number), "citizen_id": citizen_id, "start": moment}
        appointment = self._appointment(await self._post("/appointments/move", body, uuid.uuid4().hex))
        await self._noted("appointment_moved", appointment)
        return appointment

    async def cancel(self, number: str, citizen_id: str) -> Appointment:
        """See `Appointments.cancel`."""
        body = {"number": canonical_number(number), "citizen_id": citizen_id}
        appointment = self._appointment(await self._post("/appointments/cancel", body, uuid.uuid4().hex))
        await self._noted("appointment_cancelled", appointment)
        return appointment

    async def mine(self, citizen_id: str, now: datetime) -> list[Appointment]:
        """See `Appointments.mine`."""
        answer = await self._get("/appointments", citizen_id=citizen_id)
        with self._http.reading():
            found = [self._appointment(item) for item in answer["appointments"]]
        return sorted((a for a in found if a.state == "booked" and a.end > now), key=lambda a: (a.start, a.number))

    async def find(self, number: str) -> Appointment | None:
        """See `Appointments.find`."""
        try:
            return self._appointment(await self._get("/appointments/find", number=canonical_number(number)))
        except NoSuchAppointment:
            return None

    async def _noted(self, event: str, appointment: Appointment) -> None:
        """Record the deed and write its reminders anew; a repeated deed leaves one set of them."""
        now = self._clock()
        async with self._store.write() as session:
            await due.withdraw(session, ref(appointment.number))
            if appointment.state == "booked":
                # The agency may know a centre that our content does not; then there is nothing to write from.
                with suppress(NoSuchCentre, NotServedHere):
                    self._reminders.write(session, appointment, now)
            what = {"service_id": appointment.service_id, "centre_id": appointment.centre_id}
            events.record(session, event, now, citizen_id=appointment.citizen_id, number=appointment.number, **what)

    def _moment(self, start: datetime, centre_id: str) -> str:
        zone = self._schedule.zone(centre_id)
        return (start.replace(tzinfo=zone) if start.tzinfo is None else start).isoformat()

    async def _get(self, path: str, **params: Any) -> dict[str, Any]:
        try:
            return await self._http.get(path, **params)
        except Refused as refused:
            self._refuse(refused)

    async def _post(self, path: str, body: Mapping[str, Any], key: str) -> dict[str, Any]:
        try:
            return await self._http.post(path, body, key=key)
        except Refused as refused:
            self._refuse(refused)

    def _refuse(self, refused: Refused) -> NoReturn:
        """Raise our own named error for the agency's."""
        error = refused.error
        with self._http.reading():
            for plain in _PLAIN:
                if refused.name == plain.code:
                    raise plain() from None
            near = [_slot(item) for item in error.get("alternatives") or []]
            for taken in _WITH_ALTERNATIVES:
                if refused.name == taken.code:
                    raise taken(near) from None
            if refused.name == CentreClosed.code:
                raise CentreClosed(str(error["reason"]), near) from None
            if refused.name == TooFarAhead.code:
                raise TooFarAhead(date.fromisoformat(error["last"])) from None
            if refused.name == TooLateToMove.code:
                raise TooLateToMove(_aware(error["start"])) from None
            if refused.name == AlreadyBooked.code:
                raise AlreadyBooked(self._appointment(error["appointment"])) from None
        raise ServiceUnavailable(self._http.service, f"refused with {refused.status} {refused.name}") from None

    def _appointment(self, item: Mapping[str, Any]) -> Appointment:
        with self._http.reading():
            return Appointment(
                number=str(item["number"]),
                citizen_id=str(item["citizen_id"]),
                service_id=str(item["service_id"]),
                centre_id=str(item["centre_id"]),
                start=_aware(item["start"]).astimezone(self._schedule.zone(item["centre_id"])),
                end=_aware(item["end"]).astimezone(self._schedule.zone(item["centre_id"])),
                state="cancelled" if item["state"] == "cancelled" else "booked",
                window=item.get("window"),
                person=dict(item.get("person") or {}),
            )


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment


def _slot(item: Mapping[str, Any]) -> Slot:
    return Slot(_aware(item["start"]), int(item["free"]))
