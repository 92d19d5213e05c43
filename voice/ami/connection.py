"""One connection to the manager interface: greets, logs in, and brings responses and events to whoever waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import uuid
from collections.abc import Callable, Iterable, Iterator

import structlog

from voice.ami.codec import Decoder, Garbage, Message, encode
from voice.ami.interface import AmiAway, AmiRefused, WrongSecret

log = structlog.get_logger(__name__)
Watcher = Callable[[Message], None]


class Connection:
    """A logged-in session. Ends when the PBX ends it; `closed` is then set, and everything awaited raises AmiAway."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience: float) -> None:
        self._reader, self._writer, self._patience = reader, writer, patience
        self._decoder = Decoder()
        self._answers: dict[str, asyncio.Future[Message]] = {}
        self._watchers: list[Watcher] = []
        self._greeted = asyncio.Event()
        self.closed = asyncio.Event()
        self._ids, self._prefix = itertools.count(1), uuid.uuid4().hex[:8]
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, host: str, port: int, user: str, secret: str, *, md5: bool, patience: float) -> Connection:
        """Connect and log in; `patience` is how many seconds an answer may take.

        Raises AmiAway, WrongSecret, AmiRefused.
        """
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), patience)
        except (OSError, TimeoutError) as error:
            raise AmiAway(type(error).__name__) from None
        connection = cls(reader, writer, patience)
        try:
            await connection._login(user, secret, md5=md5)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def close(self) -> None:
        """End the session, politely if it still lives. Does nothing the second time."""
        if not self.closed.is_set():
            with contextlib.suppress(OSError):
                self._writer.write(encode([("Action", "Logoff")]))
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def new_id(self) -> str:
        """An ActionID nobody else uses."""
        return f"otklik-{self._prefix}-{next(self._ids)}"

    async def ask(self, fields: Iterable[tuple[str, str]], action_id: str | None = None) -> Message:
        """Send one action and await its response. Raises AmiRefused when it is an error, AmiAway, ValueError for line breaks."""
        action_id = action_id or self.new_id()
        data = encode([*fields, ("ActionID", action_id)])
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        if self.closed.is_set():
            raise AmiAway("not connected")
        self._answers[action_id] = answer
        try:
            self._writer.write(data)
            # Not wait_for: in Python 3.11 it swallows a cancellation that meets the answer.
            async with asyncio.timeout(self._patience):
                message = await answer
        except TimeoutError:
            raise AmiAway("no answer in time", sent=True) from None
        finally:
            self._answers.pop(action_id, None)
        if message.get("Response").lower() == "error":
            raise AmiRefused(message.get("Message", "no reason given"))
        return message

    @contextlib.contextmanager
    def watching(self, watcher: Watcher) -> Iterator[None]:
        """Let `watcher` see every event inside the block."""
        self._watchers.append(watcher)
        try:
            yield
        finally:
            self._watchers.remove(watcher)

    def watch(self, watchers: Iterable[Watcher]) -> None:
        """Let these see every event from now on."""
        self._watchers.extend(watchers)

    async def _login(self, user: str, secret: str, *, md5: bool) -> None:
        try:
            await asyncio.wait_for(self._greeted.wait(), self._patience)
        except TimeoutError:
            raise AmiAway("no banner in time") from None
        if self.closed.is_set():
            raise AmiAway("closed at once")
        if md5:
            challenge = (await self.ask([("Action", "Challenge"), ("AuthType", "MD5")])).get("Challenge")
            key = hashlib.md5((challenge + secret).encode(), usedforsecurity=False).hexdigest()
            proof = [("AuthType", "MD5"), ("Key", key)]
        else:
            proof = [("Secret", secret)]
        try:
            await self.ask([("Action", "Login"), ("Username", user), *proof, ("Events", "call,agent")])
        except AmiRefused as refused:
            raise WrongSecret(refused.message) from None

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(65536):
                for message in self._decoder.feed(data):
                    self._deliver(message)
                if self._decoder.banner:
                    self._greeted.set()
        except OSError:
            pass
        except Garbage as error:
            log.warning("ami.garbage", error=str(error))
        finally:
            self.closed.set()
            self._greeted.set()
            self._writer.close()
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(AmiAway("the connection was lost", sent=True))

    def _deliver(self, message: Message) -> None:
        if message.event:
            for watcher in tuple(self._watchers):
                watcher(message)
            return
        answer = self._answers.get(message.get("ActionID"))
        if answer is not None and not answer.done():
            answer.set_result(message)
