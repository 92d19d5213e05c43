"""A due message goes where the citizen sees it; whom only the telephone reaches is rung up, with consent and a number."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.due_sender import DueSender
from bot.services.calls.hours import CallingHours
from bot.services.calls.lines import load_lines
from bot.services.calls.outgoing import OutgoingCalls
from bot.services.calls.planned import OutgoingCall, covering_calls
from bot.services.calls.registry import Calls
from bot.services.consents.sql import SqlConsents
from bot.services.consents.tables import ConsentRow
from bot.services.consents.texts import Texts
from bot.services.production_calendar import ProductionCalendar
from bot.store import Store, Vault, due, journal
from bot.store.conversations import CitizenRow, ConversationRow, MessageRow
from bot.store.events import EventRow
from bot.store.journal import Message
from voice.due_calls import DueCalls
from voice.script import Script

CONTENT = Path(__file__).parents[2] / "bot" / "content"
MOSCOW = ZoneInfo("Europe/Moscow")
VISIT = {
    "number": "ТЛ-2026-000012",
    "start": "2026-11-17T15:30:00+03:00",
    "centre": "Центр",
    "address": "улица Мира, 2",
}
REMINDER = {"text": "Завтра вас ждут.", "visit": VISIT}
GROUPS = ("crisis", "general", "social", "city", "health", "technical")
CARRYING = ("phone", "vk", "widget")


class House:
    """Sender, plan and consents over one database."""

    def __init__(self, store: Store, vault: Vault, clock: Any) -> None:
        self.store, self.vault, self.clock = store, vault, clock
        lines = load_lines(CONTENT / "lines.yml", GROUPS)
        texts = Texts(yaml.safe_load((CONTENT / "consents.yml").read_text("utf-8")))
        hours = CallingHours(lines.outgoing, MOSCOW, ProductionCalendar())
        self.calls = Calls(store, vault, clock, lines, 3)
        consent = covering_calls(texts.text("notifications").version)
        self.outgoing = OutgoingCalls(store, vault, clock, lines, hours, consent=consent)
        self.consents = SqlConsents(store, vault, clock, texts, ProductionCalendar(), MOSCOW)
        self.woken: list[bool] = []
        calling = DueCalls(self.outgoing, vault, clock, Script.load(CONTENT), lambda: self.woken.append(True))
        self.said: list[tuple[str, str]] = []
        self.sender = DueSender(store, vault, self._announce, clock, CARRYING, calling)
        self.without_pbx = DueSender(store, vault, self._announce, clock, CARRYING)

    def _announce(self, message: Message, channel: str, _user: str) -> None:
        self.said.append((channel, message.body["text"]))

    async def talks(self, channel: str, user: str, minutes_ago: int = 0, citizen: str = "") -> str:
        """A citizen's conversation in a channel; her id."""
        moment = self.clock() - timedelta(minutes=minutes_ago)
        async with self.store.write() as session:
            row = await journal.conversation_of(session, self.vault, channel, user, moment)
            row.citizen_id = citizen or row.citizen_id
            return row.citizen_id

    async def calls_us(self, number: str = "+79123456789", line: str = "") -> str:
        """A citizen who has called; her id."""
        call = await self.calls.register(number, "1220" if line == "dokumenty" else "122")
        return await self.talks("phone", call.user)

    async def tells(self, citizen: str, phone: str) -> None:
        """She names her number."""
        async with self.store.write() as session:
            row = await session.get_one(CitizenRow, citizen)
            row.profile = self.vault.seal({"phone": phone})

    async def agrees(self, citizen: str, scope: str | None = None, channel: str = "phone") -> None:
        """She wants to be told."""
        await self.consents.give(citizen, "notifications", scope=scope, channel=channel)

    async def due(self, citizen: str, payload: dict[str, Any] = REMINDER, kind: str = "appointment_reminder") -> None:
        """Something falls due for her now."""
        async with self.store.write() as session:
            due.schedule(session, citizen, self.clock(), kind, payload, "appointment:ТЛ-2026-000012")

    async def planned(self) -> list[OutgoingCall]:
        """All planned calls."""
        found = [await self.outgoing.get(number) for number in range(1, 6)]
        return [call for call in found if call is not None]

    async def undeliverable(self) -> list[str]:
        """Why messages could reach nobody."""
        async with self.store.read() as session:
            rows = await session.scalars(select(EventRow).where(EventRow.name == "due_message_undeliverable"))
            return [row.data["reason"] for row in rows]


@pytest.fixture
def house(store: Store, vault: Vault, clock: Any) -> House:
    return House(store, vault, clock)


async def test_whom_only_the_telephone_reaches_is_rung_up(house: House) -> None:
    anna = await house.calls_us(line="dokumenty")
    await house.agrees(anna)
    await house.due(anna)
    assert await house.sender.send_due() == 1 and house.said == [] and house.woken
    [call] = await house.planned()
    assert (call.phone, call.citizen_id, call.purpose, call.line) == ("+79123456789", anna, "reminder", "dokumenty")
    assert (call.ref, call.until) == (VISIT["number"], datetime.fromisoformat(VISIT["start"]))
    assert "во вторник, 17 ноября, в 15:30" in call.text and VISIT["number"] not in call.text
    assert [answer["title"] for answer in call.answers] == ["Да", "Нет", "Перенести"]
    assert await house.sender.send_due() == 0
    async with house.store.read() as session:
        assert list(await session.scalars(select(MessageRow))) == []


