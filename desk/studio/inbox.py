"""Real phrases that the robot was unsure of: one key settles one or many."""

from __future__ import annotations

from fastapi import APIRouter

from desk.parts import Parts


def inbox_router(parts: Parts) -> APIRouter:
    """`/inbox`."""
    return APIRouter()
