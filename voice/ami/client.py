"""The client of the manager interface: stays connected with growing pauses, and knows the few actions the telephone needs."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from voice.ami.codec import Message
from voice.ami.connection import Connection, Watcher
from voice.ami.interface import (
    REASONS,
    AmiAway,
    AmiRefused,
    ChannelNow,
    OriginateOutcome,
    QueueCaller,
    QueueStatus,
    WrongSecret,
)
from voice.ami.queues import callers, channels, statuses

log = structlog.get_logger(__name__)
_NAME = re.compile(r"[\w.-]{1,60}")
LOADED = "QueueStatus"
"""An action of the last module that we need: while it is missing, the PBX is still starting."""
LOADS_FOR = 60
"""Looks for it, `AmiSettings.loading` apart, before we go on without queues."""
MARGIN = 15.0
"""Seconds above the ringing time after which an OriginateResponse will not come any more."""


@dataclass(frozen=True)
class AmiSettings:
    """Where the PBX is and who we are there. `md5` keeps the secret off the wire; the connection itself is not encrypted.

    `patience` is the longest wait for an answer, `keepalive` the time between looks whether the PBX is still there,
    `pauses` those before each further try to connect; the last one is repeated; `loading` is the time between looks whether
    a PBX that has just come up knows its queues yet. All in seconds.
    """

    host: str
    port: int
    user: str
    secret: str = field(repr=False)
    md5: bool = True
    patience: float = 10.0
    keepalive: float = 30.0
    pauses: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 30.0)
    loading: float = 1.0


class AmiClient:
    """Keeps one session open from `start` to `stop`. Actions raise AmiAway while there is none."""

    def __init__(self, settings: AmiSettings) -> None:
        self._settings = settings
        self._session: Connection | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._watchers: list[Watcher] = []
        self._connected: list[Callable[[], None]] = []

    def follow(self, watcher: Watcher, connected: Callable[[], None]) -> None:
        """Let `watcher` see every event of every session; `connected` is told of each new session, whose events begin then.

        What happened between two sessions has to be asked for.
        """
        self._watchers.append(watcher)
        self._connected.append(connected)

    async def start(self) -> None:
        """Begin to connect, without waiting for it."""
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Log off and stop connecting."""
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
            self._keeping = None

    @property
    def connected(self) -> bool:
        """Whether there is a session now."""
        return self._session is not None and not self._session.closed.is_set()

    async def wait_connected(self) -> None:
        """Return once there is a session."""
        await self._ready.wait()

    async def action(self, name: str, fields: Mapping[str, str] | None = None) -> Message:
        """Any action; its successful response. Raises AmiRefused, AmiAway, ValueError for line breaks."""
        return await self._now().ask([("Action", name), *(fields or {}).items()])

    async def originate(
        self,
        channel: str,
        *,
        context: str = "",
        exten: str = "s",
        application: str = "",
        data: str = "",
        caller_id: str = "",
        ring_seconds: float = 30.0,
        variables: Mapping[str, str] | None = None,
    ) -> OriginateOutcome:
        """Ring `channel` (PJSIP/+79…@trunk) for `ring_seconds`, and let who answers into a context or an application.

        Returns when it was answered or failed. Raises AmiRefused (no permission, a wrong channel); AmiAway, after which the
        call may be on its way all the same; ValueError for a variable the dialplan would misread.
        """
        if bool(context) == bool(application):
            raise ValueError("either a context or an application")
        session = self._now()
        to = (
            [("Context", context), ("Exten", exten), ("Priority", "1")]
            if context
            else [("Application", application), ("Data", data)]
        )
        asked = [
            ("Action", "Originate"), ("Channel", channel), *to, ("CallerID", caller_id),
            ("Timeout", str(round(ring_seconds * 1000))), ("Async", "true"),
            *(("Variable", _variable(name, value)) for name, value in (variables or {}).items()),
        ]  # fmt: skip
        action_id = session.new_id()
        outcome: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        def watch(message: Message) -> None:
            mine = message.event == "OriginateResponse" and message.get("ActionID") == action_id
            if mine and not outcome.done():
                outcome.set_result(message)

        with session.watching(watch):
            # The event may come before we look, even before the response.
            await session.ask([pair for pair in asked if pair[1]], action_id)
            event = await _or_away(outcome, session, ring_seconds + MARGIN)
        if event.get("Response").lower() == "success":
            return "answered"
        reason = REASONS.get(event.get("Reason"), "failed")
        return "failed" if reason == "answered" else reason

    async def hangup(self, channel: str, cause: int = 16) -> None:
        """End a channel (16: normal clearing, Q.850). Raises AmiRefused when there is no such channel."""
        await self.action("Hangup", {"Channel": channel, "Cause": str(cause)})

    async def redirect(self, channel: str, context: str, exten: str, priority: int = 1) -> None:
        """Send a channel to another place of the dialplan. Raises AmiRefused when there is no such channel."""
        place = {"Context": context, "Exten": exten, "Priority": str(priority)}
        await self.action("Redirect", {"Channel": channel, **place})

    async def variable(self, channel: str, name: str) -> str:
        """A channel variable; "" for one that is not set. Raises AmiRefused when there is no such channel."""
        return (await self.action("Getvar", {"Channel": channel, "Variable": name})).get("Value")

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        """Set a channel variable. Raises AmiRefused when there is no such channel."""
        await self.action("Setvar", {"Channel": channel, "Variable": name, "Value": value})

    async def pause_member(self, interface: str, reason: str | None) -> None:
        """Let no queue ring a member, for `reason`; None lets them ring again. Raises AmiRefused for a member of no queue."""
        paused = {"Paused": "false"} if reason is None else {"Paused": "true", "Reason": reason}
        await self.action("QueuePause", {"Interface": interface, **paused})

    async def queue_status(self, queue: str | None = None) -> dict[str, QueueStatus]:
        """Queues by name, or the one asked for (none: it does not exist)."""
        asked = [("Action", "QueueStatus"), *([("Queue", queue)] if queue else [])]
        return statuses(await self._list(asked, "QueueStatusComplete"))

    async def queue_callers(self) -> list[QueueCaller]:
        """Who waits in any queue, the first of each queue first."""
        return callers(await self._list([("Action", "QueueStatus")], "QueueStatusComplete"))

    async def channels(self, variable: str) -> list[ChannelNow]:
        """Every channel of the PBX, each with the value of one variable."""
        return channels(await self._list([("Action", "Status"), ("Variables", variable)], "StatusComplete"), variable)

    async def _list(self, asked: list[tuple[str, str]], complete: str) -> list[Message]:
        """The events that answer an action, up to the one called `complete`. Raises AmiAway, AmiRefused."""
        session = self._now()
        action_id = session.new_id()
        seen: list[Message] = []
        over: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        def watch(message: Message) -> None:
            if message.get("ActionID") != action_id:
                return
            seen.append(message)
            if message.event == complete and not over.done():
                over.set_result(message)

        with session.watching(watch):
            await session.ask(asked, action_id)
            await _or_away(over, session, self._settings.patience)
        return seen

    def _now(self) -> Connection:
        if self._session is None or self._session.closed.is_set():
            raise AmiAway("not connected")
        return self._session

    async def _keep(self) -> None:
        """Connect, watch over the session, connect again, until cancelled."""
        s, failures = self._settings, 0
        while True:
            try:
                self._session = await self._open()
                failures = 0
                self._session.watch(self._watchers)
                self._ready.set()
                log.info("ami.connected")
                for tell in self._connected:
                    tell()
                await self._watch(self._session)
                log.warning("ami.lost")
            except WrongSecret as refused:
                log.error("ami.wrong_secret", message=refused.message)
            except (AmiAway, AmiRefused) as error:
                log.warning("ami.away", error=str(error))
            finally:
                self._ready.clear()
                if self._session is not None:
                    await self._session.close()
                    self._session = None
            await asyncio.sleep(s.pauses[min(failures, len(s.pauses) - 1)])
            failures += 1

    async def _open(self) -> Connection:
        s = self._settings
        session = await Connection.open(s.host, s.port, s.user, s.secret, md5=s.md5, patience=s.patience)
        try:
            # Asterisk lets us in before its modules are loaded, and then refuses what they would do.
            for _ in range(LOADS_FOR):
                if (await session.ask([("Action", "ListCommands")])).get(LOADED):
                    return session
                await asyncio.sleep(s.loading)
        except BaseException:
            await session.close()
            raise
        log.warning("ami.no_queues")
        return session

    async def _watch(self, session: Connection) -> None:
        """Return when the session is over; a PBX that no longer answers counts as over."""
        while not session.closed.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.keepalive):
                    await session.closed.wait()
                return
            await session.ask([("Action", "Ping")])


async def _or_away(awaited: asyncio.Future[Message], session: Connection, seconds: float) -> Message:
    """What is awaited; raises AmiAway when the session ends or the time is over before."""
    lost = asyncio.ensure_future(session.closed.wait())
    try:
        await asyncio.wait((awaited, lost), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        lost.cancel()
    if not awaited.done():
        raise AmiAway("lost while waiting" if session.closed.is_set() else "nothing came in time", sent=True)
    return awaited.result()


def _variable(name: str, value: str) -> str:
    # Asterisk reads a comma in `Variable` as the beginning of the next one.
    if not _NAME.fullmatch(name.removeprefix("__").removeprefix("_")) or "," in value:
        raise ValueError("a channel variable needs a plain name and no comma")
    return f"{name}={value}"
