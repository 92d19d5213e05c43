"""Webhook calls: is the secret right, and is the body one JSON object? Nothing here raises, whatever a stranger sends."""

from __future__ import annotations

import hmac

from channels.base import HookCall, HookReply
from channels.raw import json_object


def same(given: object, secret: str) -> bool:
    """Whether `given` is the secret, told in the same time for a near miss. Nothing is the same as an empty secret."""
    shown = given.encode(errors="surrogatepass") if isinstance(given, str) else b""
    return hmac.compare_digest(shown, secret.encode()) and bool(secret)


def signed(call: HookCall, header: str, secret: str) -> HookReply:
    """The answer to a call that carries the secret in a header and one event in its body: 403, 400 or the event."""
    if not same(call.headers.get(header), secret):
        return HookReply(403)
    event = json_object(call.body)
    return HookReply(400) if event is None else HookReply(events=(event,))
