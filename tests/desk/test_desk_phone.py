"""Calls in the desk: the queues of a PBX over a real manager interface, the hand-over in a real database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.desk import DeskSide
from app.desk_phone import BREAK, FULL, OFFLINE, DeskPhone
from app.paths import HERE
from bot.accounts.interface import Account
from bot.handover.bulletin import News
from bot.handover.calls import forget_waiting
from bot.handover.interface import Refusal
from bot.services.calls.interface import Call
from bot.services.calls.lines import load_lines
from bot.services.calls.registry import Calls
from bot.services.calls.tables import CallRow
from bot.services.people.tables import HandoverRow
from bot.store import journal
from bot.store.conversations import ConversationRow
from tests.desk.world import World
from tests.voice.fake_ami import FakeAmi, FakeChannel
from voice.ami import AmiClient, AmiSettings

GENERAL, CITY = "otklik-general", "otklik-city"


class Exchange:
    """A PBX beside the world, and the desk's telephone that follows it."""

    def __init__(self, world: World) -> None:
        self.world, self.pbx = world, FakeAmi()
        self.extensions = 100
        self.calls_made = 0
        self.news: list[News] = []
        self.lines = load_lines(HERE.root / "bot" / "content" / "lines.yml", world.assistant.services.people.groups)
        world.do(self._start())

    async def _start(self) -> None:
        await self.pbx.start()
        assistant = self.world.assistant
        self.registry = Calls(assistant.store, assistant.vault, self.world.clock, self.lines, 4)
        self.ami = AmiClient(
            AmiSettings("127.0.0.1", self.pbx.port, self.pbx.user, self.pbx.secret, patience=2, pauses=(0.05,))
        )
        self.follow()
        self._listening = asyncio.create_task(self._listen())
        await self.phone.start()
        await self.ami.start()
        await asyncio.wait_for(self.ami.wait_connected(), 30)

    def follow(self) -> None:
        """A desk that knows of no call yet, as after a restart."""
        desk, parts = self.world.assistant.desk, self.world.assistant.desk.parts
        side = DeskSide(
            parts.store, parts.vault, parts.clock, parts.handovers, parts.people, parts.presences, parts.accounts,
            parts.bulletin, desk.watch.wake,
        )  # fmt: skip
        self.phone = DeskPhone(side, self.ami, self.lines, "PJSIP/{extension}")
        self.live, self.controls = self.phone.live, self.phone.calls

    async def _listen(self) -> None:
        async with self.world.assistant.desk.parts.bulletin.listen() as queue:
            while True:
                self.news.append(await queue.get())

    def stop(self) -> None:
        """Everything ends."""

        async def end() -> None:
            self._listening.cancel()
            await self.phone.stop()
            await self.ami.stop()
            await self.pbx.stop()

        self.world.do(end())

    def operator(self, name: str, groups: tuple[str, ...] = ("general",), *, online: bool = True) -> Account:
        """A colleague with a telephone of her own."""
        self.extensions += 1
        self.pbx.members[f"PJSIP/{self.extensions}"] = None
        account = self.world.account(name, groups=groups, extension=str(self.extensions))
        if online:
            self.world.do(self.world.assistant.desk.parts.presences.set(account.id, "online"))
        return account

    def with_robot(self, group: str = "general", topic: str = "") -> tuple[Call, str]:
        """A caller talks with the robot and asks for a human; the call and its conversation."""
        self.calls_made += 1

        async def talk() -> tuple[Call, str]:
            linked = f"17637.{self.calls_made}"
            call = await self.registry.register(f"+7912666{self.calls_made:04d}", "122", linked_id=linked)
            store, vault = self.world.assistant.store, self.world.assistant.vault
            async with store.write() as session:
                row = await journal.conversation_of(session, vault, "phone", call.user, self.world.clock())
                conversation, citizen = row.id, row.citizen_id
            await self.registry.begin(call.id, conversation)
            await self.world.assistant.services.people.request_operator(conversation, citizen, "asked", topic)
            await self.registry.finish(call.id, "transferred", self.lines.queue(group))
            return call, conversation

        return self.world.do(talk())

    def in_queue(self, group: str = "general", topic: str = "") -> tuple[FakeChannel, str]:
        """The robot has passed a caller on, and the PBX holds her in a queue; her channel and conversation."""
        call, conversation = self.with_robot(group, topic)
        channel = self.pbx.caller(
            f"PJSIP/trunk-{call.linked_id}", call.caller or "", call.linked_id, OTKLIK_UUID=call.id
        )
        self.world.do(self.pbx.join(channel, self.lines.queues[group]))
        self.until(lambda: self.state(conversation) == "waiting")
        return channel, conversation

    def state(self, conversation: str) -> str:
        """How the call of a conversation stands, "" when there is none."""
        call = self.live.of(conversation)
        return call.state if call else ""

    def handover(self, conversation: str) -> HandoverRow:
        """The newest hand-over of a conversation."""

        async def read() -> HandoverRow:
            async with self.world.assistant.store.read() as session:
                found = select(HandoverRow).where(HandoverRow.conversation_id == conversation)
                row = await session.scalar(found.order_by(HandoverRow.id.desc()).limit(1))
                assert row is not None
                return row

        return self.world.do(read())

    def mode(self, conversation: str) -> str:
        """Who answers in a conversation."""

        async def read() -> str:
            async with self.world.assistant.store.read() as session:
                return (await session.get_one(ConversationRow, conversation)).mode

        return self.world.do(read())

    def told(self, conversation: str) -> list[tuple[str, str, str]]:
        """News of the call of a conversation: what happened, the operator's id, her extension."""
        return [
            (news.data["state"], news.operator, news.data["extension"])
            for news in self.news
            if news.kind == "call" and news.conversation == conversation
        ]

    @staticmethod
    def until(true: Callable[[], Any]) -> None:
        """Wait for what the desk makes of an event."""
        deadline = time.monotonic() + 5
        while not true():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.005)


