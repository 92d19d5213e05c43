"""Callers whom the PBX holds for people: one registry of live calls, and what each step of a call means for the hand-over.

The PBX decides who talks with whom. Here it is only followed, so a call is never lost to the desk and never held there by mistake.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover import call_places as places
from bot.handover.bulletin import Bulletin, News
from bot.handover.call_places import Caller, Placed
from bot.handover.interface import Refusal
from bot.handover.live_call import Alive, LiveCall, State, Wish
from bot.services.calls import rows
from bot.services.calls.lines import Lines
from bot.services.transactions import transact
from bot.store import Store, Vault

log = structlog.get_logger(__name__)


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
        extension_of: Callable[[str], Awaitable[str]],
        bulletin: Bulletin,
        wake: Callable[[], None],
    ) -> None:
        """`account_of` knows whose extension it is ("" nobody's), `extension_of` that of an account ("" none).

        `wake` lets the queue of the desk look again.
        """
        self._store, self._vault, self._clock, self._lines = store, vault, clock, lines
        self._steps, self._people, self._account_of = steps, people, account_of
        self._extension_of = extension_of
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

        async def work(session: AsyncSession) -> Placed:
            return await places.place(session, self._vault, self._lines, self._clock(), caller)

        placed = await transact(self._store, work)
        since = self._clock() - timedelta(seconds=caller.waited_seconds)
        before = self._calls.get(caller.channel)
        if before is not None and (before.state, before.queue) == ("waiting", caller.queue):
            since = before.since
        self._keep(
            LiveCall(
                caller.channel, caller.linked_id, placed.call_id, placed.conversation_id, placed.group, caller.queue,
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
        now = self._calls.get(before.channel)
        if now is not None and now.state == "moving":
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

        await self._answered(call, "" if operator else extension or "?")
        if operator:
            try:
                await self._steps.taken_by_phone(call.conversation_id, operator)
            except (Refusal, LookupError) as error:
                # The telephone talk goes on whatever the desk thinks of it.
                log.warning("calls.not_taken", conversation=call.conversation_id, error=type(error).__name__)
                operator = ""
                await self._answered(call, extension or "?")
        self._keep(self._now(call, "talking", operator=operator, extension=extension))

    async def _answered(self, call: LiveCall, unknown: str) -> None:
        async def work(session: AsyncSession) -> None:
            now = self._clock()
            await places.answered(session, self._vault, now, call.conversation_id, call.call_id, call.group, unknown)

        await transact(self._store, work)

    async def talk_over(self, channel: str) -> None:
        """Operator and caller are no longer together; a caller whom the desk has sent on is not done yet."""
        call = self._calls.get(channel)
        if call is not None and call.state == "talking":
            await self._end(call.conversation_id)
            self._keep(self._now(call, "over"))

    async def hung_up(self, channel: str, linked_id: str) -> None:
        """A caller is gone. `linked_id` finds one who hung up on her way into a queue."""
        call = self._calls.get(channel)
        if call is not None:
            if call.state != "over":
                await self._end(call.conversation_id)
            self._calls.pop(channel, None)
            self._post(call, "ended")
            return
        async with self._store.read() as session:
            row = await rows.last_leg(session, linked_id) if linked_id else None
            standing = await places.under_way(session, row.conversation_id) if row and row.conversation_id else None
        if row is not None and standing is not None and standing.state == "queued":
            await self._end(standing.conversation_id)

    async def wished(self, conversation_id: str) -> Wish | None:
        """Where the desk wants a caller who is elsewhere: it gave the talk to a colleague or to another group."""
        call = self.of(conversation_id)
        if call is None or call.state not in ("waiting", "talking"):
            return None
        async with self._store.read() as session:
            standing = await places.under_way(session, conversation_id)
        if standing is None:
            return None
        holder = standing.operator if standing.state == "taken" else standing.wanted_operator
        if holder and holder != call.operator and not holder.startswith(places.UNKNOWN):
            if extension := await self._extension_of(holder):
                return Wish(call, extension=extension)
        if standing.state == "queued" and call.state == "talking":
            return Wish(call, group=standing.group)
        return None

    async def settle(self, alive: Iterable[Alive]) -> None:
        """After a time without news: end what has ended meanwhile, and find the talks that go on."""
        there = {one.channel: one for one in alive}
        for call in self.all():
            if call.channel not in there:
                await self.hung_up(call.channel, "")
        by_name = {name: one for one in there.values() for name in (one.call_id, one.linked_id) if name}
        async with self._store.read() as session:
            standing = await places.calls_under_way(session)
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

    async def _end(self, conversation_id: str) -> None:
        """The caller or the talk is gone: what that means depends on who held the conversation last."""
        async with self._store.read() as session:
            standing = await places.under_way(session, conversation_id)
        if standing is None:
            return
        try:
            if standing.state == "taken" and not (standing.operator or places.UNKNOWN).startswith(places.UNKNOWN):
                await self._steps.call_ended(conversation_id)
            else:
                await self._people.returned(conversation_id)
        except (Refusal, LookupError) as error:
            log.warning("calls.not_ended", conversation=conversation_id, error=type(error).__name__)
        self._wake()

    def _now(self, call: LiveCall, state: State, **more: str) -> LiveCall:
        return replace(call, state=state, since=self._clock(), **more)

    def _keep(self, call: LiveCall) -> None:
        changed = self._calls.get(call.channel) != call
        self._calls[call.channel] = call
        if changed:
            self._post(call, call.state)

    def _post(self, call: LiveCall, what: str) -> None:
        data = {"state": what, "extension": call.extension}
        self._bulletin.post(News("call", call.conversation_id, call.group, call.operator, data))
        self._wake()


async def forget_waiting(store: Store, people: Waiters, before: datetime) -> int:
    """Without a PBX to follow: callers who were passed to its queue before `before` wait for the desk no more. How many."""
    async with store.read() as session:
        found = [
            row for row, _ in await places.calls_under_way(session) if row.state == "queued" and row.created_at < before
        ]
    for row in found:
        await people.returned(row.conversation_id)
    return len(found)
