"""What the doctor's looks at a channel have in common."""

from __future__ import annotations

from collections.abc import Awaitable

from channels.base import Finding
from channels.errors import ChannelError

SKEW = 60
"""Seconds by which clocks may differ."""


def clock(ahead: float) -> Finding:
    """Whether this machine's clock, `ahead` of the platform's by so many seconds, is right."""
    well = abs(ahead) <= SKEW
    return Finding(well, f"часы этого компьютера {'верны' if well else f'расходятся на {round(ahead)} с'}")


async def told(look: Awaitable[list[Finding]]) -> list[Finding]:
    """What a look found; when it failed, why. Raises nothing."""
    try:
        return await look
    except ChannelError as error:
        return [Finding(False, error.words)]
    except (LookupError, TypeError, AttributeError, ValueError):
        return [Finding(None, "сервер отвечает не так, как описано: посмотрите настройки бота на самой площадке")]
