"""`./otklik bench publish`: citizens write on while an editor trains, publishes and takes back; nothing may be lost or go wrong."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from rich.console import Console
from rich.table import Table

from app import settings as configuration
from app.bootstrap.steps import Step, Steps
from app.commands.bench_desk import p
from app.paths import HERE
from app.problems import Problem
from app.running import ports, stack
from app.running.supervisor import Stopped, Supervisor, stop_on_signals
from app.settings import Settings
from app.training.train import ensure_model
from bot.store import Store, Vault
from bot.studio.project import Project

if TYPE_CHECKING:
    from benchmarks.publish_load import Crowd

START_WITHIN = 180
RATE = 20.0
"""Messages a second."""
CALM, QUICK_CALM = 60.0, 20.0
"""Seconds of the same load before anything is done."""
WARM_UP = 25.0
AFTER = 10.0
"""Seconds after a switch that still count as its time."""
PATIENCE = 900.0
TRAINING_AIM, SWITCH_AIM = 1.2, 1.2


@dataclass(frozen=True)
class Span:
    """A stretch of the run, in monotonic seconds."""

    begin: float
    end: float


def run(as_json: bool, quick: bool) -> int:
    """Measure and print; 0 when nothing was lost, nothing failed and no conversation was answered by two editions at once."""
    stop_on_signals()
    steps = Steps()
    try:
        figures = _measured(steps, QUICK_CALM if quick else CALM)
    except asyncio.CancelledError:
        raise Stopped from None
    _print(figures)
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))
    return 0 if not (figures["lost"] or figures["errors"] or figures["turned_back"]) else 1


def _measured(steps: Steps, calm: float) -> dict[str, Any]:
    model = ensure_model(HERE, steps)
    with tempfile.TemporaryDirectory(prefix="otklik-publish-") as name:
        folder = Path(name)
        _project(folder / "project")
        settings = configuration.load(
            database_url=f"sqlite+aiosqlite:///{folder / 'bench.db'}", rasa_db=str(folder / "rasa.db"), host="127.0.0.1",
            secret_key_file=folder / "key", studio_dir=folder / "studio", project_dir=folder / "project",
        )  # fmt: skip
        own = {
            "OTKLIK_SECRET_KEY_FILE": str(folder / "key"),
            "OTKLIK_FILES_DIR": str(folder / "files"),
            "OTKLIK_PROJECT_DIR": str(folder / "project"),
            "OTKLIK_CONTENT_DIR": str(folder / "project" / "bot" / "content"),
            "OTKLIK_STUDIO_DIR": str(folder / "studio"),
            "OTKLIK_PERSONA": "neutral",
            "OTKLIK_LOG_LEVEL": "WARNING",
        }
        plan = stack.plan(HERE, settings, model.path, ports.free_port(), own)
        stack.prepare(HERE, settings, plan)
        supervisor = Supervisor(plan.programs, steps.say)
        try:
            with steps.step("Запускаю помощника и Rasa") as step:
                supervisor.start()
                supervisor.wait_ready(step, START_WITHIN)
            with _pumped(supervisor), steps.step("Пишем и публикуем") as step:
                crowd, spans = asyncio.run(_lived(settings, plan.local, plan.key, calm, step))
        finally:
            supervisor.stop(grace=5)
            plan.hints_file.unlink(missing_ok=True)
    return figures_of(crowd, spans)


async def _lived(settings: Settings, url: str, key: str, calm: float, step: Step) -> tuple[Crowd, dict[str, Span]]:
    """The whole morning: calm, training, publication, return; the messages go on all the time."""
    from benchmarks.publish_load import Citizens

    spans: dict[str, Span] = {}
    over = asyncio.Event()
    citizens = Citizens(url, key, RATE)

    async def morning() -> None:
        try:
            async with _editor(settings, url) as editor:
                step.note = "обычное утро"
                # A fresh house loads what it needs for the first time, and its first answers are slower than all others.
                await asyncio.sleep(WARM_UP)
                async with _span(spans, "calm", 0):
                    await asyncio.sleep(calm)
                await asyncio.to_thread(editor.change)
                step.note = "обучение"
                async with _span(spans, "training", 0):
                    await editor.train()
                step.note = "публикация"
                async with _span(spans, "publication", AFTER):
                    await editor.publish()
                step.note = "возврат"
                async with _span(spans, "return", AFTER):
                    await editor.go_back()
        finally:
            over.set()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(citizens.write(over))
        tasks.create_task(morning())
    return citizens.crowd, spans


@contextlib.asynccontextmanager
async def _span(spans: dict[str, Span], name: str, after: float) -> AsyncIterator[None]:
    begin = time.monotonic()
    yield
    spans[f"{name}_done"] = Span(begin, time.monotonic())
    await asyncio.sleep(after)
    spans[name] = Span(begin, time.monotonic())


class Editor:
    """Works at the desk over HTTP, as a browser does."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession, account_id: str, csrf: str) -> None:
        self._settings, self._session, self._account, self._csrf = settings, session, account_id, csrf
        self._store = Store(settings.database_url)

    def change(self) -> None:
        """Change an answer and add a phrase, so that the model has to be trained anew."""
        from app.compose import now
        from benchmarks.publish_load import MARK
        from bot.studio.drafts import Drafts
        from bot.studio.phrases import add_phrases

        drafts = Drafts(self._settings.studio_dir / "drafts", Project(self._settings.project_dir), now)
        draft = drafts.of(self._account)
        domain = draft.read("domain.yml")
        head, name, tail = domain.partition("  utter_smalltalk:\n")
        assert name, "utter_smalltalk is gone from domain.yml"
        lines = tail.splitlines(keepends=True)
        for number, line in enumerate(lines):
            if not line.startswith("  - "):
                break
            lines[number] = line.replace('text: "', f'text: "{MARK} ', 1)
        draft.write("domain.yml", head + name + "".join(lines))
        add_phrases(draft, "smalltalk", ["а имя у вас вообще есть какое-нибудь"])

    async def train(self) -> None:
        """Train the draft and wait. Raises Problem."""
        from app.compose import now
        from bot.studio.runs import Runs

        await self._post("/desk/studio/training", kind="train")
        runs = Runs(self._store, now)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            latest = (await runs.latest(self._account, 1))[0]
            if latest.state == "done":
                return
            if latest.state not in ("waiting", "running"):
                raise Problem(f"Обучение не получилось: {latest.error}")
            await asyncio.sleep(0.5)
        raise Problem("Обучение не кончилось за четверть часа.")

    async def publish(self) -> None:
        """Publish the draft and wait until citizens have it. Raises Problem."""
        await self._post("/desk/studio/publish", why="Замер публикации под нагрузкой")
        await self._live()

    async def go_back(self) -> None:
        """Return to the version before and wait. Raises Problem."""
        from bot.studio.history import History

        project = Project(self._settings.project_dir)
        versions = await asyncio.to_thread(History(project, self._settings.studio_dir / "history.git").versions, 2)
        await self._post(f"/desk/studio/versions/{versions[1].id}/return", why="Замер возврата под нагрузкой")
        await self._live()

    async def _live(self) -> None:
        from app.compose import now
        from bot.studio.publications import Publications

        publications = Publications(self._store, now)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            newest = (await publications.latest(1))[0]
            if newest.state == "live":
                return
            if newest.state != "publishing":
                raise Problem(f"Публикация не получилась: {newest.refusal}")
            await asyncio.sleep(0.1)
        raise Problem("Публикация не кончилась за четверть часа.")

    async def _post(self, path: str, **form: str) -> None:
        headers = {"X-CSRF": self._csrf}
        async with self._session.post(path, data=form, headers=headers, allow_redirects=False) as answer:
            if answer.status >= 400:
                raise Problem(f"Рабочее место ответило {answer.status} на {path}: {(await answer.text())[:300]}")

    async def close(self) -> None:
        """Give back the database."""
        await self._store.close()


