"""A complaint gets a number once, a lawful term, and its author hears of every change."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import yaml
from sqlalchemy import select

from bot.services.applications.interface import Locked, NotFoundOrWrongProof, Proof
from bot.services.errors import ContentError, ServiceUnavailable
from bot.services.http_client import ServiceHttp
from bot.services.tickets.address import parse_address
from bot.services.tickets.http import HttpTickets
from bot.services.tickets.interface import NoSuchTicket, Ticket
from bot.services.tickets.sql import SqlTickets
from bot.services.tickets.tables import TicketRow
from bot.services.tickets.topics import TopicClassifier, parse_topics
from bot.services.tickets.wording import TicketWords
from bot.store import Store, Vault
from bot.store.due import DueMessageRow
from bot.store.events import EventRow

CONTENT = Path(__file__).parents[2] / "bot" / "content"
MOSCOW = ZoneInfo("Europe/Moscow")
TOPICS: dict[str, Any] = {
    "topics": [
        {
            "id": "roads", "title": "Дороги", "group": "Дорожники", "term_days": 10,
            "examples": ["плохая дорога"],
            "subtopics": [
                {"id": "roads.potholes", "title": "Ямы", "examples": ["яма на дороге", "выбоина"]},
                {"id": "roads.snow", "title": "Снег", "term_days": 3, "examples": ["не чистят снег", "гололёд"]},
            ],
        },
        {"id": "animals", "title": "Животные", "group": "Отлов", "term_days": 7, "examples": ["стая собак", "собаки"]},
        {"id": "other", "title": "Другое", "group": "Общая", "term_days": 30, "examples": ["вопрос", "предложение"]},
    ]
}  # fmt: skip


class Letters:
    """A stand-in for the sentence encoder: texts with the same first letters of words are near."""

    name = "letters"

    def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        rows = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                rows[row, sum(map(ord, word[:3])) % 64] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


@pytest.fixture(scope="module")
def topics(tmp_path_factory: pytest.TempPathFactory) -> TopicClassifier:
    path = tmp_path_factory.mktemp("topics") / "topics.yml"
    path.write_text(yaml.safe_dump(TOPICS, allow_unicode=True), "utf-8")
    return TopicClassifier.load(path, Letters())


@pytest.fixture
def words() -> TicketWords:
    return TicketWords(yaml.safe_load((CONTENT / "tickets.yml").read_text("utf-8")))


@pytest.fixture
def tickets(store: Store, vault: Vault, clock: Any, topics: TopicClassifier, words: TicketWords) -> SqlTickets:
    return SqlTickets(store, vault, clock, topics, Letters(), words, MOSCOW)


PERSON = {"surname": "Иванова", "name": "Анна", "phone": "+79123456789"}


async def file(tickets: SqlTickets, text: str = "яма у дома", topic: str = "roads.potholes", **more: Any) -> Ticket:
    more.setdefault("contact", PERSON)
    more.setdefault("key", text + str(more.get("address")))
    return await tickets.file(more.pop("citizen", "c1"), text, topic, channel="VK", **more)


async def test_a_ticket_gets_number_group_and_term(tickets: SqlTickets) -> None:
    ticket = await file(tickets)
    assert (ticket.number, ticket.topic_title, ticket.group) == ("ОБ-2026-000001", "Ямы", "Дорожники")
    assert (ticket.filed_on, ticket.due_on) == (date(2026, 11, 16), date(2026, 11, 26))
    assert (ticket.state, ticket.state_title, ticket.overdue) == ("registered", "Зарегистрировано", False)
    assert (await file(tickets, "снег", "roads.snow")).due_on == date(2026, 11, 19)
    assert (await file(tickets, "что-то", "нет такой темы")).topic == "other"


async def test_the_same_key_is_the_same_ticket(tickets: SqlTickets) -> None:
    results = await asyncio.gather(*(file(tickets, key="k1") for _ in range(10)))
    assert {t.number for t in results} == {"ОБ-2026-000001"}
    assert sum(not t.repeated for t in results) == 1


async def test_parallel_tickets_have_numbers_without_gaps(tickets: SqlTickets) -> None:
    results = await asyncio.gather(*(file(tickets, f"жалоба {i}", key=f"k{i}") for i in range(12)))
    assert sorted(t.number for t in results) == [f"ОБ-2026-{i:06d}" for i in range(1, 13)]


async def test_nothing_a_citizen_wrote_lies_open(store: Store, vault: Vault, tickets: SqlTickets) -> None:
    await file(tickets, "яма у калитки Петровой", key="k", address="Садовая, 14", details={"глубина": "полметра"})
    async with store.read() as session:
        row = (await session.scalars(select(TicketRow))).one()
        event = (await session.scalars(select(EventRow))).one()
    open_text = json.dumps([v for k, v in vars(row).items() if not k.startswith("_")], default=str, ensure_ascii=False)
    assert not [w for w in ("калитк", "Садов", "полметра", "Иванов", "79123456789") if w in open_text]
    assert "Садов" not in json.dumps(event.data, ensure_ascii=False)
    text = await tickets.text_of("об 2026 1")
    assert (text.text, text.address, text.contact) == ("яма у калитки Петровой", "Садовая, 14", PERSON)


async def test_similar_open_tickets_are_linked_both_ways(tickets: SqlTickets) -> None:
    first = await file(tickets, "яма во всю дорогу", address="ул. Садовая, д. 14")
    near = await file(tickets, "провал асфальта", address={"street": "Садовая улица", "house": "16"})
    far = await file(tickets, "яма во всю дорогу", address="Садовая, 90")
    elsewhere = await file(tickets, "яма во всю дорогу", address="улица Мира, 14")
    dogs = await file(tickets, "собаки на дороге", "animals", address="Садовая, 14")
    assert near.linked == [first.number]
    assert far.linked == elsewhere.linked == dogs.linked == []
    mine = {t.number: t.linked for t in await tickets.mine("c1")}
    assert mine[first.number] == [near.number]


async def test_without_an_address_the_meaning_links(tickets: SqlTickets) -> None:
    first = await file(tickets, "яма возле школы огромная яма")
    same = await file(tickets, "огромная яма возле школы")
    assert same.linked == [first.number]
    assert (await file(tickets, "совсем другие слова")).linked == []


async def test_a_closed_ticket_is_not_linked(tickets: SqlTickets) -> None:
    first = await file(tickets, address="Садовая, 14")
    await tickets.set_state(first.number, "answered", "Яма засыпана.")
    assert (await file(tickets, "опять яма", address="Садовая, 14")).linked == []


async def test_a_change_is_told_once(store: Store, tickets: SqlTickets) -> None:
    ticket = await file(tickets)
    await tickets.set_state(ticket.number, "in_progress")
    await tickets.set_state(ticket.number, "in_progress")
    changed = await tickets.set_state(ticket.number, "answered", "Яму засыпали 20 ноября.")
    assert (changed.state_title, changed.note) == ("Ответ готов", "Яму засыпали 20 ноября.")
    async with store.read() as session:
        told = (await session.scalars(select(DueMessageRow).order_by(DueMessageRow.id))).all()
    assert [m.payload["text"] for m in told] == [
        "Обращение ОБ-2026-000001 («Ямы») взяли в работу.",
        "По обращению ОБ-2026-000001 («Ямы») есть ответ. Яму засыпали 20 ноября.",
    ]
    with pytest.raises(NoSuchTicket):
        await tickets.set_state("ОБ-2026-000099", "answered")


async def test_the_author_sees_the_status_and_a_stranger_needs_a_proof(tickets: SqlTickets) -> None:
    number = (await file(tickets)).number
    assert (await tickets.status("oб-2026-1", "c1")).number == number
    assert (await tickets.status(number, "c2", Proof("surname", "иванова анна"))).number == number
    with pytest.raises(NotFoundOrWrongProof) as wrong:
        await tickets.status(number, "c3", Proof("surname", "Петрова"))
    assert wrong.value.attempts_left == 4
    with pytest.raises(NotFoundOrWrongProof):
        await tickets.status("ОБ-2026-000099", "c4", Proof("surname", "Иванова"))


async def test_five_wrong_proofs_lock(tickets: SqlTickets, clock: Any) -> None:
    number = (await file(tickets)).number
    for _ in range(4):
        with pytest.raises(NotFoundOrWrongProof):
            await tickets.status(number, "spy")
    with pytest.raises(Locked):
        await tickets.status(number, "spy")
    with pytest.raises(Locked):
        await tickets.status(number, "spy", Proof("surname", "Иванова"))
    clock.forward(minutes=16)
    assert (await tickets.status(number, "spy", Proof("surname", "Иванова"))).number == number


async def test_an_anonymous_ticket_opens_with_its_code(tickets: SqlTickets) -> None:
    ticket = await file(tickets, citizen=None, contact=None)
    assert ticket.anonymous and ticket.code is not None and len(ticket.code) == 6
    shown = await tickets.status(ticket.number, "any", Proof("code_word", ticket.code))
    assert shown.code is None
    assert await tickets.mine("c1") == []


async def test_details_are_added_by_the_author_only(tickets: SqlTickets) -> None:
    number = (await file(tickets)).number
    await tickets.add_details(number, "c1", "глубина полметра", [{"name": "a.jpg", "ref": "f1"}])
    with pytest.raises(NoSuchTicket):
        await tickets.add_details(number, "c2", "чужое")
    text = await tickets.text_of(number)
    assert [d["text"] for d in text.details] == ["глубина полметра"] and text.attachments[0]["ref"] == "f1"
    await tickets.set_state(number, "answered")
    with pytest.raises(NoSuchTicket):
        await tickets.add_details(number, "c1", "поздно")


async def test_a_passed_term_is_overdue(tickets: SqlTickets, clock: Any) -> None:
    number = (await file(tickets)).number
    clock.now += timedelta(days=11)
    assert (await tickets.status(number, "c1")).overdue
    await tickets.set_state(number, "answered")
    assert not (await tickets.status(number, "c1")).overdue


@pytest.mark.parametrize(
    ("given", "street", "house"),
    [
        ("ул. Садовая, д. 14", "садовый", 14),
        ("на Садовой улице 14б, кв. 3", "садовый", 14),
        ("улица Карла Маркса дом 5 корпус 2", "карла маркс", 5),
        ({"street": "улица Мира", "house": "7/2"}, "мир", 7),
        ({"text": "Ленина 10"}, "ленин", 10),
        ("возле школы", "школа", None),
    ],
)
def test_addresses_are_read_into_one_spelling(given: Any, street: str, house: int | None) -> None:
    address = parse_address(given)
    assert address is not None and (address.street, address.house) == (street, house)


@pytest.mark.parametrize("given", [None, "", "   ", {}])
def test_no_address_is_none(given: Any) -> None:
    assert parse_address(given) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "roads", "title": "Д", "group": "Г"}, "дважды"),
        ({"id": "x", "title": "Х", "group": "Г", "term_days": 45}, "59-ФЗ"),
        ({"id": "y", "title": "Х"}, "group"),
    ],
)
def test_wrong_topics_are_told_to_the_editor(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ContentError, match=message):
        parse_topics({"topics": [*TOPICS["topics"], change]})


def test_wrong_words_are_told_to_the_editor() -> None:
    good = yaml.safe_load((CONTENT / "tickets.yml").read_text("utf-8"))
    with pytest.raises(ContentError, match="answered"):
        TicketWords({"states": {"registered": "Ок"}})
    with pytest.raises(ContentError, match="news"):
        TicketWords(good | {"news": {"answered": "{surname}"}})


ANSWER = {
    "number": "ОБ-2026-000007", "topic": "roads.potholes", "group": "Дорожники", "state": "registered",
    "filed_on": "2026-11-16", "due_on": "2026-11-26", "linked": ["ОБ-2026-000003"],
}  # fmt: skip

Reply = Callable[[str, str, dict[str, Any], dict[str, str]], tuple[int, Any]]


@asynccontextmanager
async def agency(reply: Reply) -> Any:
    """A real local server that answers with `reply(method, path, body, headers)`."""
    calls: list[tuple[str, str, dict[str, Any], dict[str, str]]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path = head.split(" ", 2)[:2]
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head.split("\r\n")[1:] if line)}
        body = json.loads(await reader.readexactly(int(headers.get("content-length", 0))) or b"{}")
        calls.append((method, path, body, headers))
        status, data = reply(method, path, body, headers)
        content = data if isinstance(data, bytes) else json.dumps(data).encode()
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(content)))
        writer.write(content)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with ServiceHttp("tickets", f"http://127.0.0.1:{port}", timeout=1, attempts=2, pause=0.01) as http:
        yield http, calls
    server.close()
    await server.wait_closed()


@pytest.fixture
def over_http(
    store: Store, vault: Vault, clock: Any, topics: TopicClassifier, words: TicketWords
) -> Callable[[ServiceHttp], HttpTickets]:
    return lambda http: HttpTickets(http, store, vault, clock, topics, words, MOSCOW)


async def test_an_agency_files_with_the_key_of_the_deed(over_http: Callable[[ServiceHttp], HttpTickets]) -> None:
    async with agency(lambda *_: (200, ANSWER)) as (http, calls):
        ticket = await over_http(http).file("c1", "яма", "roads.potholes", "Садовая, 14", contact=PERSON, key="k7")
    assert (ticket.number, ticket.linked, ticket.due_on) == ("ОБ-2026-000007", ["ОБ-2026-000003"], date(2026, 11, 26))
    method, path, body, headers = calls[0]
    assert (method, path, headers["idempotency-key"]) == ("POST", "/tickets", "k7")
    assert body["topic"] == "roads.potholes" and body["address"] == {"text": "Садовая, 14"}


async def test_an_agency_that_knows_no_such_ticket(over_http: Callable[[ServiceHttp], HttpTickets]) -> None:
    async with agency(lambda *_: (404, {"error": {"code": "no_such_ticket"}})) as (http, _):
        with pytest.raises(NoSuchTicket):
            await over_http(http).add_details("ОБ-2026-000007", "c1", "ещё")
    async with agency(lambda *_: (403, {"error": {"code": "not_found_or_wrong_proof"}})) as (http, _):
        tickets = over_http(http)
        for _ in range(4):
            with pytest.raises(NotFoundOrWrongProof):
                await tickets.status("ОБ-2026-000007", "spy", Proof("surname", "Ы"))
        with pytest.raises(Locked):
            await tickets.status("ОБ-2026-000007", "spy", Proof("surname", "Ы"))


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (503, {}),
        (200, b"<html>"),
        (200, {"number": "x"}),
        (200, ANSWER | {"state": "lost"}),
        (200, ANSWER | {"due_on": "завтра"}),
        (400, {"error": {"code": "unheard_of"}}),
    ],
)
async def test_an_agency_in_trouble_is_unavailable(
    over_http: Callable[[ServiceHttp], HttpTickets], status: int, answer: Any
) -> None:
    async with agency(lambda *_: (status, answer)) as (http, _):
        with pytest.raises(ServiceUnavailable):
            await over_http(http).file("c1", "яма", "roads.potholes", key="k")


async def test_an_agency_lists_the_citizens_tickets(over_http: Callable[[ServiceHttp], HttpTickets]) -> None:
    async with agency(lambda *_: (200, {"tickets": [ANSWER, ANSWER | {"state": "answered", "note": "Готово"}]})) as (
        http,
        calls,
    ):
        found = await over_http(http).mine("c1")
    assert [t.state_title for t in found] == ["Зарегистрировано", "Ответ готов"] and "citizen_id=c1" in calls[0][1]
