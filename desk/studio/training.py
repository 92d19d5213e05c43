"""Trainings of the draft: start, progress, cancel, and the report beside what is live."""

from __future__ import annotations

from fastapi import APIRouter

from desk.parts import Parts


def training_router(parts: Parts) -> APIRouter:
    """`/training`."""
    return APIRouter()
