"""Keeps the hand-over going: wakes at every change and at least each second, and passes news on to open windows."""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.handover.bulletin import Bulletin, News
from bot.handover.handovers import Handovers

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0
"""Seconds between looks without a change: ends of wrap-ups and overflow come with time alone."""


class Watch:
    """The one task that drives `Handovers.tick`."""

    def __init__(self, handovers: Handovers, bulletin: Bulletin) -> None:
        self._handovers, self._bulletin = handovers, bulletin
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something about the queue has changed."""
        self._bulletin.post(News("queue"))
        self._woken.set()

    def heard(self, conversation_id: str, author: str) -> None:
        """A message was stored in a conversation."""
        self._bulletin.post(News("message", conversation_id, data={"author": author}))

    def rested(self, conversation_id: str) -> None:
        """The robot has finished its turn: who waited for that can be given to somebody."""
        if self._handovers.held_back(conversation_id):
            self._woken.set()

    async def run(self) -> None:
        """Drive the hand-over until cancelled; a lost database is waited for."""
        while True:
            self._woken.clear()
            try:
                await self._handovers.tick()
            except SQLAlchemyError as error:
                log.warning("handover.store_away", error=type(error).__name__)
            except Exception as error:
                # A traceback shows values, and values may be a citizen's: the kind and the place of the fault are enough.
                log.error("handover.tick_failed", error=type(error).__name__, where=_place(error))
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await self._woken.wait()
            except TimeoutError:
                continue


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else "?"
