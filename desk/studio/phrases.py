"""Wishes and their phrases: search, move, merge, paste, near-duplicates, marked words, new wishes."""

from __future__ import annotations

from fastapi import APIRouter

from desk.parts import Parts
from desk.studio.phrases_check import check_router
from desk.studio.phrases_common import Room
from desk.studio.phrases_list import list_router
from desk.studio.phrases_new import new_router
from desk.studio.phrases_wish import wish_router
from desk.studio.phrases_words import words_router


def phrases_router(parts: Parts) -> APIRouter:
    """`/phrases`."""
    router, room = APIRouter(), Room(parts)
    for pages in (list_router, new_router, check_router, words_router, wish_router):
        router.include_router(pages(room), prefix="/phrases")
    return router
