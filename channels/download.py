"""Fetching citizens' files over HTTP: from the platform's own hosts only, in chunks, and no more than we take."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from ssl import SSLContext

from aiohttp import (
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    TCPConnector,
)
from yarl import URL

from channels.errors import Rejected, Retry
from channels.options import is_local
from channels.web import LOST, refusal

CHUNK = 65536
TIMEOUT = ClientTimeout(120, sock_connect=10, sock_read=20)
"""Seconds for a whole file, to connect, and between two pieces of it."""


@dataclass(frozen=True)
class Hosts:
    """Where a platform keeps files: `names` and what lies below them. `home` is the address of its API.

    If that is of this machine, nothing else is asked. An event may name any address, also one inside our network.
    """

    names: tuple[str, ...]
    home: str

    def check(self, address: str | URL) -> URL:
        """The address, read as it will be asked. Raises Rejected for one that is not the platform's own."""
        try:
            url = URL(address)
            if is_local(self.home):
                ours = url.origin() == URL(self.home).origin()
            else:
                host = re.fullmatch(r"[a-z\d.-]+", url.raw_host or "")
                below = host is not None and f".{host[0]}".endswith(tuple(f".{name}" for name in self.names))
                ours = below and (url.scheme, url.port) == ("https", 443)
        except (ValueError, TypeError):
            ours = False
        if not ours or url.user is not None:
            raise Rejected("foreign_host", "файл лежит не на серверах этого мессенджера")
        return url


def check_size(size: int | None, limit: int) -> None:
    """Raises Rejected for more than `limit` bytes; None is a size that nobody told."""
    if size is not None and size > limit:
        raise Rejected("file_too_big", "файл больше, чем мы принимаем")


async def capped(chunks: AsyncIterable[bytes], limit: int) -> AsyncIterator[bytes]:
    """The same chunks. Raises Rejected as soon as they hold more than `limit` bytes."""
    taken = 0
    async for chunk in chunks:
        taken += len(chunk)
        check_size(taken, limit)
        yield chunk


async def download(
    address: str, hosts: Hosts, limit: int, trust: Callable[[], SSLContext] | None = None
) -> AsyncIterator[bytes]:
    """A file in chunks, asked for without any token. `trust` makes certificates other than the usual ones; it may be slow.

    Raises Rejected for a foreign address, also one that a redirect leads to, for a file that is gone, and as soon as more
    than `limit` bytes came; Retry when it may come later.
    """

    async def guarded(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        hosts.check(request.url)  # a redirect comes through here as well
        return await handler(request)

    url = hosts.check(address)
    connector = TCPConnector(ssl=await asyncio.to_thread(trust) if trust else True)
    session = ClientSession(connector=connector, middlewares=(guarded,), trust_env=not is_local(hosts.home))
    try:
        async with session, session.get(url, timeout=TIMEOUT) as response:
            if refused := refusal(response):
                raise refused
            async for chunk in capped(response.content.iter_chunked(CHUNK), limit):
                yield chunk
    except LOST as error:
        raise Retry("no_file", words=f"файл не скачался ({type(error).__name__})") from None
