"""How much and how often an account may send: the size of a body, and changes a minute."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

FORM = 256 * 1024
"""Bytes of a form or of JSON."""
UPLOAD = 12 * 1024 * 1024
"""Bytes of a form with files."""
SHEET = 20 * 1024 * 1024 + 64 * 1024
"""Bytes of a form with a table that an editor brings; the studio's rooms say so in their own words."""
MINUTE = timedelta(minutes=1)


def largest(content_type: str, path: str = "") -> int:
    """Bytes that a body of this kind may have, sent to this path."""
    if path.startswith("/desk/studio/records/") and path.endswith("/import"):
        # A little more than is taken: whoever brings too much is told so on the page.
        return 2 * SHEET
    return UPLOAD if content_type.startswith(("multipart/form-data", "application/octet-stream")) else FORM


def limited(receive: Receive, most: int) -> Receive:
    """The same body, but HTTPException 413 as soon as more than `most` bytes came, whatever its header promised."""
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > most:
            raise HTTPException(413)
        return message

    return counted


class Pace:
    """Counts what each account does; `allowed` a minute, for at most `remembered` accounts."""

    def __init__(self, allowed: int, clock: Callable[[], datetime], remembered: int = 2000) -> None:
        self._allowed, self._clock, self._remembered = allowed, clock, remembered
        self._done: OrderedDict[str, deque[datetime]] = OrderedDict()

    def ask(self, account_id: str) -> int:
        """0 and counted when one more is allowed, else seconds to wait."""
        now = self._clock()
        done = self._done.setdefault(account_id, deque())
        self._done.move_to_end(account_id)
        while len(self._done) > self._remembered:
            self._done.popitem(last=False)
        while done and now - done[0] >= MINUTE:
            done.popleft()
        if len(done) >= self._allowed:
            return max(1, round((MINUTE - (now - done[0])).total_seconds()))
        done.append(now)
        return 0
