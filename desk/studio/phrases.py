"""Wishes and their phrases: search, move, merge, paste, near-duplicates, marked words, new wishes."""

from __future__ import annotations

from fastapi import APIRouter

from desk.parts import Parts


def phrases_router(parts: Parts) -> APIRouter:
    """`/phrases`."""
    return APIRouter()
