"""The studio's first page: what waits for the editor, and how the robot does."""

from __future__ import annotations

from fastapi import APIRouter

from desk.parts import Parts


def home_router(parts: Parts) -> APIRouter:
    """``."""
    return APIRouter()
