"""The loop that fetches a channel's news: stored first, acknowledged by the next look, and no failure ends it."""

from __future__ import annotations

import asyncio

import structlog
from prometheus_client import Gauge

from bot.store import Store, StoreAway, raw_events
from channels.base import Channel
from channels.errors import ChannelError, Misconfigured, Retry
from channels.inbox import Inbox
from channels.pace import backoff

log = structlog.get_logger(__name__)

RECEIVING = Gauge("otklik_channel_receiving", "Whether a channel's news arrive", ["channel"])

CONNECTING = "подключается"
"""The state before the platform's first answer."""
MISCONFIGURED_PAUSE = 30.0
"""Seconds after which a token that was refused is tried again: an administrator may have put it right at the platform."""


class Receiver:
    """Opens one channel and, when it polls, keeps fetching. `state` says in Russian how it goes, "" when it goes well.

    `remark` is what else was found wrong at the start (a clock that is off, a webhook that was never confirmed).
    """

    def __init__(self, channel: Channel, inbox: Inbox, store: Store) -> None:
        self._channel, self._inbox, self._store = channel, inbox, store
        self.state, self.remark = CONNECTING, ""
        self._tries = 0
        self._opened = asyncio.Event()

    async def run(self) -> None:
        """Receive until cancelled."""
        while True:
            try:
                await self._channel.open()
                self._opened.set()
                self._well(True)
                if not self._channel.polls:
                    return
                await self._poll()
            except Misconfigured as error:
                self._well(False, error.words)
                log.error("channel.misconfigured", channel=self._channel.name, reason=error.words)
                await asyncio.sleep(MISCONFIGURED_PAUSE)
            except (ChannelError, StoreAway) as error:
                self._tries += 1
                self._well(False, getattr(error, "words", "база данных недоступна"))
                after = error.after if isinstance(error, Retry) else None
                log.warning("channel.not_receiving", channel=self._channel.name, reason=str(error))
                await asyncio.sleep(backoff(self._tries, longest=30) if after is None else after)
            except Exception as error:
                # A library's surprise must not make the channel deaf until the next restart.
                self._tries += 1
                self._well(False, f"сбой {type(error).__name__}, пробую снова")
                log.error("channel.failed", channel=self._channel.name, error=type(error).__name__)
                await asyncio.sleep(backoff(self._tries, longest=30))

    async def examine(self) -> None:
        """Once it is open, look at what receiving alone does not show, and say it in the log and in `remark`."""
        await self._opened.wait()
        try:
            self.remark = "; ".join(finding.text for finding in await self._channel.check() if finding.well is False)
        except Exception as error:  # a look that fails must not end the receiving beside it
            log.error("channel.not_examined", channel=self._channel.name, error=type(error).__name__)
        if self.remark:
            log.warning("channel.examined", channel=self._channel.name, reason=self.remark)

    async def _poll(self) -> None:
        async with self._store.read() as session:
            cursor = await raw_events.cursor_of(session, self._channel.name)
        while True:
            received = await self._channel.receive(cursor)
            moved = received.cursor != cursor
            if received.events or moved:
                await self._inbox.store(received.events, received.cursor if moved else None)
            cursor, self._tries = received.cursor, 0
            self._well(True)

    def _well(self, well: bool, why: str = "") -> None:
        RECEIVING.labels(self._channel.name).set(well)
        self.state = "" if well else why
