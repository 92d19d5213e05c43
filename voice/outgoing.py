"""Makes the calls that have fallen due: registers each, lets the PBX ring, and tells the plan how it ended."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.services.calls.interface import After, Call
from bot.services.calls.outgoing import OutgoingCalls
from bot.services.calls.planned import Dialled, OutgoingCall
from bot.services.calls.registry import VALID_FOR, Calls
from voice.ami import AmiAway, AmiClient, AmiRefused

log = structlog.get_logger(__name__)
NO_ROOM = timedelta(minutes=2)
"""When to look again after there was no room, or no PBX."""


@dataclass(frozen=True)
class DialSettings:
    """How the PBX is asked to ring somebody up.

    `channel` is the dial string with {phone} or {number} (+79123456789), or {digits} (79123456789). Whoever answers enters
    `context` and `exten` of the dialplan with the variables OTKLIK_UUID and OTKLIK_LINE. `caller_id` is what the callee sees.
    `look_every` is the time in seconds between looks at what is due.
    """

    channel: str = "PJSIP/{number}@otklik-trunk"
    context: str = "otklik-outgoing"
    exten: str = "s"
    caller_id: str = "122"
    look_every: float = 15.0


class OutgoingCaller:
    """Works from `start` to `stop`. The talk itself belongs to the call's session, which finds what to say in `Call`."""

    def __init__(
        self, calls: Calls, outgoing: OutgoingCalls, ami: AmiClient, settings: DialSettings = DialSettings()
    ) -> None:
        self._calls, self._outgoing, self._ami, self._settings = calls, outgoing, ami, settings
        self._rules = calls.lines.outgoing
        self._dials: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()

    async def start(self) -> None:
        """Begin to look for due calls."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())

    async def stop(self, patience: float = 5.0) -> None:
        """Take no more calls, and wait `patience` seconds for those that ring.

        What rings longer is left as it is: the plan settles it later (`OutgoingCalls.recover`), and never dials it twice at once.
        """
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
            self._looking = None
        if self._dials:
            _, ringing = await asyncio.wait(self._dials, timeout=patience)
            for dial in ringing:
                dial.cancel()
            await asyncio.gather(*ringing, return_exceptions=True)

    def wake(self) -> None:
        """Look at once: something has just been planned, or the PBX is back."""
        self._wanted.set()

    async def call_due(self) -> int:
        """Begin every call that is due and has room; how many. Raises StoreAway."""
        await self._outgoing.recover()
        # Those who talk count as well: outgoing calls must not fill the lines that citizens call on.
        busy = max(len(self._dials), await self._calls.at_once("out"))
        room = self._rules.at_once - busy
        if room < 1 or not self._ami.connected:
            return 0
        taken = await self._outgoing.take_due(room)
        for planned in taken:
            dial = asyncio.create_task(self._guarded(planned))
            self._dials.add(dial)
            dial.add_done_callback(self._over)
        return len(taken)

    def _over(self, dial: asyncio.Task[None]) -> None:
        self._dials.discard(dial)
        self.wake()

    async def _look(self) -> None:
        while True:
            self._wanted.clear()
            try:
                await self.call_due()
            except SQLAlchemyError as error:
                log.warning("outgoing.failed", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), self._settings.look_every)

    async def _guarded(self, planned: OutgoingCall) -> None:
        try:
            await self._call(planned)
        except SQLAlchemyError as error:
            # The plan settles it later, when the database is back.
            log.warning("outgoing.not_noted", outgoing=planned.id, error=type(error).__name__)

    async def _call(self, planned: OutgoingCall) -> None:
        ring = timedelta(seconds=self._rules.ring_seconds)
        call = await self._calls.register(
            planned.phone, line=planned.line, direction="out", purpose=planned.purpose,
            outgoing_id=planned.id, valid_for=ring + VALID_FOR,
        )  # fmt: skip
        if not call.admitted:
            await self._outgoing.postpone(planned.id, NO_ROOM)
            return
        try:
            outcome = await self._ring(planned, call)
        except AmiAway as away:
            log.warning("outgoing.pbx_away", outgoing=planned.id, sent=away.sent)
            if not away.sent:
                await self._calls.finish(call.id, "pbx_away", After("hangup"))
                await self._outgoing.postpone(planned.id, NO_ROOM)
            # Else it may ring all the same: it stays as it is until it can be known, and is not dialled again meanwhile.
            return
        except AmiRefused as refused:
            log.error("outgoing.refused", outgoing=planned.id, message=refused.message)
            outcome = "failed"
        log.info("outgoing.dialled", outgoing=planned.id, outcome=outcome, tries=planned.tries)
        if outcome != "answered":
            await self._calls.finish(call.id, outcome, After("hangup"))
        await self._outgoing.outcome(planned.id, outcome)

    async def _ring(self, planned: OutgoingCall, call: Call) -> Dialled:
        settings = self._settings
        return await self._ami.originate(
            settings.channel.format(
                number=planned.phone, phone=planned.phone, digits=planned.phone.removeprefix("+")
            ),
            context=settings.context, exten=settings.exten, caller_id=settings.caller_id,
            ring_seconds=self._rules.ring_seconds,
            variables={"OTKLIK_UUID": call.id, "OTKLIK_LINE": call.line},
        )  # fmt: skip
