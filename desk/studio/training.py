"""Trainings of the draft: start, progress, cancel, and the report beside what is live."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.accounts.interface import Signed
from bot.services.content.fields import parse_yaml
from bot.services.errors import ContentError
from bot.studio.checks import mistakes
from bot.studio.mistakes import Mistake
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from bot.studio.report import TITLES, Verdict, name_of, noise, percent, points, wishes
from bot.studio.runs import KINDS, STATES, Run
from desk.parts import Parts
from desk.studio.common import Editor, draft_of, studio_page
from desk.studio.training_matrix import confusions, matrix, phrases

LOOKS = {"better": "good", "same": "good", "careful": "warn", "worse": "bad", "alone": "warn"}
"""How a verdict is coloured."""
TITLES_FILE = "bot/content/intents.yml"
REMEMBERED = 20
"""Drafts whose mistakes are remembered."""
WORST, LISTED = 10, 100
"""Wishes shown before «все», and phrases or messages of one list."""


def training_router(parts: Parts) -> APIRouter:
    """`/training`: the room, one training, its progress, and the phrases behind a confusion."""
    router = APIRouter(prefix="/training")
    room = _Room(parts)

    @router.get("")
    async def page(request: Request, me: Editor) -> HTMLResponse:
        edition, found = await asyncio.to_thread(room.looked_at, draft_of(parts, me).work)
        return studio_page(
            parts, request, "studio/training.html", runs=await parts.studio.runs.latest(me.account.id), edition=edition,
            serious=[m for m in found if m.serious], advice=[m for m in found if not m.serious],
            open_run=await parts.studio.runs.open_of(me.account.id), good=await parts.studio.runs.good_for(edition),
            kinds=KINDS, states=STATES, verdicts=TITLES, looks=LOOKS, listed=LISTED,
        )  # fmt: skip

    @router.post("")
    async def start(me: Editor, kind: Annotated[str, Form()] = "train") -> Response:
        if kind not in KINDS:
            raise NotPossible("Выберите: обучить или обучить и проверить.")
        run = await parts.studio.trainer.start(me.account.id, kind)  # type: ignore[arg-type]
        await parts.audit.write(me, "training_started", run.id, kind=kind)
        return RedirectResponse(f"/desk/studio/training/{run.id}", 303)

    @router.get("/{run_id}")
    async def one(request: Request, run_id: str, me: Editor, whole: bool = False) -> HTMLResponse:
        run = await room.run(run_id)
        if run.state != "done":
            return studio_page(parts, request, "studio/training_run.html", **await room.progress(run, me))
        return studio_page(parts, request, "studio/training_report.html", **await room.report(run, me, whole))

    @router.get("/{run_id}/now")
    async def now(request: Request, run_id: str, me: Editor) -> Response:
        run = await room.run(run_id)
        if not run.open:
            return Response(headers={"HX-Redirect": f"/desk/studio/training/{run.id}"})
        return parts.pages.page(request, "studio/training_now.html", **await room.progress(run, me))

    @router.post("/{run_id}/cancel")
    async def cancel(run_id: str, me: Editor) -> Response:
        run = await room.run(run_id)
        if run.draft != me.account.id:
            raise HTTPException(403)
        if not run.open:
            raise NotPossible("Это обучение уже закончилось.")
        await parts.studio.trainer.cancel(run.id)
        await parts.audit.write(me, "training_cancelled", run.id)
        return RedirectResponse(f"/desk/studio/training/{run.id}", 303)

    @router.get("/{run_id}/phrases")
    async def behind(request: Request, run_id: str, me: Editor, true: str = "", predicted: str = "") -> HTMLResponse:
        run = await room.run(run_id)
        figures = run.report.get("draft") or {"confusions": [], "intents": {}}
        found = [c for c in figures["confusions"] if (c["true"], c["predicted"]) == (true, predicted)]
        if not found and (true not in figures["intents"] or predicted not in figures["intents"]):
            raise HTTPException(404)
        titles = await asyncio.to_thread(room.titles, me)
        return studio_page(
            parts, request, "studio/training_phrases.html", run=run, meant=true,
            rows=found[0]["phrases"] if found else [], true_name=name_of(true, titles),
            predicted_name=name_of(predicted, titles), phrases=phrases, percent=percent,
        )  # fmt: skip

    return router


class _Room:
    """What the handlers share."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._seen: OrderedDict[str, list[Mistake]] = OrderedDict()

    def looked_at(self, project: Project) -> tuple[str, list[Mistake]]:
        """The edition of a draft and its mistakes; those of drafts that did not change are remembered."""
        edition = self._parts.studio.edition_of(project)
        if edition not in self._seen:
            self._seen[edition] = mistakes(project, self._parts.studio.content_mistakes)
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        return edition, self._seen[edition]

    async def run(self, run_id: str) -> Run:
        """The training, or 404."""
        run = await self._parts.studio.runs.get(run_id)
        if run is None:
            raise HTTPException(404)
        return run

    def titles(self, me: Signed) -> Mapping[str, str]:
        """Russian names of the draft's intents; those of the published ones where the draft's file is damaged."""
        for project in (draft_of(self._parts, me).work, self._parts.studio.published):
            if found := _titles(project):
                return found
        return {}

    async def progress(self, run: Run, me: Signed) -> dict[str, Any]:
        """What the page of a training shows that has no report."""
        before = await self._parts.studio.runs.place(run) if run.state == "waiting" else 0
        return {
            "run": run, "before": before, "percent": int(run.progress * 100), "kinds": KINDS, "states": STATES,
            "mine": run.draft == me.account.id,
        }  # fmt: skip

    async def report(self, run: Run, me: Signed, whole: bool) -> dict[str, Any]:
        """What the page of a report shows."""
        report, titles = run.report, await asyncio.to_thread(self.titles, me)
        draft, live = report["draft"], report["live"]
        current = await asyncio.to_thread(self._parts.studio.edition_of, draft_of(self._parts, me).work)
        rows = wishes(report)
        return {
            "run": run, "report": report, "verdict": _verdict(report["verdict"]), "looks": LOOKS, "kinds": KINDS,
            "draft": draft, "live": live, "chance": points(noise(draft, live)) if live else "",
            "rows": rows if whole else rows[:WORST], "hidden": 0 if whole else max(0, len(rows) - WORST),
            "matrix": matrix(draft, titles, whole), "confusions": confusions(draft, titles), "whole": whole,
            "same": current == run.edition, "mine": run.draft == me.account.id, "listed": LISTED,
            "name": lambda intent: name_of(intent, titles), "percent": percent, "points": points, "phrases": phrases,
            "total": sum(report["seconds"].values()),
        }  # fmt: skip


def _verdict(kept: Mapping[str, Any]) -> Verdict:
    return Verdict(kept["kind"], kept["words"], tuple(kept["risks"]))


def _titles(project: Project) -> dict[str, str]:
    try:
        return {str(k): str(v) for k, v in (parse_yaml(project.read(TITLES_FILE), TITLES_FILE) or {}).items()}
    except (ContentError, OSError, UnicodeDecodeError, AttributeError):
        return {}
