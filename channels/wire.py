"""What the portal API and the widget say alike: a stored message as JSON, and the conversation behind a user's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.conversations import ConversationRow
from bot.store.journal import Message

VOTES: Mapping[bool | None, str] = {None: "none", True: "up", False: "down"}
"""What a citizen said of an answer, as doors write it; `none` for an answer that waits for her word."""


def message_json(
    message: Message, files_at: str | None = None, votes: Mapping[int, bool | None] | None = None
) -> dict[str, Any]:
    """The parts of a stored message that every door shows: author, text, buttons, form, attachments, time, vote.

    A door that serves files itself names the place: the `url` of each attachment is its index below `files_at`. `votes` holds
    the numbers of answers that may be judged (`bot.studio.votes.Votes.of`); all other messages have no vote.
    """
    body = message.body
    data: dict[str, Any] = {
        "author": message.author,
        "text": body.get("text") or "",
        "buttons": [button_json(b) for b in body.get("buttons") or []],
        "at": message.at.isoformat(),
    }
    if message.author == "operator":
        # Who wrote it, under the name that citizens know, and which message of hers this one puts right.
        data |= {key: body[key] for key in ("name", "corrects") if body.get(key)}
    if body.get("form"):
        data["form"] = body["form"]
    if votes and message.seq in votes:
        data["vote"] = VOTES[votes[message.seq]]
    files = body.get("attachments")
    if files:
        # The reference stays inside: who knows it could fetch the file.
        shown = [{"name": f["name"], "media_type": f["media_type"], "size": f["size"]} for f in files]
        data["attachments"] = [f | {"url": f"{files_at}/{i}"} for i, f in enumerate(shown)] if files_at else shown
    return data


def button_json(button: dict[str, Any]) -> dict[str, Any]:
    """A button with the keys the doors promise, whatever else the dialogue put into it."""
    url = {"url": button["url"]} if button.get("url") else {}
    return {"title": str(button.get("title") or ""), "payload": str(button.get("payload") or "")} | url


async def conversation_of_user(session: AsyncSession, channel: str, user: str) -> ConversationRow | None:
    """The conversation of this user, None before the first message."""
    found: ConversationRow | None = await session.scalar(
        select(ConversationRow).where(ConversationRow.channel == channel, ConversationRow.user == user)
    )
    return found


def choice_title(conversation: ConversationRow | None, payload: str) -> str:
    """The words behind a pressed button, so that the history reads like speech; '' for an unknown command."""
    for button in conversation.buttons if conversation else ():
        if button.get("payload") == payload:
            return str(button.get("title") or "")
    return "" if payload.startswith("/") else payload
