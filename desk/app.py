"""Everything below /desk: the pages of every room, put together."""

from __future__ import annotations

from fastapi import APIRouter

from desk.parts import Parts
from desk.static_files import static_router
from desk.window.router import window_router

ROOMS = (static_router, window_router)
"""One function a room, from Parts to its router."""


def desk_router(parts: Parts) -> APIRouter:
    """The router of the whole desk; `desk.access.guard` must stand in front of it."""
    router = APIRouter(include_in_schema=False)
    for room in ROOMS:
        router.include_router(room(parts), prefix="/desk")
    return router
