"""What the doctor's looks at a channel have in common."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Iterable
from email.utils import parsedate_to_datetime

from aiohttp import ClientSession, ClientTimeout

from channels.base import Finding
from channels.errors import ChannelError

SKEW = 60
"""Seconds by which clocks may differ."""


def clock(ahead: float) -> Finding:
    """Whether this machine's clock, `ahead` of the platform's by so many seconds, is right."""
    well = abs(ahead) <= SKEW
    return Finding(well, f"часы этого компьютера {'верны' if well else f'расходятся на {round(ahead)} с'}")


async def clock_of(session: ClientSession, address: str) -> list[Finding]:
    """The same by the time that a server puts into its answers; nothing when it tells none."""
    try:
        async with session.head(address, timeout=ClientTimeout(5)) as answer:
            theirs = parsedate_to_datetime(answer.headers["Date"])
    except Exception:  # proxies have errors of their own
        return []
    return [clock(time.time() - theirs.timestamp())]


def webhook(ours: str, known: Iterable[str | None], stray: bool | None) -> list[Finding]:
    """Whether our webhook is among the addresses that the platform knows; empty ones do not count.

    `ours` is empty while we poll: then one that was left there is as `well` as `stray` says.
    """
    there = set(filter(None, known))
    if ours:
        words = "известен площадке" if ours in there else "площадке неизвестен: запустите помощника заново"
        return [Finding(ours in there, f"вебхук {ours} {words}")]
    left = Finding(stray, "у бота стоит вебхук, опрос с ним молчит: запуск помощника его снимет")
    return [left] if there else []


async def told(look: Awaitable[list[Finding]]) -> list[Finding]:
    """What a look found; when it failed, why. Raises nothing."""
    try:
        return await look
    except ChannelError as error:
        return [Finding(False, error.words)]
    except (LookupError, TypeError, AttributeError, ValueError):
        return [Finding(None, "сервер отвечает не так, как описано: посмотрите настройки бота на самой площадке")]
