"""Trainings of drafts as they are remembered: waiting, running with a stage, and what came of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import defer
from sqlalchemy.sql import Select

from bot.store import Store
from bot.studio.tables import RunRow

RunKind = Literal["train", "check"]
RunState = Literal["waiting", "running", "done", "failed", "cancelled", "lost"]
OPEN: tuple[RunState, ...] = ("waiting", "running")

KINDS: Mapping[RunKind, str] = {"train": "Обучение", "check": "Обучение с проверкой"}
STATES: Mapping[RunState, str] = {
    "waiting": "ждёт очереди",
    "running": "идёт",
    "done": "готово",
    "failed": "не получилось",
    "cancelled": "остановлено",
    "lost": "прервалось",
}
STAGES: Mapping[str, str] = {
    "train": "Обучаем робота",
    "reading": "Смотрим, узнаёт ли робот свои фразы",
    "folds_draft": "Проверяем на отложенных фразах",
    "folds_live": "То же для опубликованного робота",
    "messages": "Сравниваем ответы на сообщения граждан",
    "talks": "Проводим проверочные разговоры",
    "report": "Составляем отчёт",
}
"""Stages of a training in their order, and what an editor reads."""


@dataclass(frozen=True)
class Run:
    """One training. `kind` train: the model and a quick look; check: with cross-validation, changed answers and test conversations.

    `draft` is the account whose draft it is, `edition` the fingerprint of its files then, `model` the name of the model it made.
    `progress` goes from 0 to 1. `report` is what `bot.studio.report` reads.
    """

    id: str
    kind: RunKind
    draft: str
    edition: str
    model: str
    state: RunState
    stage: str
    progress: float
    report: Mapping[str, Any]
    error: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in OPEN

    @property
    def stage_title(self) -> str:
        """What is done now, in Russian."""
        return STAGES.get(self.stage, "Готовимся")


class Runs:
    """Keeps them in the database. One training runs at a time in the whole house; further ones wait in line."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    async def latest(self, draft: str, limit: int = 20) -> list[Run]:
        """Trainings of an editor's draft, newest first. Of the report only the kind of its verdict is there: it is long."""
        verdict = RunRow.report[("verdict", "kind")].as_string()
        wanted = (
            select(RunRow, verdict)
            .where(RunRow.draft == draft)
            .options(defer(RunRow.report, raiseload=True))
            .order_by(RunRow.created_at.desc(), RunRow.id)
            .limit(limit)
        )
        async with self._store.read() as session:
            rows = (await session.execute(wanted)).all()
        return [_run(row, {"verdict": {"kind": kind}} if kind else {}) for row, kind in rows]

    async def get(self, run_id: str) -> Run | None:
        """One training."""
        return await self._first(_any().where(RunRow.id == run_id))

    async def good_for(self, edition: str) -> Run | None:
        """The newest `done` training of just these files (`edition`), a check before a train; None without one."""
        thorough = case((RunRow.kind == "check", 0), else_=1)
        wanted = _any().where(RunRow.edition == edition, RunRow.state == "done")
        return await self._first(wanted.order_by(thorough, RunRow.created_at.desc()))

    async def add(self, draft: str, kind: RunKind, edition: str, run_id: str = "") -> Run:
        """Put a training in line."""
        row = RunRow(
            id=run_id or str(uuid.uuid4()), kind=kind, draft=draft, edition=edition, model="", state="waiting", stage="",
            progress=0.0, report={}, error="", created_at=self._clock(),
        )  # fmt: skip
        async with self._store.write() as session:
            session.add(row)
        return _run(row, {})

    async def open_of(self, draft: str) -> Run | None:
        """The training of this draft that waits or runs."""
        return await self._first(_any().where(RunRow.draft == draft, RunRow.state.in_(OPEN)))

    async def waiting(self) -> list[Run]:
        """Those that wait, in the order in which they will run."""
        wanted = select(RunRow).where(RunRow.state == "waiting").order_by(RunRow.created_at, RunRow.id)
        async with self._store.read() as session:
            return [_run(row, row.report) for row in await session.scalars(wanted)]

    async def place(self, run: Run) -> int:
        """How many trainings come before a waiting one, the running one too."""
        async with self._store.read() as session:
            before = await session.scalar(
                select(func.count())
                .select_from(RunRow)
                .where(
                    (RunRow.state == "running") | ((RunRow.state == "waiting") & (RunRow.created_at < run.created_at))
                )
            )
        return int(before or 0)

    async def begin(self, run_id: str) -> bool:
        """Let a waiting one run; False when it was cancelled meanwhile."""
        return await self._change(run_id, ("waiting",), state="running", started_at=self._clock())

    async def note(self, run_id: str, stage: str, progress: float) -> None:
        """Where the running one is."""
        await self._change(run_id, ("running",), stage=stage, progress=round(min(1.0, max(0.0, progress)), 3))

    async def finish(
        self, run_id: str, state: RunState, *, model: str = "", report: Mapping[str, Any] | None = None, error: str = ""
    ) -> bool:
        """End one that waits or runs; False when it had ended before."""
        values: dict[str, Any] = {"state": state, "error": error, "finished_at": self._clock()}
        if state == "done":
            values |= {"progress": 1.0, "model": model, "report": dict(report or {})}
        return await self._change(run_id, OPEN, **values)

    async def lose(self, kept: Sequence[str]) -> None:
        """Mark those as lost that a stop of the assistant left open; waiting ones whose files are `kept` stay in line."""
        async with self._store.write() as session:
            lost = (RunRow.state == "running") | ((RunRow.state == "waiting") & RunRow.id.not_in(kept))
            await session.execute(update(RunRow).where(lost).values(state="lost", finished_at=self._clock()))

    async def typical_seconds(self, kind: RunKind) -> dict[str, float]:
        """How long each stage took in the latest trainings of this kind, by name."""
        done = (RunRow.state == "done", RunRow.kind == kind)
        wanted = select(RunRow.report["seconds"]).where(*done).order_by(RunRow.finished_at.desc())
        seconds: dict[str, float] = {}
        async with self._store.read() as session:
            for (of_run,) in await session.execute(wanted.limit(10)):
                for stage, value in (of_run or {}).items():
                    # What was there already took no time, and says nothing about the next training.
                    if value >= 0.5:
                        seconds.setdefault(stage, float(value))
        return seconds

    async def _first(self, wanted: Select[Any]) -> Run | None:
        async with self._store.read() as session:
            row = await session.scalar(wanted.limit(1))
        return _run(row, row.report) if row is not None else None

    async def _change(self, run_id: str, states: Sequence[RunState], **values: Any) -> bool:
        async with self._store.write() as session:
            wanted = update(RunRow).where(RunRow.id == run_id, RunRow.state.in_(states)).values(**values)
            changed: int = (await session.execute(wanted)).rowcount  # type: ignore[attr-defined]
        return changed > 0


def _any() -> Select[Any]:
    return select(RunRow)


def _run(row: RunRow, report: Mapping[str, Any]) -> Run:
    return Run(
        row.id, row.kind, row.draft, row.edition, row.model, row.state,  # type: ignore[arg-type]
        row.stage, row.progress, report, row.error, row.created_at, row.started_at, row.finished_at,
    )  # fmt: skip
