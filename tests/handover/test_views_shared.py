"""The queue that windows of the same groups share: never older than the news, and read once for all who ask together."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest
from markupsafe import Markup

from bot.handover.bulletin import News
from bot.handover.views import Waiting
from desk.window.shared import SharedQueues
from tests.handover.handover_house import House
from tests.handover.seeing import Window

GENERAL, BOTH = frozenset(("general",)), frozenset(("general", "city"))


class Counting:
    """The views, and how often they were asked."""

    def __init__(self, window: Window) -> None:
        self.window, self.asked = window, 0

    async def queue(self, groups: Collection[str]) -> list[Waiting]:
        self.asked += 1
        return await self.window.views.queue(groups)


@pytest.fixture
def window(house: House) -> Window:
    return Window(house)


@pytest.fixture
def views(window: Window) -> Counting:
    return Counting(window)


@pytest.fixture
def queues(window: Window, views: Counting) -> SharedQueues:
    return SharedQueues(views, window.house.bulletin)  # type: ignore[arg-type]


async def test_fifty_windows_read_it_once(window: Window, views: Counting, queues: SharedQueues) -> None:
    await window.house.waiting()
    found = await asyncio.gather(*(queues.of(GENERAL) for _ in range(50)))
    assert views.asked == 1 and all(one is found[0] for one in found)
    await queues.of(BOTH)
    assert views.asked == 2


async def test_whoever_came_or_left_is_seen_at_once(window: Window, queues: SharedQueues) -> None:
    first = await window.house.waiting()
    assert (await queues.of(GENERAL)).ids == {first}
    second = await window.house.waiting()
    window.house.bulletin.post(News("queue"))
    assert (await queues.of(GENERAL)).ids == {first, second}
    await window.house.operator("Анна")
    await window.house.handovers.take(first, "анна")
    assert (await queues.of(GENERAL)).ids == {second}


async def test_words_of_those_who_wait_are_news_and_others_are_not(
    window: Window, views: Counting, queues: SharedQueues
) -> None:
    conversation = await window.house.waiting()
    await queues.of(GENERAL)
    window.house.bulletin.post(News("message", "another"))
    await queues.of(GENERAL)
    assert views.asked == 1
    await window.writes(conversation, "вы здесь?")
    window.house.bulletin.post(News("message", conversation))
    assert (await queues.of(GENERAL)).waiting[0].last == "вы здесь?"


async def test_without_news_it_lasts_a_second(
    views: Counting, queues: SharedQueues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.window.shared.LASTS", 0.0)
    await queues.of(GENERAL)
    await queues.of(GENERAL)
    assert views.asked == 2


async def test_a_reader_who_leaves_takes_nothing_away(window: Window, views: Counting, queues: SharedQueues) -> None:
    await window.house.waiting()
    leaving, staying = asyncio.ensure_future(queues.of(GENERAL)), asyncio.ensure_future(queues.of(GENERAL))
    await asyncio.sleep(0)
    leaving.cancel()
    assert len((await staying).waiting) == 1
    assert views.asked == 1 and leaving.cancelled()


async def test_rows_are_drawn_once_for_each_opened_conversation(window: Window, queues: SharedQueues) -> None:
    conversation = await window.house.waiting()
    drawn: list[str] = []

    def draw(_waiting: object, opened: str, several: bool) -> Markup:
        drawn.append(opened)
        return Markup(f"{opened}{several}")

    queue = await queues.of(BOTH)
    for opened in ("", "elsewhere", conversation, conversation):
        queue.rows(opened, draw)
    assert drawn == ["", conversation]
    assert queue.rows("", draw) == "True"


async def test_a_taken_conversation_leaves_the_shared_queue(window: Window, queues: SharedQueues) -> None:
    first, second = await window.house.waiting(), await window.house.waiting()
    queue = await queues.of(GENERAL)
    assert queue.without(()) is queue
    assert queue.without((first,)).ids == {second} and queue.ids == {first, second}
