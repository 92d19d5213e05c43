"""What the draft changes, item by item, with a way back for each; clashes with what others published."""

from __future__ import annotations

from fastapi import APIRouter

from desk.parts import Parts


def changes_router(parts: Parts) -> APIRouter:
    """`/changes`."""
    return APIRouter()
