"""What windows of the desk show, read in few queries that never grow with the history of all talks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.handover.figures import Figures
from bot.handover.happenings import Happenings
from bot.handover.interface import Presence
from bot.handover.lines import Lines
from bot.handover.lists import Lists
from bot.handover.rules import Rules
from bot.handover.shown import Board, GroupBoard, Line, Talk, Waiting
from bot.handover.talks import Talks
from bot.handover.words import Titles
from bot.services.people.groups import Groups
from bot.store import Store, Vault

__all__ = ["Board", "GroupBoard", "Line", "Talk", "Views", "Waiting"]


async def _nobody() -> list[Presence]:
    return []


QUEUE_SHOWN = 40
"""Citizens of a queue that a window lists: nobody reads further, and fifty windows draw it anew at every change."""


class Views:
    """Reads for windows. `carrying` are the channels that may carry personal data, `topic_titles` names topics."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        groups: Groups,
        rules: Rules,
        carrying: Collection[str],
        topic_titles: Callable[[str], str],
        account_names: Callable[[], Awaitable[Mapping[str, str]]],
        *,
        titles: Titles | None = None,
        zone: ZoneInfo | None = None,
        presences: Callable[[], Awaitable[Sequence[Presence]]] = _nobody,
    ) -> None:
        """`account_names()` is awaited for {account id: name}, `presences()` for all statuses; `zone` is the citizens' own."""
        titles, zone = titles or Titles(results=rules.results, tasks=rules.tasks), zone or ZoneInfo("Europe/Moscow")
        happenings = Happenings(groups, titles, topic_titles, zone)
        self._lists = Lists(store, vault, clock, groups, topic_titles)
        self._lines = Lines(store, vault, happenings, account_names)
        self._talks = Talks(store, vault, groups, titles, carrying, topic_titles, account_names)
        self._figures = Figures(store, clock, groups, rules, zone, presences)

    async def queue(self, groups: Collection[str], limit: int = QUEUE_SHOWN) -> list[Waiting]:
        """Who waits for these groups, the next one first."""
        return await self._lists.queue(groups, limit)

    async def mine(self, operator: str) -> list[Waiting]:
        """What an operator holds, the longest unanswered citizen first; wrap-ups last."""
        return await self._lists.mine(operator)

    async def talks(self, groups: Collection[str]) -> list[Waiting]:
        """Talks in hand of these groups, for supervisors; the 300 oldest."""
        return await self._lists.talks(groups)

    async def talk(self, conversation_id: str, *, summed_up: bool = True) -> Talk | None:
        """One conversation with its newest hand-over. Without the summary, which costs most, for pieces that do not show it."""
        return await self._talks.talk(conversation_id, summed_up=summed_up)

    async def may_see(self, conversation_id: str, groups: Collection[str], operator: str) -> bool:
        """Whether an account of these groups may look: the newest hand-over is of one of them, or hers."""
        return await self._talks.may_see(conversation_id, groups, operator)

    async def lines(self, conversation_id: str, *, before: int = 0, after: int = 0, limit: int = 60) -> list[Line]:
        """Lines of all conversations of this citizen in the order of time: the newest `limit`, those before or after a number.

        After a number, notes and events since that message come again with every call: their `key` says which they are.
        """
        return await self._lines.of(conversation_id, before, after, limit)

    async def summary(self, conversation_id: str) -> tuple[str, ...]:
        """The summary of a talk in Russian lines, from slots, events and messages; `Talk.summary` holds it when asked for."""
        talk = await self._talks.talk(conversation_id)
        return talk.summary if talk else ()

    async def board(self, groups: Collection[str]) -> Board:
        """The supervisor's board of these groups."""
        return await self._figures.board(groups)
