"""Books a visit for the citizen: what the robot gathered is filled in already, so that one look and one press are enough."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from bot.accounts.interface import Signed
from bot.handover.canned import fill
from bot.handover.views import Talk
from bot.services.appointments import Appointment, Day, Slot
from bot.services.catalogue.catalogue import SURE
from bot.services.content import Centre, Service
from bot.services.errors import ServiceError
from desk.access import need
from desk.panels.common import gathered, held, last_words, recent, remember, tell
from desk.panels.errand import allowed, done, nearest, nonce, visit_text, why, written
from desk.panels.people import masked_phone, valid_phone
from desk.parts import Parts

DAYS = 21
OFFERED_TIMES = 24
TO_GET_THERE = timedelta(hours=1)
"""A visit that begins sooner is not proposed."""
MESSAGE = "Вы записаны: {время_записи}, {центр}, {адрес_центра}. Номер записи {номер_записи}. Возьмите с собой паспорт."
Field = Annotated[str, Form()]


@dataclass(frozen=True)
class Choice:
    """What is chosen so far and what may be chosen next."""

    service: Service | None
    centre: Centre | None
    days: tuple[Day, ...] = ()
    day: date | None = None
    times: tuple[Slot, ...] = ()
    chosen: Slot | None = None
    problem: str = ""


def bookable(parts: Parts) -> list[Service]:
    """Services that are given by appointment here, by title."""
    return sorted((s for s in parts.content.services if s.at_centre and s.appointment != "no"), key=lambda s: s.title)


async def choice(
    parts: Parts, service_id: str, centre_id: str, day: str, time: str, but: Appointment | None = None
) -> Choice:
    """The free days and times; a wish that is not free gives way to the next that is. `time` is «9:05» or an ISO moment."""
    service = next((s for s in bookable(parts) if s.id == service_id), None)
    if but is not None:
        service = next((s for s in parts.content.services if s.id == but.service_id), None)
    centre = next((c for c in parts.content.centres if c.id == centre_id), None)
    if service is None or centre is None:
        return Choice(service, centre)
    today = parts.clock().astimezone(parts.pages.zone).date()
    try:
        days = tuple(d for d in await parts.appointments.days(service.id, centre.id, today, DAYS) if d.free)
        if not days:
            return Choice(service, centre, problem="В ближайшие три недели свободных мест нет. Выберите другой центр.")
        wanted = _date(day)
        # Of a full or closed day the next one after it.
        chosen = next((d.date for d in days if wanted is None or d.date >= wanted), days[0].date)
        times = tuple(await parts.appointments.times(service.id, centre.id, chosen))
        if wanted is None and len(days) > 1 and all(_is_soon(parts, s) for s in times):
            chosen = days[1].date
            times = tuple(await parts.appointments.times(service.id, centre.id, chosen))
    except ServiceError as error:
        return Choice(service, centre, problem=why(error))
    hour = time[11:16] if "T" in time else time.zfill(5)
    # Whoever is still at home does not come in ten minutes; the operator may choose that all the same.
    later = [s for s in times if not _is_soon(parts, s)] or list(times)
    slot = next((s for s in later if f"{s.start:%H:%M}" >= hour), later[0] if later else None)
    return Choice(service, centre, days, chosen, times, slot)


def _is_soon(parts: Parts, slot: Slot) -> bool:
    return slot.start < parts.clock() + TO_GET_THERE


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def moment(text: str) -> datetime | None:
    """An aware moment from a form, None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def meant(parts: Parts, words: str) -> str:
    """The id of the service these words surely mean, "" when it is not sure."""
    found = parts.catalogue.search(words[:500], limit=1)
    return found[0][0].id if found and found[0][1] >= SURE else ""


def told_of(parts: Parts, visit: Appointment, text: str) -> str:
    """The message to the citizen with the visit put in."""
    centre = parts.content.centre(visit.centre_id)
    return fill(
        text,
        {
            "время_записи": visit_text(visit.start), "центр": centre.title, "адрес_центра": centre.address,
            "номер_записи": visit.number,
        },
    ).text  # fmt: skip


