"""Emergency notices: what the robot and the widget say first, written, previewed and taken back here."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Request
from fastapi.responses import HTMLResponse, Response

from bot.accounts.interface import Signed
from bot.clean import clean
from bot.handover.bulletin import News
from bot.handover.words import CHANNELS
from bot.services.notices.notices import LONGEST_TEXT
from desk.access import need
from desk.list_tools import for_field, local_moment, said
from desk.parts import Parts

Editor = Annotated[Signed, Depends(need("notices"))]
Text = Annotated[str, Form()]

TOLD_IN = {name: title for name, title in CHANNELS.items() if name != "cli"}
STATES = {"scheduled": "Ждёт начала", "live": "Сейчас говорим", "over": "Закончилось", "withdrawn": "Снято"}


def notices_router(parts: Parts) -> APIRouter:
    """`/notices`: the list, a new one, and taking one back."""
    router = APIRouter()

    async def listed(request: Request, template: str) -> HTMLResponse:
        now, zone = parts.clock(), parts.pages.zone
        return parts.pages.page(
            request, template, notices=await parts.notices.all(), states=STATES, channels=TOLD_IN,
            longest=LONGEST_TEXT, from_field=for_field(now, zone), until_field=for_field(now + timedelta(days=1), zone),
        )  # fmt: skip

    @router.get("/notices")
    async def page(request: Request, me: Editor) -> HTMLResponse:
        fragment = request.headers.get("HX-Request") == "true"
        return await listed(request, "notices_list.html" if fragment else "notices.html")

    @router.post("/notices")
    async def add(
        request: Request, me: Editor, text: Text = "", starts_at: Text = "", ends_at: Text = "",
        channels: Annotated[list[str] | None, Form()] = None,
    ) -> Response:  # fmt: skip
        zone = parts.pages.zone
        chosen = [name for name in channels or () if name in TOLD_IN]
        notice = await parts.notices.add(
            clean(text), local_moment(starts_at, zone, "Начало"), local_moment(ends_at, zone, "Окончание"),
            # All boxes ticked mean everywhere, also where a channel is added later.
            () if len(chosen) == len(TOLD_IN) else chosen, me.account.id, me.account.name,
        )  # fmt: skip
        await parts.audit.write(me, "notice_published", str(notice.id))
        parts.bulletin.post(News("notice"))
        return said(await listed(request, "notices_list.html"), "Объявление сохранено.")

    @router.post("/notices/{notice_id}/withdraw")
    async def withdraw(request: Request, notice_id: Annotated[int, Path(ge=1, le=2**31 - 1)], me: Editor) -> Response:
        try:
            await parts.notices.withdraw(notice_id, me.account.id)
        except LookupError:
            raise HTTPException(404) from None
        await parts.audit.write(me, "notice_withdrawn", str(notice_id))
        parts.bulletin.post(News("notice"))
        return said(await listed(request, "notices_list.html"), "Объявление снято.")

    return router
