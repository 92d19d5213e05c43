"""A talk with the draft beside the published robot, with everything it understood."""

from __future__ import annotations

from fastapi import APIRouter

from desk.parts import Parts


def trial_router(parts: Parts) -> APIRouter:
    """`/trial`."""
    return APIRouter()