@pytest.fixture(scope="module")
def exchange(world: World) -> Iterator[Exchange]:
    """A PBX whose queues the desk follows."""
    made = Exchange(world)
    yield made
    made.stop()


def test_a_caller_of_the_pbx_queue_stands_in_the_desks_queue(exchange: Exchange) -> None:
    _channel, conversation = exchange.in_queue()
    row = exchange.handover(conversation)
    assert (row.state, row.group, row.channel, row.reason) == ("queued", "general", "phone", "asked")
    assert exchange.mode(conversation) == "queued"
    assert exchange.told(conversation)[-1] == ("waiting", "", "")


def test_a_ringing_operator_is_told_before_she_picks_up(exchange: Exchange) -> None:
    anna = exchange.operator("Анна")
    channel, conversation = exchange.in_queue()
    exchange.world.do(exchange.pbx.ring(channel, f"PJSIP/{anna.extension}"))
    exchange.until(lambda: exchange.told(conversation)[-1] == ("ringing", anna.id, anna.extension))
    assert exchange.handover(conversation).state == "queued"


def test_who_picks_up_has_the_talk_and_a_wrap_up_after_it(exchange: Exchange) -> None:
    anna = exchange.operator("Анна")
    channel, conversation = exchange.in_queue()
    other = exchange.world.do(exchange.pbx.connect(channel, f"PJSIP/{anna.extension}"))
    exchange.until(lambda: exchange.state(conversation) == "talking")
    row = exchange.handover(conversation)
    assert (row.state, row.operator, exchange.mode(conversation)) == ("taken", anna.id, "operator")
    exchange.world.do(exchange.pbx.complete(channel, other))
    exchange.world.do(exchange.pbx.hang_up(channel))
    exchange.until(lambda: exchange.live.of(conversation) is None)
    assert (exchange.handover(conversation).state, exchange.mode(conversation)) == ("wrap_up", "robot")


