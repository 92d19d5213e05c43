"""Controls of a telephone talk: the caller is put through or let go by the PBX. Passing on is `transfer`, as for every talk."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from bot.accounts.interface import Signed
from bot.handover.interface import NotYours, Refusal
from desk.access import need
from desk.parts import Parts
from desk.window.screen import Screen
from desk.window.sight import Sight


def calls_router(parts: Parts, screen: Screen, sight: Sight) -> APIRouter:
    """`POST talks/<conversation>/call/<step>`; 404 without a PBX and for talks that are no calls."""
    router = APIRouter()

    @router.post("/talks/{conversation_id}/call/{step}")
    async def call(
        request: Request,
        me: Annotated[Signed, Depends(need("talk"))],
        conversation_id: str,
        step: Literal["accept", "hang-up"],
    ) -> Response:
        talk = await sight.again(me, conversation_id)
        telephones = parts.telephones
        if telephones is None or talk.channel != "phone":
            raise HTTPException(404)
        if step == "accept":
            if not me.account.extension:
                raise Refusal("В вашей учётной записи нет номера телефона. Попросите администратора его добавить.")
            await telephones.accept(conversation_id, me.account.extension)
        elif talk.operator != me.account.id:
            raise NotYours
        else:
            await telephones.hang_up(conversation_id)
        sight.changed(conversation_id)
        return screen.head_piece(request, await screen.opened(me, await sight.again(me, conversation_id)))

    return router
