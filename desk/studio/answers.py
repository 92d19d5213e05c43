"""What the robot says: every response with its variants, previews, and how it sounds."""

from __future__ import annotations

from fastapi import APIRouter

from desk.parts import Parts


def answers_router(parts: Parts) -> APIRouter:
    """`/answers`."""
    return APIRouter()
