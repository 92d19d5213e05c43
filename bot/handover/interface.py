"""The words of the hand-over: who is at work, what a step gives back, and every reason for which a step is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.services.errors import ServiceError

Status = Literal["online", "pause", "wrap_up", "offline"]
"""What colleagues see of an operator. `wrap_up` is derived: she is online and writes up the last talk."""

TransferKind = Literal["transfer", "reassign", "takeover", "overflow"]
"""Only `transfer` counts towards the limit; the others are the house's doing, not another «повторите, пожалуйста»."""


@dataclass(frozen=True)
class Operator:
    """A colleague as the routing sees her. `languages` are codes (ru, en …), `lines` telephone lines (empty: all)."""

    id: str
    name: str
    groups: frozenset[str]
    languages: frozenset[str] = frozenset(("ru",))
    lines: frozenset[str] = frozenset()
    capacity: int = 4
    supervisor: bool = False


@dataclass(frozen=True)
class Presence:
    """Where a colleague is. `holding` counts talks and wrap-ups, `free` how many more she may take now."""

    operator: Operator
    status: Status
    reason: str
    since: datetime
    holding: int
    free: int


@dataclass(frozen=True)
class Held:
    """A conversation that a step has just moved. `state` is that of the hand-over, `operator` who holds it ("" nobody)."""

    handover_id: int
    conversation_id: str
    citizen_id: str
    state: str
    group: str
    operator: str
    transfers: int


class Refusal(ServiceError):
    """A step that is not possible now; `text` is for the operator, in Russian."""

    code = "refused"
    text = "Сейчас это невозможно."

    def __init__(self, text: str = "") -> None:
        super().__init__(text or self.text)
        self.text = text or self.text


class AlreadyTaken(Refusal):
    """Another operator was first."""

    code = "already_taken"
    text = "Разговор уже взял другой специалист."


class Gone(Refusal):
    """The citizen no longer waits or the talk is over."""

    code = "gone"
    text = "Разговор уже закончен или вернулся к роботу."


class NotYours(Refusal):
    """The conversation is another operator's, or of a group that this account does not belong to."""

    code = "not_yours"
    text = "Этот разговор ведёт другой специалист."


class NotAtWork(Refusal):
    """The operator is on a pause or offline."""

    code = "not_at_work"
    text = "Вы не на линии. Включите статус «На линии», чтобы брать разговоры."


class NoRoom(Refusal):
    """The operator holds as many conversations as she may."""

    code = "no_room"
    text = "У вас уже столько разговоров, сколько можно вести сразу. Закройте один."


class TooManyTransfers(Refusal):
    """Two transfers at most: the citizen must not be sent round."""

    code = "too_many_transfers"
    text = "Разговор уже передавали дважды. Больше передавать нельзя: помогите сами или позовите руководителя."


class TargetAway(Refusal):
    """The colleague or the group that is to get the conversation is not at work."""

    code = "target_away"
    text = "Передать некому: там сейчас никого нет на линии."


class NoteMissing(Refusal):
    """A transfer without a note makes the citizen repeat everything."""

    code = "note_missing"
    text = "Напишите коллеге пару слов: что уже выяснили и что нужно сделать."
