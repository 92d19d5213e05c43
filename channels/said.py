"""Makes a `Said` of what a channel found in a message: which kind it is, and nothing longer than the contract allows."""

from __future__ import annotations

from typing import Any

from bot.messages import InboundKind
from channels.base import RemoteFile, Said


def said(
    peer: str,
    id: str,
    kind: InboundKind | None = None,
    *,
    payload: str | None = None,
    files: tuple[RemoteFile, ...] = (),
    location: tuple[float, float] | None = None,
    contact: str | None = None,
    **more: Any,
) -> Said:
    """What a citizen said; the names are those of `Said`. Without `kind` it follows from what is there.

    An id is cut to 100 characters, a payload, which may be a stranger's, to 200.
    """
    is_voice = any(file.voice for file in files)
    kinds: dict[InboundKind, Any] = {
        "choice": payload, "voice": is_voice, "file": files, "location": location, "contact": contact, "text": True
    }  # fmt: skip
    found = next(name for name, given in kinds.items() if given) if kind is None else kind
    payload = payload if payload is None else payload[:200]
    return Said(peer, id[:100], found, payload=payload, files=files, location=location, contact=contact, **more)
