"""The trainer as the pages see it: one training at a time, cancelled at once, lost when the assistant stops, nothing left."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from app.paths import HERE
from app.settings import Settings
from app.studio.trainer import Trainer
from bot.store import Store, Vault, journal
from bot.studio.conversation_play import ConversationResult
from bot.studio.drafts import Drafts
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from bot.studio.runs import Run, Runs
from tests.projects import copy_of_project

WORKER = Path(__file__).with_name("small_worker.py")
ANNA, BORIS = "anna-0001", "boris-0001"


class House:
    """A trainer with a draft folder, a database, and no assistant around it."""

    def __init__(self, folder: Path, store: Store, vault: Vault) -> None:
        self.folder, self.store, self.vault = folder, store, vault
        published = Project(copy_of_project(folder / "project"))
        self.clock = lambda: datetime.now(UTC)
        self.settings = Settings(  # type: ignore[call-arg]
            _env_file=None, project_dir=published.folder, studio_dir=folder / "studio",
            database_url=f"sqlite+aiosqlite:///{folder / 'otklik.db'}",
        )  # fmt: skip
        self.drafts = Drafts(folder / "studio" / "drafts", published, self.clock)
        self.runs = Runs(store, self.clock)
        self.trainer = self.new()

    def new(self) -> Trainer:
        """A trainer as after a start of the assistant."""
        return Trainer(self.settings, HERE, self.store, self.vault, self.clock, self.drafts, self.runs)

    def does(self, *what: str) -> None:
        self.trainer.worker = (sys.executable, str(WORKER), *what)

    async def ended(self, run: Run) -> Run:
        """The training when it is over."""
        async with asyncio.timeout(60):
            while (found := await self.runs.get(run.id)) and found.open:
                await asyncio.sleep(0.02)
        assert found is not None
        return found

    @property
    def left(self) -> list[str]:
        """What lies in the folder of running trainings."""
        folder = self.settings.studio_dir / "runs"
        return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'otklik.db'}")
    await store.create_all()
    made = House(tmp_path, store, Vault.from_file(tmp_path / "secret.key"))
    yield made
    await store.close()


async def marked(path: Path) -> list[int]:
    """Process ids that the slow worker tells."""
    await until(lambda: path.exists())
    return await asyncio.to_thread(_pids, path)


def _pids(path: Path) -> list[int]:
    return [int(pid) for pid in path.read_text("ascii").split()]


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    return False


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.02)


async def test_a_training_ends_with_a_report_a_model_and_nothing_left(house: House) -> None:
    house.does("quick")
    async with house.trainer.running():
        run = await house.trainer.start(ANNA, "train")
        done = await house.ended(run)
    assert (done.state, done.model, done.progress) == ("done", "0123456789abcdef", 1.0)
    assert done.report["verdict"]["kind"] in ("same", "careful", "better")
    assert done.report["messages"]["why"]
    assert house.left == []
    good = await house.runs.good_for(done.edition)
    assert good is not None and good.id == run.id


async def test_what_citizens_wrote_is_masked_before_it_is_kept(house: House) -> None:
    async with house.store.write() as session:
        row = await journal.conversation_of(session, house.vault, "widget", "u", house.clock())
        body = {"text": "Меня зовут Иванова Мария, мой номер +7 912 345-67-89, запишите меня"}
        await journal.add_message(session, house.vault, row.id, "citizen", body, house.clock())
        press = {"text": "Да", "payload": "/affirm"}
        await journal.add_message(session, house.vault, row.id, "citizen", press, house.clock())
    house.does("quick")
    async with house.trainer.running():
        done = await house.ended(await house.trainer.start(ANNA, "train"))
    (changed,) = done.report["messages"]["changed"]
    assert done.report["messages"]["read"] == 1
    assert "345" not in str(done.report) and "Мария" not in str(done.report)
    assert changed[1:] == ["out_of_scope", "greet"]


async def test_a_check_plays_the_conversations_of_the_frozen_draft(house: House) -> None:
    played = []

    async def play(project: Project, model: Path) -> list[ConversationResult]:
        played.append((project.read("domain.yml"), model.name))
        return [ConversationResult("запись", False, 2, "когда", "что")]

    house.does("quick")
    house.trainer.conversations = play
    async with house.trainer.running():
        done = await house.ended(await house.trainer.start(ANNA, "check"))
    assert played == [(house.drafts.of(ANNA).read("domain.yml"), "0123456789abcdef.tar.gz")]
    assert done.report["conversations"]["results"][0]["got"] == "что"
    assert done.report["verdict"]["kind"] == "worse"


async def test_one_training_runs_and_the_next_one_waits_its_turn(house: House, tmp_path: Path) -> None:
    house.does("slow", str(tmp_path / "mark"))
    async with house.trainer.running():
        first = await house.trainer.start(ANNA, "train")
        await marked(tmp_path / "mark")
        second = await house.trainer.start(BORIS, "train")
        assert (await house.runs.place(second), second.state) == (1, "waiting")
        with pytest.raises(NotPossible, match="уже идёт или ждёт"):
            await house.trainer.start(BORIS, "train")
        house.does("quick")
        await house.trainer.cancel(first.id)
        assert (await house.ended(second)).state == "done"
    assert (await house.ended(first)).state == "cancelled"
    assert house.left == []


async def test_a_cancelled_training_is_gone_with_all_it_started(house: House, tmp_path: Path) -> None:
    house.does("slow", str(tmp_path / "mark"))
    async with house.trainer.running():
        run = await house.trainer.start(ANNA, "train")
        pids = await marked(tmp_path / "mark")
        assert all(map(alive, pids))
        started = time.monotonic()
        await house.trainer.cancel(run.id)
        assert time.monotonic() - started < 60
        await until(lambda: not any(map(alive, pids)))
        assert house.left == []
        await house.trainer.cancel(run.id)
    cancelled = await house.ended(run)
    assert (cancelled.state, cancelled.error) == ("cancelled", "")


async def test_a_waiting_training_can_be_cancelled_and_never_runs(house: House) -> None:
    run = await house.trainer.start(ANNA, "train")
    await house.trainer.cancel(run.id)
    house.does("quick")
    async with house.trainer.running():
        other = await house.ended(await house.trainer.start(BORIS, "train"))
    assert other.state == "done"
    assert (await house.ended(run)).started_at is None


@pytest.mark.parametrize(("does", "told"), [("fail", "противоречат друг другу"), ("die", "не хватило памяти")])
async def test_a_failed_training_says_why_and_the_next_one_runs(house: House, does: str, told: str) -> None:
    house.does(does)
    async with house.trainer.running():
        failed = await house.ended(await house.trainer.start(ANNA, "train"))
        house.does("quick")
        assert (await house.ended(await house.trainer.start(ANNA, "train"))).state == "done"
    assert failed.state == "failed" and told in failed.error


async def test_a_draft_with_a_mistake_is_refused_in_words(house: House) -> None:
    draft = house.drafts.of(ANNA)
    draft.write("domain.yml", draft.read("domain.yml").replace("  utter_moved:", "  utter_mooved:"))
    with pytest.raises(NotPossible, match=r"В черновике ошибка\. domain\.yml.*utter_moved"):
        await house.trainer.start(ANNA, "train")
    assert house.left == [] and await house.runs.latest(ANNA) == []


async def test_the_draft_may_change_while_it_is_trained(house: House, tmp_path: Path) -> None:
    house.does("slow", str(tmp_path / "mark"))
    async with house.trainer.running():
        run = await house.trainer.start(ANNA, "train")
        await marked(tmp_path / "mark")
        frozen = house.settings.studio_dir / "runs" / run.id / "draft" / "domain.yml"
        before = frozen.read_text("utf-8")
        house.drafts.of(ANNA).write("domain.yml", before + "# changed\n")
        assert frozen.read_text("utf-8") == before


async def test_a_stop_of_the_assistant_ends_the_training_as_lost_and_keeps_the_line(
    house: House, tmp_path: Path
) -> None:
    house.does("slow", str(tmp_path / "mark"))
    async with house.trainer.running():
        run = await house.trainer.start(ANNA, "train")
        pids = await marked(tmp_path / "mark")
        waiting = await house.trainer.start(BORIS, "train")
    assert not any(map(alive, pids))
    assert (await house.ended(run)).state == "lost"
    house.trainer = house.new()
    house.does("quick")
    async with house.trainer.running():
        assert (await house.ended(waiting)).state == "done"


async def test_what_a_killed_assistant_left_running_is_lost_at_the_next_start(house: House) -> None:
    run = await house.runs.add(ANNA, "train", "edition")
    await house.runs.begin(run.id)
    await house.runs.note(run.id, "train", 0.4)
    (house.settings.studio_dir / "runs" / run.id / "draft").mkdir(parents=True)
    async with house.trainer.running():
        found = await house.runs.get(run.id)
    assert found is not None and found.state == "lost"
    assert house.left == []


def test_a_killed_assistant_leaves_no_orphan(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = f"""
import asyncio, sys
from pathlib import Path
from app.paths import HERE
from app.studio.train_process import TrainProcess

async def main():
    process = TrainProcess(HERE, Path({str(tmp_path)!r}), (sys.executable, {str(WORKER)!r}, "slow", {str(mark)!r}))
    async for line in process.lines({{"texts": []}}):
        pass

asyncio.run(main())
"""
    environ = os.environ | {"PYTHONPATH": str(HERE.root)}
    assistant = subprocess.Popen([sys.executable, "-c", script], cwd=HERE.root, env=environ)
    pids = asyncio.run(marked(mark))
    assistant.send_signal(signal.SIGKILL)
    assistant.wait()
    asyncio.run(until(lambda: not any(map(alive, pids))))
