"""How plainly the robot speaks: the score of every text, and a place to try one's own."""

from __future__ import annotations

from fastapi import APIRouter

from desk.parts import Parts


def plain_router(parts: Parts) -> APIRouter:
    """`/plain`."""
    return APIRouter()
