"""Test conversations: saved from a trial, changed, run."""

from __future__ import annotations

from fastapi import APIRouter

from desk.parts import Parts


def conversations_router(parts: Parts) -> APIRouter:
    """`/conversations`."""
    return APIRouter()
