"""Everything below /desk: the pages of every room, put together."""

from __future__ import annotations

from fastapi import APIRouter

from desk.audit_page import audit_router
from desk.board import board_router
from desk.callbacks import callbacks_router
from desk.canned_page import canned_page_router
from desk.health_page import health_router
from desk.hours_page import hours_router
from desk.incidents_page import incidents_router
from desk.me import me_router
from desk.notices_page import notices_router
from desk.panels import panels_router
from desk.parts import Parts
from desk.privacy_page import privacy_router
from desk.sign_in import sign_in_router
from desk.staff import staff_router
from desk.static_files import static_router
from desk.studio import studio_router
from desk.tickets import tickets_router
from desk.window.router import window_router

ROOMS = (
    static_router,
    sign_in_router,
    me_router,
    staff_router,
    audit_router,
    health_router,
    panels_router,
    canned_page_router,
    window_router,
    callbacks_router,
    tickets_router,
    board_router,
    hours_router,
    notices_router,
    incidents_router,
    privacy_router,
    studio_router,
)
"""One function a room, from Parts to its router."""


def desk_router(parts: Parts) -> APIRouter:
    """The router of the whole desk; `desk.access.guard` must stand in front of it."""
    router = APIRouter(include_in_schema=False)
    for room in ROOMS:
        router.include_router(room(parts), prefix="/desk")
    return router