def test_the_talk_ends_too_when_the_caller_hangs_up_first(exchange: Exchange) -> None:
    anna = exchange.operator("Анна")
    channel, conversation = exchange.in_queue()
    exchange.world.do(exchange.pbx.connect(channel, f"PJSIP/{anna.extension}"))
    exchange.world.do(exchange.pbx.hang_up(channel))
    exchange.until(lambda: exchange.handover(conversation).state == "wrap_up")


def test_a_caller_who_hangs_up_while_waiting_has_left(exchange: Exchange) -> None:
    channel, conversation = exchange.in_queue()
    exchange.world.do(exchange.pbx.hang_up(channel))
    exchange.until(lambda: exchange.handover(conversation).state == "left")
    assert exchange.mode(conversation) == "robot" and exchange.live.of(conversation) is None


def test_a_caller_who_hangs_up_on_her_way_into_the_queue_waits_for_nobody(exchange: Exchange) -> None:
    call, conversation = exchange.with_robot()
    channel = exchange.pbx.caller("PJSIP/trunk-way", "", call.linked_id)
    exchange.world.do(exchange.pbx.hang_up(channel))
    exchange.until(lambda: exchange.handover(conversation).state == "left")


def test_leaving_a_queue_is_not_hanging_up(exchange: Exchange) -> None:
    """The queue's time is over, the dialplan goes on to the usual queue: the PBX calls that abandoned."""
    channel, conversation = exchange.in_queue("city", "roads")
    exchange.world.do(exchange.pbx.leave(channel, abandoned=True))
    exchange.until(lambda: exchange.state(conversation) == "between")
    assert exchange.handover(conversation).state == "queued"
    exchange.world.do(exchange.pbx.join(channel, GENERAL))
    exchange.until(lambda: exchange.state(conversation) == "waiting")
    assert (exchange.handover(conversation).group, exchange.handover(conversation).state) == ("general", "queued")


def test_a_call_that_came_past_a_dead_robot_is_there_with_its_number_sealed(exchange: Exchange) -> None:
    channel = exchange.pbx.caller("PJSIP/trunk-dead", "89126660000", "17637.dead")
    exchange.world.do(exchange.pbx.join(channel, CITY))
    exchange.until(lambda: exchange.live.on(channel.name))
    live = exchange.live.on(channel.name)
    assert live is not None and live.group == "city"
    row = exchange.handover(live.conversation_id)
    assert (row.state, row.reason, row.line) == ("queued", "call", exchange.lines.default.id)

    async def leg() -> CallRow:
        async with exchange.world.assistant.store.read() as session:
            return await session.get_one(CallRow, live.call_id)

    found = exchange.world.do(leg())
    vault = exchange.world.assistant.vault
    assert "9126660000" not in str(found.caller) and vault.open(str(found.caller)) == "+79126660000"
    assert found.user == vault.fingerprint("+79126660000")


def test_a_withheld_number_is_a_conversation_of_its_own(exchange: Exchange) -> None:
    seen = set()
    for number in (1, 2):
        channel = exchange.pbx.caller(f"PJSIP/trunk-hidden{number}", "", f"17637.hidden{number}")
        exchange.world.do(exchange.pbx.join(channel, GENERAL))
        exchange.until(lambda: exchange.live.on(channel.name))  # noqa: B023 - awaited within the round
        live = exchange.live.on(channel.name)
        assert live is not None
        seen.add(live.conversation_id)
    assert len(seen) == 2


def test_other_queues_of_the_pbx_are_none_of_ours(exchange: Exchange) -> None:
    channel = exchange.pbx.caller("PJSIP/trunk-shop", "", "17637.shop")
    exchange.world.do(exchange.pbx.join(channel, "sales"))
    exchange.in_queue()  # whatever came before is done by now
    assert exchange.live.on(channel.name) is None


