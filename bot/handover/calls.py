"""Callers whom the PBX holds for people: one registry of live calls, and what each step of a call means for the hand-over.

The PBX decides who talks with whom. Here it is only followed, so a call is never lost to the desk and never held there by mistake.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.bulletin import Bulletin, News
from bot.handover.interface import Refusal
from bot.services.calls import rows
from bot.services.calls.arrivals import arrived, leg
from bot.services.calls.lines import Lines
from bot.services.calls.tables import CallRow
from bot.services.people.tables import HandoverRow
from bot.services.transactions import transact
from bot.store import Store, Vault, journal
from bot.store.conversations import ConversationRow
from bot.store.events import record

log = structlog.get_logger(__name__)

CHANNEL = "phone"
UNKNOWN = "phone:"
"""Begins the name of an operator whose telephone belongs to no account: the extension follows."""
State = Literal["waiting", "between", "moving", "talking", "over"]


@dataclass(frozen=True)
class Caller:
    """Somebody in a queue of the PBX. `call_id` is the robot's name of the call ("" it never heard of it), `number` as the PBX has it."""

    channel: str
    linked_id: str
    call_id: str
    number: str
    queue: str
    waited_seconds: int = 0


@dataclass(frozen=True)
class Alive:
    """A channel that lives in the PBX now. `peer` is the extension it talks with, "" nobody's."""

    channel: str
    linked_id: str
    call_id: str
    peer: str = ""


@dataclass(frozen=True)
class LiveCall:
    """A call that people have or are to get. `channel` is the caller's.

    `state`: waiting (in a queue), between (out of a queue, nobody knows yet where to), moving (on its way to a telephone or a queue
    because the desk said so), talking, over (the talk has ended, the caller is still in the PBX). `operator` is an account's id,
    "" when the telephone belongs to nobody here; `since` is when the state began.
    """

    channel: str
    linked_id: str
    call_id: str
    conversation_id: str
    group: str
    queue: str
    state: State
    since: datetime
    operator: str = ""
    extension: str = ""


class Steps(Protocol):
    """The part of `Handovers` that calls need."""

    async def taken_by_phone(self, conversation_id: str, operator: str) -> object:
        """Somebody has picked up. Raises Refusal."""
        ...

    async def call_ended(self, conversation_id: str) -> object:
        """The talk is over, its wrap-up begins. Raises Refusal."""
        ...


class Waiters(Protocol):
    """The part of `People` that calls need."""

    async def taken(self, conversation_id: str, operator: str) -> None:
        """See `People.taken`."""
        ...

    async def returned(self, conversation_id: str) -> None:
        """See `People.returned`."""
        ...


