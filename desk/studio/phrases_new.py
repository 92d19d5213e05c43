"""A new wish, made by an editor alone: title, name, first phrases and the answer on one page."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from bot.accounts.interface import Signed
from bot.clean import clean
from bot.studio.new_wish import (
    EDITORS_DATA,
    LONGEST_ANSWER,
    LONGEST_NAME,
    NewWish,
    add_wish,
    latin_name,
    names_taken,
    wrong_fields,
)
from bot.studio.phrases import LONGEST_TITLE, data_files
from desk.studio.common import Editor, studio_page
from desk.studio.phrases_common import HERE, Room, theme

Text = Annotated[str, Form()]
PASTED = 500


def new_router(room: Room) -> APIRouter:
    """`/phrases/new`."""
    router = APIRouter()

    async def values(me: Editor, new: NewWish, wrong: dict[str, str]) -> dict[str, Any]:
        draft, _ = await room.all(me)
        files = dict.fromkeys((EDITORS_DATA, *await asyncio.to_thread(data_files, draft.work)))
        return {
            "new": new, "wrong": wrong, "files": [(file, theme(file)) for file in files],
            "longest_title": LONGEST_TITLE, "longest_name": LONGEST_NAME, "longest_answer": LONGEST_ANSWER,
        }  # fmt: skip

    async def made_of(me: Signed, title: str) -> str:
        """A name in Latin letters that nobody has; "" without a title."""
        if not title.strip():
            return ""
        draft, _ = await room.all(me)
        taken = await asyncio.to_thread(names_taken, draft.work)
        return latin_name(clean(title)[:LONGEST_TITLE], taken)

    @router.get("/new")
    async def page(
        request: Request, me: Editor, title: str = "", phrase: Annotated[list[str] | None, Query()] = None
    ) -> HTMLResponse:
        given = [clean(one) for one in (phrase or [])[:PASTED] if one.strip()]
        empty = NewWish(clean(title)[:LONGEST_TITLE], "", given, "")
        return studio_page(room.parts, request, "studio/phrases_new.html", **await values(me, empty, {}))

    @router.get("/new/name")
    async def name(request: Request, me: Editor, title: str = "") -> HTMLResponse:
        made = await made_of(me, title)
        return room.parts.pages.page(
            request, "studio/phrases_name.html", name=made, wrong={}, longest_name=LONGEST_NAME
        )

    @router.post("/new")
    async def add(
        request: Request, me: Editor, title: Text = "", name: Text = "", file: Text = "", phrases: Text = "",
        answer: Text = "",
    ) -> Response:  # fmt: skip
        given = [line for line in clean(phrases).splitlines() if line.strip()][:PASTED]
        # Whoever is quick sends the form before the name has come.
        name = name.strip() or await made_of(me, title)
        new = NewWish(title, name, given, answer, file or EDITORS_DATA)
        draft, _ = await room.all(me)
        wrong = await asyncio.to_thread(wrong_fields, draft.work, new)
        if wrong:
            return room.parts.pages.page(request, "studio/phrases_new_form.html", 200, **await values(me, new, wrong))
        added = await room.change(me, lambda draft: add_wish(draft, new))
        await room.parts.audit.write(me, "wish_added", added.intent, phrases=len(added.taken))
        return Response(headers={"HX-Redirect": f"{HERE}/wish/{added.intent}?said=added"})

    return router
