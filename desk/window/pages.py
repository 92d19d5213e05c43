"""Looking: the window itself, its lists, an opened talk and its lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from bot.accounts.interface import Signed
from bot.handover.views import Line
from desk.access import need
from desk.parts import Parts
from desk.window.company import Company
from desk.window.screen import LINES, Screen
from desk.window.sight import Sight

Me = Annotated[Signed, Depends(need("talk"))]
Seq = Annotated[int, Query(ge=0, le=2**31 - 1)]


def is_piece(request: Request) -> bool:
    """Whether the page asked by htmx for a piece of itself."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def is_full(lines: Sequence[Line]) -> bool:
    """Whether a page of lines holds as many messages as it may: then there may be more."""
    return sum(1 for line in lines if line.seq) >= LINES


def looking_router(parts: Parts, screen: Screen, sight: Sight, company: Company) -> APIRouter:
    """The addresses that change nothing."""
    router = APIRouter()

    @router.get("/queue")
    async def lists(request: Request, me: Me, talk: str = "") -> Response:
        return screen.lists_piece(request, await screen.lists(me), talk)

    @router.get("/talks/{conversation_id}")
    async def talk(
        request: Request,
        me: Me,
        conversation_id: str,
        listen: bool = False,
        again: bool = False,
        window: Annotated[str, Header(alias="X-Window")] = "",
    ) -> Response:
        listening = listen and me.may("supervise")
        found = await (sight.again if again else sight.open)(me, conversation_id)
        if window and not listening:
            company.shows(window, me.account, conversation_id)
        opened = await screen.opened(me, found, listening=listening)
        if is_piece(request):
            return screen.talk_piece(request, opened)
        return await screen.window(request, me, opened)

    @router.get("/talks/{conversation_id}/head")
    async def head(request: Request, me: Me, conversation_id: str, listen: bool = False) -> Response:
        found = await sight.again(me, conversation_id)
        return screen.head_piece(request, screen.bare(me, found, listening=listen and me.may("supervise")))

    @router.get("/talks/{conversation_id}/lines")
    async def lines(request: Request, me: Me, conversation_id: str, after: Seq = 0, before: Seq = 0) -> Response:
        found = await sight.again(me, conversation_id)
        shown = await parts.views.lines(conversation_id, after=after, before=before, limit=LINES)
        return screen.lines_piece(request, found, shown, more=is_full(shown))

    return router
