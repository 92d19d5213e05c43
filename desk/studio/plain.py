"""How plainly the robot speaks: the score of every text, and a place to try one's own."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse

from bot.clean import clean
from bot.plain import FAIR, KINDS, PLAIN, Assessment, Finding, assess, suggest, verdict
from bot.plain.overlaps import is_wide
from bot.plain.shares import GROUPS
from desk.parts import Parts
from desk.studio.common import Editor, draft_of, studio_page
from desk.studio.plain_figures import Figures, shares

LONGEST = 4_000
SHOWN = 20
"""Texts in one piece of the list."""
LOOKS = ((PLAIN, "good"), (FAIR, "warn"), (0, "bad"))
ALL = "all"
"""Replace whatever fits."""


@dataclass(frozen=True)
class Piece:
    """A stretch of a text: with the finding that marks it, or inside one about the whole sentence, or plain."""

    text: str
    finding: Finding | None = None
    wide: bool = False


def look(score: int) -> str:
    """The badge's class for a score."""
    return next(name for border, name in LOOKS if score >= border)


def marked(text: str, findings: Sequence[Finding]) -> list[Piece]:
    """The text cut at the places of findings. Narrow ones never overlap; wide ones only underline what they hold."""
    narrow = [f for f in findings if not is_wide(f)]
    wide = [f for f in findings if is_wide(f)]
    cuts = sorted({0, len(text), *(place for f in findings for place in (f.start, f.end))})
    pieces = []
    for start, end in itertools.pairwise(cuts):
        mine = next((f for f in narrow if f.start <= start and end <= f.end), None)
        if mine is not None and start > mine.start:
            continue
        shown = text[mine.start : mine.end] if mine else text[start:end]
        pieces.append(Piece(shown, mine, any(f.start <= start and end <= f.end for f in wide)))
    return pieces


def replaced(text: str, place: str) -> str:
    """The text with the better words of the finding at «start-end», or with all of them; unchanged without such a finding."""
    if place == ALL:
        return suggest(text)
    for finding in assess(text).findings:
        if f"{finding.start}-{finding.end}" == place and finding.better:
            return text[: finding.start] + finding.better + text[finding.end :]
    return text


def plain_router(parts: Parts) -> APIRouter:
    """`/plain`."""
    router = APIRouter()
    figures = Figures(parts)

    async def worst(request: Request, me: Editor, group: str, offset: int) -> dict[str, Any]:
        draft = draft_of(parts, me)
        mine, live = await figures.judged(draft.work), await figures.judged(parts.studio.published)
        listed = sorted((one for one in mine if group in ("", one.text.group)), key=lambda one: one.score)
        below = [one for one in listed if one.score < PLAIN]
        return {
            "mine": shares(mine), "live": shares(live), "replies": await figures.replies(), "group": group,
            "worst": below[offset : offset + SHOWN], "below": len(below), "next": offset + SHOWN,
        }  # fmt: skip

    @router.get("/plain")
    async def page(request: Request, me: Editor, group: str = "", text: str = "") -> HTMLResponse:
        group = group if group in GROUPS else ""
        edition = await figures.edition(draft_of(parts, me).work)
        ready = figures.known_judged(edition) is not None
        values = await worst(request, me, group, 0) if ready else {"group": group}
        return studio_page(
            parts, request, "studio/plain.html", ready=ready, groups=GROUPS, look=look, threshold=PLAIN, fair=FAIR,
            text=clean(text)[:LONGEST], **values,
        )  # fmt: skip

    @router.get("/plain/figures")
    async def fragment(request: Request, me: Editor, group: str = "") -> HTMLResponse:
        group = group if group in GROUPS else ""
        values = await worst(request, me, group, 0)
        return parts.pages.page(
            request, "studio/plain_figures.html", groups=GROUPS, look=look, threshold=PLAIN, **values
        )

    @router.get("/plain/more")
    async def more(request: Request, me: Editor, group: str = "", offset: int = 0) -> HTMLResponse:
        values = await worst(request, me, group if group in GROUPS else "", max(0, min(offset, 100_000)))
        return parts.pages.page(request, "studio/plain_more.html", look=look, **values)

    @router.post("/plain/try")
    async def trial(
        request: Request,
        me: Editor,
        text: Annotated[str, Form()] = "",
        replace: Annotated[str, Form()] = "",
        before: Annotated[str, Form()] = "",
    ) -> HTMLResponse:
        text = clean(text)[:LONGEST]
        changed = await asyncio.to_thread(replaced, text, replace) if replace else text
        found = await asyncio.to_thread(assess, changed)
        first = int(before) if replace and before.isdecimal() and len(before) <= 3 else None
        return parts.pages.page(request, "studio/plain_try.html", **_tried(changed, found, first, text != changed))

    return router


def _tried(text: str, found: Assessment, first: int | None, changed: bool) -> dict[str, Any]:
    return {
        "text": text, "found": found, "pieces": marked(text, found.findings), "kinds": KINDS, "words": verdict(found.score),
        "look": look(found.score), "before": found.score if first is None else first, "replaced": changed,
        "after_words": first is not None, "could": sum(bool(f.better) for f in found.findings),
    }  # fmt: skip
