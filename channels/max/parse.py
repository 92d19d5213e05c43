"""What MAX's events mean. Pure, over raw JSON: maxapi's own models drop a whole event for one odd field."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.messages import InboundKind
from channels.base import Edited, Happening, Ignored, Reachable, RemoteFile, Said
from channels.raw import as_dict, fingerprint

WANTED = "message_created message_callback message_edited bot_started bot_stopped dialog_removed".split()
"""The kinds of events we subscribe to."""
SERVICE = """message_removed dialog_cleared dialog_muted dialog_unmuted bot_added bot_removed user_added user_removed
    chat_title_changed message_chat_created comment_created comment_edited comment_removed
    bot_admin_permissions_changed""".split()
FILES: dict[str, InboundKind] = {"image": "file", "file": "file", "video": "file", "audio": "voice"}


def key_of(event: dict[str, Any]) -> str:
    """What makes a repeated event known: MAX numbers none, so its kind, its moment and the ids in it. Never raises."""
    press, message, user = (as_dict(event.get(name)) for name in ("callback", "message", "user"))
    # The schema calls callback_id that of a keyboard: only with the moment it surely names one press.
    ids = [press.get(name) for name in ("callback_id", "timestamp", "payload")]
    if not press:
        who = as_dict(message.get("body")).get("mid") or user.get("user_id")
        ids = [who, event.get("chat_id"), event.get("timestamp")] if who else [event]
    return f"{str(event.get('update_type'))[:40]}:{fingerprint(ids)[:40]}"


def parse(event: dict[str, Any]) -> list[Happening]:
    """What one event means. Raises for an unknown kind, and when a needed part is missing or of a wrong type."""
    kind = event["update_type"]
    if kind in SERVICE:
        return [Ignored("service")]
    if kind == "message_created" and "message" not in event:
        return [Ignored("empty")]  # a native voice message: MAX tells neither who sent it nor what (docs)
    if kind not in WANTED:
        raise ValueError("unknown update_type")
    press, message = as_dict(event.get("callback")), as_dict(event.get("message"))
    query = str(press["callback_id"]) if kind == "message_callback" else None
    if message and message["recipient"]["chat_type"] != "dialog":
        return [Ignored("group", query)]
    user = press.get("user") or (event["message"]["sender"] if kind.startswith("message_") else event["user"])
    if user.get("is_bot"):
        return [Ignored("bot", query)]
    peer, moment = str(int(user["user_id"])), event["timestamp"]
    if kind == "message_edited":
        return [Edited(peer, str(message["body"]["mid"]), _text(message["body"]), str(moment))]
    if kind in ("bot_stopped", "dialog_removed"):
        return [Reachable(peer, False)]
    # MAX's clock orders presses and starts among messages; `seq` numbers messages only.
    base = {"order": moment, "sent_at": datetime.fromtimestamp(moment / 1000, UTC)}
    if kind == "bot_started":
        link = str(event.get("payload") or "")[:200] or None
        return [Reachable(peer, True), Said(peer, key_of(event), text="/start", link=link, **base)]
    if query is not None:
        payload = str(press.get("payload") or "")[:200]
        return [Said(peer, key_of(event), "choice", payload=payload, callback=query, **base)]
    mid = as_dict(message.get("body")).get("mid")
    return [Said(peer, str(mid)[:100] if mid else key_of(event), **_content(message, user), **base)]


def _content(message: dict[str, Any], sender: dict[str, Any]) -> dict[str, Any]:
    link = as_dict(message.get("link"))
    forwarded = link.get("type") == "forward"
    bodies = [message.get("body") or {}, *([link["message"]] if forwarded else [])]
    text = "\n".join(filter(None, map(_text, bodies)))
    found: dict[str, Any] = {"kind": "text", "text": text, "forwarded": forwarded}
    for one in (one for body in bodies for one in body.get("attachments") or []):
        payload = as_dict(one.get("payload"))
        if one["type"] in FILES:
            kind, size = FILES[one["type"]], one.get("size")
            known = size if isinstance(size, int) else None
            file = RemoteFile(str(payload["url"]), str(one.get("filename") or ""), known, kind == "voice")
            found |= {"kind": kind, "files": (*found.get("files", ()), file)}
        elif one["type"] == "location":
            found |= {"kind": "location", "location": (float(one["latitude"]), float(one["longitude"]))}
        elif one["type"] == "contact":
            own = not forwarded and as_dict(payload.get("max_info")).get("user_id") == sender["user_id"]
            found |= {"kind": "contact", "contact": _phone(payload) if own else None}
    return found


def _phone(payload: dict[str, Any]) -> str | None:
    from maxapi.utils.vcf import parse_vcf_info  # heavy, and parsing mostly does without

    digits = "".join(filter(str.isdecimal, parse_vcf_info(str(payload.get("vcf_info") or "")).phone or ""))
    return f"+{digits}" if digits else None


def _text(body: dict[str, Any]) -> str:
    text = body.get("text") or ""
    if not isinstance(text, str):
        raise TypeError("text")
    return text
