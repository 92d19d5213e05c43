"""What an operator writes goes out through every messenger's outbox: under her name, with its files, and with «печатает»."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from bot.handover.bulletin import Bulletin
from bot.handover.speaking import Speaking
from bot.services.people.tables import HandoverRow
from bot.store.conversations import ConversationRow
from tests.channels.drivers import CONTENT, DRIVERS
from tests.channels.world import QUICKLY, World, world

pytestmark = pytest.mark.asyncio(loop_scope="session")
ANNA = "account-of-anna"


@pytest_asyncio.fixture(loop_scope="session", params=["telegram", "vk", "max"])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """A messenger in which a citizen has written."""
    async with world(DRIVERS[request.param], tmp_path) as made:
        await made.say("Здравствуйте")
        yield made


async def talk(town: World) -> tuple[Speaking, str]:
    """Anna leads the conversation; how she speaks, and its id."""
    house = town.house
    async with house.store.write() as session:
        row = await session.scalar(select(ConversationRow).where(ConversationRow.user == town.peer))
        assert row is not None
        row.mode = "operator"
        now = datetime.now(UTC)
        session.add(
            HandoverRow(
                conversation_id=row.id, citizen_id=row.citizen_id, channel=row.channel, reason="asked", topic="",
                group="general", summary=house.vault.seal({}), state="taken", operator=ANNA, created_at=now,
                group_since=now, taken_at=now,
            )
        )  # fmt: skip
        conversation_id = row.id

    async def type_in(_channel: str, user: str) -> None:
        if town.channel.features.typing:
            await town.channel.typing(user)

    speaking = Speaking(
        house.store, house.vault, lambda: datetime.now(UTC), house.turns, Bulletin(), type_in=type_in
    )  # fmt: skip
    return speaking, conversation_id


async def test_her_words_and_her_file_arrive_whole(town: World) -> None:
    speaking, conversation = await talk(town)
    file = await town.house.files.save_bytes("образец.pdf", CONTENT["pdf"])
    before = len(town.fake.to(town.peer))
    await speaking.say(conversation, ANNA, "Анна Белова", "Вот образец", [file], key="key-00000001")
    words, document, *_ = (await town.fake.until(before + 2, town.peer, QUICKLY))[before:]
    assert words.text == "Анна Белова, специалист:\nВот образец"
    assert document.file is not None and document.file == ("образец.pdf", CONTENT["pdf"])
    await town.house.settled()
    assert [state for state, _ in await town.house.outbox()][-1] == "sent"


async def test_a_correction_says_that_it_is_one(town: World) -> None:
    speaking, conversation = await talk(town)
    before = len(town.fake.to(town.peer))
    wrong = await speaking.say(conversation, ANNA, "Анна", "До шести", key="key-00000002")
    await speaking.correct(wrong.seq, ANNA, "До восьми")
    sent = (await town.fake.until(before + 2, town.peer, QUICKLY))[before:]
    assert [one.text for one in sent] == ["Анна, специалист:\nДо шести", "Исправление: До восьми"]


async def test_the_messenger_shows_that_she_is_typing(town: World) -> None:
    if not town.channel.features.typing:
        pytest.skip("этот мессенджер не показывает набор")
    speaking, conversation = await talk(town)
    shown = len(town.fake.typed)
    speaking.typing(conversation, ANNA)
    async with asyncio.timeout(QUICKLY):
        while len(town.fake.typed) == shown:
            await asyncio.sleep(0.01)
    assert town.fake.typed[-1] == town.peer
