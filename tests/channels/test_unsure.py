"""The database is lost at the very moment it has committed: nobody heard that it did, and still everything happens once."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import Store, StoreAway
from tests.channels.drivers import DRIVERS
from tests.channels.test_doors import HOOKS, subscribed
from tests.channels.world import world


def lose(store: Store, which: int) -> list[int]:
    """From now on the write number `which` (from 0) is committed and looks lost; the list holds that number once it was."""
    write, count, lost = store.write, iter(range(10_000)), []

    @contextlib.asynccontextmanager
    async def unsure() -> AsyncIterator[AsyncSession]:
        async with write() as session:
            yield session
        if next(count) == which:
            lost.append(which)
            raise StoreAway("lost after the commit")

    store.write = unsure  # type: ignore[method-assign]
    return lost


@pytest.mark.parametrize("which", range(6))
@pytest.mark.parametrize(
    ("name", "settings"),
    [("telegram", {}), ("vk", {}), ("max", HOOKS["max"])],
    ids=["telegram-poll", "vk-poll", "max-webhook"],
)
async def test_whatever_write_seems_lost_the_answer_comes_once(
    name: str, settings: dict[str, Any], which: int, tmp_path: Path
) -> None:
    async with world(DRIVERS[name], tmp_path, **settings) as live:
        if settings:
            await subscribed(live)
        await live.say("Здравствуйте")
        await live.house.settled()
        before = len(live.fake.to(live.peer))
        lost = lose(live.house.store, which)
        live.fake.say(live.peer, "Какие документы нужны?")
        live.fake.say(live.peer, "/help")
        await live.arrived(3)
        await live.house.settled(12)
        assert lost == [which]
        assert len(live.fake.to(live.peer)) == before + 2
        assert [h["text"] for h in await live.house.heard(live.peer)][1:] == ["Какие документы нужны?", "/help"]
