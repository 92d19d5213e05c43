"""Reminders of a visit, written as due messages together with the booking and withdrawn with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.appointments.interface import Appointment
from bot.services.appointments.schedule import Schedule
from bot.services.errors import ContentError
from bot.services.russian_dates import day_text, time_text
from bot.store import due

KIND = "appointment_reminder"


class Reminders:
    """Writes reminders. `content` is appointments.yml: `reminders: [{hours: 24, text: …}]`, hours before the visit.

    A text may use {number}, {service}, {centre}, {address}, {day} and {time}; it must not hold personal data.
    """

    def __init__(self, content: Mapping[str, Any], schedule: Schedule) -> None:
        self._schedule = schedule
        self._texts: list[tuple[timedelta, str]] = []
        sample = dict.fromkeys(("number", "service", "centre", "address", "day", "time"), "")
        for item in content.get("reminders") or []:
            text = str(item["text"])
            try:
                text.format(**sample)
            except (KeyError, ValueError, IndexError):
                raise ContentError(f"appointments.yml: в напоминании незнакомая вставка: {text}") from None
            self._texts.append((timedelta(hours=float(item["hours"])), text))

    def write(self, session: AsyncSession, appointment: Appointment, now: datetime) -> None:
        """Schedule what still lies ahead of `now`."""
        centre = self._schedule.centre(appointment.centre_id)
        service = self._schedule.service(appointment.service_id, centre)
        for before, text in self._texts:
            due_at = appointment.start - before
            if due_at <= now:
                continue
            ready = text.format(
                number=appointment.number,
                service=service.title,
                centre=centre.title,
                address=centre.address,
                day=day_text(appointment.start.date()),
                time=time_text(appointment.start),
            )
            # Spoken on the telephone in other words: whoever picks up must not hear for which service.
            visit = {
                "number": appointment.number,
                "start": appointment.start.isoformat(),
                "centre": centre.title,
                "address": centre.address,
            }
            payload = {"text": ready, "visit": visit}
            due.schedule(session, appointment.citizen_id, due_at, KIND, payload, ref(appointment.number))


def ref(number: str) -> str:
    """The name under which the reminders of one appointment are withdrawn."""
    return f"appointment:{number}"
