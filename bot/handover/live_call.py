"""A call that people have or are to get, as the desk knows it from the PBX."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["waiting", "between", "moving", "talking", "over"]


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


@dataclass(frozen=True)
class Wish:
    """A caller whom the desk wants at a telephone, or in the queue of a group."""

    call: LiveCall
    extension: str = ""
    group: str = ""
