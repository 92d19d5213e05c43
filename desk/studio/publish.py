"""Publications: propose, approve, publish, the list of versions, and the way back."""

from __future__ import annotations

from fastapi import APIRouter

from desk.parts import Parts


def publish_router(parts: Parts) -> APIRouter:
    """`/publish`."""
    return APIRouter()