@contextlib.asynccontextmanager
async def _editor(settings: Settings, url: str) -> AsyncIterator[Editor]:
    from app.compose import now
    from app.desk import door_policy
    from bot.accounts.accounts import Accounts
    from desk.access import COOKIE

    store = Store(settings.database_url)
    accounts = Accounts(store, Vault.from_file(settings.secret_key_file), now, door_policy(settings))
    account = await accounts.add("bench-editor", "Редактор Замера", ("editor",), (), password="Ромашки на балконе 47")  # noqa: S106
    token = await accounts.open_session(account.id)
    who = await accounts.signed(token)
    await store.close()
    assert who is not None
    async with aiohttp.ClientSession(url, cookies={COOKIE: token}, headers={"Origin": url}) as session:
        editor = Editor(settings, session, account.id, who.csrf)
        yield editor
        await editor.close()


def _project(folder: Path) -> None:
    """A copy of the checkout's edition with a history of its own."""
    Project(folder).become(Project(HERE.root).files())
    git = ["git", "-C", str(folder), "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "Исходная версия"]):
        try:
            subprocess.run([*git, *command], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Problem(f"Нужен git: {error}. Поставить: apt-get install git") from None


@contextlib.contextmanager
def _pumped(supervisor: Supervisor) -> Iterator[None]:
    """The children's output goes to their logs meanwhile."""
    over = threading.Event()

    def pump() -> None:
        while not over.wait(0.2):
            for child in supervisor.children:
                child.pump()

    thread = threading.Thread(target=pump, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()


def figures_of(crowd: Crowd, spans: dict[str, Span]) -> dict[str, Any]:
    """Figures of a run; times in milliseconds, ratios to the calm span."""
    calm = crowd.between(spans["calm"].begin, spans["calm"].end)
    base = p(95, calm)
    figures: dict[str, Any] = {
        "lost": crowd.lost,
        "errors": len(crowd.errors),
        "error_examples": sorted(set(crowd.errors))[:5],
        "turned_back": crowd.turned_back(spans["return_done"].begin),
        "messages": len(crowd.answers),
        "calm_p50_ms": p(50, calm),
        "calm_p95_ms": base,
    }
    # One window from the wish to publish until ten seconds after the return: both switches and everything around them.
    whole = crowd.between(spans["publication"].begin, spans["return"].end)
    figures["p95_ratio"] = _ratio(p(95, whole), base)
    figures["worst_ms"] = round(max(whole, default=0.0))
    for name in ("training", "publication", "return"):
        span = spans[name]
        times = crowd.between(span.begin, span.end)
        done = spans[f"{name}_done"]
        figures |= {
            f"{name}_s": round(done.end - done.begin, 1),
            f"{name}_p50_ms": p(50, times),
            f"{name}_p95_ms": p(95, times),
            f"{name}_p95_ratio": _ratio(p(95, times), base),
            f"{name}_messages": len(times),
        }
    return figures


def _ratio(value: float | None, base: float | None) -> float | None:
    return round(value / base, 2) if value and base else None


def _print(figures: dict[str, Any]) -> None:
    table = Table(
        "", "секунд", "p50, мс", "p95, мс", "к обычному", title=f"Публикация при {RATE:.0f} сообщениях в секунду"
    )
    table.add_row("обычное утро", "", str(figures["calm_p50_ms"]), str(figures["calm_p95_ms"]), "1")
    for title, name in (("обучение", "training"), ("публикация", "publication"), ("возврат", "return")):
        keys: Sequence[str] = (f"{name}_s", f"{name}_p50_ms", f"{name}_p95_ms", f"{name}_p95_ratio")
        table.add_row(title, *(str(figures[key]) for key in keys))
    Console().print(table)
    Console().print(
        f"Потеряно {figures['lost']}, ошибок {figures['errors']}, прежняя версия после новой: {figures['turned_back']}. "
        f"Публикация с возвратом: p95 в {figures['p95_ratio']} раза, самое долгое ожидание {figures['worst_ms']} мс. "
        f"Цели: 0, 0, 0, p95 не больше {SWITCH_AIM} обычного."
    )
