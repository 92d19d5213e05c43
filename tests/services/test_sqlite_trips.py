"""SQLite behind few trips: long results, streams, and transactions that somebody gave up in the middle."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.store import Store
from bot.store.sqlite_trips import AHEAD

ROWS = AHEAD * 2 + 7
SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) INSERT INTO t SELECT max(i) FROM n"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    made = Store(f"sqlite+aiosqlite:///{tmp_path / 'trips.db'}")
    async with made.write() as session:
        await session.execute(text("CREATE TABLE t (i INTEGER)"))
        await session.execute(text("INSERT INTO t VALUES (:i)"), [{"i": i} for i in range(ROWS)])
    yield made
    await made.close()


async def test_a_result_longer_than_what_comes_at_once_is_whole(store: Store) -> None:
    async with store.read() as session:
        assert list(await session.scalars(text("SELECT i FROM t ORDER BY i"))) == list(range(ROWS))


@pytest.mark.parametrize("size", [200, AHEAD, 3 * AHEAD])
async def test_a_stream_brings_every_row_once_in_order(store: Store, size: int) -> None:
    async with store.read() as session:
        rows = await session.stream_scalars(text("SELECT i FROM t ORDER BY i").execution_options(yield_per=size))
        assert [row async for row in rows] == list(range(ROWS))


async def test_a_reader_sees_one_moment_until_it_ends(store: Store) -> None:
    count = text("SELECT count(*) FROM t")
    async with store.read() as session:
        before = await session.scalar(count)
        async with store.write() as writing:
            await writing.execute(text("INSERT INTO t VALUES (-1)"))
        assert await session.scalar(count) == before
    async with store.read() as session:
        assert await session.scalar(count) == before + 1


async def test_what_raised_is_rolled_back_and_the_next_writer_may_write(store: Store) -> None:
    async def fail() -> None:
        async with store.write() as session:
            await session.execute(text("DELETE FROM t"))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    async with store.write() as session:
        assert await session.scalar(text("SELECT count(*) FROM t")) == ROWS


async def test_a_writer_given_up_in_the_middle_of_a_statement_leaves_nothing_and_holds_nobody_up(store: Store) -> None:
    began = asyncio.Event()

    async def write() -> None:
        async with store.write() as session:
            await session.execute(text("DELETE FROM t"))
            began.set()
            await session.execute(text(SLOW))

    writing = asyncio.create_task(write())
    await began.wait()
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    async with store.write() as session:
        assert await session.scalar(text("SELECT count(*) FROM t")) == ROWS
