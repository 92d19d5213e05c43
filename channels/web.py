"""Plain HTTP to a platform where its library has none that waits well: one client for a channel, our own errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from channels.errors import ChannelError, Rejected, Retry
from channels.options import is_local

LOST = (ClientError, OSError)
"""What aiohttp raises when no answer came; a TimeoutError is an OSError."""


def no_answer(code: str, after: float | None = None, *, peer_only: bool = False) -> Retry:
    """The error for whatever may pass; see Retry."""
    return Retry(code, after, f"сервер не отвечает или просит подождать ({code})", peer_only=peer_only)


def refusal(response: ClientResponse) -> ChannelError | None:
    """What an HTTP status says, None when all is well: what may pass is a Retry, with the pause the server asked for."""
    code = f"http_{response.status}"
    if response.status in (408, 429) or response.status >= 500:
        return no_answer(code, pause(response))
    return None if response.status // 100 == 2 else Rejected(code, f"сервер не принял запрос ({code})")


def pause(response: ClientResponse) -> float | None:
    """The seconds of `Retry-After`, None without them."""
    given = response.headers.get("Retry-After", "")
    return float(given) if re.fullmatch(r"\d{1,4}(\.\d+)?", given) else None


class Web:
    """A client for `home` and the servers it names, made when it is first needed. Proxies of the environment count, but not
    for this machine."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._session: ClientSession | None = None

    async def json(self, address: str, query: Mapping[str, str], seconds: float) -> Any:
        """The JSON at an address. Raises Retry or Rejected, neither with the address."""
        self._session = self._session or ClientSession(trust_env=not is_local(self._home))
        try:
            async with self._session.get(address, params=query, timeout=ClientTimeout(seconds)) as response:
                if refused := refusal(response):
                    raise refused
                return await response.json(content_type=None)
        except (*LOST, ValueError, RuntimeError) as error:  # the last one once we are closed
            raise no_answer(type(error).__name__) from None

    async def close(self) -> None:
        """Give back the connections."""
        if self._session:
            await self._session.close()
