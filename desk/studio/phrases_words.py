"""Words marked in a phrase become a name of something the robot knows: a service, a centre, a street, a topic, a status."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, cast

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse

from bot.studio.marking import PLACES, MarkKind, mark, targets
from bot.studio.phrases import LONGEST, tidy
from desk.studio.common import Editor
from desk.studio.phrases_check import read_live
from desk.studio.phrases_common import Room

Text = Annotated[str, Form()]
_EDGES = ".,!?:;…«»\"'()"

ASKS: dict[MarkKind, str] = {
    "service": "Какая услуга", "centre": "Какой центр", "street": "В каком районе", "settlement": "В каком районе",
    "topic": "Какая тема", "status": "Какой статус",
}  # fmt: skip


def words_router(room: Room) -> APIRouter:
    """`/phrases/words`."""
    router = APIRouter()

    async def choice(me: Editor, kind: str) -> dict[str, Any]:
        if kind not in PLACES:
            raise HTTPException(404)
        draft, _ = await room.all(me)
        found = await asyncio.to_thread(targets, draft.work, kind)
        return {"kind": kind, "targets": found, "asks": ASKS[kind]}

    @router.get("/words")
    async def form(request: Request, me: Editor, phrase: str = "", words: str = "") -> HTMLResponse:
        text = tidy(phrase[: 2 * LONGEST])
        live = await read_live(room, text) if text else None
        kinds = {kind: place.words for kind, place in PLACES.items()}
        return room.parts.pages.page(
            request, "studio/phrases_words.html", pieces=_pieces(text, words), words=tidy(words)[:80], kinds=kinds, live=live,
            **await choice(me, "service"),
        )  # fmt: skip

    @router.get("/words/targets")
    async def of_kind(request: Request, me: Editor, kind: str = "service") -> HTMLResponse:
        return room.parts.pages.page(request, "studio/phrases_targets.html", **await choice(me, kind))

    @router.post("/words")
    async def write(request: Request, me: Editor, kind: Text = "", target: Text = "", words: Text = "") -> HTMLResponse:
        await choice(me, kind)
        done = await room.change(me, lambda draft: mark(draft, cast(MarkKind, kind), target, words))
        await room.parts.audit.write(me, "name_marked", done.path, kind=kind, target=target)
        return room.parts.pages.page(request, "studio/phrases_marked.html", done=done, kinds=PLACES)

    return router


def _pieces(phrase: str, words: str) -> list[tuple[str, bool]]:
    """The words of a phrase without punctuation, and whether each is among the words marked so far."""
    marked = {word.strip(_EDGES) for word in words.split()}
    return [(word, word in marked) for piece in phrase.split() if (word := piece.strip(_EDGES))]
