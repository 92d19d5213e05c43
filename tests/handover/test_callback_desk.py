"""Promised calls in the hands of people: one owner, three tries, an outcome, and none forgotten."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.handover.bulletin import Bulletin
from bot.handover.callback_rules import CallbackRules
from bot.handover.callbacks import Callbacks
from bot.handover.interface import AlreadyTaken, Gone, NotYours, Refusal
from bot.handover.promised_calls import Wanted
from bot.services.errors import ContentError
from bot.services.people.groups import Groups
from bot.services.people.sql import People
from bot.services.people.tables import CallbackRow, HandoverRow
from bot.store import Store, Vault, journal
from bot.store.due import DueMessageRow
from bot.store.events import EventRow

CONTENT = Path(__file__).parents[2] / "bot" / "content"
MOSCOW = ZoneInfo("Europe/Moscow")
OURS = ("general",)


@pytest.fixture
def groups() -> Groups:
    return Groups.load(CONTENT / "groups.yml", MOSCOW)


@pytest.fixture
def bulletin() -> Bulletin:
    return Bulletin()


@pytest.fixture
def desk(store: Store, vault: Vault, clock: Any, groups: Groups, bulletin: Bulletin) -> Callbacks:
    return Callbacks(store, vault, clock, groups, CallbackRules.load(CONTENT / "callbacks.yml"), bulletin)


@pytest.fixture
def people(store: Store, vault: Vault, clock: Any, groups: Groups) -> People:
    return People(store, vault, clock, groups)


async def citizen(store: Store, vault: Vault, clock: Any, user: str = "anna") -> tuple[str, str]:
    async with store.write() as session:
        row = await journal.conversation_of(session, vault, "widget", user, clock())
        return row.citizen_id, row.id


@pytest.fixture
async def number(store: Store, vault: Vault, clock: Any, people: People) -> str:
    who, where = await citizen(store, vault, clock)
    return (await people.request_callback(who, "89161234567", None, "appointments", where)).number


async def events(store: Store, name: str) -> list[dict[str, Any]]:
    async with store.read() as session:
        rows = await session.scalars(select(EventRow).where(EventRow.name == name).order_by(EventRow.id))
        return [dict(row.data) for row in rows]


async def told(store: Store) -> list[str]:
    async with store.read() as session:
        return [row.payload["text"] for row in await session.scalars(select(DueMessageRow))]


async def test_of_ten_who_press_at_once_one_gets_the_call(desk: Callbacks, store: Store, number: str) -> None:
    tries = await asyncio.gather(*(desk.take(number, f"operator-{n}", OURS) for n in range(10)), return_exceptions=True)
    owners = {promise.owner for promise in tries if not isinstance(promise, BaseException)}
    assert len(owners) == 1
    assert sum(isinstance(t, AlreadyTaken) for t in tries) == 9
    assert len(await events(store, "callback_taken")) == 1
    assert (await desk.get(number, OURS)).owner in owners


async def test_a_call_of_another_group_does_not_exist(desk: Callbacks, number: str) -> None:
    assert await desk.find(("city",), Wanted()) == []
    for deed in (
        desk.get(number, ("city",)),
        desk.phone(number, ("city",)),
        desk.take(number, "a", ("city",)),
        desk.missed(number, "a", ("city",), 0),
        desk.reached(number, "a", ("city",), "answered"),
        desk.cancel(number, "a", ("city",), "asked"),
        desk.release(number, "a", ("city",), supervisor=True),
    ):
        with pytest.raises(LookupError):
            await deed


async def test_the_telephone_is_opened_only_on_purpose(desk: Callbacks, number: str) -> None:
    assert "9161234567" not in repr(await desk.find(OURS, Wanted()))
    assert await desk.phones([number]) == {number: "67"}
    assert await desk.phone(number, OURS) == "+79161234567"


async def test_reaching_the_citizen_ends_it(desk: Callbacks, store: Store, clock: Any, number: str) -> None:
    await desk.take(number, "maria", OURS)
    with pytest.raises(AlreadyTaken):
        await desk.reached(number, "olga", OURS, "answered")
    with pytest.raises(Refusal):
        await desk.reached(number, "maria", OURS, "no such result")
    clock.forward(minutes=90)
    done = await desk.reached(number, "maria", OURS, "answered", "Рассказала про паспорт")
    assert (done.state, done.closed_at) == ("done", clock())
    assert await desk.notes([number]) == {number: "Рассказала про паспорт"}
    assert (await events(store, "callback_done"))[0]["late_seconds"] == 30 * 60
    async with store.read() as session:
        row = await session.get_one(CallbackRow, number)
        assert "паспорт" not in (row.note or "")
    with pytest.raises(Gone):
        await desk.take(number, "olga", OURS)
    with pytest.raises(Gone):
        await desk.missed(number, "maria", OURS, 0)


async def test_after_three_tries_the_citizen_is_written_to(
    desk: Callbacks, store: Store, clock: Any, number: str
) -> None:
    first = await desk.missed(number, "maria", OURS, 0, "Не берёт трубку")
    assert (first.tries, first.due_at, first.owner) == (1, clock() + timedelta(minutes=30), "maria")
    clock.forward(minutes=30)
    second = await desk.missed(number, "maria", OURS, 1)
    assert second.due_at == clock() + timedelta(hours=2)
    assert await told(store) == []
    clock.forward(hours=2)
    third = await desk.missed(number, "maria", OURS, 2)
    assert (third.state, third.tries) == ("failed", 3)
    assert await told(store) == [(await told(store))[0]]
    assert number in (await told(store))[0] and "три раза" in (await told(store))[0]
    assert [e["tries"] for e in await events(store, "callback_missed")] == [1, 2, 3]


async def test_a_next_try_falls_into_working_hours(desk: Callbacks, clock: Any, number: str) -> None:
    clock.forward(hours=8, minutes=50)  # Monday, 19:50; the group works until 20:00.
    again = await desk.missed(number, "maria", OURS, 0)
    assert again.due_at.astimezone(MOSCOW) == datetime(2026, 11, 17, 8, 0, tzinfo=MOSCOW)
    assert not again.late


async def test_one_press_counts_once(desk: Callbacks, number: str) -> None:
    await desk.missed(number, "maria", OURS, 0)
    with pytest.raises(Refusal):
        await desk.missed(number, "maria", OURS, 0)
    assert (await desk.get(number, OURS)).tries == 1


async def test_cancelling_needs_a_reason_and_tells_the_citizen(desk: Callbacks, store: Store, number: str) -> None:
    with pytest.raises(Refusal):
        await desk.cancel(number, "maria", OURS, "")
    done = await desk.cancel(number, "maria", OURS, "solved")
    assert done.state == "cancelled"
    assert number in (await told(store))[0]
    assert (await events(store, "callback_cancelled"))[0]["reason"] == "solved"


async def test_a_double_is_cancelled_without_a_word(desk: Callbacks, store: Store, number: str) -> None:
    await desk.cancel(number, "maria", OURS, "double")
    assert await told(store) == []


async def test_a_call_given_back_is_anybodys_and_only_a_supervisor_frees_anothers(desk: Callbacks, number: str) -> None:
    await desk.take(number, "maria", OURS)
    with pytest.raises(NotYours):
        await desk.release(number, "olga", OURS)
    assert (await desk.release(number, "olga", OURS, supervisor=True)).owner == ""
    assert (await desk.take(number, "olga", OURS)).owner == "olga"


async def test_late_calls_rise_and_are_escalated_once(
    desk: Callbacks, people: People, store: Store, vault: Vault, clock: Any, bulletin: Bulletin, number: str
) -> None:
    other, _ = await citizen(store, vault, clock, "boris")
    clock.forward(minutes=30)
    newer = (await people.request_callback(other, "89160000000", None, "appointments")).number
    assert await desk.escalate() == []
    clock.forward(minutes=31)
    async with bulletin.listen() as news:
        assert await desk.escalate() == [number]
        assert await desk.escalate() == []
        assert news.qsize() == 1
        assert news.get_nowait().data == {"number": number, "late": True}
    assert len(await events(store, "callback_late")) == 1
    found = await desk.find(OURS, Wanted())
    assert [(p.number, p.late, p.escalated) for p in found] == [(number, True, True), (newer, False, False)]
    assert [p.number for p in await desk.find(OURS, Wanted(late=True))] == [number]


async def test_a_try_made_in_time_is_not_late_until_the_next_one_is_missed(
    desk: Callbacks, clock: Any, number: str
) -> None:
    clock.forward(minutes=50)
    await desk.missed(number, "maria", OURS, 0)
    clock.forward(minutes=20)
    assert not (await desk.get(number, OURS)).late
    assert await desk.escalate() == []
    clock.forward(minutes=30)
    assert (await desk.get(number, OURS)).late
    assert (await desk.count_late(OURS), await desk.count_late(("city",))) == (1, 0)
    assert await desk.escalate() == [number]


async def test_the_list_is_sifted(
    desk: Callbacks, people: People, store: Store, vault: Vault, clock: Any, number: str
) -> None:
    other, _ = await citizen(store, vault, clock, "boris")
    later = clock() + timedelta(days=1)
    tomorrow = (await people.request_callback(other, "89160000000", later, "appointments")).number
    await desk.take(number, "maria", OURS)
    midnight = datetime(2026, 11, 17, tzinfo=MOSCOW)
    assert [p.number for p in await desk.find(OURS, Wanted(until=midnight))] == [number]
    assert [p.number for p in await desk.find(OURS, Wanted(owner="maria"))] == [number]
    assert [p.number for p in await desk.find(OURS, Wanted(free=True))] == [tomorrow]
    assert await desk.find(OURS, Wanted(state="done")) == []
    assert len(await desk.find(OURS, Wanted(state=""))) == 2
    assert [p.number for p in await desk.find(OURS, Wanted(limit=1, skip=1))] == [tomorrow]


async def test_the_talk_is_linked_only_for_whom_it_is_open(
    desk: Callbacks, store: Store, vault: Vault, clock: Any, number: str
) -> None:
    promise = await desk.get(number, OURS)
    assert await desk.talks_of([promise], OURS, "maria") == set()
    async with store.write() as session:
        session.add(
            HandoverRow(
                conversation_id=promise.conversation_id, citizen_id=promise.citizen_id, reason="asked", topic="",
                group="city", summary=vault.seal({}), state="out_of_hours", created_at=clock(),
            )
        )  # fmt: skip
    assert await desk.talks_of([promise], OURS, "maria") == set()
    assert await desk.talks_of([promise], ("city",), "maria") == {promise.conversation_id}


def test_a_slip_in_the_rules_is_named(tmp_path: Path) -> None:
    path = tmp_path / "callbacks.yml"
    path.write_text((CONTENT / "callbacks.yml").read_text("utf-8").replace("{number}", "{nummer}"), "utf-8")
    with pytest.raises(ContentError, match=r"callbacks\.yml"):
        CallbackRules.load(path)
