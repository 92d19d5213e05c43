"""A letter as it is kept: its source in JSON, without the larger files, which are found again by their place in the letter."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any

from channels.base import RemoteFile

WHOLE, HEAD, LIGHT = 25 * 1024 * 1024, 64 * 1024, 1024 * 1024
"""Bytes from which on a letter is too big, how many of such a one are kept, and how many of any other without its files."""
_LOGO = 10_000
"""Bytes below which a picture inside the letter is decoration."""
_SEALS = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}


def packed(source: bytes) -> dict[str, Any]:
    """A JSON object of the letter: its source as text where JSON carries it unchanged, else in base64; of files above 10 kB
    only the sizes. `source` may end at `WHOLE` bytes. Slow for large letters."""
    kept: dict[str, Any] = {"size": len(source)}
    if len(source) >= WHOLE:
        kept["too_big"], source = True, source[:HEAD]
    elif len(source) > HEAD:
        with suppress(Exception):  # a letter that Python cannot take apart must not hold up those behind it
            kept["sizes"], source = _without_files(source)
    source = source[:LIGHT]
    try:
        return kept | {"source": source.decode()}
    except UnicodeDecodeError:
        return kept | {"base64": base64.b64encode(source).decode()}


def unpacked(kept: dict[str, Any]) -> bytes:
    """The source as it was kept. Raises KeyError, AttributeError, TypeError or ValueError for an object that holds none."""
    source: bytes = kept["source"].encode() if "source" in kept else base64.b64decode(kept["base64"], validate=True)
    return source


def files(mail: EmailMessage, kept: dict[str, Any], letter: str) -> tuple[RemoteFile, ...]:
    """The attached files of the letter that was kept so, without logos and electronic signatures.

    Their ids are that of the letter, a colon, and the place that `content` needs.
    """
    return tuple(
        RemoteFile(
            f"{letter}:{place}",
            part.get_filename() or "",
            # A letter over the cap was read in part: its files count as large as the letter.
            kept["size"] if kept.get("too_big") else size,
            voice=part.get_content_maintype() == "audio",
        )
        for place, part, size in _attached(mail, kept.get("sizes", {}))
    )


def content(source: bytes, place: int) -> bytes:
    """The file at this place of a whole letter. Raises LookupError when there is none."""
    data = list(message_from_bytes(source).walk())[place].get_payload(decode=True)
    if not isinstance(data, bytes):
        raise LookupError(place)
    return data


def _without_files(source: bytes) -> tuple[dict[str, int], bytes]:
    """The letter emptied of its larger files, and their sizes in bytes by their places in `walk()`."""
    mail, sizes = message_from_bytes(source), {}
    for place, part in enumerate(mail.walk()):
        size = 0 if part.is_multipart() else len(part.get_payload(decode=True) or b"")
        if size >= _LOGO and (part.get_content_maintype() != "text" or part.get_filename()):
            sizes[str(place)] = size
            part.set_payload("")
    return sizes, mail.as_bytes()


def _attached(mail: EmailMessage, sizes: dict[str, int]) -> Iterator[tuple[int, EmailMessage, int]]:
    for place, part in enumerate(mail.walk()):
        kind = part.get_content_maintype()
        named = part.get_filename() or part.get_content_disposition() == "attachment"
        if kind in ("multipart", "message") or part.get_content_type() in _SEALS or (kind == "text" and not named):
            continue
        size = sizes.get(str(place)) or len(part.get_payload(decode=True) or b"")
        if not (kind == "image" and part.get("Content-ID") and size < _LOGO):
            yield place, part, size
