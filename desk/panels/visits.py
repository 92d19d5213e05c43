"""Moves and cancels the citizen's visits."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from bot.accounts.interface import Signed
from bot.handover.views import Talk
from bot.services.appointments import Appointment, Slot
from bot.services.errors import ServiceError
from desk.access import need
from desk.panels.booking import choice, moment, told_of
from desk.panels.common import held, tell
from desk.panels.errand import done, nearest, nonce, visit_text, why, written
from desk.parts import Parts

MOVED = "Запись перенесена: {время_записи}, {центр}, {адрес_центра}. Номер прежний: {номер_записи}."
CANCELLED = "Запись {номер_записи} отменена. Если понадобится новое время, напишите."
Field = Annotated[str, Form()]


def visits_router(parts: Parts) -> APIRouter:
    """Forms and deeds; a visit of another citizen is as unknown as none."""
    router = APIRouter()

    async def own(talk: Talk, number: str) -> Appointment:
        visit = await parts.appointments.find(number)
        if visit is None or visit.citizen_id != talk.citizen_id or visit.state != "booked":
            raise HTTPException(404)
        return visit

    async def form(
        request: Request, template: str, talk: Talk, visit: Appointment, message: str, **more: Any
    ) -> HTMLResponse:
        service = next((s for s in parts.content.services if s.id == visit.service_id), None)
        return parts.pages.page(
            request, template, talk=talk, visit=visit, old=visit_text(visit.start), message=message,
            service_title=service.title if service else visit.service_id,
            **({"nonce": nonce(), "problem": "", "near": ()} | more),
        )  # fmt: skip

    @router.get("/talks/{conversation_id}/visits/{number}/move")
    async def move_form(
        request: Request,
        conversation_id: str,
        number: str,
        me: Annotated[Signed, Depends(need("talk"))],
        day: Annotated[str, Query()] = "",
    ) -> HTMLResponse:
        talk = await held(parts, me, conversation_id)
        visit = await own(talk, number)
        chosen = await choice(parts, visit.service_id, visit.centre_id, day, "", but=visit)
        return await form(request, "panels/move.html", talk, visit, MOVED, chosen=chosen)

    @router.post("/talks/{conversation_id}/visits/{number}/move")
    async def move(
        request: Request,
        conversation_id: str,
        number: str,
        me: Annotated[Signed, Depends(need("talk"))],
        start: Field = "",
        message: Field = "",
        key: Field = "",
    ) -> HTMLResponse:
        talk = await held(parts, me, conversation_id)
        visit = await own(talk, number)
        at = moment(start)

        async def again(problem: str, near: tuple[Slot, ...] = ()) -> HTMLResponse:
            day = near[0].start.date().isoformat() if near else start[:10]
            chosen = await choice(parts, visit.service_id, visit.centre_id, day, start, but=visit)
            return await form(
                request, "panels/move.html", talk, visit, message, chosen=chosen, nonce=key, problem=problem, near=near
            )

        if at is None:
            return await again("Выберите день и время.")
        try:
            moved = await parts.appointments.move(number, talk.citizen_id, at)
        except ServiceError as error:
            return await again(why(error), nearest(error))
        await written(parts, me, talk, "visit_moved", moved.number)
        told = await tell(parts, me, talk, told_of(parts, moved, message), f"move-{key}")
        return done(parts, request, talk, f"Запись {moved.number} перенесена: {visit_text(moved.start)}", told)

    @router.get("/talks/{conversation_id}/visits/{number}/cancel")
    async def cancel_form(
        request: Request, conversation_id: str, number: str, me: Annotated[Signed, Depends(need("talk"))]
    ) -> HTMLResponse:
        talk = await held(parts, me, conversation_id)
        return await form(request, "panels/cancel.html", talk, await own(talk, number), CANCELLED)

    @router.post("/talks/{conversation_id}/visits/{number}/cancel")
    async def cancel(
        request: Request,
        conversation_id: str,
        number: str,
        me: Annotated[Signed, Depends(need("talk"))],
        message: Field = "",
        key: Field = "",
    ) -> HTMLResponse:
        talk = await held(parts, me, conversation_id)
        visit = await own(talk, number)
        try:
            ended = await parts.appointments.cancel(number, talk.citizen_id)
        except ServiceError as error:
            return await form(
                request, "panels/cancel.html", talk, visit, message or CANCELLED, nonce=key, problem=why(error)
            )
        await written(parts, me, talk, "visit_cancelled", ended.number)
        told = await tell(parts, me, talk, told_of(parts, ended, message), f"cancel-{key}")
        return done(parts, request, talk, f"Запись {ended.number} отменена", told)

    return router
