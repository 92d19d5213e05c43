"""What windows of the desk show, as plain values: lists, lines, an opened talk, the supervisor's board."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Waiting:
    """Somebody in a list: waiting, in hand, or in wrap-up.

    `name` is the citizen's («Гражданин» when unknown), `mood` the last emotion's name, `last` a short piece of the newest message
    (at most 120 characters) and `last_by` its author, `unread` the citizen's messages after the operator's read mark (30 means as
    many or more). `since` is when the state began. `waited_seconds` counts since the citizen came into the queue of this group, for
    talks in hand since her unanswered message (0: answered). `call` is a telephone call's UUID.
    `topic`, `reason` and `mood` are names, the `…_title` fields say them in Russian.
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
    topic_title: str = ""
    reason_title: str = ""
    mood_title: str = ""


@dataclass(frozen=True)
class Line:
    """One line of a conversation as the desk shows it: a message, a note, or an event between them.

    `key` is the line's own name for ever (m17, n3, e5): a line that comes again replaces itself. `kind`: message, note, whisper,
    task, event. `author`: citizen, robot, operator, system. `seq` is 0 for what is no message. `status` of what we sent: waiting,
    sent, read, failed, skipped, "" where the channel does not tell. `edited`: these words correct earlier ones of the citizen;
    `corrects` is the number of the operator's message that this one corrects. `buttons` are titles. `reading` of a citizen's
    message: read (the robot read it), misread (somebody said that it did so wrongly), "" where no robot did.
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
    key: str = ""
    reading: str = ""


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
    call: str = ""
    """The telephone call's UUID, "" for a talk in writing."""
    topic_title: str = ""
    reason_title: str = ""
    mood_title: str = ""

    def seen_by(self, groups: Collection[str], operator: str) -> bool:
        """The rule of `Views.may_see`, for a talk that has been read already."""
        return self.handover_id is not None and (self.group in groups or (bool(operator) and self.operator == operator))


@dataclass(frozen=True)
class GroupBoard:
    """A group at this moment and today (since local midnight). Shares are per cent, None without cases; times in seconds.

    `service_level` is the share of today's contacts taken within the rule's seconds, of all taken or abandoned (the usual «accepted
    in time / offered»); `abandoned` those who left before anybody came, later than 5 s after they asked.
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
    """The supervisor's picture. `reasons` counts today's reasons of hand-over, most frequent first.

    `repeat_contact` is the share, in per cent, of today's citizens whom people had helped within the last seven days already.
    """

    at: datetime
    groups: tuple[GroupBoard, ...]
    reasons: tuple[tuple[str, int], ...] = ()
    repeat_contact: float | None = None
