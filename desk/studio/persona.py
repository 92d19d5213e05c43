"""Lines of the robot's characters."""

from __future__ import annotations

from fastapi import APIRouter

from desk.parts import Parts


def persona_router(parts: Parts) -> APIRouter:
    """`/persona`."""
    return APIRouter()