def test_a_telephone_of_nobody_takes_the_call_out_of_the_queue(exchange: Exchange) -> None:
    channel, conversation = exchange.in_queue()
    exchange.world.do(exchange.pbx.connect(channel, "PJSIP/999"))
    exchange.until(lambda: exchange.state(conversation) == "talking")
    assert (exchange.handover(conversation).state, exchange.handover(conversation).operator) == ("taken", "phone:999")
    exchange.world.do(exchange.pbx.hang_up(channel))
    exchange.until(lambda: exchange.handover(conversation).state == "closed")


# --- what the desk wishes ---


def test_an_operator_takes_the_call_from_the_desk(exchange: Exchange) -> None:
    anna = exchange.operator("Анна")
    channel, conversation = exchange.in_queue()
    exchange.world.do(exchange.controls.accept(conversation, anna.extension))
    asked = exchange.pbx.actions[-1]
    assert (asked["action"], asked["channel"]) == ("Redirect", channel.name)
    assert (asked["context"], asked["exten"], asked["priority"]) == ("otklik-operator", anna.extension, "1")
    assert exchange.state(conversation) == "moving"
    exchange.world.do(exchange.pbx.answer(channel, f"PJSIP/{anna.extension}"))
    exchange.until(lambda: exchange.handover(conversation).state == "taken")
    assert exchange.handover(conversation).operator == anna.id
    exchange.world.do(exchange.pbx.hang_up(channel))
    exchange.until(lambda: exchange.handover(conversation).state == "wrap_up")


def test_a_call_nobody_picks_up_stands_in_the_queue_again(exchange: Exchange) -> None:
    anna = exchange.operator("Анна")
    channel, conversation = exchange.in_queue()
    exchange.world.do(exchange.world.assistant.desk.parts.handovers.take(conversation, anna.id))
    exchange.until(lambda: exchange.state(conversation) == "moving")
    exchange.world.do(exchange.pbx.answer(channel, f"PJSIP/{anna.extension}", "NOANSWER"))
    exchange.world.do(exchange.pbx.join(channel, GENERAL))
    exchange.until(lambda: exchange.state(conversation) == "waiting")
    row = exchange.handover(conversation)
    assert (row.state, row.operator, exchange.mode(conversation)) == ("queued", None, "queued")


def test_a_talk_is_sent_to_the_queue_of_another_group(exchange: Exchange) -> None:
    anna, _oleg = exchange.operator("Анна"), exchange.operator("Олег", ("city",))
    channel, conversation = exchange.in_queue()
    other = exchange.world.do(exchange.pbx.connect(channel, f"PJSIP/{anna.extension}"))
    exchange.until(lambda: exchange.state(conversation) == "talking")
    handovers = exchange.world.assistant.desk.parts.handovers
    exchange.world.do(handovers.transfer(conversation, anna.id, "Вопрос про дорогу", to_group="city"))
    exchange.until(lambda: exchange.state(conversation) == "moving")
    assert channel.variables["OTKLIK_TARGET"] == CITY and channel.variables["OTKLIK_KIND"] == "queue"
    assert (exchange.pbx.actions[-1]["context"], exchange.pbx.actions[-1]["exten"]) == ("otklik-queue", "s")
    exchange.world.do(exchange.pbx.complete(channel, other, "transfer"))
    exchange.world.do(exchange.pbx.join(channel, CITY))
    exchange.until(lambda: exchange.state(conversation) == "waiting")
    row = exchange.handover(conversation)
    assert (row.state, row.group, row.transfers) == ("queued", "city", 1)


def test_a_caller_goes_along_when_her_talk_is_passed_on_with_a_note(exchange: Exchange) -> None:
    anna, oleg = exchange.operator("Анна"), exchange.operator("Олег", ("city",))
    channel, conversation = exchange.in_queue()
    exchange.world.do(exchange.pbx.connect(channel, f"PJSIP/{anna.extension}"))
    exchange.until(lambda: exchange.state(conversation) == "talking")
    handovers = exchange.world.assistant.desk.parts.handovers
    exchange.world.do(handovers.transfer(conversation, anna.id, "Вопрос про дорогу", to_operator=oleg.id))
    exchange.until(lambda: exchange.pbx.actions[-1].get("exten") == oleg.extension)
    assert (exchange.pbx.actions[-1]["context"], exchange.state(conversation)) == ("otklik-operator", "moving")
    exchange.world.do(exchange.pbx.answer(channel, f"PJSIP/{oleg.extension}"))
    exchange.until(lambda: exchange.handover(conversation).operator == oleg.id)


