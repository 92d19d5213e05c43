"""What an event of VK means to the assistant."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from channels.base import Edited, Happening, Ignored, Reachable, RemoteFile
from channels.raw import fingerprint, json_object, whole
from channels.said import said

# Marks one-time links of ours, `https://vk.me/<community>?ref=otk-<token>`: adverts bring a `ref` too.
REF_PREFIX = "otk-"
CHATS = 2_000_000_000
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&"}
_START = re.compile(r'\s*\{\s*"command"\s*:\s*"start"\s*\}\s*')
_SERVICE = re.compile(
    r"(app|audio|board|donut|group|lead_forms|like|market|photo|poll|user|video|vkpay|wall)_\w+"
    r"|confirmation|message_(event|read|typing_state|reaction_event)|messages_edit"
)


def key(event: dict[str, Any]) -> str:
    """VK's own id of the event; of one that has none its fingerprint."""
    given = event.get("event_id")
    return given if isinstance(given, str) and 0 < len(given) <= 120 else fingerprint(event)


def parse(event: dict[str, Any]) -> list[Happening]:
    """The event's meaning. Raises any exception for one that makes no sense, or of a type VK did not have yet."""
    kind, body = event["type"], event["object"]
    if kind in ("message_new", "message_edit"):
        # Communities that chose an API before 5.103 send the message bare, as `message_edit` always is.
        return [_heard(event, body.get("message", body))]
    if kind in ("message_allow", "message_deny"):
        return [Reachable(str(whole(body, "user_id")), kind == "message_allow")]
    if kind == "message_reply":
        return [Ignored("echo")]
    if _SERVICE.fullmatch(kind):
        return [Ignored("service")]
    raise ValueError("unknown type of event")


def _heard(event: dict[str, Any], message: dict[str, Any]) -> Happening:
    peer, sender, number = (whole(message, name) for name in ("peer_id", "from_id", "conversation_message_id"))
    if peer >= CHATS:
        return Ignored("group")
    if sender < 0 or message.get("out"):
        return Ignored("echo" if message.get("out") or sender == -whole(event, "group_id") else "bot")
    text, own = _text(message), list(message.get("attachments") or [])
    if event["type"] == "message_edit":
        return Edited(str(peer), f"{peer}.{number}", text, str(event.get("event_id") or message["update_time"]))
    if foreign := [] if text or own else list(message.get("fwd_messages") or []):
        text = "\n".join(filter(None, map(_text, foreign)))
        own = [a for m in foreign for a in m.get("attachments") or []]
    files = tuple(file for a in own if (file := _file(a["type"], a[a["type"]])))
    point = (message.get("geo") or {}).get("coordinates")
    payload = _payload(message.get("payload"))
    if payload and _START.fullmatch(payload):
        payload, text = None, "Начать"
    ref = re.fullmatch(REF_PREFIX + r"([A-Za-z0-9._~-]{1,500})", str(message.get("ref") or ""))
    return said(
        str(peer),
        f"{peer}.{number}",
        text=text,
        payload=payload,
        files=files,
        location=(float(point["latitude"]), float(point["longitude"])) if point else None,
        forwarded=bool(foreign),
        order=number,
        sent_at=datetime.fromtimestamp(whole(message, "date"), UTC),
        link=ref[1] if ref else None,
    )


def _text(message: dict[str, Any]) -> str:
    # Only what VK escapes, and once: a citizen may write «&copy» or «&amp;» herself.
    return re.sub("|".join(_ENTITIES), lambda found: _ENTITIES[found[0]], message.get("text") or "")


def _payload(raw: Any) -> str | None:
    """Our reference out of its wrapping, else the stranger's payload itself; None where there is none."""
    ours = (json_object(raw) or {}).get("p")
    return (ours if isinstance(ours, str) else str(raw)) if raw else None


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
