"""A citizen of a portal says whether an answer helped: `POST …/messages/{id}/vote`."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Annotated, Any

from fastapi import APIRouter, Path

from bot.store import Store
from bot.studio.votes import NotJudged, Votes
from channels.pace import Bucket
from channels.portal.errors import ApiError, responses
from channels.portal.models import ButtonOut, UserId, Vote, Voted
from channels.wire import conversation_of_user

CHANNEL = "portal"
LAST_NUMBER = 2**31 - 1
"""The greatest number a message may have: PostgreSQL keeps them in 32 bits."""
REMEMBERED = 10_000
"""Citizens whose pace is remembered; who is forgotten may vote at full pace again."""

User = Annotated[
    UserId, Path(description="Ваше постоянное обозначение гражданина: лучше случайное, чем телефон или СНИЛС")
]
Number = Annotated[int, Path(ge=1, le=LAST_NUMBER, description="`id` сообщения робота, у которого есть `vote`")]


def voting(router: APIRouter, store: Store, votes: Votes) -> None:
    """Add the address to the portal's router."""
    paces: OrderedDict[str, Bucket] = OrderedDict()

    def wait(user: str) -> float:
        pace = paces.setdefault(user, Bucket(1, 10, time.monotonic))
        paces.move_to_end(user)
        while len(paces) > REMEMBERED:
            paces.popitem(last=False)
        return pace.ask()

    refusals: Any = responses(400, 401, 404, 422, 429, 503)

    @router.post(
        "/conversations/{user}/messages/{number}/vote",
        summary="Помог ли ответ",
        responses=refusals,
    )
    async def vote(user: User, number: Number, given: Vote) -> Voted:
        """Повтор ничего не меняет, другое значение заменяет прежнее: у ответа одна оценка."""
        if seconds := wait(user):
            after = {"Retry-After": str(round(seconds + 0.5))}
            raise ApiError(429, "too_often", "Слишком много оценок подряд. Повторите чуть позже.", after)
        async with store.read() as session:
            conversation = await conversation_of_user(session, CHANNEL, user)
        try:
            if conversation is None:
                raise NotJudged(number)
            others = await votes.vote(conversation.id, number, helpful=given.value == "up")
        except NotJudged as error:
            message = "В этом разговоре нет такого ответа, или его не оценивают. Возьмите `id` сообщения, у которого есть `vote`."
            raise ApiError(404, "no_such_answer", message) from error
        buttons = [ButtonOut(title=one.title, payload=one.payload) for one in others]
        return Voted(message=number, value=given.value, buttons=buttons)