def test_a_caller_goes_along_into_the_queue_of_another_group(exchange: Exchange) -> None:
    anna, _oleg = exchange.operator("Анна"), exchange.operator("Олег", ("city",))
    channel, conversation = exchange.in_queue()
    exchange.world.do(exchange.pbx.connect(channel, f"PJSIP/{anna.extension}"))
    exchange.until(lambda: exchange.state(conversation) == "talking")
    handovers = exchange.world.assistant.desk.parts.handovers
    exchange.world.do(handovers.transfer(conversation, anna.id, "Вопрос про дорогу", to_group="city"))
    exchange.until(lambda: channel.variables.get("OTKLIK_TARGET") == CITY and exchange.state(conversation) == "moving")


def test_a_waiting_call_that_an_operator_takes_rings_her_telephone(exchange: Exchange) -> None:
    anna = exchange.operator("Анна")
    _channel, conversation = exchange.in_queue()
    exchange.world.do(exchange.world.assistant.desk.parts.handovers.take(conversation, anna.id))
    exchange.until(lambda: exchange.pbx.actions[-1].get("exten") == anna.extension)
    assert exchange.handover(conversation).state == "taken"


def test_the_desk_ends_a_call(exchange: Exchange) -> None:
    channel, conversation = exchange.in_queue()
    exchange.world.do(exchange.controls.hang_up(conversation))
    exchange.until(lambda: exchange.live.of(conversation) is None)
    assert channel.name not in exchange.pbx.channels


def refused(exchange: Exchange, wish: Any) -> str:
    with pytest.raises(Refusal) as error:
        exchange.world.do(wish)
    return error.value.text


def test_what_cannot_be_done_is_said_in_plain_words(exchange: Exchange) -> None:
    anna = exchange.operator("Анна")
    channel, conversation = exchange.in_queue()
    assert "номера телефона" in refused(exchange, exchange.controls.accept(conversation, ""))
    assert "уже закончился" in refused(exchange, exchange.controls.accept("nobody", anna.extension))
    exchange.pbx.channels.pop(channel.name)
    assert "не выполнила" in refused(exchange, exchange.controls.accept(conversation, anna.extension))
    assert exchange.state(conversation) == "waiting"
    exchange.pbx.channels[channel.name] = channel
    exchange.world.do(exchange.pbx.connect(channel, f"PJSIP/{anna.extension}"))
    exchange.until(lambda: exchange.state(conversation) == "talking")
    assert "уже ответили" in refused(exchange, exchange.controls.accept(conversation, "102"))


# --- the PBX goes away and comes back ---


def test_what_happened_without_the_line_is_found_out_afterwards(exchange: Exchange) -> None:
    anna = exchange.operator("Анна")
    gone, left = exchange.in_queue()
    waits, stays = exchange.in_queue()
    talks, talked = exchange.in_queue()
    new = exchange.pbx.caller("PJSIP/trunk-new", "89126660077", "17637.new")
    exchange.world.do(without_line(exchange, gone, talks, new, f"PJSIP/{anna.extension}"))
    exchange.until(lambda: exchange.live.on(new.name) and exchange.state(talked) == "talking")
    assert exchange.handover(left).state == "left"
    assert exchange.state(stays) == "waiting" and exchange.live.on(waits.name)
    assert (exchange.handover(talked).state, exchange.handover(talked).operator) == ("taken", anna.id)


