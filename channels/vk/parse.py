"""What an event of VK means to the assistant."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from bot.messages import InboundKind
from channels.base import Edited, Happening, Ignored, Reachable, RemoteFile, Said

REF_PREFIX = "otk-"
"""Marks one-time links of ours, `https://vk.me/<community>?ref=otk-<token>`: adverts bring a `ref` too."""
CHATS = 2_000_000_000
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&"}
_START = re.compile(r'\s*\{\s*"command"\s*:\s*"start"\s*\}\s*')
_SERVICE = re.compile(
    r"(app|audio|board|donut|group|lead_forms|like|market|photo|poll|user|video|vkpay|wall)_\w+"
    r"|confirmation|message_(event|read|typing_state|reaction_event)|messages_edit"
)


def parse(event: dict[str, Any]) -> list[Happening]:
    """The event's meaning. Raises any exception for one that makes no sense, or of a type VK did not have yet."""
    kind, body = event["type"], event["object"]
    if kind in ("message_new", "message_edit"):
        # Communities that chose an API before 5.103 send the message bare, as `message_edit` always is.
        return [_heard(event, body.get("message", body))]
    if kind in ("message_allow", "message_deny"):
        return [Reachable(str(_whole(body, "user_id")), kind == "message_allow")]
    if kind == "message_reply":
        return [Ignored("echo")]
    if _SERVICE.fullmatch(kind):
        return [Ignored("service")]
    raise ValueError("unknown type of event")


def _heard(event: dict[str, Any], message: dict[str, Any]) -> Happening:
    peer, sender, number = (_whole(message, name) for name in ("peer_id", "from_id", "conversation_message_id"))
    if peer >= CHATS:
        return Ignored("group")
    if sender < 0 or message.get("out"):
        return Ignored("echo" if message.get("out") or sender == -_whole(event, "group_id") else "bot")
    text, own = _text(message), list(message.get("attachments") or [])
    if event["type"] == "message_edit":
        version = str(event.get("event_id") or message["update_time"])
        return Edited(str(peer), f"{peer}.{number}", text, version)
    if foreign := [] if text or own else list(message.get("fwd_messages") or []):
        text = "\n".join(filter(None, map(_text, foreign)))
        own = [a for m in foreign for a in m.get("attachments") or []]
    files = tuple(file for a in own if (file := _file(a["type"], a[a["type"]])))
    point = (message.get("geo") or {}).get("coordinates")
    payload = _payload(message.get("payload"))
    if payload and _START.fullmatch(payload):
        payload, text = None, "Начать"
    ref = re.fullmatch(REF_PREFIX + r"([A-Za-z0-9._~-]{1,500})", str(message.get("ref") or ""))
    kinds: dict[InboundKind, Any]
    kinds = {"choice": payload, "voice": any(f.voice for f in files), "file": files, "location": point, "text": True}
    return Said(
        peer=str(peer),
        id=f"{peer}.{number}",
        kind=next(kind for kind, given in kinds.items() if given),
        text=text,
        payload=payload,
        files=files,
        location=(float(point["latitude"]), float(point["longitude"])) if point else None,
        forwarded=bool(foreign),
        order=number,
        sent_at=datetime.fromtimestamp(_whole(message, "date"), UTC),
        link=ref[1] if ref else None,
    )


def _whole(body: dict[str, Any], name: str) -> int:
    value = body[name]
    if not isinstance(value, int):
        raise TypeError(f"{name} is no number")
    return value


def _text(message: dict[str, Any]) -> str:
    # Only what VK escapes, and once: a citizen may write «&copy» or «&amp;» herself.
    return re.sub("|".join(_ENTITIES), lambda found: _ENTITIES[found[0]], message.get("text") or "")


def _payload(raw: Any) -> str | None:
    """Our reference out of its wrapping, else the stranger's payload itself, cut; None where there is none."""
    try:
        value = json.loads(raw) if raw else None
    except (ValueError, TypeError, RecursionError):
        value = None
    ours = value.get("p") if isinstance(value, dict) else None
    return (ours if isinstance(ours, str) else str(raw))[:200] if raw else None


def _file(kind: str, body: dict[str, Any]) -> RemoteFile | None:
    """The file to fetch; None for stickers, GIFs, videos and all else that says nothing to a robot."""
    if kind == "photo":
        sizes = [*body.get("sizes", []), *([body["orig_photo"]] if "orig_photo" in body else [])]
        best = max(sizes, key=lambda size: int(size["width"]) * int(size["height"]), default=None)
        return RemoteFile(best["url"], f"photo{body['id']}.jpg") if best else None
    if kind == "audio_message":
        return RemoteFile(body["link_ogg"], "voice.ogg", voice=True)
    if kind == "doc" and body.get("ext") != "gif":
        return RemoteFile(body["url"], str(body.get("title") or ""), body.get("size"))
    return None
