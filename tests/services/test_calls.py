"""Calls are registered, admitted, begun once, passed on at most twice, rated, and never lost sight of."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.services.calls.interface import After, BadCall, CallExists, UnknownCall
from bot.services.calls.lines import Lines, load_lines
from bot.services.calls.recordings import Recordings
from bot.services.calls.registry import Calls
from bot.services.calls.tables import CallRow
from bot.services.feedback import BadRating
from bot.services.people.groups import Groups
from bot.store import Store, Vault, journal
from bot.store.events import EventRow

CONTENT = Path(__file__).parents[2] / "bot" / "content"
ANNA = "89123456789"


@pytest.fixture
def lines() -> Lines:
    groups = Groups.load(CONTENT / "groups.yml", ZoneInfo("Europe/Moscow"))
    return load_lines(CONTENT / "lines.yml", [g.id for g in groups._groups.values()])


@pytest.fixture
def calls(store: Store, vault: Vault, clock: Any, lines: Lines) -> Calls:
    return Calls(store, vault, clock, lines, 3)


async def events(store: Store, name: str) -> list[dict[str, Any]]:
    async with store.read() as session:
        return [e.data for e in await session.scalars(select(EventRow).where(EventRow.name == name))]


async def test_a_registered_call_is_known_until_it_begins(store: Store, calls: Calls) -> None:
    call = await calls.register(ANNA, "1220")
    assert (call.line, call.admitted, call.caller, call.state) == ("dokumenty", True, "+79123456789", "registered")
    assert str(uuid.UUID(call.id)) == call.id and await calls.known(call.id)
    begun = await calls.begin(call.id)
    assert begun.state == "open" and begun.started_at is not None and not await calls.known(call.id)
    with pytest.raises(UnknownCall):
        await calls.begin(call.id)


async def test_an_unknown_or_late_uuid_is_refused(calls: Calls, clock: Any) -> None:
    assert not await calls.known(str(uuid.uuid4()))
    call = await calls.register(ANNA)
    clock.forward(seconds=60)
    assert not await calls.known(call.id)
    with pytest.raises(UnknownCall):
        await calls.begin(call.id)


async def test_two_connections_with_one_uuid_are_one_call(calls: Calls) -> None:
    call = await calls.register(ANNA)
    results = await asyncio.gather(*(calls.begin(call.id) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(r, UnknownCall) for r in results) == 4


async def test_the_number_is_nowhere_in_clear(store: Store, calls: Calls, vault: Vault) -> None:
    call = await calls.register("+7 912 345-67-89", "122", linked_id="1700000000.1")
    await calls.begin(call.id)
    await calls.finish(call.id, "done", After("hangup"))
    async with store.read() as session:
        row = (await session.scalars(select(CallRow))).one()
        found = (await session.scalars(select(EventRow))).all()
    everything = str([getattr(row, c.key) for c in CallRow.__table__.columns]) + str([(e.name, e.data) for e in found])
    assert "9123456789" not in everything and "912" not in repr(call)
    assert call.user == vault.fingerprint("+79123456789") == row.user


async def test_one_number_is_one_conversation_in_any_spelling(calls: Calls) -> None:
    users = {
        (await calls.register(text)).user for text in ("89123456789", "+7 (912) 345-67-89", "sip:+79123456789@pbx")
    }
    assert len(users) == 1


@pytest.mark.parametrize("caller", ["", "anonymous", "Unknown", "101", "<restricted>", "+7000", "1" * 400, "\x00'; --"])
async def test_a_withheld_number_makes_a_conversation_of_this_call_only(calls: Calls, caller: str) -> None:
    one = await calls.register(caller, linked_id="17.1")
    other = await calls.register(caller, linked_id="17.2")
    assert one.caller is None and one.user != other.user


async def test_above_capacity_the_queue_follows_at_once(store: Store, calls: Calls, clock: Any) -> None:
    admitted = [await calls.register(f"8912345678{i}") for i in range(3)]
    full = await calls.register(ANNA, "122")
    assert all(c.admitted for c in admitted) and not full.admitted
    assert await calls.after(full.id) == After("queue", "otklik-general", "general") == full.after
    assert not await calls.known(full.id)
    # A call whose audio never came takes no room, nor does one that is over.
    clock.forward(seconds=61)
    assert (await calls.register(ANNA)).admitted
    assert [e["admitted"] for e in await events(store, "call_registered")] == [True, True, True, False, True]


async def test_parallel_calls_never_exceed_the_capacity(calls: Calls) -> None:
    found = await asyncio.gather(*(calls.register(f"891234567{i:02}") for i in range(12)))
    assert sum(c.admitted for c in found) == 3


async def test_a_pbx_may_bring_its_own_uuid_and_ask_twice(calls: Calls) -> None:
    own = str(uuid.uuid4())
    first = await calls.register(ANNA, linked_id="17.1", call_id=own.upper())
    again = await calls.register(ANNA, linked_id="17.1", call_id=own)
    assert first.id == again.id == own
    await calls.begin(own)
    with pytest.raises(CallExists):
        await calls.register(ANNA, linked_id="17.1", call_id=own)
    for wrong in ({"call_id": "17"}, {"linked_id": "a b"}, {"linked_id": "x" * 81}, {"linked_id": "17\r\nX: 1"}):
        with pytest.raises(BadCall):
            await calls.register(ANNA, **wrong)


async def test_the_end_says_where_the_caller_goes(store: Store, calls: Calls, clock: Any) -> None:
    call = await calls.register(ANNA, "122")
    await calls.begin(call.id)
    assert await calls.after(call.id) is None
    clock.forward(seconds=42)
    await calls.finish(call.id, "transfer", calls.lines.queue("city"))
    assert await calls.after(call.id) == After("queue", "otklik-city", "city")
    # The first end counts.
    assert await calls.finish(call.id, "caller", After("hangup")) == After("queue", "otklik-city", "city")
    assert [(e["reason"], e["seconds"]) for e in await events(store, "call_ended")] == [("transfer", 42)]
    assert [e["transfers"] for e in await events(store, "call_transferred")] == [1]


@pytest.mark.parametrize(
    "after",
    [After("queue", "nowhere"), After("line", "no"), After("extension", "1,hangup"), After("extension", ""),
     After("shell")],  # type: ignore[arg-type]
)  # fmt: skip
async def test_a_way_that_does_not_exist_is_refused(calls: Calls, after: After) -> None:
    call = await calls.register(ANNA)
    with pytest.raises(BadCall):
        await calls.finish(call.id, "transfer", after)


async def leg(calls: Calls, line: str, after: After, caller: str = ANNA) -> str:
    call = await calls.register(caller, line=line, linked_id="17.9")
    await calls.begin(call.id)
    await calls.finish(call.id, "transfer", after)
    return call.user


async def test_movement_between_lines_is_one_call_and_two_transfers_at_most(calls: Calls) -> None:
    first = await leg(calls, "line122", After("line", "dokumenty"))
    assert await calls.transfers("17.9") == 1 and await calls.may_transfer("17.9", "dokumenty")
    # The second leg may come without the number: it is the same call all the same.
    second = await leg(calls, "dokumenty", After("line", "line122"), caller="anonymous")
    assert first == second and not await calls.may_transfer("17.9", "line122")
    third = await calls.register(ANNA, line="line122", linked_id="17.9")
    await calls.begin(third.id)
    assert await calls.finish(third.id, "transfer", After("line", "dokumenty")) == calls.lines.queue("general")


async def test_a_caller_who_left_the_queue_may_ask_for_a_human_once_more(calls: Calls) -> None:
    await leg(calls, "line122", calls.lines.queue("city"))
    back = await calls.register("anonymous", line="line122", linked_id="17.9")
    assert back.transfers == 1 and await calls.may_transfer("17.9") and back.caller == "+79123456789"


async def test_a_call_learns_its_conversation(store: Store, vault: Vault, calls: Calls, clock: Any) -> None:
    call = await calls.register(ANNA)
    async with store.write() as session:
        talk = await journal.conversation_of(session, vault, "phone", call.user, clock())
    await calls.begin(call.id)
    await calls.attach(call.id, talk.id)
    await calls.rate(call.id, 4)
    found = await calls.get(call.id)
    assert found is not None
    assert (found.conversation_id, found.citizen_id, found.rating) == (talk.id, talk.citizen_id, 4)
    assert [e["rating"] for e in await events(store, "call_rated")] == [4]
    for wrong in (0, 5, True):
        with pytest.raises(BadRating):
            await calls.rate(call.id, wrong)


async def test_after_a_crash_open_calls_are_closed_and_their_callers_queued(
    store: Store, vault: Vault, calls: Calls, clock: Any, lines: Lines
) -> None:
    call, waiting = await calls.register(ANNA), await calls.register(ANNA)
    await calls.begin(call.id)
    clock.forward(seconds=5)
    restarted = Calls(store, vault, clock, lines, 3)
    assert await restarted.recover() == 1 and await restarted.recover() == 0
    found = await restarted.get(call.id)
    assert found is not None and (found.state, found.reason, found.after) == ("ended", "broken", None)
    assert await restarted.known(waiting.id)
    assert await restarted.after(call.id) is None
    assert [e["reason"] for e in await events(store, "call_ended")] == ["broken"]


async def test_a_call_without_audio_expires(store: Store, calls: Calls, clock: Any) -> None:
    call = await calls.register(ANNA)
    assert await calls.expire() == 0
    clock.forward(seconds=60)
    assert await calls.expire() == 1 and await calls.expire() == 0
    found = await calls.get(call.id)
    assert found is not None and (found.state, found.reason) == ("expired", "no_audio")
    assert [e["reason"] for e in await events(store, "call_ended")] == ["no_audio"]


async def test_an_outgoing_call_nobody_decided_about_is_hung_up(calls: Calls) -> None:
    call = await calls.register(ANNA, direction="out", purpose="reminder")
    assert await calls.after(call.id) == After("hangup")


async def test_a_recording_has_a_term(store: Store, calls: Calls, clock: Any, lines: Lines) -> None:
    recordings = Recordings(store, clock, lines)
    call = await calls.register(ANNA, "122")
    kept = await recordings.kept(call.id, "2026/11/one")
    assert (kept.delete_after - clock()).days == 30
    clock.forward(days=29)
    assert await recordings.due() == []
    clock.forward(days=1)
    assert [r.reference for r in await recordings.due()] == ["2026/11/one"]
    await recordings.deleted(call.id)
    await recordings.deleted(call.id)
    assert await recordings.due() == [] and len(await events(store, "recording_deleted")) == 1
    with pytest.raises(UnknownCall):
        await recordings.kept("no", "x")
    with pytest.raises(BadCall):
        await recordings.kept(call.id, "")
