"""A demonstration maker of rooms for video consultations, behind the interface of `bot.services.people`."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime


class DemoVideoLinks:
    """Makes links that lead nowhere, one for each promised consultation; fits `people.VideoLinks`.

    `base_url` is the address of the rooms; `secret` keeps strangers from guessing a room by its number.
    """

    def __init__(self, secret: bytes, base_url: str = "https://video.example.invalid") -> None:
        self._secret = secret
        self._base_url = base_url.rstrip("/")

    async def link(self, number: str, starts_at: datetime) -> str:
        """The address of the room of consultation `number`; the same whenever it is asked for."""
        told = f"{number}|{starts_at.isoformat()}".encode()
        room = hmac.new(self._secret, told, hashlib.sha256).hexdigest()[:20]
        return f"{self._base_url}/room/{room}"