async def without_line(
    exchange: Exchange, gone: FakeChannel, talks: FakeChannel, new: FakeChannel, member: str
) -> None:
    """The manager interface is away; meanwhile one hangs up, one is answered, one comes."""
    pbx, refusals = exchange.pbx, exchange.controls
    await pbx.stop()
    while exchange.ami.connected:
        await asyncio.sleep(0.005)
    with pytest.raises(Refusal, match="не отвечает"):
        await refusals.hang_up(exchange.live.all()[0].conversation_id)
    await pbx.hang_up(gone)
    await pbx.connect(talks, member)
    await pbx.join(new, GENERAL)
    await pbx.start()


def test_a_restarted_assistant_finds_talks_that_go_on_and_ends_those_that_do_not(exchange: Exchange) -> None:
    anna = exchange.operator("Анна")
    (one, goes_on), (two, over) = exchange.in_queue(), exchange.in_queue()
    for channel, conversation in ((one, goes_on), (two, over)):
        exchange.world.do(exchange.pbx.connect(channel, f"PJSIP/{anna.extension}"))
        exchange.until(lambda: exchange.state(conversation) == "talking")  # noqa: B023 - awaited within the round

    async def restart() -> None:
        await exchange.phone.stop()
        await exchange.ami.stop()
        await exchange.pbx.hang_up(two)
        exchange.follow()
        await exchange.phone.start()
        await exchange.ami.start()

    exchange.world.do(restart())
    exchange.until(lambda: exchange.state(goes_on) == "talking")
    exchange.until(lambda: exchange.handover(over).state == "wrap_up")
    exchange.world.do(exchange.pbx.hang_up(one))
    exchange.until(lambda: exchange.handover(goes_on).state == "wrap_up")


def test_without_a_pbx_a_caller_does_not_wait_for_ever(exchange: Exchange) -> None:
    _call, conversation = exchange.with_robot()
    parts = exchange.world.assistant.desk.parts
    begun = exchange.world.clock()
    assert exchange.world.do(forget_waiting(parts.store, parts.people, begun - timedelta(minutes=30))) == 0
    exchange.world.do(forget_waiting(parts.store, parts.people, begun + timedelta(minutes=1)))
    assert exchange.handover(conversation).state == "left"


# --- telephones follow the desk's statuses ---


def test_a_telephone_rings_only_while_its_operator_is_on_the_line(exchange: Exchange) -> None:
    anna = exchange.operator("Анна", online=False)
    member, pbx = f"PJSIP/{anna.extension}", exchange.pbx
    presences = exchange.world.assistant.desk.parts.presences
    exchange.world.do(presences.set(anna.id, "offline"))
    exchange.until(lambda: pbx.members[member] == OFFLINE)
    exchange.world.do(presences.set(anna.id, "online"))
    exchange.until(lambda: pbx.members[member] is None)
    exchange.world.do(presences.set(anna.id, "pause", "Обед"))
    exchange.until(lambda: pbx.members[member] == "Обед")
    assert FULL and BREAK


def test_a_restarted_pbx_is_told_all_pauses_anew(exchange: Exchange) -> None:
    anna = exchange.operator("Анна")
    presences = exchange.world.assistant.desk.parts.presences
    exchange.world.do(presences.set(anna.id, "pause", "Учёба"))
    exchange.until(lambda: exchange.pbx.members[f"PJSIP/{anna.extension}"] == "Учёба")
    exchange.pbx.members[f"PJSIP/{anna.extension}"] = None
    exchange.pbx.drop()
    exchange.until(lambda: exchange.pbx.members[f"PJSIP/{anna.extension}"] == "Учёба")


def test_a_telephone_of_no_queue_does_not_stop_the_others(exchange: Exchange) -> None:
    stranger, anna = exchange.operator("Вера"), exchange.operator("Анна")
    exchange.pbx.members.pop(f"PJSIP/{stranger.extension}")
    presences = exchange.world.assistant.desk.parts.presences
    for account in (stranger, anna):
        exchange.world.do(presences.set(account.id, "pause", "Обед"))
    exchange.until(lambda: exchange.pbx.members[f"PJSIP/{anna.extension}"] == "Обед")