async def test_the_number_she_told_us_goes_before_the_one_she_called_from(house: House) -> None:
    anna = await house.calls_us()
    await house.tells(anna, "8 (912) 000-11-22")
    await house.agrees(anna)
    await house.due(anna)
    await house.sender.send_due()
    assert [call.phone for call in await house.planned()] == ["+79120001122"]


async def test_a_messenger_goes_before_a_call(house: House) -> None:
    anna = await house.calls_us()
    await house.talks("vk", "1", minutes_ago=60, citizen=anna)
    await house.agrees(anna)
    await house.due(anna)
    await house.sender.send_due()
    assert house.said == [("vk", "Завтра вас ждут.")] and await house.planned() == []


async def test_who_asked_for_calls_is_called_all_the_same(house: House) -> None:
    anna = await house.talks("vk", "1")
    await house.tells(anna, "+79120001122")
    await house.agrees(anna, scope="phone", channel="vk")
    await house.due(anna)
    await house.sender.send_due()
    assert len(await house.planned()) == 1 and house.said == []


async def test_what_cannot_be_called_is_written_elsewhere(house: House) -> None:
    anna = await house.calls_us()
    await house.talks("telegram", "1", citizen=anna)
    await house.due(anna)
    await house.sender.send_due()
    assert house.said == [("telegram", "Завтра вас ждут.")] and await house.undeliverable() == []


async def test_without_consent_nobody_is_called(house: House) -> None:
    anna = await house.calls_us()
    await house.due(anna)
    assert await house.sender.send_due() == 0
    assert await house.undeliverable() == ["no_consent"] and await house.planned() == []


async def test_an_older_consent_to_written_news_covers_no_calls(house: House) -> None:
    anna = await house.calls_us()
    await house.agrees(anna, channel="widget")
    async with house.store.write() as session:
        [row] = await session.scalars(select(ConsentRow))
        row.text_version = "2026-11-01"
    await house.due(anna)
    await house.sender.send_due()
    assert await house.undeliverable() == ["no_consent"]


async def test_without_a_pbx_it_is_known_that_nobody_was_reached(house: House) -> None:
    anna = await house.calls_us()
    await house.agrees(anna)
    await house.due(anna)
    assert await house.without_pbx.send_due() == 0
    assert await house.undeliverable() == ["no_telephone"] and house.said == []


async def test_a_withheld_number_and_nobody_at_all(house: House) -> None:
    anna = await house.calls_us("anonymous")
    await house.agrees(anna)
    await house.due(anna)
    await house.due("nobody")
    await house.sender.send_due()
    assert sorted(await house.undeliverable()) == ["no_conversation", "no_number"]


async def test_nobody_is_rung_up_at_night_nor_when_the_visit_is_over(house: House) -> None:
    anna = await house.calls_us()
    await house.agrees(anna)
    house.clock.now = datetime(2026, 11, 16, 23, tzinfo=MOSCOW)
    await house.due(anna)
    await house.sender.send_due()
    [call] = await house.planned()
    assert await house.outgoing.take_due() == []
    assert call.next_try_at == datetime(2026, 11, 17, 9, tzinfo=MOSCOW)
    early = {"text": "Скоро.", "visit": VISIT | {"start": "2026-11-17T08:30:00+03:00"}}
    await house.due(anna, early)
    await house.sender.send_due()
    assert await house.undeliverable() == ["too_late"]


@pytest.mark.parametrize(("state", "called"), [("approved", True), ("rejected", True), ("in_progress", False)])
async def test_a_decision_is_worth_a_call_and_is_not_told_to_strangers(house: House, state: str, called: bool) -> None:
    anna = await house.calls_us()
    await house.agrees(anna)
    news = {"text": "Заявление 2/2/134660 одобрено.", "case": {"number": "2/2/134660", "state": state}}
    await house.due(anna, news, "application_status")
    await house.sender.send_due()
    planned = await house.planned()
    assert len(planned) == called and await house.undeliverable() == ([] if called else ["not_for_a_call"])
    for call in planned:
        assert call.purpose == "ready" and "134660" not in call.text and "одобрено" not in call.text
        assert call.answers[0]["payload"] == '/check_status{"case_number": "2/2/134660"}'


async def test_the_widget_is_written_to_as_before(house: House) -> None:
    boris = await house.talks("widget", "1")
    await house.due(boris)
    await house.sender.send_due()
    assert house.said == [("widget", "Завтра вас ждут.")]
    async with house.store.read() as session:
        assert await _channel(session, boris) == "widget"


async def test_a_reminder_does_not_break_into_a_talk_with_a_human(house: House) -> None:
    boris = await house.talks("widget", "1")
    await house.due(boris)
    async with house.store.write() as session:
        await session.execute(update(ConversationRow).values(mode="operator"))
    assert await house.sender.send_due() == 0 and house.said == []
    house.clock.forward(minutes=5)
    assert await house.sender.send_due() == 0
    async with house.store.write() as session:
        await session.execute(update(ConversationRow).values(mode="robot"))
    house.clock.forward(minutes=5)
    assert await house.sender.send_due() == 1
    assert house.said == [("widget", "Завтра вас ждут.")]


async def _channel(session: AsyncSession, citizen: str) -> str | None:
    channel: str | None = await session.scalar(
        select(ConversationRow.channel).where(ConversationRow.citizen_id == citizen)
    )
    return channel
