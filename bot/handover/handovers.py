"""Every step of a conversation between robot and people, each in one transaction: two can never hold the same one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.handover.bulletin import Bulletin
from bot.handover.interface import Held
from bot.handover.presence import Colleagues, Presences
from bot.handover.rules import Rules
from bot.services.people.groups import Groups
from bot.store import Store, Vault
from bot.turns import Turns


class Handovers:
    """The steps. Everything a citizen has to be told of a step is stored in its transaction and announced after it."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        groups: Groups,
        rules: Rules,
        presences: Presences,
        colleagues: Colleagues,
        turns: Turns,
        bulletin: Bulletin,
    ) -> None:
        self._store, self._vault, self._clock, self._groups, self._rules = store, vault, clock, groups, rules
        self._presences, self._colleagues, self._turns, self._bulletin = presences, colleagues, turns, bulletin

    async def take(self, conversation_id: str, operator: str) -> Held:
        """An operator takes a waiting conversation. Raises AlreadyTaken, Gone, NotYours, NotAtWork, NoRoom."""
        raise NotImplementedError

    async def assign_waiting(self) -> list[Held]:
        """Give waiting conversations to free operators, the most urgent first, until nobody is free or nobody waits."""
        raise NotImplementedError

    async def transfer(
        self, conversation_id: str, operator: str, note: str, *, to_operator: str = "", to_group: str = ""
    ) -> Held:
        """Pass a talk on to a colleague or a group. Raises NotYours, Gone, TooManyTransfers, TargetAway, NoteMissing."""
        raise NotImplementedError

    async def give_back(self, conversation_id: str, operator: str, task: str = "") -> Held:
        """Hand the talk to the robot. `task` is what it shall do: a payload of the robot (`/book_appointment`), or "".

        The task is run as if the citizen had asked for it. Raises NotYours, Gone.
        """
        raise NotImplementedError

    async def close(
        self,
        conversation_id: str,
        operator: str,
        *,
        topic: str,
        result: str,
        resolved: bool | None = None,
        note: str = "",
    ) -> Held:
        """End the talk: the robot is back and says so, the citizen is asked how it was, wrap-up begins. Raises NotYours, Gone."""
        raise NotImplementedError

    async def wrapped_up(self, operator: str) -> None:
        """The operator is ready before her wrap-up is over; the queue is drained at once."""
        raise NotImplementedError

    async def take_over(self, conversation_id: str, supervisor: str) -> Held:
        """A supervisor takes a talk, or somebody who waits, whoever has it. Raises Gone."""
        raise NotImplementedError

    async def reassign(
        self, conversation_id: str, supervisor: str, *, to_operator: str = "", to_group: str = ""
    ) -> Held:
        """A supervisor gives a talk to somebody else; does not count as a transfer. Raises Gone, TargetAway."""
        raise NotImplementedError

    async def tick(self) -> None:
        """What time brings: ends of wrap-ups, overflow, rising priority, lost operators, offers of a call-back; then assigns."""
        raise NotImplementedError
