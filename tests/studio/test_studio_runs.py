"""Trainings in the database: their order, their ends, and which one speaks for an edition."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio

import bot.store.conversations  # noqa: F401 - tables of the studio refer to its tables
from bot.store import Store
from bot.studio.runs import Runs


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest_asyncio.fixture
async def runs(tmp_path: Path) -> AsyncIterator[Runs]:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'runs.db'}")
    await store.create_all()
    yield Runs(store, Clock())
    await store.close()


async def test_they_wait_in_the_order_in_which_they_came(runs: Runs) -> None:
    first, second = await runs.add("anna", "train", "e1"), await runs.add("boris", "check", "e2")
    assert [run.id for run in await runs.waiting()] == [first.id, second.id]
    assert (await runs.place(first), await runs.place(second)) == (0, 1)
    assert await runs.begin(first.id) and not await runs.begin(first.id)
    assert await runs.place(second) == 1


async def test_the_progress_of_what_ended_does_not_change(runs: Runs) -> None:
    run = await runs.add("anna", "train", "e1")
    await runs.begin(run.id)
    await runs.note(run.id, "train", 0.25)
    running = await runs.get(run.id)
    assert running is not None and (running.stage_title, running.progress) == ("Обучаем робота", 0.25)
    assert await runs.finish(run.id, "cancelled")
    await runs.note(run.id, "reading", 0.9)
    assert not await runs.finish(run.id, "done", model="m", report={})
    ended = await runs.get(run.id)
    assert ended is not None and (ended.state, ended.stage, ended.model) == ("cancelled", "train", "")


async def test_a_check_speaks_for_an_edition_before_a_newer_training(runs: Runs) -> None:
    assert await runs.good_for("e1") is None
    check, train, failed = [await runs.add("anna", kind, "e1") for kind in ("check", "train", "check")]  # type: ignore[arg-type]
    await runs.finish(train.id, "done", model="m", report={"seconds": {"train": 30.0, "reading": 0.1}})
    await runs.finish(failed.id, "failed", error="…")
    found = await runs.good_for("e1")
    assert found is not None and found.id == train.id
    await runs.finish(check.id, "done", model="m", report={"verdict": {"kind": "same", "words": "w"}})
    found = await runs.good_for("e1")
    assert found is not None and found.id == check.id
    assert await runs.typical_seconds("train") == {"train": 30.0}


async def test_the_list_knows_the_verdict_and_no_more_of_the_report(runs: Runs) -> None:
    run = await runs.add("anna", "train", "e1")
    await runs.finish(
        run.id, "done", model="m", report={"verdict": {"kind": "same", "words": "w"}, "misread": ["…"] * 1000}
    )
    other = await runs.add("anna", "train", "e2")
    assert [(r.id, dict(r.report)) for r in await runs.latest("anna")] == [
        (other.id, {}),
        (run.id, {"verdict": {"kind": "same"}}),
    ]
    assert await runs.latest("boris") == []


async def test_a_start_loses_what_ran_and_keeps_the_line_whose_files_are_there(runs: Runs) -> None:
    running, kept, gone = [await runs.add(name, "train", "e") for name in ("anna", "boris", "clara")]
    await runs.begin(running.id)
    await runs.lose([running.id, kept.id])
    found = [await runs.get(run.id) for run in (running, kept, gone)]
    assert [run and run.state for run in found] == ["lost", "waiting", "lost"]
    assert await runs.open_of("anna") is None and await runs.open_of("boris") is not None
