"""Due calls are rung up over a real manager interface, a few at once, and every end of a dial finds its way into the plan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.calls.hours import CallingHours
from bot.services.calls.interface import Call
from bot.services.calls.lines import load_lines
from bot.services.calls.outgoing import OutgoingCalls
from bot.services.calls.planned import OutgoingCall
from bot.services.calls.registry import Calls
from bot.services.production_calendar import ProductionCalendar
from bot.store import Store, Vault
from tests.voice.fake_ami import FakeAmi
from voice.ami import AmiClient, AmiSettings
from voice.outgoing import DialSettings, OutgoingCaller

CONTENT = Path(__file__).parents[2] / "bot" / "content"
GROUPS = ("crisis", "general", "social", "city", "health", "technical")
MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)  # 11:00 in Moscow


class House:
    """Registry, plan, PBX and caller as in life, with a clock that stands still."""

    def __init__(self, folder: Path) -> None:
        self.now = MONDAY
        self.store = Store(f"sqlite+aiosqlite:///{folder}/calls.db")
        lines = load_lines(CONTENT / "lines.yml", GROUPS)
        vault = Vault(Fernet.generate_key())
        hours = CallingHours(lines.outgoing, ZoneInfo("Europe/Moscow"), ProductionCalendar())
        self.calls = Calls(self.store, vault, self.clock, lines, 3)
        self.outgoing = OutgoingCalls(self.store, vault, self.clock, lines, hours, consent=agreed)
        self.pbx = FakeAmi()
        self.talks: list[Call] = []

    def clock(self) -> datetime:
        return self.now

    async def start(self) -> None:
        await self.store.create_all()
        await self.pbx.start()
        self.ami = AmiClient(
            AmiSettings("127.0.0.1", self.pbx.port, self.pbx.user, self.pbx.secret, patience=2, pauses=(0.01,))
        )
        await self.ami.start()
        await asyncio.wait_for(self.ami.wait_connected(), 30)
        self.caller = OutgoingCaller(self.calls, self.outgoing, self.ami, DialSettings(look_every=0.05))

    async def stop(self) -> None:
        await self.caller.stop(1)
        await self.ami.stop()
        await self.pbx.stop()
        await self.store.close()

    async def plan(self, number: int = 0, **more: Any) -> OutgoingCall:
        facts: dict[str, Any] = {
            "due_at": MONDAY,
            "key": f"k{number}",
            "answers": [{"title": "да", "payload": "/affirm"}],
        }
        return await self.outgoing.plan("anna", f"+7912345670{number}", "reminder", "Завтра вас ждут.", **facts | more)

    async def picks_up(self, variables: dict[str, str]) -> None:
        """The dialplan: somebody answered, and the audio reaches the robot."""
        self.talks.append(await self.calls.begin(variables["OTKLIK_UUID"]))

    async def state(self, planned: OutgoingCall) -> OutgoingCall:
        found = await self.outgoing.get(planned.id)
        assert found is not None
        return found

    async def becomes(self, planned: OutgoingCall, state: str) -> OutgoingCall:
        await until(lambda: self._is(planned, state))
        return await self.state(planned)

    async def _is(self, planned: OutgoingCall, state: str) -> bool:
        return (await self.state(planned)).state == state


async def agreed(_session: AsyncSession, _citizen: str, _purpose: str) -> str | None:
    return "consent:1"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    await made.start()
    yield made
    await made.stop()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what other tasks write into the database."""
    async with asyncio.timeout(10):
        while not await holds():
            await asyncio.sleep(0.01)


async def test_a_due_call_is_rung_up_and_the_talk_knows_what_to_say(house: House) -> None:
    house.pbx.answered = house.picks_up
    planned = await house.plan()
    await house.caller.start()
    await house.becomes(planned, "answered")
    await until(lambda: talks(house, 1))
    [asked] = house.pbx.originated
    assert (asked["channel"], asked["context"], asked["callerid"]) == (
        "PJSIP/+79123456700@otklik-trunk", "otklik-outgoing", "122",
    )  # fmt: skip
    assert asked["timeout"] == "30000" and "OTKLIK_LINE=line122" in asked["variables"]
    [talk] = house.talks
    assert (talk.direction, talk.purpose, talk.text, talk.citizen_id) == ("out", "reminder", "Завтра вас ждут.", "anna")
    assert talk.answers == ({"title": "да", "payload": "/affirm"},) and talk.outgoing_id == planned.id
    await house.calls.finish(talk.id, "done")
    assert await house.outgoing.finished(planned.id, "confirmed") == "done"


async def talks(house: House, number: int) -> bool:
    return len(house.talks) == number


