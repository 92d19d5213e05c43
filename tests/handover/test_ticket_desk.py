"""Tickets in the hands of people: seen by the group that answers for the topic, owned by one, changed once, told to the citizen."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import yaml
from sqlalchemy import select

from bot.handover.bulletin import Bulletin
from bot.handover.interface import AlreadyTaken, Gone, NotYours, Refusal
from bot.handover.ticket_desk import Sought, TicketDesk
from bot.services.consents.sql import may_notify
from bot.services.people.groups import Groups
from bot.services.tickets.sql import SqlTickets
from bot.services.tickets.tables import TicketRow
from bot.services.tickets.topics import parse_topics
from bot.services.tickets.wording import TicketWords
from bot.store import Store, Vault, journal
from bot.store.due import DueMessageRow
from bot.store.events import EventRow

CONTENT = Path(__file__).parents[2] / "bot" / "content"
MOSCOW = ZoneInfo("Europe/Moscow")
CITY = ("city",)


class Topics:
    """The topics of the content without their model, which no deed of a desk asks."""

    def __init__(self) -> None:
        self.topics = parse_topics(yaml.safe_load((CONTENT / "topics.yml").read_text("utf-8")))

    def topic(self, topic_id: str) -> Any:
        return self.topics.get(topic_id) or self.topics["other"]


class Far:
    """An encoder for which no two texts are alike."""

    def __init__(self) -> None:
        self._count = 0

    def encode(self, texts: list[str]) -> Any:
        self._count += 1
        vector = np.zeros((len(texts), 64), dtype=np.float32)
        vector[:, self._count % 64] = 1
        return vector


@pytest.fixture
def tickets(store: Store, vault: Vault, clock: Any) -> SqlTickets:
    words = TicketWords(yaml.safe_load((CONTENT / "tickets.yml").read_text("utf-8")))
    return SqlTickets(store, vault, clock, Topics(), Far(), words, MOSCOW)  # type: ignore[arg-type]


@pytest.fixture
def desk(store: Store, clock: Any, tickets: SqlTickets) -> TicketDesk:
    groups = Groups.load(CONTENT / "groups.yml", MOSCOW)
    return TicketDesk(store, clock, groups, tickets, list(Topics().topics), MOSCOW, Bulletin())


@pytest.fixture
async def anna(store: Store, vault: Vault, clock: Any) -> str:
    async with store.write() as session:
        return (await journal.conversation_of(session, vault, "widget", "anna", clock())).citizen_id


@pytest.fixture
async def number(tickets: SqlTickets, anna: str) -> str:
    contact = {"name": "Анна Петрова", "phone": "+79161234567"}
    filed = await tickets.file(anna, "Яма у дома 5", "roads", "улица Мира, 5", contact=contact, channel="vk", key="1")
    return filed.number


async def told(store: Store) -> list[str]:
    async with store.read() as session:
        return [row.payload["text"] for row in await session.scalars(select(DueMessageRow))]


async def test_a_ticket_is_seen_by_the_group_that_answers_for_its_topic(desk: TicketDesk, number: str) -> None:
    assert [card.ticket.number for card in await desk.find(CITY, Sought())] == [number]
    assert (await desk.get(number.lower(), CITY)).group == "city"
    assert await desk.find(("general",), Sought(state="", number=number)) == []
    for deed in (
        desk.get(number, ("general",)),
        desk.text(number, ("general",)),
        desk.set_state(number, "a", ("general",), "in_progress", "", "registered"),
        desk.assign(number, "a", ("general",), "a", supervisor=True),
        desk.escalate(number, "a", ("general",), "помогите"),
    ):
        with pytest.raises(LookupError):
            await deed


async def test_a_topic_gone_from_the_content_belongs_to_the_default_group(
    desk: TicketDesk, store: Store, number: str
) -> None:
    async with store.write() as session:
        row = await session.get_one(TicketRow, number)
        row.topic = row.topic_head = "forgotten"
    assert [card.ticket.number for card in await desk.find(("general",), Sought())] == [number]
    assert await desk.find(CITY, Sought()) == []


async def test_a_change_is_told_to_the_citizen_and_kept_with_its_words(
    desk: TicketDesk, store: Store, anna: str, number: str
) -> None:
    card = await desk.set_state(number, "maria", CITY, "answered", "Яму засыпали.", "registered")
    assert card.ticket.state == "answered"
    assert "Яму засыпали." in (await told(store))[0]
    story = (await desk.text(number, CITY)).story
    assert [(s.kind, s.by, s.what, s.note) for s in story] == [("state", "maria", "answered", "Яму засыпали.")]
    async with store.read() as session:
        event = await session.scalar(select(EventRow).where(EventRow.name == "ticket_state"))
        assert event is not None and event.data == {"number": number, "state": "answered", "by": "maria"}
        assert "засыпали" not in (await session.get_one(TicketRow, number)).body


async def test_the_answer_is_owed_without_a_consent_to_notifications(
    desk: TicketDesk, store: Store, anna: str, number: str
) -> None:
    async with store.read() as session:
        assert not await may_notify(session, anna)
    await desk.set_state(number, "maria", CITY, "in_progress", "", "registered")
    assert len(await told(store)) == 1


async def test_states_that_mean_nothing_alone_need_words(desk: TicketDesk, store: Store, number: str) -> None:
    for state in ("answered", "rejected", "forwarded"):
        with pytest.raises(Refusal):
            await desk.set_state(number, "maria", CITY, state, "  ", "registered")
    with pytest.raises(Refusal):
        await desk.set_state(number, "maria", CITY, "no such state", "", "registered")
    with pytest.raises(Refusal):
        await desk.set_state(number, "maria", CITY, "answered", "а" * 2001, "registered")
    assert await told(store) == []


async def test_of_two_who_answer_at_once_one_is_told_that_it_has_changed(
    desk: TicketDesk, store: Store, number: str
) -> None:
    tries = await asyncio.gather(
        *(desk.set_state(number, who, CITY, "answered", f"Ответ от {who}", "registered") for who in "ab"),
        return_exceptions=True,
    )
    assert sum(isinstance(t, Gone) for t in tries) == 1
    assert len(await told(store)) == 1


async def test_one_owner_and_only_a_supervisor_gives_a_ticket_to_another(
    desk: TicketDesk, store: Store, number: str
) -> None:
    tries = await asyncio.gather(
        *(desk.assign(number, f"o{n}", CITY, f"o{n}") for n in range(5)), return_exceptions=True
    )
    assert sum(isinstance(t, AlreadyTaken) for t in tries) == 4
    owner = (await desk.get(number, CITY)).owner
    with pytest.raises(NotYours):
        await desk.assign(number, owner, CITY, "olga")
    assert (await desk.assign(number, "boss", CITY, "olga", supervisor=True)).owner == "olga"
    assert (await desk.assign(number, "olga", CITY, "")).owner == ""
    assert [s.what for s in (await desk.text(number, CITY)).story] == [owner, "olga", ""]


async def test_a_stuck_ticket_reaches_a_supervisor_once_and_with_a_reason(desk: TicketDesk, number: str) -> None:
    with pytest.raises(Refusal):
        await desk.escalate(number, "maria", CITY, " ")
    assert (await desk.escalate(number, "maria", CITY, "Подрядчик не отвечает")).escalated
    with pytest.raises(Refusal):
        await desk.escalate(number, "maria", CITY, "Ещё раз")
    assert [c.ticket.number for c in await desk.find(CITY, Sought(escalated=True))] == [number]
    await desk.set_state(number, "maria", CITY, "answered", "Готово.", "registered")
    with pytest.raises(Gone):
        await desk.escalate(number, "maria", CITY, "Поздно")
    assert await desk.find(CITY, Sought(escalated=True)) == []


async def test_the_list_is_sifted_by_term_owner_topic_and_number(
    desk: TicketDesk, tickets: SqlTickets, clock: Any, anna: str, number: str
) -> None:
    other = (await tickets.file(anna, "Мусор не вывозят", "ecology_waste", channel="vk", key="2")).number
    both = {number, other}

    async def found(**sought: Any) -> set[str]:
        return {card.ticket.number for card in await desk.find(CITY, Sought(**sought))}

    assert await found() == both
    assert await found(topic="ecology_waste") == {other}
    await desk.assign(number, "maria", CITY, "maria")
    assert (await found(owner="maria"), await found(free=True)) == ({number}, {other})
    assert await found(overdue=True) == await found(soon=True) == set()
    due = min(card.ticket.due_on for card in await desk.find(CITY, Sought()))
    clock.forward(days=(due - clock().date()).days - 2)
    assert await found(soon=True) != set()
    clock.forward(days=40)
    assert await found(overdue=True) == both
    assert await desk.count_overdue(CITY) == 2 and await desk.count_overdue(("general",)) == 0
    await desk.set_state(other, "maria", CITY, "answered", "Вывезли.", "registered")
    assert (await found(), await found(state="answered"), await found(state="")) == ({number}, {other}, both)
    assert await found(state="", number=f" {number.lower()} ") == {number}
