"""The editors' studio: its pages, one module a room, put together."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from desk.parts import Parts
from desk.studio.answers import answers_router
from desk.studio.changes import changes_router
from desk.studio.conversations import conversations_router
from desk.studio.helped import helped_router
from desk.studio.home import home_router
from desk.studio.inbox import inbox_router
from desk.studio.persona import persona_router
from desk.studio.phrases import phrases_router
from desk.studio.plain import plain_router
from desk.studio.publish import publish_router
from desk.studio.records import records_router
from desk.studio.training import training_router
from desk.studio.trial import trial_router
from desk.studio.waiting import Waiting

ROOMS = (
    home_router,
    helped_router,
    phrases_router,
    answers_router,
    records_router,
    persona_router,
    inbox_router,
    plain_router,
    trial_router,
    conversations_router,
    training_router,
    changes_router,
    publish_router,
)
"""One function a room, from Parts to its router."""


def studio_router(parts: Parts) -> APIRouter:
    """Everything below /desk/studio."""
    waiting = Waiting(parts.studio.readings, parts.studio.publications)
    router = APIRouter(dependencies=[Depends(waiting.for_page)])
    for room in ROOMS:
        router.include_router(room(parts), prefix="/studio")
    return router
