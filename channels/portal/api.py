"""The portal API under /api/v1: an agency's site sends a citizen's message, the response holds the answer."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.security import APIKeyHeader

from bot.messages import Attachment, Inbound, InboundKind
from bot.store import Store, Vault, journal
from bot.store.journal import Message
from bot.studio.votes import Votes
from bot.turns import Turns
from channels.files import FileStore
from channels.portal.body import read_message
from channels.portal.errors import ApiError, PortalRoute, responses
from channels.portal.models import Answer, History, IncomingMessage
from channels.portal.voting import CHANNEL, User, voting
from channels.unread import let_go
from channels.wire import choice_title, conversation_of_user, message_json

RETRY_AFTER = 2

After = Annotated[
    int | None, Query(ge=0, le=2**53, description="Только сообщения с номером больше этого; без него самые новые")
]
_LATER: dict[int | str, dict[str, Any]] = {202: {"model": Answer, "description": "Принято, ответ ещё готовится"}}
_KEY = APIKeyHeader(name="X-API-Key", auto_error=False, description="Ключ, выданный администратором помощника")


def portal_router(
    turns: Turns,
    store: Store,
    vault: Vault,
    api_keys: frozenset[str],
    files: FileStore,
    wait_seconds: float = 25,
    votes: Votes | None = None,
) -> APIRouter:
    """The portal API. `wait_seconds` bounds how long a POST waits for the robot; without any key all is refused.

    `votes` takes what citizens say of answers; without it no answer can be judged.
    """
    router = APIRouter(
        prefix="/api/v1", tags=["Портал"], route_class=PortalRoute, dependencies=[Depends(key_check(api_keys))]
    )

    @router.post(
        "/conversations/{user}/messages",
        summary="Отправить сообщение гражданина и получить ответ",
        response_model=Answer,
        response_model_exclude_none=True,
        responses=responses(400, 401, 413, 415, 422, 503) | _LATER,
        openapi_extra={"requestBody": _request_body()},
    )
    async def send_message(request: Request, response: Response, user: User) -> Any:
        """Принимает текст, нажатую кнопку или файл и возвращает ответ помощника.

        Сообщения одного гражданина обрабатываются по порядку. Если ответ не готов вовремя, приходит 202: сообщение
        сохранено, ответ можно забрать через `GET …/messages?after=<received>`. Чтобы повтор после обрыва связи не
        сработал дважды, присылайте `message_id`.
        """
        try:
            incoming, attachment = await read_message(request, files)
        except ApiError as refused:
            if refused.status == 413:
                await let_go(request)
            raise
        accepted = await turns.accept(await _inbound(store, user, incoming, attachment))
        if accepted.duplicate and attachment is not None:
            files.remove(attachment.ref)
        outcome = await turns.wait(accepted, wait_seconds)
        answer: dict[str, Any] = {
            "messages": await _shown(votes, outcome.replies),
            "mode": outcome.mode,
            "conversation": accepted.conversation_id,
            "received": accepted.seq,
        }
        if not outcome.over:
            response.status_code = 202
            response.headers["Retry-After"] = str(RETRY_AFTER)
            answer["retry_after"] = RETRY_AFTER
        return answer

    @router.get(
        "/conversations/{user}/messages",
        summary="История разговора",
        response_model=History,
        response_model_exclude_none=False,
        responses=responses(401, 422, 503),
    )
    async def read_messages(
        user: User, after: After = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
    ) -> dict[str, Any]:
        """Сообщения разговора от старых к новым: и гражданина, и робота, и специалиста."""
        async with store.read() as session:
            conversation = await conversation_of_user(session, CHANNEL, user)
            if conversation is None:
                return {"messages": [], "mode": "robot", "conversation": None, "more": False}
            # One more than asked for tells whether there are more. Without `after` the newest are meant: none follow.
            wanted = limit + 1 if after else limit
            found = await journal.history(session, vault, conversation.id, after or 0, wanted)
        return {
            "messages": await _shown(votes, found[:limit]),
            "mode": conversation.mode,
            "conversation": conversation.id,
            "more": len(found) > limit,
        }

    if votes is not None:
        voting(router, store, votes)
    return router


def key_check(api_keys: frozenset[str]) -> Any:
    """A dependency that lets only requests with one of the keys pass."""
    known = [key.encode() for key in api_keys]

    async def check(given: Annotated[str | None, Depends(_KEY)] = None) -> None:
        key = (given or "").encode("latin-1")  # as the header came over the wire
        # Every key is compared, so that the time taken tells nothing about which of them was nearly right.
        if not [k for k in known if hmac.compare_digest(k, key)]:
            raise ApiError(401, "unauthorized", "Нужен верный ключ в заголовке X-API-Key.")

    return check


async def _inbound(store: Store, user: str, incoming: IncomingMessage, attachment: Attachment | None) -> Inbound:
    text = incoming.text or ""
    kind: InboundKind = "text"
    if attachment is not None:
        kind = "file"
    elif incoming.choice is not None:
        kind = "choice"
        async with store.read() as session:
            text = text or choice_title(await conversation_of_user(session, CHANNEL, user), incoming.choice)
    profile = incoming.profile.model_dump(mode="json", exclude_none=True) if incoming.profile else {}
    return Inbound(
        channel=CHANNEL,
        user=user,
        external_id=incoming.message_id or str(uuid.uuid4()),
        kind=kind,
        text=text,
        payload=incoming.choice,
        attachments=(attachment,) if attachment else (),
        profile=profile,
        ip=str(incoming.ip) if incoming.ip else None,
    )


async def _shown(votes: Votes | None, messages: Sequence[Message]) -> list[dict[str, Any]]:
    known = await votes.of(messages) if votes is not None else {}
    return [{"id": message.seq} | message_json(message, votes=known) for message in messages]


def _request_body() -> dict[str, Any]:
    schema = IncomingMessage.model_json_schema(ref_template="#/components/schemas/{model}")
    parts = schema.pop("$defs")
    file_schema, profile_schema = parts["UploadedFile"], parts["Profile"]
    # The schemas are written out in place: FastAPI collects only those of its own parameters.
    properties = schema["properties"] | {"file": _nullable(file_schema), "profile": _nullable(profile_schema)}
    form_fields = {
        "file": {"type": "string", "format": "binary", "description": "PDF, JPG, PNG, DOCX или OGG до 5 МБ"},
        "text": {"type": "string", "description": "Подпись к файлу"},
        "profile": {"type": "string", "description": "Профиль: тот же объект, что в JSON, записанный строкой"},
        "message_id": {"type": "string", "pattern": r"^[A-Za-z0-9._:-]{1,100}$"},
    }
    return {
        "required": True,
        "content": {
            "application/json": {"schema": schema | {"properties": properties}},
            "multipart/form-data": {"schema": {"type": "object", "properties": form_fields}},
        },
    }


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}
