"""What is kept of a citizen's message: the body of the journal, from what a door understood."""

from __future__ import annotations

from typing import Any

from bot.clean import MAX_STORED, clean
from bot.messages import Inbound, attachment_json


def body_of(inbound: Inbound) -> dict[str, Any]:
    """The body to be sealed and stored."""
    body: dict[str, Any] = {"text": clean(inbound.text), "kind": inbound.kind}
    if inbound.ip:
        body["ip"] = inbound.ip
    if inbound.payload is not None:
        body["payload"] = inbound.payload[:1000]
    if len(inbound.text) > MAX_STORED:
        body["cut"] = True
    if inbound.attachments:
        body["attachments"] = [attachment_json(a) for a in inbound.attachments]
    if inbound.location:
        body["location"] = list(inbound.location)
    if inbound.offered_in is not None:
        body["offered_in"] = inbound.offered_in
    if inbound.problem:
        body["problem"] = inbound.problem
    for mark in ("forwarded", "edited"):
        if getattr(inbound, mark):
            body[mark] = True
    return body
