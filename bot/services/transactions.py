"""Write transactions that are tried again when two of them want the same row; used by every SQL provider."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import Store

T = TypeVar("T")

RETRIED_SQLSTATES = {"40001", "40P01"}
"""PostgreSQL: serialization failure and deadlock, both cured by trying again."""


async def transact(store: Store, work: Callable[[AsyncSession], Awaitable[T]], attempts: int = 25) -> T:
    """Run `work` in one write transaction and commit it.

    A violated unique constraint means that another transaction was first; the work is run again from the start, sees
    what the other one wrote, and decides anew. `work` must therefore change nothing outside its session.

    Raises whatever `work` raises, and the database's error when all attempts lost.
    """
    for attempt in range(attempts):
        try:
            async with store.write() as session:
                return await work(session)
        except DBAPIError as error:
            if not _lost_a_race(error) or attempt == attempts - 1:
                raise
            # Losers of one race must not meet again at the same moment.
            await asyncio.sleep(random.uniform(0, 0.01 * (attempt + 1)))
    raise AssertionError("unreachable")


def _lost_a_race(error: DBAPIError) -> bool:
    return isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", None) in RETRIED_SQLSTATES
