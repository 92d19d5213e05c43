"""Draws the aside of a talk: the card with its ready answers, and the telephone in full when it is asked for."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from bot.accounts.interface import Signed
from desk.access import need
from desk.panels.canned import canned_of
from desk.panels.card import read_card
from desk.panels.common import is_mine, opened
from desk.panels.people import phone_text
from desk.parts import Parts


def side_router(parts: Parts) -> APIRouter:
    """The aside of a talk, its card alone, and the telephone in full."""
    router = APIRouter()

    async def values(me: Signed, conversation_id: str) -> dict[str, Any]:
        talk = await opened(parts, me, conversation_id)
        card = await read_card(parts, talk)
        await parts.audit.write(me, "card_viewed", conversation_id, talk.citizen_id)
        return {
            "talk": talk, "card": card, "mine": is_mine(me, talk),
            "canned": await canned_of(parts, me, talk, card),
            "service_title": lambda i: _title(parts.content.service, i),
            "centre_title": lambda i: _title(parts.content.centre, i),
        }  # fmt: skip

    @router.get("/talks/{conversation_id}/side")
    async def side(
        request: Request, conversation_id: str, me: Annotated[Signed, Depends(need("talk"))]
    ) -> HTMLResponse:
        return parts.pages.page(request, "panels/side.html", **await values(me, conversation_id))

    @router.get("/talks/{conversation_id}/card")
    async def card(
        request: Request, conversation_id: str, me: Annotated[Signed, Depends(need("talk"))]
    ) -> HTMLResponse:
        return parts.pages.page(request, "panels/card.html", **await values(me, conversation_id))

    @router.post("/talks/{conversation_id}/phone")
    async def phone(
        request: Request, conversation_id: str, me: Annotated[Signed, Depends(need("talk"))]
    ) -> HTMLResponse:
        talk = await opened(parts, me, conversation_id)
        await parts.audit.write(me, "phone_shown", conversation_id, talk.citizen_id)
        number = str((await parts.profiles.get(talk.citizen_id)).get("phone") or "")
        return parts.pages.page(request, "panels/phone.html", number=number, written=phone_text(number))

    return router


def _title(find: Any, name: str) -> str:
    try:
        return str(find(name).title)
    except KeyError:
        return name
