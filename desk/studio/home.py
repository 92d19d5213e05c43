"""The studio's first page: what waits for the editor, and how the robot does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from bot.studio.drafts import Draft
from bot.studio.mistakes import Mistake
from bot.studio.readings import MOST_COUNTED
from bot.studio.report import TITLES
from bot.studio.runs import KINDS, STATES, Run
from desk.pages import MONTHS
from desk.parts import Parts
from desk.studio.common import Editor, draft_of, studio_page
from desk.studio.plain_figures import Figures, shares

WEEKS = 8
FAMILIES: tuple[tuple[str, str], ...] = (
    ("nlu/data/", "фразы"),
    ("domain.yml", "ответы"),
    ("stories/", "правила разговора"),
    ("bot/content/knowledge/", "знания"),
    ("bot/content/forms/", "формы"),
    ("bot/content/services.yml", "услуги"),
    ("bot/content/phone.yml", "строки телефона"),
    ("bot/content/", "справочники"),
    ("bot/persona/", "характер"),
    ("", "настройки"),
)
"""What the files are called, by the beginning of their path."""
LOOKS: Mapping[str, str] = {
    "better": "good", "same": "good", "careful": "warn", "worse": "bad", "alone": "warn", "failed": "bad", "lost": "bad",
}  # fmt: skip


@dataclass(frozen=True)
class Week:
    """One line of the trend. `bar` is its length of 100, where the longest week of all is full."""

    name: str
    """«16 ноября»."""
    read: int
    percent: int
    bar: int


def home_router(parts: Parts) -> APIRouter:
    """`` and the two cards that take a while to count."""
    router = APIRouter()
    figures = Figures(parts)

    @router.get("")
    async def home(request: Request, me: Editor) -> HTMLResponse:
        draft, studio = draft_of(parts, me), parts.studio
        edition = await figures.edition(draft.work)
        runs = await studio.runs.latest(me.account.id, 1)
        weeks = trend(await studio.readings.weekly(WEEKS, parts.pages.zone))
        judged = figures.known_judged(edition)
        return studio_page(
            parts, request, "studio/home.html", changed=await asyncio.to_thread(families, draft),
            waiting=await studio.readings.waiting(), most=MOST_COUNTED, live=await studio.publications.live(),
            proposal=await studio.publications.waiting(), names={a.id: a.name for a in await parts.accounts.all()},
            weeks=weeks, read=any(week.read for week in weeks), plain=shares(judged)["all"] if judged is not None else None,
            **_run(runs[0] if runs else None, edition), **_wrong(figures.known_mistakes(edition)),
        )  # fmt: skip

    @router.get("/home/mistakes")
    async def mistakes(request: Request, me: Editor) -> HTMLResponse:
        found = await figures.mistakes(draft_of(parts, me).work)
        return parts.pages.page(request, "studio/home_mistakes.html", **_wrong(found))

    @router.get("/home/plain")
    async def plain(request: Request, me: Editor) -> HTMLResponse:
        found = await figures.judged(draft_of(parts, me).work)
        return parts.pages.page(request, "studio/home_plain.html", plain=shares(found)["all"])

    return router


def families(draft: Draft) -> list[str]:
    """What the draft changes, in an editor's words, each once."""
    changed = draft.changed()
    names = [next(name for beginning, name in FAMILIES if path.startswith(beginning)) for path in changed]
    return list(dict.fromkeys(names))


def trend(weeks: Sequence[tuple[datetime, int, int]]) -> list[Week]:
    """Shares of doubtful messages by week."""
    counted = [(start, read, 100 * doubtful / read if read else 0.0) for start, read, doubtful in weeks]
    most = max((share for _, _, share in counted), default=0.0) or 1.0
    return [
        Week(f"{start.day} {MONTHS[start.month - 1]}", read, round(share), round(100 * share / most))
        for start, read, share in counted
    ]


def _run(run: Run | None, edition: str) -> dict[str, Any]:
    if run is None:
        return {"run": None}
    kind = (run.report.get("verdict") or {}).get("kind", "") if run.state == "done" else ""
    words = next((title for known, title in TITLES.items() if known == kind), STATES[run.state])
    return {
        "run": run, "run_words": words[:1].upper() + words[1:], "run_look": LOOKS.get(kind or run.state, ""),
        "run_kind": KINDS[run.kind], "run_stale": run.edition != edition,
    }  # fmt: skip


def _wrong(found: list[Mistake] | None) -> dict[str, Any]:
    return {"wrong": found, "serious": sum(one.serious for one in found or ())}
