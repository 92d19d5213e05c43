"""Catalogue, centres, knowledge and the like as forms and tables, with import and export."""

from __future__ import annotations

from fastapi import APIRouter

from desk.parts import Parts


def records_router(parts: Parts) -> APIRouter:
    """`/records/{kind}`."""
    return APIRouter()
