"""Publications as they are remembered: one at a time, one live, a proposal decided once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.store import Store
from bot.store.tables import import_all
from bot.studio.publications import Publications
from bot.studio.refusals import NotPossible

GIVEN: dict[str, Any] = {"kind": "publication", "why": "Новые часы", "author": "anna", "edition": "e1", "model": "m1"}


class Clock:
    """A minute later at each look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest_asyncio.fixture
async def publications(tmp_path: Path) -> AsyncIterator[Publications]:
    import_all()
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'studio.db'}")
    await store.create_all()
    yield Publications(store, Clock())
    await store.close()


async def test_what_went_live_takes_the_place_of_what_was(publications: Publications) -> None:
    first = await publications.begin("publishing", **GIVEN)
    await publications.went_live(first.id, "a" * 40, "m1")
    second = await publications.begin("publishing", **GIVEN | {"edition": "e2"})
    await publications.went_live(second.id, "b" * 40, "m2")
    live = await publications.live()
    assert live is not None
    assert (live.id, live.version, live.model) == (second.id, "b" * 40, "m2")
    assert [(one.id, one.state) for one in await publications.latest()] == [(second.id, "live"), (first.id, "past")]
    assert await publications.has_been_live("m1", "e1")
    assert not await publications.has_been_live("m1", "e2")


async def test_only_one_waits_or_runs(publications: Publications) -> None:
    proposal = await publications.begin("proposed", **GIVEN)
    with pytest.raises(NotPossible, match="ждёт одобрения"):
        await publications.begin("publishing", **GIVEN)
    await publications.decide(proposal.id, "publishing", approver="boris")
    with pytest.raises(NotPossible, match="уже идёт"):
        await publications.begin("publishing", **GIVEN)
    await publications.failed(proposal.id, "Проба не прошла.")
    assert await publications.running() is None
    assert (await publications.begin("publishing", **GIVEN)).state == "publishing"


async def test_a_proposal_is_decided_once(publications: Publications) -> None:
    proposal = await publications.begin("proposed", **GIVEN)
    refused = await publications.decide(proposal.id, "refused", approver="boris", refusal="Исправьте часы")
    assert (refused.state, refused.approver, refused.refusal) == ("refused", "boris", "Исправьте часы")
    assert await publications.waiting() is None
    with pytest.raises(NotPossible, match="не ждут"):
        await publications.decide(proposal.id, "publishing", approver="vera")
    with pytest.raises(NotPossible, match="не ждут"):
        await publications.decide("нет такой", "publishing")


async def test_one_that_failed_changes_nothing_of_what_is_live(publications: Publications) -> None:
    good = await publications.begin("publishing", **GIVEN)
    await publications.went_live(good.id, "a" * 40, "m1")
    bad = await publications.begin("publishing", **GIVEN)
    await publications.failed(bad.id, "Модель не приняла новую версию.")
    live = await publications.live()
    assert live is not None
    assert live.id == good.id
    failed = await publications.get(bad.id)
    assert failed is not None
    assert (failed.state, failed.refusal) == ("failed", "Модель не приняла новую версию.")
