"""What an update of Telegram means. It is cut down to the keys we read before aiogram checks it: a new field breaks nothing."""

from __future__ import annotations

import re
from typing import Any

from aiogram.types import CallbackQuery, Message, Update

from channels.base import Edited, Happening, Ignored, Reachable, RemoteFile
from channels.raw import fingerprint
from channels.said import said

WANTED = ["message", "edited_message", "callback_query", "my_chat_member"]
_KINDS = frozenset(Update.model_fields) - {"update_id"}
# What a citizen sends that says nothing to us; any other message without content is a notice of the service.
_WORDLESS = ("sticker", "animation", "dice", "poll", "story", "game", "checklist", "paid_media")
# All keys that pass, at any depth.
_READ = frozenset(
    "message_id date chat from id type is_bot text caption media_group_id message data chat_instance photo voice video_note"
    " video audio document location contact file_id file_unique_id file_size file_name width height length duration"
    " latitude longitude phone_number user_id".split()
)
_START = re.compile(r"/start(?:@\w+)?(?:\s+([A-Za-z0-9_-]{1,64}))?\s*", re.ASCII)


def key(event: dict[str, Any]) -> str:
    """The number of the update; of a malformed one its fingerprint."""
    number = event.get("update_id")
    return str(number) if isinstance(number, int) and 0 <= number < 2**63 else fingerprint(event)


def parse(event: dict[str, Any], me: int) -> list[Happening]:
    """The update's meaning; `me` is the bot's own id. Raises any exception for one that makes no sense or is of a new kind."""
    kind = min(_KINDS & event.keys())
    raw = event[kind]
    if kind == "my_chat_member":
        # Read as it is: aiogram asks members of a chat for dozens of rights.
        chat, allowed = raw["chat"], {"member": True, "kicked": False}.get(raw["new_chat_member"]["status"])
        if chat["type"] != "private" or allowed is None:
            return [Ignored("service" if chat["type"] == "private" else "group")]
        return [Reachable(str(int(chat["id"])), allowed)]
    if kind not in WANTED:
        return [Ignored("service")]
    update = Update.model_validate({"update_id": event["update_id"], kind: _pruned(raw)})
    press, message = update.callback_query, update.message or update.edited_message
    chat = message.chat if message else press.message.chat if press and press.message else None
    sender = press.from_user if press else message.from_user if message else None
    callback = press.id if press else None
    if chat and chat.type != "private":
        return [Ignored("group", callback)]
    if sender is None or sender.is_bot:
        return [Ignored("echo" if sender and sender.id == me else "bot", callback)]
    if message is None:
        assert press is not None
        return [_pressed(press)]
    return [_said(message, raw, None if update.message else str(update.update_id))]


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        # Nobody's name is read; but aiogram insists on a first one.
        return {"first_name": ""} | {name: _pruned(part) for name, part in value.items() if name in _READ}
    return [_pruned(part) for part in value] if isinstance(value, list) else value


def _pressed(press: CallbackQuery) -> Happening:
    if press.data is None:  # a game
        return Ignored("service", press.id)
    # A private chat has its citizen's own id.
    return said(str(press.from_user.id), f"cb{press.id}", "choice", payload=press.data, callback=press.id)


def _said(message: Message, raw: dict[str, Any], edit: str | None) -> Happening:
    """`edit` is the version of an edited message."""
    peer, text = str(message.chat.id), message.text or message.caption or ""
    card, place = message.contact, message.location
    number = f"{peer}.{message.message_id}"  # Telegram numbers within a chat only
    if edit:  # without text it is a live location that moves
        return Edited(peer, number, text, edit) if text else Ignored("service")
    wordless = any(raw.get(name) for name in _WORDLESS)
    file = None if wordless else _file(message)  # a GIF is told as a document too
    text = text or (raw.get("sticker") or {}).get("emoji") or ""
    if not (wordless or file or text or card or place):
        return Ignored("service")
    # What `forward_origin` holds is not read: of hidden users it comes in shapes that libraries choke on (aiogram 1840).
    forwarded = bool(raw.get("forward_origin") or raw.get("via_bot"))
    own = card is not None and message.from_user is not None and card.user_id == message.from_user.id and not forwarded
    start = None if forwarded else _START.fullmatch(text)
    return said(
        peer,
        number,
        "contact" if card else None,
        text="/start" if start else text,
        files=(file,) if file else (),
        album=message.media_group_id,
        contact="+" + re.sub(r"\D", "", card.phone_number) if card and own else None,
        location=(place.latitude, place.longitude) if place else None,
        forwarded=forwarded or (card is not None and not own),
        order=message.message_id,
        sent_at=message.date,
        link=start[1] if start else None,
    )


def _file(message: Message) -> RemoteFile | None:
    largest = max(message.photo or [], key=lambda size: size.width * size.height, default=None)
    file = largest or message.voice or message.video_note or message.video or message.audio or message.document
    name = getattr(file, "file_name", None) or ""
    return RemoteFile(file.file_id, name, file.file_size, message.voice is not None) if file else None
