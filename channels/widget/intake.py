"""Takes what a visitor's script sends, over a socket or by POST, and says what to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from bot.messages import Inbound, InboundKind
from bot.studio.votes import NotJudged
from channels.widget.backend import Backend
from channels.widget.frames import FRAME, Frame, MessageFrame, OnlyId, PingFrame, ReadFrame, TypingFrame, VoteFrame
from channels.widget.settings import CHANNEL
from channels.widget.tabs import Notices
from channels.widget.visitors import Visitor
from channels.wire import choice_title, conversation_of_user

log = structlog.get_logger(__name__)

TOO_FAST = "Вы пишете очень быстро. Ничего не потерялось: отправлю следующее сообщение через пару секунд."
TOO_LONG = "Сообщение слишком длинное. Разделите его, пожалуйста, на части."
UNREADABLE = "Не получилось разобрать сообщение. Обновите, пожалуйста, страницу."
NOT_STORED = "Не получилось сохранить сообщение. Сейчас повторю."
NOT_JUDGED = "Этот ответ оценить не получится. Спросите, пожалуйста, ещё раз и оцените новый ответ."
VOTED_FAST = "Слишком много оценок подряд. Ничего не потерялось: сохраню эту через пару секунд."
NOT_VOTED = "Не получилось сохранить оценку. Сейчас повторю."
NOT_STORED_PAUSE = 2
"""Seconds after which to try again."""


@dataclass(frozen=True)
class Answer:
    """The frame to send back, if any, and the number of the message if one was stored."""

    frame: dict[str, Any] | None = None
    seq: int | None = None


def error(text: str, **more: Any) -> dict[str, Any]:
    """An error frame; `more` is `id` and `retry_after` where they are known."""
    return {"type": "error", "text": text} | {k: v for k, v in more.items() if v is not None}


def pause(seconds: float) -> float:
    """What a client is told to wait: never too little."""
    return round(seconds + 0.5, 1)


def parse(raw: str | bytes) -> Frame | dict[str, Any]:
    """The frame, or the error frame for one that cannot be read."""
    try:
        return FRAME.validate_json(raw)
    except ValidationError:
        return error(UNREADABLE, id=_id_of(raw))


async def take(backend: Backend, visitor: Visitor, frame: Frame, ip: str | None, but: Notices | None = None) -> Answer:
    """Do what a frame asks (all but `resume`). Every line of the visitor except `but` is woken by a message."""
    if isinstance(frame, PingFrame):
        return Answer({"type": "pong"})
    if isinstance(frame, TypingFrame | ReadFrame):
        await _tell_desk(backend, visitor, frame)
        return Answer()
    if isinstance(frame, VoteFrame):
        return Answer(await _vote(backend, visitor, frame))
    if not isinstance(frame, MessageFrame):
        return Answer()
    if wait := visitor.messages.ask():
        return Answer(error(TOO_FAST, id=frame.id, retry_after=pause(wait)))
    try:
        accepted = await backend.turns.accept(await _inbound(backend, visitor.user, frame, ip))
    except SQLAlchemyError as lost:
        log.error("widget.not_stored", error=type(lost).__name__)
        return Answer(error(NOT_STORED, id=frame.id, retry_after=NOT_STORED_PAUSE))
    backend.tabs.wake(accepted.conversation_id, but)
    return Answer({"type": "ack", "id": frame.id, "seq": accepted.seq}, accepted.seq)


async def _vote(backend: Backend, visitor: Visitor, frame: VoteFrame) -> dict[str, Any]:
    """Keep what the visitor thinks of an answer, show it in her other tabs, and offer another reading of the question."""
    if wait := visitor.votes.ask():
        return error(VOTED_FAST, id=frame.id, retry_after=pause(wait))
    helpful = frame.value == "up"
    try:
        conversation_id = await backend.known_conversation(visitor.user)
        if backend.votes is None or conversation_id is None:
            return error(NOT_JUDGED, id=frame.id)
        others = await backend.votes.vote(conversation_id, frame.seq, helpful=helpful)
    except NotJudged:
        return error(NOT_JUDGED, id=frame.id)
    except SQLAlchemyError as lost:
        log.error("widget.vote_not_stored", error=type(lost).__name__)
        return error(NOT_VOTED, id=frame.id, retry_after=NOT_STORED_PAUSE)
    backend.tabs.voted(conversation_id, frame.seq, helpful=helpful)
    offered = {"buttons": [{"title": one.title, "payload": one.payload} for one in others]} if others else {}
    return {"type": "ack", "id": frame.id, "seq": frame.seq} | offered


async def _tell_desk(backend: Backend, visitor: Visitor, frame: TypingFrame | ReadFrame) -> None:
    """What an operator may see of the visitor. Nobody waits for it, and a lost database loses no more than a mark."""
    if backend.desk is None:
        return
    try:
        conversation_id = await backend.known_conversation(visitor.user)
        if conversation_id is None:
            return
        if isinstance(frame, TypingFrame):
            backend.desk.typing(conversation_id)
        else:
            await backend.desk.read(conversation_id, frame.seq)
    except SQLAlchemyError as lost:
        log.warning("widget.desk_not_told", error=type(lost).__name__)


async def _inbound(backend: Backend, user: str, frame: MessageFrame, ip: str | None) -> Inbound:
    text = frame.text
    if frame.choice is not None and not text:
        async with backend.store.read() as session:
            text = choice_title(await conversation_of_user(session, CHANNEL, user), frame.choice)
    kind: InboundKind = "choice" if frame.choice is not None else "text"
    return Inbound(CHANNEL, user, frame.id, kind, text, frame.choice, ip=ip, offered_in=frame.offered_in)


def _id_of(raw: str | bytes) -> str | None:
    try:
        return OnlyId.model_validate_json(raw).id
    except ValidationError:
        return None
