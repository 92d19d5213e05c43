"""Puts the window together: what its pages, deeds and streams share is made here, once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from bot.accounts.interface import Signed
from desk.access import need
from desk.events import events_router
from desk.parts import Parts
from desk.uploads import files_router
from desk.window.calls import calls_router
from desk.window.company import Company
from desk.window.deeds import deeds_router
from desk.window.misread import misread_router
from desk.window.pages import looking_router
from desk.window.screen import Screen
from desk.window.sight import Sight
from desk.window.talking import talking_router


def window_router(parts: Parts) -> APIRouter:
    """Everything below /desk that belongs to the operator's window."""
    company = Company(parts.clock, parts.bulletin)
    sight, screen = Sight(parts), Screen(parts, company)
    router = APIRouter()

    @router.get("")
    async def window(request: Request, me: Annotated[Signed, Depends(need("talk"))], talk: str = "") -> Response:
        opened = await screen.opened(me, await sight.open(me, talk)) if talk else None
        return await screen.window(request, me, opened)

    router.include_router(events_router(parts, sight, company))
    router.include_router(looking_router(parts, screen, sight, company))
    router.include_router(deeds_router(parts, screen, sight))
    router.include_router(talking_router(parts, screen, sight, company))
    router.include_router(misread_router(parts, screen, sight))
    router.include_router(calls_router(parts, screen, sight))
    router.include_router(files_router(parts, sight))
    return router
