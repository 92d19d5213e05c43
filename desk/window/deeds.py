"""Doing: taking a talk, passing it on, giving it back to the robot, and the operator's own status."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from bot.accounts.interface import Signed
from bot.handover.interface import Refusal, Status
from desk.access import need
from desk.parts import Parts
from desk.window.pages import is_piece
from desk.window.screen import Screen
from desk.window.sight import Sight

Me = Annotated[Signed, Depends(need("talk"))]
Text = Annotated[str, Form()]
STATUSES: dict[str, Status] = {"online": "online", "pause": "pause", "offline": "offline"}


def deeds_router(parts: Parts, screen: Screen, sight: Sight) -> APIRouter:
    """Every deed answers htmx with the talk as it is now, and others with the way back to it."""
    router = APIRouter()

    async def done(request: Request, me: Signed, conversation_id: str, said: str, *, gone: bool = False) -> Response:
        """The answer after a step; `gone` when the operator has nothing more to do with the talk."""
        if not is_piece(request):
            return RedirectResponse("/desk" if gone else f"/desk?talk={quote(conversation_id)}", 303)
        sight.changed(conversation_id)
        if gone or not await sight.may(me, conversation_id):
            answer = screen.talk_piece(request, None)
        else:
            answer = screen.talk_piece(request, await screen.opened(me, await sight.again(me, conversation_id)))
        # Header values are ASCII: json escapes all else.
        answer.headers["HX-Trigger"] = json.dumps(
            {"desk-moved": {"conversation": "" if gone else conversation_id, "said": said}}
        )
        return answer

    @router.post("/talks/{conversation_id}/take")
    async def take(request: Request, me: Me, conversation_id: str) -> Response:
        if not await sight.may(me, conversation_id):
            raise HTTPException(404)
        held = await parts.handovers.take(conversation_id, me.account.id)
        await parts.audit.write(me, "citizen_viewed", conversation_id, held.citizen_id)
        return await done(request, me, conversation_id, "Разговор ваш. Гражданин знает, что отвечаете вы.")

    @router.get("/talks/{conversation_id}/transfer")
    async def transfer_dialog(request: Request, me: Me, conversation_id: str) -> Response:
        talk = await sight.again(me, conversation_id)
        present = [p for p in await parts.presences.all() if p.status in ("online", "wrap_up")]
        others = [p for p in present if p.operator.id != me.account.id]
        staffed = {group for p in others for group in p.operator.groups}
        groups = [parts.groups.get(g) for g in sorted(staffed & parts.groups.ids) if g != talk.group]
        left = parts.rules.max_transfers - talk.transfers
        return screen.dialog_piece(
            request, "window_transfer.html", talk=talk, colleagues=others, targets=groups, left=left
        )

    @router.post("/talks/{conversation_id}/transfer")
    async def transfer(
        request: Request,
        me: Me,
        conversation_id: str,
        note: Text = "",
        to: Text = "",
        to_operator: Text = "",
        to_group: Text = "",
    ) -> Response:
        kind, _, name = to.partition(":")
        to_operator = to_operator or (name if kind == "operator" else "")
        to_group = to_group or (name if kind == "group" else "")
        if not to_operator and not to_group:
            raise Refusal("Выберите, кому передать разговор.")
        if not await sight.may(me, conversation_id):
            raise HTTPException(404)
        await parts.handovers.transfer(
            conversation_id, me.account.id, note.strip(), to_operator=to_operator, to_group=to_group
        )
        # It is kept with the transfer; among the lines the colleague meets it where she reads.
        await parts.notes.add(conversation_id, me.account.id, me.account.name, note.strip())
        return await done(request, me, conversation_id, "Разговор передан.", gone=True)

    @router.get("/talks/{conversation_id}/give-back")
    async def give_back_dialog(request: Request, me: Me, conversation_id: str) -> Response:
        talk = await sight.again(me, conversation_id)
        return screen.dialog_piece(request, "window_give_back.html", talk=talk)

    @router.post("/talks/{conversation_id}/give-back")
    async def give_back(request: Request, me: Me, conversation_id: str, task: Text = "") -> Response:
        if not await sight.may(me, conversation_id):
            raise HTTPException(404)
        if task and task not in parts.rules.tasks:
            raise Refusal("Такого задания у робота нет.")
        await parts.handovers.give_back(conversation_id, me.account.id, task)
        return await done(request, me, conversation_id, "Разговор у робота.", gone=True)

    @router.post("/status")
    async def status(request: Request, me: Me, status: Text = "", reason: Text = "") -> Response:
        if status not in STATUSES or (status == "pause" and reason not in parts.rules.pauses):
            raise Refusal("Выберите статус из списка.")
        await parts.presences.set(me.account.id, STATUSES[status], reason if status == "pause" else "")
        return await own_status(request, me)

    @router.post("/wrapped-up")
    async def wrapped_up(request: Request, me: Me) -> Response:
        await parts.handovers.wrapped_up(me.account.id)
        return await own_status(request, me)

    async def own_status(request: Request, me: Signed) -> Response:
        if not is_piece(request):
            return RedirectResponse("/desk", 303)
        answer = screen.status_piece(request, await screen.lists(me))
        answer.headers["HX-Trigger"] = json.dumps({"desk-lists": {}})
        return answer

    return router