class LiveCalls:
    """All calls that wait for people or talk with them. To be told of one step after the other, never of two at once."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        lines: Lines,
        steps: Steps,
        people: Waiters,
        account_of: Callable[[str], Awaitable[str]],
        bulletin: Bulletin,
        wake: Callable[[], None],
    ) -> None:
        """`account_of` knows whose extension it is ("" nobody's), `wake` lets the queue of the desk look again."""
        self._store, self._vault, self._clock, self._lines = store, vault, clock, lines
        self._steps, self._people, self._account_of = steps, people, account_of
        self._bulletin, self._wake = bulletin, wake
        self._calls: dict[str, LiveCall] = {}

    def of(self, conversation_id: str) -> LiveCall | None:
        """The live call of a conversation."""
        return next((call for call in self._calls.values() if call.conversation_id == conversation_id), None)

    def on(self, channel: str) -> LiveCall | None:
        """The live call whose caller is on this channel."""
        return self._calls.get(channel)

    def all(self) -> list[LiveCall]:
        """Every live call, the longest in its state first."""
        return sorted(self._calls.values(), key=lambda call: call.since)

    async def joined(self, caller: Caller) -> None:
        """Somebody stands in a queue; the same caller told twice is one."""

        async def work(session: AsyncSession) -> tuple[CallRow, HandoverRow]:
            now = self._clock()
            row = await leg(session, caller.call_id, caller.linked_id)
            if row is None:
                group = self._group(caller.queue)
                row = arrived(session, self._vault, self._lines, now, caller.number, caller.linked_id, group)
            known = await session.get(ConversationRow, row.conversation_id or "", with_for_update=True)
            conversation = known or await journal.conversation_of(session, self._vault, CHANNEL, row.user, now)
            await rows.join_conversation(session, row, conversation.id)
            handover = await self._placed(session, conversation, row, caller, now)
            await session.flush()
            return row, handover

        row, handover = await transact(self._store, work)
        since = self._clock() - timedelta(seconds=caller.waited_seconds)
        before = self._calls.get(caller.channel)
        if before is not None and (before.state, before.queue) == ("waiting", caller.queue):
            since = before.since
        self._keep(
            LiveCall(
                caller.channel, caller.linked_id, row.id, handover.conversation_id, handover.group, caller.queue,
                "waiting", since,
            )
        )  # fmt: skip

    async def ringing(self, channel: str, extension: str) -> None:
        """The PBX rings an operator's telephone: whoever it is sees the citizen's talk before she picks up."""
        if (call := self._calls.get(channel)) is not None:
            operator = await self._account_of(extension)
            self._post(replace(call, operator=operator, extension=extension), "ringing")

    def moving(self, channel: str, extension: str = "", group: str = "") -> None:
        """The desk sends the caller to a telephone, or to the queue of another group."""
        if (call := self._calls.get(channel)) is not None:
            self._keep(self._now(call, "moving", extension=extension, group=group or call.group))

    def stayed(self, before: LiveCall) -> None:
        """The caller was not moved after all."""
        if before.channel in self._calls:
            self._keep(before)

    def left(self, channel: str) -> None:
        """The caller is in no queue any more: taken, moved on or gone, which the next word tells."""
        call = self._calls.get(channel)
        if call is not None and call.state == "waiting":
            self._keep(self._now(call, "between"))

    async def picked_up(self, channel: str, extension: str) -> None:
        """An operator has picked up."""
        call = self._calls.get(channel)
        if call is None or (call.state == "talking" and call.extension == extension):
            return
        operator = await self._account_of(extension)
        try:
            if operator:
                await self._steps.taken_by_phone(call.conversation_id, operator)
            else:
                await self._people.taken(call.conversation_id, f"{UNKNOWN}{extension}"[:60])
        except (Refusal, LookupError) as error:
            # The telephone conversation goes on whatever the desk thinks of it.
            log.warning("calls.not_taken", conversation=call.conversation_id, error=type(error).__name__)
        self._keep(self._now(call, "talking", operator=operator, extension=extension))

    async def talk_over(self, channel: str) -> None:
        """Operator and caller are no longer together; a caller whom the desk has sent on is not done yet."""
        call = self._calls.get(channel)
        if call is not None and call.state == "talking":
            await self._end(call.conversation_id)
            self._keep(self._now(call, "over"))

    async def hung_up(self, channel: str, linked_id: str) -> None:
        """A caller is gone. `linked_id` finds one who hung up on her way into a queue."""
        call = self._calls.pop(channel, None)
        if call is not None:
            if call.state != "over":
                await self._end(call.conversation_id)
            self._post(call, "ended")
            return
        async with self._store.read() as session:
            row = await rows.last_leg(session, linked_id) if linked_id else None
            standing = await self._open(session, row.conversation_id) if row and row.conversation_id else None
        if row is not None and standing is not None and standing.state == "queued":
            await self._end(standing.conversation_id)

    async def settle(self, alive: Iterable[Alive]) -> None:
        """After a time without news: end what has ended meanwhile, and find the talks that go on."""
        there = {one.channel: one for one in alive}
        for call in self.all():
            if call.channel not in there:
                await self.hung_up(call.channel, "")
        by_name = {name: one for one in there.values() for name in (one.call_id, one.linked_id) if name}
        async with self._store.read() as session:
            standing = await _standing(session)
        for handover, row in standing:
            found = (by_name.get(row.id) or by_name.get(row.linked_id)) if row is not None else None
            if found is None or row is None:
                await self._end(handover.conversation_id)
                continue
            if self.of(handover.conversation_id) is None and (found.peer or handover.state == "taken"):
                taken = handover.state == "taken"
                self._keep(
                    LiveCall(
                        found.channel, row.linked_id, row.id, handover.conversation_id, handover.group, "",
                        "talking" if taken else "between", handover.taken_at or self._clock(), handover.operator or "",
                        found.peer if taken else "",
                    )
                )  # fmt: skip
            if found.peer and handover.state == "queued":
                await self.picked_up(found.channel, found.peer)

    async def _placed(
        self, session: AsyncSession, conversation: ConversationRow, row: CallRow, caller: Caller, now: datetime
    ) -> HandoverRow:
        """The hand-over of a caller in a queue, made where the robot has made none."""
        handover = await self._open(session, conversation.id, lock=True)
        conversation.mode = "queued"
        if handover is None:
            began = now - timedelta(seconds=caller.waited_seconds)
            handover = HandoverRow(
                conversation_id=conversation.id, citizen_id=conversation.citizen_id, channel=CHANNEL, reason="call",
                topic="", group=self._group(caller.queue), line=row.line, summary=self._vault.seal({}), state="queued",
                created_at=began, group_since=began,
            )  # fmt: skip
            session.add(handover)
            record(
                session, "handed_over", now, citizen_id=conversation.citizen_id, conversation_id=conversation.id,
                reason="call", topic="", group=handover.group, priority=0,
            )  # fmt: skip
            return handover
        handover.channel = CHANNEL
        if self._lines.queues.get(handover.group) != caller.queue:
            handover.group, handover.group_since = self._group(caller.queue), now
        if handover.state == "taken":
            # Nobody picked up where the desk had sent her.
            record(
                session, "call_unanswered", now, citizen_id=conversation.citizen_id, conversation_id=conversation.id,
                operator=handover.operator,
            )  # fmt: skip
            handover.state, handover.operator, handover.taken_at = "queued", None, None
        return handover

    async def _open(self, session: AsyncSession, conversation_id: str, *, lock: bool = False) -> HandoverRow | None:
        asked = select(HandoverRow).where(
            HandoverRow.conversation_id == conversation_id, HandoverRow.state.in_(("queued", "taken"))
        )
        asked = asked.order_by(HandoverRow.id.desc()).limit(1)
        found: HandoverRow | None = await session.scalar(asked.with_for_update() if lock else asked)
        return found

    async def _end(self, conversation_id: str) -> None:
        """The caller or the talk is gone: what that means depends on who held the conversation last."""
        async with self._store.read() as session:
            standing = await self._open(session, conversation_id)
        if standing is None:
            return
        try:
            if standing.state == "taken" and not (standing.operator or UNKNOWN).startswith(UNKNOWN):
                await self._steps.call_ended(conversation_id)
            else:
                await self._people.returned(conversation_id)
        except (Refusal, LookupError) as error:
            log.warning("calls.not_ended", conversation=conversation_id, error=type(error).__name__)
        self._wake()

    def _group(self, queue: str) -> str:
        names = (group for group, name in self._lines.queues.items() if name == queue)
        return next(names, self._lines.default.group)

    def _now(self, call: LiveCall, state: State, **more: str) -> LiveCall:
        return replace(call, state=state, since=self._clock(), **more)  # type: ignore[arg-type]

    def _keep(self, call: LiveCall) -> None:
        changed = self._calls.get(call.channel) != call
        self._calls[call.channel] = call
        if changed:
            self._post(call, call.state)

    def _post(self, call: LiveCall, what: str) -> None:
        data = {"state": what, "extension": call.extension}
        self._bulletin.post(News("call", call.conversation_id, call.group, call.operator, data))
        self._wake()


async def _standing(session: AsyncSession) -> list[tuple[HandoverRow, CallRow | None]]:
    """Telephone conversations that wait or are in hand, with their newest legs."""
    found: Collection[HandoverRow] = (
        await session.scalars(
            select(HandoverRow)
            .join(ConversationRow, ConversationRow.id == HandoverRow.conversation_id)
            .where(HandoverRow.state.in_(("queued", "taken")), ConversationRow.channel == CHANNEL)
        )
    ).all()
    newest = select(CallRow).order_by(CallRow.registered_at.desc()).limit(1)
    return [(row, await session.scalar(newest.where(CallRow.conversation_id == row.conversation_id))) for row in found]
