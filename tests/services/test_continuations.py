"""One-time links: signed, a quarter of an hour, once, and what they carry."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy import select

from bot.services.continuations import Continuations, Issued, Redeemed, Refused, Snapshot
from bot.services.continuations.tables import LinkRow
from bot.store import Store, Vault, journal
from bot.store.conversations import CitizenRow, ConversationRow
from bot.store.events import EventRow

SLOTS = {"service": "passport", "centre": "lenina", "appointment_day": "2026-11-18", "appointment_time": "10:00"}


@pytest.fixture
def links(store: Store, vault: Vault, clock: Any) -> Continuations:
    return Continuations(store, vault, clock, "https://otklik.example/", {"vk": "https://vk.me/club1?ref=otk-{token}"})


async def conversation(store: Store, vault: Vault, clock: Any, channel: str, user: str) -> ConversationRow:
    async with store.write() as session:
        return await journal.conversation_of(session, vault, channel, user, clock())


@pytest.fixture
async def telegram(store: Store, vault: Vault, clock: Any) -> ConversationRow:
    found = await conversation(store, vault, clock, "telegram", "77")
    clock.forward(minutes=1)
    return found


@pytest.fixture
async def issued(links: Continuations, telegram: ConversationRow) -> Issued:
    return await links.issue(telegram.id, "appointment_form", SLOTS)


async def events(store: Store) -> list[tuple[str, dict[str, Any]]]:
    async with store.read() as session:
        return [(e.name, e.data) for e in await session.scalars(select(EventRow).order_by(EventRow.id))]


async def citizen_of(store: Store, conversation_id: str) -> str:
    async with store.read() as session:
        return (await session.get_one(ConversationRow, conversation_id)).citizen_id


def test_a_token_fits_a_messenger_and_stands_only_in_the_fragment(issued: Issued) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{40,60}", issued.token)
    assert issued.url == f"https://otklik.example/chat#otk={issued.token}"
    assert issued.others == (("vk", f"https://vk.me/club1?ref=otk-{issued.token}"),)


async def test_a_link_carries_its_slots_once(
    links: Continuations, issued: Issued, store: Store, telegram: ConversationRow
) -> None:
    redeemed = await links.redeem(issued.token, "widget", "w-1")
    assert isinstance(redeemed, Redeemed)
    assert await links.take(redeemed.conversation, 5) == Snapshot("appointment_form", SLOTS)
    assert await links.take(redeemed.conversation, 5) is not None, "the same message again: Rasa died in mid-turn"
    assert await links.take(redeemed.conversation, 6) is None
    assert await links.take(telegram.id, 7) is None


async def test_both_conversations_belong_to_one_citizen_afterwards(
    links: Continuations, issued: Issued, store: Store, telegram: ConversationRow
) -> None:
    redeemed = await links.redeem(issued.token, "widget", "w-1")
    assert isinstance(redeemed, Redeemed)
    assert redeemed.citizen == await citizen_of(store, telegram.id) == await citizen_of(store, redeemed.conversation)
    async with store.read() as session:
        assert len((await session.scalars(select(CitizenRow))).all()) == 1
    assert [name for name, _ in await events(store)] == ["link_issued", "citizens_joined", "link_used"]
    assert issued.token[:16] not in str(await events(store))


async def test_the_winner_may_ask_again_and_nobody_else(links: Continuations, issued: Issued, store: Store) -> None:
    first = await links.redeem(issued.token, "widget", "w-1")
    assert await links.redeem(issued.token, "widget", "w-1") == first
    assert await links.redeem(issued.token, "widget", "w-2") == Refused("used")
    assert await links.redeem(issued.token, "vk", "w-1") == Refused("used")
    assert ("link_refused", "used") in [(name, data.get("why")) for name, data in await events(store)]


async def test_of_two_at_the_same_moment_exactly_one_wins(links: Continuations, issued: Issued) -> None:
    found = await asyncio.gather(*(links.redeem(issued.token, "widget", f"w-{i}") for i in range(8)))
    assert sum(isinstance(f, Redeemed) for f in found) == 1
    assert [f for f in found if not isinstance(f, Redeemed)] == [Refused("used")] * 7


async def test_time_is_up_after_a_quarter_of_an_hour(links: Continuations, issued: Issued, clock: Any) -> None:
    clock.forward(minutes=15)
    assert await links.redeem(issued.token, "widget", "w-1") == Refused("expired")


async def test_a_forged_token_counts_for_nothing(
    links: Continuations, issued: Issued, store: Store, vault: Vault, clock: Any
) -> None:
    last = "A" if issued.token[-1] != "A" else "B"
    for token in ("", "x", "ж" * 59, issued.token[:-1] + last, issued.token[:16], "A" * 59, issued.token + "A"):
        assert await links.redeem(token, "widget", "w-1") == Refused("unknown"), token
    assert isinstance(await links.redeem(issued.token, "widget", "w-1"), Redeemed)


async def test_a_link_does_not_lead_back_into_its_own_conversation(links: Continuations, issued: Issued) -> None:
    assert await links.redeem(issued.token, "telegram", "77") == Refused("here")


async def test_slots_are_sealed_and_old_links_go(
    links: Continuations, issued: Issued, telegram: ConversationRow, store: Store, clock: Any
) -> None:
    async with store.read() as session:
        row = (await session.scalars(select(LinkRow))).one()
        assert "lenina" not in row.slots_sealed
        assert row.id not in issued.token[16:]
    clock.forward(days=3)
    await links.issue(telegram.id, "status_form", {})
    async with store.read() as session:
        assert [r.scenario for r in await session.scalars(select(LinkRow))] == ["status_form"]


async def test_an_unknown_conversation_gets_no_link(links: Continuations) -> None:
    with pytest.raises(LookupError):
        await links.issue("nobody", "appointment_form", {})


async def test_another_key_signs_another_token(store: Store, clock: Any, issued: Issued, tmp_path: Any) -> None:
    other = Continuations(store, Vault.from_file(tmp_path / "other.key"), clock, "https://otklik.example")
    assert await other.redeem(issued.token, "widget", "w-1") == Refused("unknown")