@pytest.mark.parametrize(("reason", "outcome"), [(5, "busy"), (3, "no_answer"), (8, "congestion"), (0, "failed")])
async def test_a_missed_call_waits_for_its_next_try(house: House, reason: int, outcome: str) -> None:
    house.pbx.reasons["PJSIP/+79123456700@otklik-trunk"] = reason
    planned = await house.plan()
    await house.caller.start()
    await until(lambda: tried(house, planned))
    found = await house.becomes(planned, "waiting")
    assert (found.outcome, found.tries, found.next_try_at) == (outcome, 1, MONDAY + timedelta(minutes=15))
    assert await house.calls.at_once("out") == 0


async def tried(house: House, planned: OutgoingCall) -> bool:
    return (await house.state(planned)).outcome is not None


async def test_only_a_few_ring_or_talk_at_once(house: House) -> None:
    house.pbx.ringing.clear()
    house.pbx.answered = house.picks_up
    planned = [await house.plan(number) for number in range(4)]
    assert [await house.caller.call_due() for _ in range(3)] == [2, 0, 0]
    house.pbx.ringing.set()
    await house.becomes(planned[0], "answered")
    await until(lambda: talks(house, 2))
    # Two talk, so nobody else is rung up until one of them is done.
    assert await house.caller.call_due() == 0
    await house.calls.finish(house.talks[0].id, "done")
    assert await house.caller.call_due() == 1


async def test_when_all_lines_are_busy_the_call_waits_without_a_try(house: House) -> None:
    for _ in range(3):
        await house.calls.register("anonymous")
    planned = await house.plan()
    assert await house.caller.call_due() == 1
    await until(lambda: moved(house, planned))
    found = await house.state(planned)
    assert (found.state, found.tries, found.next_try_at) == ("waiting", 0, MONDAY + timedelta(minutes=2))
    assert house.pbx.originated == []


async def moved(house: House, planned: OutgoingCall) -> bool:
    return (await house.state(planned)).next_try_at > MONDAY


async def test_without_a_pbx_nothing_is_taken(house: House) -> None:
    await house.pbx.stop()
    planned = await house.plan()
    await until(lambda: away(house))
    assert await house.caller.call_due() == 0 and (await house.state(planned)).tries == 0
    await house.pbx.start()
    await house.caller.start()
    await house.becomes(planned, "answered")


async def away(house: House) -> bool:
    return not house.ami.connected


async def test_a_refusal_of_the_pbx_is_a_failed_try(house: House) -> None:
    house.pbx.write.discard("originate")
    planned = await house.plan()
    await house.caller.start()
    await until(lambda: tried(house, planned))
    assert ((await house.state(planned)).outcome, (await house.state(planned)).tries) == ("failed", 1)


async def test_a_pbx_lost_while_it_rings_leaves_the_call_to_be_settled(house: House) -> None:
    house.pbx.ringing.clear()
    planned = await house.plan()
    assert await house.caller.call_due() == 1
    await asyncio.wait_for(house.pbx.asked.wait(), 30)
    house.pbx.drop()
    await until(lambda: idle(house))
    # It may still ring: not a second dial beside the first.
    assert (await house.state(planned)).state == "dialling"
    house.now += timedelta(minutes=11)
    await house.outgoing.recover()
    found = await house.state(planned)
    assert (found.state, found.outcome) == ("waiting", "broken")


async def idle(house: House) -> bool:
    return not house.caller._dials


async def test_it_stops_in_good_order_while_somebody_is_rung_up(house: House) -> None:
    house.pbx.ringing.clear()
    planned = await house.plan()
    await house.caller.start()
    await asyncio.wait_for(house.pbx.asked.wait(), 30)
    stopping = asyncio.create_task(house.caller.stop(5))
    house.pbx.reasons["PJSIP/+79123456700@otklik-trunk"] = 5
    house.pbx.ringing.set()
    await asyncio.wait_for(stopping, 30)
    assert (await house.state(planned)).outcome == "busy"
    other = await house.plan(1)
    assert (await house.state(other)).state == "waiting" and len(house.pbx.originated) == 1


async def test_a_stop_does_not_wait_for_ever(house: House) -> None:
    house.pbx.ringing.clear()
    planned = await house.plan()
    await house.caller.start()
    await asyncio.wait_for(house.pbx.asked.wait(), 30)
    await asyncio.wait_for(house.caller.stop(0.05), 30)
    assert (await house.state(planned)).state == "dialling"


async def test_a_plan_made_now_is_called_when_woken(house: House) -> None:
    slow = OutgoingCaller(house.calls, house.outgoing, house.ami, DialSettings(look_every=600, channel="SIP/{digits}"))
    await slow.start()
    planned = await house.plan()
    slow.wake()
    await house.becomes(planned, "answered")
    assert house.pbx.originated[0]["channel"] == "SIP/79123456700"
    await slow.stop()
