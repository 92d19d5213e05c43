"""The widget's end of a one-time link: the token comes in a body, never in an address, and the conversation goes on."""

from __future__ import annotations

import time
from dataclasses import replace

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from bot.linking import Linking, Refused
from bot.turns import Turns
from channels.pace import Window
from channels.widget.access import Access, WidgetRoute
from channels.widget.body import read_json
from channels.widget.sessions import Sessions
from channels.widget.settings import CHANNEL, WidgetSettings
from channels.widget.visitors import Visitors

SMALL_BODY = 4096
TRIES, WITHIN = 10, 60.0
"""Links one session may try within so many seconds."""
KNOWN = 10_000
"""Sessions whose tries are remembered."""
TOO_OFTEN = "Слишком много попыток подряд. Подождите минуту и откройте ссылку ещё раз."
NOT_A_LINK = "Эта ссылка не подходит: возможно, она скопирована не целиком."


class ContinueBody(BaseModel):
    """The token out of the address's fragment."""

    token: str = Field(pattern=r"^[A-Za-z0-9._-]{10,400}$")


def continue_router(turns: Turns, linking: Linking, settings: WidgetSettings) -> APIRouter:
    """`POST /widget/continue`: 200 `{"ok": true}`; 403 and 401 as for every widget request; 410 and 429 with a `text` to show."""
    router = APIRouter(prefix="/widget", include_in_schema=False, route_class=WidgetRoute)
    access = Access(settings, Sessions(settings), Visitors(settings, time.monotonic))
    tries: dict[str, Window] = {}

    @router.post("/continue")
    async def go_on(request: Request) -> Response:
        user = access.visitor(request).user
        if user not in tries and len(tries) >= KNOWN:
            tries.pop(next(iter(tries)))
        wait = tries.setdefault(user, Window(TRIES, WITHIN, time.monotonic)).ask()
        if wait:
            return JSONResponse({"text": TOO_OFTEN}, 429, headers={"Retry-After": str(int(wait) + 1)})
        try:
            body = ContinueBody.model_validate_json(await read_json(request, SMALL_BODY))
        except ValidationError:
            return JSONResponse({"text": NOT_A_LINK}, 410)
        found = await linking.redeem(body.token, CHANNEL, user)
        if isinstance(found, Refused):
            return JSONResponse({"text": found.text}, 410)
        await turns.accept(replace(found.inbound, ip=request.client.host if request.client else None))
        return JSONResponse({"ok": True})

    return router
