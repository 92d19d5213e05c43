"""The side panels of a talk: the citizen's card, knowledge, ready answers, the check of a draft, errands, and the close."""

from __future__ import annotations

from fastapi import APIRouter

from desk.panels.booking import booking_router
from desk.panels.closing import closing_router
from desk.panels.consent import consent_router
from desk.panels.draft import draft_router
from desk.panels.knowledge import knowledge_router
from desk.panels.links import links_router
from desk.panels.side import side_router
from desk.panels.ticket import ticket_router
from desk.panels.visits import visits_router
from desk.parts import Parts

PANELS = (
    side_router, knowledge_router, draft_router, booking_router, visits_router, ticket_router,
    consent_router, links_router, closing_router,
)  # fmt: skip


def panels_router(parts: Parts) -> APIRouter:
    """All panels; each route looks first whether the account may see the conversation (`common.opened`)."""
    router = APIRouter()
    for panel in PANELS:
        router.include_router(panel(parts))
    return router
