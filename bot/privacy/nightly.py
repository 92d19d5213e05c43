"""Runs the retention every night at three by the region's clock, and once more at a start when a night was missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.privacy.retention import Retention

log = structlog.get_logger(__name__)

AT = time(3, 0)
LOOK_EVERY_S = 60.0


class Nightly:
    """The job of one assistant. Where several share a database, all do it; what one deleted the next does not find."""

    def __init__(self, retention: Retention, clock: Callable[[], datetime], zone: ZoneInfo) -> None:
        self._retention, self._clock, self._zone = retention, clock, zone
        self._started = clock()

    async def run(self) -> None:
        """Look once a minute, for ever."""
        while True:
            try:
                await self.look()
            except SQLAlchemyError as error:
                log.warning("retention.failed", error=type(error).__name__)
            except Exception as error:
                # Data that stay too long are a fault to mend, not a reason to stop answering citizens.
                log.error("retention.failed", error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> bool:
        """Run when it is due; whether it was. The first night is one after the first start: an administrator can look before."""
        if not self._retention.rules.days:
            return False
        night = self._last_night()
        last = await self._retention.last()
        if night <= (last.at if last else self._started):
            return False
        await self._retention.run(None)
        return True

    def _last_night(self) -> datetime:
        now = self._clock().astimezone(self._zone)
        night = datetime.combine(now.date(), AT, self._zone)
        return night if night <= now else datetime.combine(now.date() - timedelta(days=1), AT, self._zone)
