"""What citizens say of the robot's answers by «Помогло» and «Не помогло»: every answer with its share, the worst first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from bot.services.content import Content
from bot.studio.phrases import wishes
from bot.studio.project import Project
from bot.studio.votes import Share, collected
from desk.parts import Parts
from desk.studio.common import Editor, draft_of, studio_page

DAYS = (7, 30, 90)
MONTH = 30
WORST = 3
"""Answers that the first page names."""
NEEDS_LOOK = 70
"""Below this share of a hundred an answer is named on the first page."""


@dataclass(frozen=True)
class Line:
    """One answer as the table shows it: the wish, where its words are changed ("" unknown), and how often it helped."""

    wish: str
    name: str
    url: str
    share: Share


def helped_router(parts: Parts) -> APIRouter:
    """`/helped` and the card of the first page."""
    router = APIRouter()

    async def lines(project: Project, days: int) -> list[Line]:
        titles = {one.name: one.shown for one in await asyncio.to_thread(wishes, project)}
        return listed(await parts.studio.votes.shares(days), titles, parts.content)

    @router.get("/helped")
    async def page(request: Request, me: Editor, days: str = "") -> HTMLResponse:
        wanted = next((number for number in DAYS if str(number) == days), MONTH)
        found = await lines(draft_of(parts, me).work, wanted)
        return studio_page(
            parts, request, "studio/helped.html", lines=found, days=DAYS, wanted=wanted, **_together(found)
        )

    @router.get("/home/helped")
    async def card(request: Request, me: Editor) -> HTMLResponse:
        found = await lines(draft_of(parts, me).work, MONTH)
        worst = [one for one in found if one.share.percent < NEEDS_LOOK][:WORST]
        return parts.pages.page(request, "studio/home_helped.html", worst=worst, **_together(found))

    return router


def listed(shares: Iterable[Share], titles: Mapping[str, str], content: Content) -> list[Line]:
    """The shares in the words of editors, in the same order; `titles` are those of the wishes."""
    return [Line(titles.get(one.intent, one.intent), *_place(one.answer, content), one) for one in shares]


def _together(found: Iterable[Line]) -> dict[str, int]:
    helped, total = collected([one.share for one in found])
    return {"helped": helped, "total": total, "percent": round(100 * helped / total) if total else 0}


def _place(answer: str, content: Content) -> tuple[str, str]:
    """Name and address of what the words come from; a record that is gone has its id for a name, and no address."""
    kind, _, key = answer.partition("/")
    if not key:
        return answer, f"/desk/studio/answers/{quote(answer)}" if answer.startswith("utter_") else ""
    records: Mapping[str, Iterable[object]] = {
        "services": content.services, "articles": content.articles, "situations": content.situations,
    }  # fmt: skip
    title = next(
        (str(getattr(one, "title", key)) for one in records.get(kind, ()) if getattr(one, "id", "") == key), ""
    )
    return title or key, f"/desk/studio/records/{kind}/one?key={quote(key)}" if title else ""