def booking_router(parts: Parts) -> APIRouter:
    """The form and the deed."""
    router = APIRouter()

    async def form(
        request: Request,
        talk: Talk,
        chosen: Choice,
        given: Mapping[str, Any],
        problem: str = "",
        near: tuple[Slot, ...] = (),
    ) -> HTMLResponse:
        profile = await parts.profiles.get(talk.citizen_id)
        phone = str(profile.get("phone") or "")
        return parts.pages.page(
            request, "panels/booking.html", talk=talk, chosen=chosen, services=bookable(parts),
            centres=parts.content.centres, times=chosen.times[:OFFERED_TIMES], may=await allowed(parts, talk),
            name=given.get("name") or profile.get("full_name") or "", phone=given.get("phone") or "",
            known_phone=masked_phone(phone) if phone else "", message=given.get("message") or MESSAGE,
            nonce=given.get("nonce") or nonce(), problem=problem, near=near,
        )  # fmt: skip

    async def begun(conversation_id: str, talk: Talk, given: Mapping[str, str]) -> Choice:
        """What the operator chose so far, else what the robot gathered, else the centre of last time."""
        slots = await gathered(parts, conversation_id)
        profile = await parts.profiles.get(talk.citizen_id)
        service = given.get("service") or str(slots.get("service") or slots.get("last_service") or "")
        if not service and (said := last_words(await recent(parts, conversation_id))):
            service = await asyncio.to_thread(meant, parts, said)
        return await choice(
            parts,
            service,
            given.get("centre") or str(slots.get("centre") or profile.get("centre") or parts.content.centres[0].id),
            given.get("day") or str(slots.get("appointment_day") or ""),
            given.get("start") or str(slots.get("appointment_time") or ""),
        )

    @router.get("/talks/{conversation_id}/book")
    async def book_form(
        request: Request, conversation_id: str, me: Annotated[Signed, Depends(need("talk"))]
    ) -> HTMLResponse:
        talk = await held(parts, me, conversation_id)
        return await form(request, talk, await begun(conversation_id, talk, {}), {})

    # A POST, though it changes nothing: names and telephones do not belong into addresses.
    @router.post("/talks/{conversation_id}/book/choice")
    async def book_choice(
        request: Request,
        conversation_id: str,
        me: Annotated[Signed, Depends(need("talk"))],
        service: Field = "",
        centre: Field = "",
        day: Field = "",
        start: Field = "",
        name: Field = "",
        phone: Field = "",
        message: Field = "",
        key: Field = "",
    ) -> HTMLResponse:
        talk = await held(parts, me, conversation_id)
        chosen = await begun(conversation_id, talk, {"service": service, "centre": centre, "day": day, "start": start})
        return await form(request, talk, chosen, {"name": name, "phone": phone, "message": message, "nonce": key})

    @router.post("/talks/{conversation_id}/book")
    async def book(
        request: Request,
        conversation_id: str,
        me: Annotated[Signed, Depends(need("talk"))],
        service: Field = "",
        centre: Field = "",
        start: Field = "",
        name: Field = "",
        phone: Field = "",
        message: Field = "",
        key: Field = "",
    ) -> HTMLResponse:
        talk = await held(parts, me, conversation_id)
        given = {"name": name, "phone": phone, "message": message, "nonce": key}
        at = moment(start)

        async def again(problem: str, near: tuple[Slot, ...] = ()) -> HTMLResponse:
            offered = await choice(
                parts, service, centre, near[0].start.date().isoformat() if near else start[:10], start
            )
            return await form(request, talk, offered, given, problem, near)

        if not (await allowed(parts, talk)).both:
            return await again("Сначала нужно согласие на обработку персональных данных.")
        if at is None:
            return await again("Выберите день и время.")
        name = " ".join(name.split())[:120]
        if not name:
            return await again("Напишите, кто придёт.")
        number = valid_phone(phone) if phone.strip() else (await parts.profiles.get(talk.citizen_id)).get("phone")
        if phone.strip() and number is None:
            return await again("Проверьте телефон: по такому номеру не дозвониться.")
        try:
            hold = await parts.appointments.hold(talk.citizen_id, service, centre, at)
            visit = await parts.appointments.book(hold.id, talk.citizen_id, {"name": name, "phone": number})
        except ServiceError as error:
            return await again(why(error), nearest(error))
        await remember(parts, talk, name, number, centre=centre)
        await written(parts, me, talk, "visit_booked", visit.number, service=service, centre=centre)
        told = await tell(parts, me, talk, told_of(parts, visit, message), f"book-{key}")
        title = f"Запись {visit.number}: {visit_text(visit.start)}"
        return done(parts, request, talk, title, told)

    return router
