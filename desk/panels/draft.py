"""Checks what an operator is about to say: how plain it is, and whether the words are spelled right."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from bot.accounts.interface import Signed
from bot.handover.words import name_of
from bot.plain import FAIR, KINDS, PLAIN, Assessment, assess
from bot.spelling import Misspelled
from desk.access import need
from desk.panels.common import opened
from desk.parts import Parts

LONGEST = 4_000
SHOWN = 8
"""Hints at once: more are a lecture."""


def verdict(score: int) -> tuple[str, str]:
    """Words for a score, and the badge's class."""
    if score >= PLAIN:
        return "Понятно", "good"
    return ("Можно проще", "warn") if score >= FAIR else ("Канцелярит", "bad")


def draft_router(parts: Parts) -> APIRouter:
    """`POST /draft-check`."""
    router = APIRouter()

    def check(text: str, names: tuple[str, ...]) -> tuple[Assessment, list[Misspelled]]:
        return assess(text), parts.spelling.check(text, names)

    @router.post("/draft-check")
    async def draft_check(
        request: Request,
        me: Annotated[Signed, Depends(need("talk"))],
        text: Annotated[str, Form()] = "",
        talk: Annotated[str, Form()] = "",
    ) -> HTMLResponse:
        """Hints about `text`; the name of the talk's citizen counts as spelled right."""
        text = text.replace("\r\n", "\n")[:LONGEST]
        names: tuple[str, ...] = (me.account.name,)
        if talk:
            names += (name_of(await parts.profiles.get((await opened(parts, me, talk)).citizen_id)),)
        # In a thread: the first check of all loads a dictionary.
        found, misspelled = await asyncio.to_thread(check, text, names)
        words, look = verdict(found.score)
        return parts.pages.page(
            request, "panels/draft.html", empty=not text.strip(), found=found, findings=found.findings[:SHOWN],
            misspelled=misspelled[:SHOWN], words=words, look=look, kinds=KINDS,
        )  # fmt: skip

    return router
