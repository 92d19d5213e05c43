"""Raw events of the mailbox and what they mean: a citizen's words and files, a bounce, or a machine that is never answered."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from bot.messages import InboundKind
from channels.base import Happening, Ignored, Reachable, RemoteFile, Said
from channels.email import letter

WHOLE, HEAD, LIGHT = 25 * 1024 * 1024, 64 * 1024, 1024 * 1024
"""Bytes from which on a mail is too big, how many of such a mail are kept, and how many of any other without its files."""
_REPORTS = ("delivery-status", "disposition-notification", "feedback-report")


def event(uid: int, validity: int, source: bytes) -> dict[str, Any]:
    """The raw event of a mail: its source as text where JSON carries it unchanged, else in base64. Attached files stay in the
    mailbox, where `fetch` finds them: of those above 10 kB only the sizes are kept. Slow for large mails."""
    found: dict[str, Any] = {"uid": uid, "uidvalidity": validity, "size": len(source)}
    if len(source) >= WHOLE:
        found["too_big"], source = True, source[:HEAD]
    elif len(source) > HEAD:
        with suppress(Exception):  # a mail that Python cannot take apart must not hold up those behind it
            found["sizes"], source = letter.without_files(source)
    source = source[:LIGHT]
    try:
        return found | {"source": source.decode()}
    except UnicodeDecodeError:
        return found | {"base64": base64.b64encode(source).decode()}


def source_of(event: dict[str, Any]) -> bytes:
    """The mail as it came. Raises KeyError, AttributeError, TypeError or ValueError for an event that holds none."""
    given: bytes = event["source"].encode() if "source" in event else base64.b64decode(event["base64"], validate=True)
    return given


def read(source: bytes) -> EmailMessage:
    """The mail that `source` spells."""
    return message_from_bytes(source, policy=policy.default)


def key(event: dict[str, Any]) -> str:
    """What makes a mail known: its Message-ID or fingerprint, at most 100 characters."""
    try:
        return letter.identity(source_of(event))
    except Exception:
        return letter.identity(b"\n\n" + json.dumps(event, sort_keys=True, default=str).encode())


def parse(event: dict[str, Any], own: str) -> list[Happening]:
    """The happenings of one mail; `own` is our address. Raises any exception for a mail without a usable sender."""
    mail = read(source_of(event))
    if mail.get_content_type() == "multipart/report":
        if mail.get_param("report-type") not in _REPORTS:
            raise ValueError("unknown kind of report")
        return [Reachable(peer, allowed=False) for peer in letter.unreachable(mail)] or [Ignored("service")]
    if (peer := letter.sender(mail)) == own:
        return [Ignored("echo")]
    if letter.from_machine(mail):
        return [Ignored("bot")]
    text, forwarded, place = letter.words(mail), letter.is_forwarded(mail), f"{event['uidvalidity']:d}:{event['uid']:d}"
    files = tuple(
        # A mail over the cap was read in part: its files count as large as the mail. The id still serves after a restart.
        RemoteFile(
            f"{place}:{i}",
            p.get_filename() or "",
            event["size"] if event.get("too_big") else size,
            voice=p.get_content_maintype() == "audio",
        )
        for i, p, size in letter.attachments(mail, event.get("sizes", {}))
    )
    kind: InboundKind = "text" if not files else "voice" if all(f.voice for f in files) else "file"
    sent_at = letter.sent_at(mail)
    return [Said(peer, key(event), kind, text, files=files, forwarded=forwarded, order=event["uid"], sent_at=sent_at)]
