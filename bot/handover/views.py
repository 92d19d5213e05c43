"""What windows of the desk show, read in few queries that never grow with the history of all talks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.handover.rules import Rules
from bot.services.people.groups import Groups
from bot.store import Store, Vault


@dataclass(frozen=True)
class Waiting:
    """Somebody in a list: waiting, in hand, or in wrap-up.

    `name` is the citizen's («Гражданин» when unknown), `mood` the last emotion's name, `last` a short piece of the newest message (at most
    120 characters) and `last_by` its author, `unread` the citizen's messages after the operator's read mark, `waited_seconds` since
    `group_since`, or for talks in hand since the citizen's unanswered message (0: answered). `call` is a telephone call's UUID.
    """

    handover_id: int
    conversation_id: str
    citizen_id: str
    channel: str
    name: str
    topic: str
    reason: str
    group: str
    group_title: str
    priority: int
    language: str
    state: str
    operator: str
    since: datetime
    waited_seconds: int
    mood: str
    last: str
    last_by: str
    unread: int
    blocked: bool
    call: str = ""


@dataclass(frozen=True)
class Line:
    """One line of a conversation as the desk shows it: a message, a note, or an event between them.

    `kind`: message, note, whisper, event. `author`: citizen, robot, operator, system. `seq` is 0 for what is no message. `status` of what we
    sent: waiting, sent, read, failed, skipped, "" where the channel does not tell. `edited` a citizen's later correction of her words;
    `corrects` the number of the operator's message that this one corrects. `buttons` are titles.
    """

    kind: str
    at: datetime
    author: str
    text: str
    channel: str
    conversation_id: str
    seq: int = 0
    name: str = ""
    status: str = ""
    edited: bool = False
    corrects: int = 0
    buttons: tuple[str, ...] = ()
    attachments: tuple[dict[str, Any], ...] = ()
    voice: bool = False
    failure: str = ""


@dataclass(frozen=True)
class Talk:
    """A conversation opened in the window, without its lines. `summary` are Russian lines: who, what for, what was tried, mood."""

    conversation_id: str
    citizen_id: str
    channel: str
    mode: str
    handover_id: int | None
    state: str
    group: str
    group_title: str
    operator: str
    operator_name: str
    topic: str
    reason: str
    language: str
    transfers: int
    name: str
    mood: str
    summary: tuple[str, ...]
    blocked: bool
    personal_data: bool
    """Whether the channel may carry personal data (149-FZ art. 10 part 8)."""
    since: datetime | None = None
    expected: str = ""


@dataclass(frozen=True)
class GroupBoard:
    """A group at this moment and today (since local midnight). Shares are per cent, None without cases; times in seconds.

    `service_level` is the share of today's contacts taken within the rule's seconds, of all taken or abandoned (the usual «accepted in
    time / offered»); `abandoned` those who left before anybody came, later than 5 s after they asked.
    """

    group: str
    title: str
    open: bool
    waiting: int
    longest_wait: int
    talking: int
    online: int
    service_level: float | None
    abandoned: float | None
    taken_today: int
    average_wait: int | None
    average_talk: int | None
    csat: float | None
    resolved: float | None


@dataclass(frozen=True)
class Board:
    """The supervisor's picture. `reasons` counts today's reasons of hand-over, most frequent first."""

    at: datetime
    groups: tuple[GroupBoard, ...]
    reasons: tuple[tuple[str, int], ...] = ()
    callbacks_open: int = 0
    callbacks_late: int = 0
    tickets_late: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


class Views:
    """Reads for windows. `carrying` are the channels that may carry personal data, `name_of_topic` titles of topics."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        groups: Groups,
        rules: Rules,
        carrying: Collection[str],
        topic_titles: Callable[[str], str],
        account_names: Callable[[], Any],
    ) -> None:
        """`account_names()` is awaited for {account id: name}."""
        self._store, self._vault, self._clock, self._groups, self._rules = store, vault, clock, groups, rules
        self._carrying, self._topic_title, self._account_names = carrying, topic_titles, account_names

    async def queue(self, groups: Collection[str], limit: int = 100) -> list[Waiting]:
        """Who waits for these groups, the next one first."""
        raise NotImplementedError

    async def mine(self, operator: str) -> list[Waiting]:
        """What an operator holds, the longest unanswered citizen first; wrap-ups last."""
        raise NotImplementedError

    async def talks(self, groups: Collection[str]) -> list[Waiting]:
        """All talks in hand of these groups, for supervisors."""
        raise NotImplementedError

    async def talk(self, conversation_id: str) -> Talk | None:
        """One conversation with its newest hand-over."""
        raise NotImplementedError

    async def may_see(self, conversation_id: str, groups: Collection[str], operator: str) -> bool:
        """Whether an account of these groups may look: the newest hand-over is of one of them, or hers."""
        raise NotImplementedError

    async def lines(self, conversation_id: str, *, before: int = 0, after: int = 0, limit: int = 60) -> list[Line]:
        """Lines of all conversations of this citizen in the order of time: the newest `limit`, those before or after a message number."""
        raise NotImplementedError

    async def board(self, groups: Collection[str]) -> Board:
        """The supervisor's board of these groups."""
        raise NotImplementedError

    async def summary(self, talk: Talk, lines: Sequence[Line]) -> tuple[str, ...]:
        """The summary of a talk in Russian lines, from slots, events and messages."""
        raise NotImplementedError
