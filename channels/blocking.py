"""For channels whose library blocks: its clients in a few threads, and its `requests` sessions with limits and a guard."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

import requests
from requests.adapters import HTTPAdapter

from channels.download import Hosts
from channels.errors import ChannelError, Rejected
from channels.options import is_local
from channels.web import no_answer

TIMEOUT = (5, 20)
"""Seconds to connect, and between two bytes of an answer."""

Client = TypeVar("Client")
Found = TypeVar("Found")


class Crew(Generic[Client]):
    """Threads that each work with a client of their own: such a client can serve one call at a time only."""

    def __init__(self, name: str, clients: list[Client]) -> None:
        self._clients, self._free = clients, queue.LifoQueue[Client]()
        self._threads = ThreadPoolExecutor(len(clients), thread_name_prefix=name)
        for client in clients:
            self._free.put(client)

    async def run(self, work: Callable[[Client], Found]) -> Found:
        """What `work` returns, done in a thread. What `requests` raises becomes a ChannelError; the library's own errors pass."""
        try:
            working = self._threads.submit(self._lend, work)
        except RuntimeError:
            raise no_answer("closed") from None
        try:
            return await asyncio.wrap_future(working)
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise _meaning(error) from None

    def _lend(self, work: Callable[[Client], Found]) -> Found:
        client = self._free.get()
        try:
            return work(client)
        finally:
            self._free.put(client)

    def close(self, give_back: Callable[[Client], None]) -> None:
        """Take no more work, and give back what each client holds; threads end with the calls they are in."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for client in self._clients:
            give_back(client)


def _meaning(error: Exception) -> ChannelError:
    """Without the original's words, which quote addresses. An answer of another shape than the library expects can come later."""
    if isinstance(error, FileNotFoundError):
        return Rejected("file_missing", "файла для отправки больше нет")
    code = "timeout" if isinstance(error, requests.Timeout) else "connection"
    if isinstance(error, requests.HTTPError):
        status = error.response.status_code
        code = f"http_{status}"
        if status not in (408, 429) and status < 500:
            return Rejected(code, f"сервер не принял запрос ({code})")
    return no_answer(code)


def guarded_session(official: str, hosts: Hosts) -> requests.Session:
    """A session whose calls of the `official` address go to `hosts.home`, and all others to `hosts` only, with time limits.

    Answers of 400 and above raise requests.HTTPError.
    """
    session, gate = requests.Session(), _Gate(official, hosts)
    for scheme in ("https://", "http://"):
        session.mount(scheme, gate)
    session.hooks["response"] = [lambda response, **_: response.raise_for_status()]
    return session


class _Gate(HTTPAdapter):
    def __init__(self, official: str, hosts: Hosts) -> None:
        super().__init__()
        self._official, self._hosts = f"{official}/", hosts

    def send(self, request: Any, *args: Any, **options: Any) -> requests.Response:
        home = f"{self._hosts.home}/"
        if request.url.startswith(self._official):
            request.url = home + request.url.removeprefix(self._official)
        if not request.url.startswith(home):
            self._hosts.check(request.url)  # redirects come by here too
        options |= {"timeout": TIMEOUT} | ({"proxies": None} if is_local(home) else {})
        return super().send(request, *args, **options)
