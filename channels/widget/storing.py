"""Makes a message of what a visitor uploaded: stored once by its id, and its file thrown away when it was not stored."""

from __future__ import annotations

import contextlib

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request

from bot.messages import Inbound
from bot.store import journal
from channels.widget.access import Refused
from channels.widget.backend import Backend
from channels.widget.frames import OnlyId
from channels.widget.intake import NOT_STORED_PAUSE, UNREADABLE, error
from channels.widget.visitors import Visitor

log = structlog.get_logger(__name__)


def id_of(request: Request) -> str:
    """The client's id of the message out of the address. Raises Refused."""
    try:
        return OnlyId.model_validate({"id": request.query_params.get("id")}).id
    except ValidationError:
        raise Refused(422, error(UNREADABLE)) from None


async def known(backend: Backend, visitor: Visitor, name: str) -> int | None:
    """The number of the visitor's message with this id, None before it is stored. Raises SQLAlchemyError."""
    conversation_id = await backend.known_conversation(visitor.user)
    if conversation_id is None:
        return None
    async with backend.store.read() as session:
        return await journal.by_external_id(session, conversation_id, name)


async def accepted(backend: Backend, visitor: Visitor, inbound: Inbound, not_stored: str) -> int:
    """Store the message and wake every line; its number. Raises Refused with the words `not_stored`."""
    try:
        found = await backend.turns.accept(inbound)
    except SQLAlchemyError as lost:
        log.error("widget.not_stored", error=type(lost).__name__)
        # A database lost at the last moment may have kept the message; then its file must stay.
        with contextlib.suppress(SQLAlchemyError):
            if await known(backend, visitor, inbound.external_id) is None:
                _forget(backend, inbound)
        raise Refused(503, error(not_stored, id=inbound.external_id, retry_after=NOT_STORED_PAUSE)) from None
    if found.duplicate:
        _forget(backend, inbound)
    backend.tabs.wake(found.conversation_id)
    return found.seq


def _forget(backend: Backend, inbound: Inbound) -> None:
    for attachment in inbound.attachments:
        backend.files.remove(attachment.ref)
