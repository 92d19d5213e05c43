"""Ratings come piece by piece, are checked, and add up to honest figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.services.feedback import BadRating, Feedback, Rating
from bot.services.feedback.feedback import nps_of
from bot.services.feedback.tables import RatingRow
from bot.store import Store, Vault, journal
from bot.store.events import EventRow


@pytest.fixture
def feedback(store: Store, vault: Vault, clock: Any) -> Feedback:
    return Feedback(store, vault, clock)


async def talk(store: Store, vault: Vault, user: str) -> str:
    async with store.write() as session:
        return (await journal.conversation_of(session, vault, "widget", user, datetime(2026, 11, 16, tzinfo=UTC))).id


async def test_answers_come_one_by_one_into_one_rating(store: Store, vault: Vault, feedback: Feedback) -> None:
    conversation = await talk(store, vault, "u")
    await feedback.rate(conversation, satisfaction=4)
    await feedback.rate(conversation, ease=2)
    rating = await feedback.rate(conversation, nps=9, comment="  Всё быстро, спасибо Ольге  ")
    assert rating == Rating(4, 2, 9, "Всё быстро, спасибо Ольге") == await feedback.of(conversation)
    async with store.read() as session:
        row = (await session.scalars(select(RatingRow))).one()
        events = (await session.scalars(select(EventRow).order_by(EventRow.id))).all()
    assert row.comment is not None and "Ольг" not in row.comment
    assert [e.name for e in events] == ["feedback_given"] * 3
    assert events[2].data == {"ref": "", "commented": True, "nps": 9}


async def test_a_changed_mind_replaces_the_answer(store: Store, vault: Vault, feedback: Feedback) -> None:
    conversation = await talk(store, vault, "u")
    await feedback.rate(conversation, satisfaction=1)
    assert (await feedback.rate(conversation, satisfaction=3)).satisfaction == 3


async def test_a_deed_is_rated_apart_from_the_conversation(store: Store, vault: Vault, feedback: Feedback) -> None:
    conversation = await talk(store, vault, "u")
    await feedback.rate(conversation, satisfaction=1)
    await feedback.rate(conversation, satisfaction=4, ref="ТЛ-2026-000001")
    assert await feedback.of(conversation) == Rating(1, None, None, None)
    assert await feedback.of(conversation, "нет") is None


@pytest.mark.parametrize(
    ("scale", "value"),
    [("satisfaction", 0), ("satisfaction", 5), ("ease", -1), ("nps", 11), ("nps", -1), ("nps", True), ("ease", "4")],
)
async def test_a_figure_outside_its_scale_is_refused(feedback: Feedback, scale: str, value: Any) -> None:
    with pytest.raises(BadRating) as refused:
        await feedback.rate("any", **{scale: value})
    assert refused.value.scale == scale


async def test_an_unknown_conversation_is_refused(feedback: Feedback) -> None:
    with pytest.raises(LookupError):
        await feedback.rate("нет", nps=5)


async def test_the_summary_of_a_period(store: Store, vault: Vault, feedback: Feedback, clock: Any) -> None:
    start = clock()
    for i, (satisfaction, ease, nps) in enumerate([(4, 4, 10), (3, 1, 9), (1, None, 3), (2, 3, 7)]):
        await feedback.rate(await talk(store, vault, f"u{i}"), satisfaction=satisfaction, ease=ease, nps=nps)
    clock.forward(days=1)
    await feedback.rate(await talk(store, vault, "late"), satisfaction=1, comment="поздно")
    summary = await feedback.summary(start, start + timedelta(hours=1))
    assert (summary.ratings, summary.csat, summary.csat_mean) == (4, 50.0, 2.5)
    assert (summary.ease, summary.ease_mean, summary.nps, summary.comments) == (66.7, 2.67, 25, 0)
    empty = await feedback.summary(start - timedelta(days=2), start)
    assert (empty.ratings, empty.csat, empty.nps) == (0, None, None)


@pytest.mark.parametrize(("scores", "nps"), [([], None), ([10, 10], 100), ([0, 6], -100), ([7, 8], 0), ([10, 0, 8], 0)])
def test_net_promoter_score(scores: list[int], nps: int | None) -> None:
    assert nps_of(scores) == nps
