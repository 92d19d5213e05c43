"""The list of everything people want, with how well its phrases cover the ways people speak; the search over all phrases."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from bot.clean import clean
from bot.studio.phrase_likeness import Near
from bot.studio.phrase_styles import STYLES, Coverage, coverage
from bot.studio.phrases import Wish
from desk.studio.common import Editor, studio_page
from desk.studio.phrases_common import Room, phrases, theme, titles

SHOWN, AKIN_SHOWN = 100, 20
"""Phrases of a search, by words and by meaning."""


def list_router(room: Room) -> APIRouter:
    """`/phrases`."""
    router = APIRouter()

    @router.get("")
    async def page(
        request: Request, me: Editor, q: str = "", file: str = "", lacking: str = "", said: str = ""
    ) -> HTMLResponse:
        _, everything = await room.all(me)
        prepared, query = room.prepare(), clean(q)[:300]
        rows = await asyncio.to_thread(_rows, everything)
        chosen = [one for one in rows if file in ("", one[0].file) and (not lacking or one[1].missing)]
        values: dict[str, Any] = {"found": None}
        if query:
            values = await asyncio.to_thread(_found, room, everything, query, file)
        return studio_page(
            room.parts, request, "studio/phrases.html", rows=chosen, total=sum(len(w.phrases) for w in everything),
            files=list(dict.fromkeys(w.file for w in everything if w.file)), file=file, lacking=bool(lacking), q=query,
            theme=theme, titles=titles(everything), styles=STYLES, prepared=prepared, phrases=phrases,
            said=SAID.get(said, ""), **values,
        )  # fmt: skip

    return router


SAID = {"removed": "Желание удалено из черновика.", "merged": "Желания объединены."}


def _rows(everything: Sequence[Wish]) -> list[tuple[Wish, Coverage]]:
    return [(one, coverage(one.phrases)) for one in everything]


def _found(room: Room, everything: Sequence[Wish], query: str, file: str) -> dict[str, Any]:
    wanted = [wish for wish in everything if file in ("", wish.file)]
    exact, akin = room.likeness.search(wanted, query)
    named = [wish for wish in wanted if query.lower() in wish.shown.lower() or query.lower() in wish.name]
    return {"found": len(exact), "exact": _by_wish(exact[:SHOWN]), "akin": akin[:AKIN_SHOWN], "named": named}


def _by_wish(found: Sequence[Near]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for one in found:
        groups.setdefault(one.wish, []).append(one.phrase)
    return groups
