"""The desk's hand on the telephone: follows the queues of the PBX, and passes callers on as operators wish."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.handover.bulletin import Bulletin
from bot.handover.call_places import Caller
from bot.handover.calls import LiveCalls
from bot.handover.interface import Refusal
from bot.handover.live_call import Alive, LiveCall
from bot.services.calls.lines import Lines
from voice.ami import AmiAway, AmiClient, AmiError, AmiRefused, ChannelNow
from voice.ami.codec import Message
from voice.ami.queues import number

log = structlog.get_logger(__name__)

OPERATOR, QUEUE = "otklik-operator", "otklik-queue"
"""Contexts of deploy/asterisk: rings one telephone; puts into the queue that OTKLIK_TARGET names."""
CALL = "OTKLIK_UUID"
"""The channel variable with the robot's name of the call."""
UUID = 36
AGAIN = 2.0
"""Seconds before the next try while the database is away."""

_EXTENSION = re.compile(r"\w+/(\+?[0-9*#]{1,20})(?:[@/;-].*)?")

NO_EXTENSION = "В вашей учётной записи нет номера телефона. Попросите администратора вписать его."
CALL_GONE = "Этот звонок уже закончился."
ANSWERED = "Этому гражданину уже ответили по телефону."
ON_ITS_WAY = "Этот звонок как раз переводится. Подождите пару секунд."
PBX_AWAY = "Телефонная станция сейчас не отвечает. Звонок не потерян: его примет любой телефон очереди."
PBX_REFUSED = "Телефонная станция не выполнила команду. Скорее всего, звонок уже закончился."


def extension_of(interface: str) -> str:
    """The digits behind a member or a channel: `PJSIP/101`, `Local/101@from-queue/n`, `PJSIP/101-0000002b`; "" without any."""
    found = _EXTENSION.fullmatch(interface)
    return found[1] if found else ""


