"""Trains editors' drafts in a process of low priority, one at a time, with stages and a way to stop."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import errno
import shutil
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from app.paths import Layout
from app.problems import Problem
from app.settings import Settings
from app.studio.content_loaders import mistakes_of
from app.studio.edition import edition_of
from app.studio.shelf import Shelf
from app.studio.train_messages import changed, latest_messages, masker_of
from app.studio.train_process import WORKER, TrainProcess
from app.studio.train_progress import FIRST_GUESS, Progress
from app.studio.train_worker import DISK_FULL
from app.training.train import fresh_model
from bot.services.content.fields import parse_yaml
from bot.store import Store, Vault
from bot.studio.checks import mistakes
from bot.studio.conversation_play import ConversationResult
from bot.studio.drafts import Drafts
from bot.studio.mistakes import Mistake
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from bot.studio.report import with_verdict
from bot.studio.runs import Run, RunKind, Runs

log = structlog.get_logger(__name__)
FOLDS = {"train": 1, "check": 5}
"""Folds of cross-validation that are measured: one is the quick look."""
LONGEST = 45 * 60.0
"""Seconds after which a training is given up."""
TELL_EVERY = 1.0
"""Seconds between two notes of the progress."""
MOST_ADVICE = 50
Conversations = Callable[[Project, Path], Awaitable[Sequence[ConversationResult]]]

NO_LIVE_MODEL = "Модели опубликованного робота нет на диске: сравнить ответы не с чем."
NO_MESSAGES = "Граждане ещё ничего не писали: сравнить ответы не на чем."
KILLED = "Обучению не хватило памяти, или его остановила система. Попробуйте позже; если повторится, позовите техника."
TOO_LONG = "Обучение шло дольше 45 минут и остановлено. Попробуйте позже, когда сервер меньше занят."
INSIDE = "Обучение сломалось внутри. Запустите его ещё раз; если повторится, позовите техника."


class Trainer:
    """See `bot.studio.studio.Trainer`."""

    def __init__(
        self,
        settings: Settings,
        layout: Layout,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        drafts: Drafts,
        runs: Runs,
        conversations: Conversations | None = None,
        worker: Sequence[str] = WORKER,
    ) -> None:
        """`layout` is that of the published project.

        `conversations` plays an edition's test conversations; `worker` is a training's command. Both may be exchanged.
        """
        self._layout, self._store, self._vault = layout, store, vault
        self._clock, self._drafts, self._runs = clock, drafts, runs
        self.conversations, self.worker = conversations, worker
        self._folder, self._shelf = settings.studio_dir / "runs", Shelf(settings.studio_dir / "models")
        self._evaluations = settings.studio_dir / "evaluations"
        self._entrance, self._news = asyncio.Lock(), asyncio.Event()
        self._current: tuple[str, asyncio.Task[None]] | None = None

    async def start(self, draft: str, kind: RunKind) -> Run:
        """See `bot.studio.studio.Trainer`."""
        async with self._entrance:
            if await self._runs.open_of(draft):
                raise NotPossible("Ваше обучение уже идёт или ждёт очереди. Дождитесь его или остановите.")
            run_id = str(uuid.uuid4())
            try:
                edition = await asyncio.to_thread(self._freeze, draft, self._folder / run_id)
                run = await self._runs.add(draft, kind, edition, run_id)
            except BaseException:
                await asyncio.to_thread(shutil.rmtree, self._folder / run_id, True)
                raise
        self._news.set()
        return run

    def _freeze(self, draft: str, folder: Path) -> str:
        """Copy the draft and what is published into the run's folder; the fingerprint of the draft's files."""
        try:
            for name, project in (("draft", self._drafts.of(draft).work), ("live", self._drafts.published)):
                for path in project.paths():
                    target = folder / name / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(project.folder / path, target)
        except OSError as error:
            raise NotPossible(DISK_FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else INSIDE) from error
        frozen = Project(folder / "draft")
        serious = [mistake for mistake in mistakes(frozen, mistakes_of) if mistake.serious]
        if serious:
            more = f" Всего ошибок: {len(serious)}." if len(serious) > 1 else ""
            raise NotPossible(f"В черновике ошибка. {serious[0]}.{more} Исправьте и запустите ещё раз.")
        return edition_of(frozen)

    async def cancel(self, run_id: str) -> None:
        """See `bot.studio.studio.Trainer`."""
        if await self._runs.finish(run_id, "cancelled"):
            if self._current is not None and self._current[0] == run_id:
                task = self._current[1]
                task.cancel()
                await asyncio.wait((task,))
            await asyncio.to_thread(shutil.rmtree, self._folder / run_id, True)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take one waiting training after the other; those that a stop left open are marked lost."""
        folders = list(self._folder.iterdir()) if self._folder.exists() else []
        await self._runs.lose([folder.name for folder in folders])
        waiting = {run.id for run in await self._runs.waiting()}
        for folder in folders:
            if folder.name not in waiting:
                await asyncio.to_thread(shutil.rmtree, folder, True)
        serving = asyncio.create_task(self._serve())
        try:
            yield
        finally:
            serving.cancel()
            await asyncio.wait((serving,))

    async def _serve(self) -> None:
        while True:
            waiting = await self._runs.waiting()
            if not waiting:
                await self._news.wait()
                self._news.clear()
                continue
            run = waiting[0]
            task = asyncio.create_task(self._train(run))
            self._current = (run.id, task)
            try:
                await asyncio.wait((task,))
            finally:
                task.cancel()
                await asyncio.wait((task,))
                self._current = None

    async def _train(self, run: Run) -> None:
        """One training from its beginning to its end, however it ends."""
        if not await self._runs.begin(run.id):
            return
        process = TrainProcess(self._layout, self._folder / run.id, self.worker)
        state, error, report, model = "failed", INSIDE, dict[str, Any](), ""
        try:
            async with asyncio.timeout(LONGEST):
                report, model = await self._work(run, process)
            state, error = "done", ""
        except Problem as problem:
            error = str(problem)
        except TimeoutError:
            error = TOO_LONG
        except asyncio.CancelledError:
            # A cancelled run is marked so before; what is still open now was interrupted by a stop of the assistant.
            state, error = "lost", ""
        except Exception as fault:
            log.error("studio.training_failed", error=type(fault).__name__)
            error = DISK_FULL if getattr(fault, "errno", 0) in (errno.ENOSPC, errno.EDQUOT) else INSIDE
        finally:
            await process.end()
            await asyncio.to_thread(shutil.rmtree, self._folder / run.id, True)
            await self._runs.finish(run.id, state, model=model, report=report, error=error)  # type: ignore[arg-type]

    async def _work(self, run: Run, process: TrainProcess) -> tuple[dict[str, Any], str]:
        """Report and name of the model. Raises Problem with the reason."""
        stages = [s for s in FIRST_GUESS[run.kind] if s != "talks" or self.conversations is not None]
        progress = Progress(run.kind, stages, await self._runs.typical_seconds(run.kind))
        telling = asyncio.create_task(self._tell(run.id, progress))
        try:
            draft, live = (Project(self._folder / run.id / name) for name in ("draft", "live"))
            texts = await latest_messages(self._store, self._vault)
            live_model = await asyncio.to_thread(self._live_model)
            request = {
                "draft": str(draft.folder), "live": str(live.folder), "live_model": live_model, "texts": texts,
                "measured": FOLDS[run.kind], "shelf": str(self._evaluations),
            }  # fmt: skip
            result = await self._listen(process, request, progress)
            talks: dict[str, Any] = {"results": [], "why": ""}
            if run.kind == "check" and self.conversations is not None:
                progress.at("talks", 0.0)
                started = time.monotonic()
                talks = await self._talk(self.conversations, draft, Path(result["model"]))
                result["seconds"]["talks"] = round(time.monotonic() - started, 1)
            progress.at("report", 0.0)
            report = await asyncio.to_thread(_report, result, texts, bool(live_model), talks, draft, live)
            return report, result["name"]
        finally:
            telling.cancel()
            await asyncio.wait((telling,))

    async def _listen(self, process: TrainProcess, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
        async with contextlib.aclosing(process.lines(request)) as lines:
            async for said in lines:
                if "stage" in said:
                    progress.at(said["stage"], said["part"])
                elif "failed" in said:
                    raise Problem(said["failed"])
                elif "result" in said:
                    result: dict[str, Any] = said["result"]
                    return result
        raise Problem(KILLED if (process.code or 0) < 0 else INSIDE)

    async def _tell(self, run_id: str, progress: Progress) -> None:
        while True:
            await self._runs.note(run_id, progress.stage, progress.share)
            await asyncio.sleep(TELL_EVERY)

    async def _talk(self, play: Conversations, draft: Project, model: Path) -> dict[str, Any]:
        try:
            results = await play(draft, model)
        except NotPossible as refusal:
            return {"results": [], "why": refusal.text}
        return {"results": [dataclasses.asdict(result) for result in results], "why": ""}

    def _live_model(self) -> str:
        """The archive that the robot runs on; "" when it is gone."""
        kept = self._shelf.find(self._shelf.current)
        if kept is None:
            with contextlib.suppress(Problem):
                fresh = fresh_model(self._layout)
                kept = fresh.path if fresh else None
        return str(kept or "")


def _report(
    result: dict[str, Any], texts: Sequence[str], has_live: bool, talks: dict[str, Any], draft: Project, live: Project
) -> dict[str, Any]:
    """Everything that is kept of a training. Messages are masked here, before anything is stored."""
    read = result["messages"]
    messages: dict[str, Any] = {"read": 0, "changed": [], "why": NO_MESSAGES if has_live else NO_LIVE_MODEL}
    if "live" in read and texts:
        rows = changed(texts, read["live"], read["draft"], masker_of(live))
        messages = {"read": len(texts), "changed": rows, "why": ""}
    evaluations = result["evaluations"]
    titles = parse_yaml(draft.read("bot/content/intents.yml"), "intents.yml") or {}
    report = {
        "seconds": result["seconds"],
        "draft": evaluations["draft"],
        # Where both have the same phrases, only one of them was measured.
        "live": evaluations.get("live", evaluations["draft"]),
        "misread": result["misread"],
        "messages": messages,
        "conversations": talks,
        "advice": [_advice(mistake) for mistake in mistakes(draft, mistakes_of)[:MOST_ADVICE]],
    }
    return with_verdict(report, titles)


def _advice(mistake: Mistake) -> dict[str, Any]:
    return {"path": mistake.path, "line": mistake.line, "where": mistake.where, "text": mistake.text}
