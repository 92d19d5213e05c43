"""Emergency notices: told between two dates in their channels, taken back at once, refused with the reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.services.notices.notices import BadNotice, Notices
from bot.store import Store
from bot.store.events import EventRow


@pytest.fixture
def notices(store: Store, clock: Any) -> Notices:
    return Notices(store, clock)


async def add(notices: Notices, clock: Any, text: str = "Закрыт мост", *channels: str, **when: float) -> int:
    start = clock() + timedelta(hours=when.get("after", 0))
    end = start + timedelta(hours=when.get("hours", 2))
    return (await notices.add(text, start, end, channels, "id-1", "Ирина")).id


async def test_a_notice_is_told_between_its_dates(notices: Notices, clock: Any) -> None:
    number = await add(notices, clock, after=1)
    assert await notices.live("vk") == []
    assert (await notices.all())[0].state == "scheduled"
    clock.forward(hours=1)
    assert [n.id for n in await notices.live("vk")] == [number]
    clock.forward(hours=2)
    assert await notices.live("vk") == []
    assert (await notices.all())[0].state == "over"


async def test_a_notice_is_told_in_its_channels_only_and_the_newest_first(notices: Notices, clock: Any) -> None:
    everywhere = await add(notices, clock)
    clock.forward(minutes=1)
    on_phone = await add(notices, clock, "Линия перегружена", "phone")
    assert [n.id for n in await notices.live("phone")] == [on_phone, everywhere]
    assert [n.id for n in await notices.live("widget")] == [everywhere]


async def test_a_notice_is_taken_back_at_once(notices: Notices, clock: Any, store: Store) -> None:
    number = await add(notices, clock)
    await notices.withdraw(number, "id-2")
    await notices.withdraw(number, "id-2")
    assert await notices.live("vk") == []
    assert (await notices.all())[0].state == "withdrawn"
    async with store.read() as session:
        names = list(await session.scalars(select(EventRow.name).order_by(EventRow.id)))
    assert names == ["notice_published", "notice_withdrawn"]
    with pytest.raises(LookupError):
        await notices.withdraw(number + 1, "id-2")


@pytest.mark.parametrize(
    ("text", "start", "hours", "words"),
    [
        ("  ", 0, 1, "Напишите текст"),
        ("а" * 501, 0, 1, "501"),
        ("Мост", 0, 0, "раньше начала"),
        ("Мост", 0, -1, "раньше начала"),
        ("Мост", -5, 2, "уже прошло"),
        ("Мост", 0, 24 * 400, "больше года"),
    ],
)
async def test_an_impossible_notice_is_refused_in_russian(
    notices: Notices, clock: Any, text: str, start: float, hours: float, words: str
) -> None:
    begin = clock() + timedelta(hours=start)
    with pytest.raises(BadNotice) as refused:
        await notices.add(text, begin, begin + timedelta(hours=hours), (), "id-1", "Ирина")
    assert words in refused.value.text
    assert await notices.all() == []