class DeskCalls:
    """Controls of calls for the desk (`desk.parts.Telephones`), and the task that follows the PBX."""

    def __init__(self, ami: AmiClient, live: LiveCalls, lines: Lines, bulletin: Bulletin) -> None:
        """Begins to listen with the next session of `ami`. `bulletin` tells when the desk moves a talk: the caller goes along."""
        self._ami, self._live, self._lines, self._bulletin = ami, live, lines, bulletin
        self._news: asyncio.Queue[Message | str | None] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._deeds: dict[str, Callable[[Message], Awaitable[None]]] = {
            "QueueCallerJoin": self._join,
            "QueueCallerLeave": self._leave,
            "AgentCalled": self._ring,
            "AgentConnect": self._connect,
            "AgentComplete": self._complete,
            "DialEnd": self._dialled,
            "Hangup": self._hangup,
        }
        ami.follow(self._heard, lambda: self._news.put_nowait(None))

    async def start(self) -> None:
        """Begin to follow, without waiting for the PBX."""
        self._tasks = [
            asyncio.create_task(self._follow(), name="desk-calls"),
            asyncio.create_task(self._listen(), name="desk-calls-wishes"),
        ]

    async def stop(self) -> None:
        """Stop following."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # What operators wish

    async def accept(self, conversation_id: str, extension: str) -> None:
        """Put the waiting caller of this conversation through to an extension. Raises Refusal."""
        if not extension_of(f"PJSIP/{extension}"):
            raise Refusal(NO_EXTENSION)
        call = self._call(conversation_id)
        if call.state in ("moving", "talking") and call.extension == extension:
            return
        if call.state == "talking":
            raise Refusal(ANSWERED)
        if call.state != "waiting":
            raise Refusal(ON_ITS_WAY)
        await self._to_telephone(call, extension)

    async def _to_telephone(self, call: LiveCall, extension: str) -> None:
        self._live.moving(call.channel, extension=extension)
        with self._or_stays(call):
            await self._ami.redirect(call.channel, OPERATOR, extension)

    async def _to_group(self, call: LiveCall, group: str) -> None:
        queue = self._lines.queue(group).target
        self._live.moving(call.channel, group=group)
        with self._or_stays(call):
            for name, value in (("OTKLIK_KIND", "queue"), ("OTKLIK_TARGET", queue), ("OTKLIK_GROUP", group)):
                await self._ami.set_variable(call.channel, name, value)
            await self._ami.redirect(call.channel, QUEUE, "s")

    async def hang_up(self, conversation_id: str) -> None:
        """End the call. Raises Refusal."""
        with _refusals():
            await self._ami.hangup(self._call(conversation_id).channel)

    def _call(self, conversation_id: str) -> LiveCall:
        if not self._ami.connected:
            raise Refusal(PBX_AWAY)
        if (call := self._live.of(conversation_id)) is None:
            raise Refusal(CALL_GONE)
        return call

    @contextmanager
    def _or_stays(self, call: LiveCall) -> Iterator[None]:
        try:
            with _refusals():
                yield
        except Refusal:
            self._live.stayed(call)
            raise

    # What the desk has decided elsewhere

    async def _listen(self) -> None:
        async with self._bulletin.listen() as heard:
            while True:
                news = await heard.get()
                if news.kind in ("queue", "mine") and self._live.of(news.conversation) is not None:
                    # Through the same door as events, so that a step of the PBX is never met halfway.
                    self._news.put_nowait(news.conversation)

    async def _go_along(self, conversation_id: str) -> None:
        """A talk that the desk gave to a colleague or to another group: the caller is sent after it."""
        wish = await self._live.wished(conversation_id)
        if wish is None or not self._ami.connected:
            return
        try:
            await (
                self._to_telephone(wish.call, wish.extension)
                if wish.extension
                else self._to_group(wish.call, wish.group)
            )
        except Refusal as refusal:
            log.warning("desk_calls.not_moved", conversation=conversation_id, reason=refusal.text)

    # What the PBX tells

    def _heard(self, message: Message) -> None:
        if message.event in self._deeds:
            self._news.put_nowait(message)

    async def _follow(self) -> None:
        while True:
            await self._take(await self._news.get())

    async def _take(self, news: Message | str | None) -> None:
        """Do what one event means, send a caller after her talk, or look at everything. Nothing may make the desk deaf."""
        while True:
            try:
                if isinstance(news, Message):
                    await self._deeds[news.event](news)
                else:
                    await (self._go_along(news) if news else self._look())
                return
            except AmiError as error:
                # A new session looks at everything anyway.
                log.warning("desk_calls.pbx_away", error=type(error).__name__)
                return
            except SQLAlchemyError as error:
                log.warning("desk_calls.store_away", error=type(error).__name__)
                await asyncio.sleep(AGAIN)
            except Exception as error:
                what = news.event if isinstance(news, Message) else "look"
                log.error("desk_calls.failed", event=what, error=type(error).__name__)
                return

    async def _look(self) -> None:
        """What the PBX has now, after a new session."""
        channels = await self._ami.channels(CALL)
        waiting = await self._ami.queue_callers()
        await self._live.settle(
            Alive(one.channel, one.linked_id, _uuid(one.value), _peer(one, channels))
            for one in channels
            if _uuid(one.value) or one.unique_id == one.linked_id
        )
        known = {one.channel: one for one in channels}
        for entry in waiting:
            if entry.queue in self._lines.queues.values() and (one := known.get(entry.channel)) is not None:
                waits = entry.queue, entry.waited_s
                await self._live.joined(Caller(one.channel, one.linked_id, _uuid(one.value), entry.caller, *waits))

    async def _join(self, message: Message) -> None:
        channel, queue = message.get("Channel"), message.get("Queue")
        if queue not in self._lines.queues.values():
            return
        try:
            call_id = _uuid(await self._ami.variable(channel, CALL))
        except AmiRefused:
            # Gone already: her Hangup comes next, and finds her by the whole call's name.
            return
        await self._live.joined(Caller(channel, message.get("Linkedid"), call_id, number(message), queue))

    async def _leave(self, message: Message) -> None:
        self._live.left(message.get("Channel"))

    async def _ring(self, message: Message) -> None:
        await self._live.ringing(message.get("Channel"), extension_of(message.get("Interface")))

    async def _connect(self, message: Message) -> None:
        await self._live.picked_up(message.get("Channel"), extension_of(message.get("Interface")))

    async def _complete(self, message: Message) -> None:
        await self._live.talk_over(message.get("Channel"))

    async def _dialled(self, message: Message) -> None:
        """Somebody picked up whom the desk had the PBX ring; what queues dial is told by AgentConnect."""
        call = self._live.on(message.get("Channel"))
        if call is None or call.state != "moving" or message.get("DialStatus") != "ANSWER":
            return
        if extension_of(message.get("DestChannel")) == call.extension:
            await self._live.picked_up(call.channel, call.extension)

    async def _hangup(self, message: Message) -> None:
        own = message.get("Uniqueid") == message.get("Linkedid")
        await self._live.hung_up(message.get("Channel"), message.get("Linkedid") if own else "")


@contextmanager
def _refusals() -> Iterator[None]:
    """What the PBX answers, in words for operators."""
    try:
        yield
    except AmiAway as error:
        raise Refusal(PBX_AWAY) from error
    except (AmiRefused, ValueError) as error:
        raise Refusal(PBX_REFUSED) from error


def _peer(one: ChannelNow, channels: list[ChannelNow]) -> str:
    """The extension on the other side of a channel's bridge."""
    others = (other for other in channels if one.bridge and other.bridge == one.bridge and other.channel != one.channel)
    return next((extension for other in others if (extension := extension_of(other.channel))), "")


def _uuid(text: str) -> str:
    return text if len(text) == UUID else ""
