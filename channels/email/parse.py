"""Raw events of the mailbox and what they mean: a citizen's words and files, a bounce, or a machine that is never answered."""

from __future__ import annotations

from typing import Any

from bot.messages import InboundKind
from channels import letter_parts, letters
from channels.base import Happening, Ignored, Reachable, Said
from channels.raw import fingerprint

_REPORTS = ("delivery-status", "disposition-notification", "feedback-report")


def event(uid: int, validity: int, source: bytes) -> dict[str, Any]:
    """The raw event of a mail: where it lies in the mailbox, and the mail itself without its larger files, for `fetch` finds
    them there. Slow for large mails."""
    return {"uid": uid, "uidvalidity": validity} | letter_parts.packed(source)


def key(event: dict[str, Any]) -> str:
    """What makes a mail known: its Message-ID or fingerprint, at most 100 characters."""
    try:
        return letters.identity(letter_parts.unpacked(event))
    except Exception:
        return f"sha256-{fingerprint(event)}"


def parse(event: dict[str, Any], own: str) -> list[Happening]:
    """The happenings of one mail; `own` is our address. Raises any exception for a mail without a usable sender."""
    mail = letters.read(letter_parts.unpacked(event))
    if mail.get_content_type() == "multipart/report":
        if mail.get_param("report-type") not in _REPORTS:
            raise ValueError("unknown kind of report")
        return [Reachable(peer, allowed=False) for peer in letters.unreachable(mail)] or [Ignored("service")]
    if (peer := letters.sender(mail)) == own:
        return [Ignored("echo")]
    if letters.from_machine(mail):
        return [Ignored("bot")]
    files = letter_parts.files(mail, event, f"{event['uidvalidity']:d}:{event['uid']:d}")  # valid after a restart too
    kind: InboundKind = "text" if not files else "voice" if all(f.voice for f in files) else "file"
    text, forwarded, sent_at = letters.words(mail), letters.is_forwarded(mail), letters.sent_at(mail)
    return [Said(peer, key(event), kind, text, files=files, forwarded=forwarded, order=event["uid"], sent_at=sent_at)]
