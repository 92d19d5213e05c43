"""Counts what is sealed with which key, and puts the newest key on everything: in batches, beside a running assistant."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Protocol

import structlog
from cryptography.fernet import InvalidToken
from sqlalchemy import Table, select, update

from bot.privacy.holdings import HOLDINGS
from bot.privacy.inventory import table_of
from bot.store import Store, Vault

log = structlog.get_logger(__name__)

BATCH = 200
"""Rows of one write transaction: some milliseconds."""
UNKNOWN = "?"
"""Stands for the key of values that no key of the ring opens."""
OPEN = ""
"""Stands for the key of files that are not sealed."""


class SealedFiles(Protocol):
    """A folder of sealed files: those of conversations (`channels.files.FileStore`) or recordings of calls."""

    def refs(self) -> Iterator[str]:
        """Names of all files. Blocks."""
        ...

    def key_of(self, ref: str) -> str | None:
        """The id of the key, "" for a file that is not sealed, None for no key of the ring. Raises KeyError. Blocks."""
        ...

    def reseal(self, ref: str) -> bool:
        """Put the newest key on a file; whether that was to be done. Raises KeyError, InvalidToken, OSError. Blocks."""
        ...


Count = Counter[str]
"""How many values are sealed with each key, by the key's id."""


async def count(store: Store, vault: Vault, folders: Sequence[SealedFiles]) -> dict[str, Count]:
    """How many values each key seals, by table and column (`messages.body`), and `files` for everything on disk."""
    found: dict[str, Count] = {}
    for table, column in _columns():
        counted: Count = Counter()
        async for batch in _batches(store, table, column):
            counted.update(await asyncio.to_thread(_keys, vault, [sealed for _, sealed in batch]))
        if counted:
            found[f"{table.name}.{column}"] = counted
    on_disk: Count = Counter()
    for folder in folders:
        on_disk.update(await asyncio.to_thread(_file_keys, folder))
    return found | ({"files": on_disk} if on_disk else {})


async def reseal(
    store: Store, vault: Vault, folders: Sequence[SealedFiles], step: Callable[[int], None] = lambda done: None
) -> tuple[int, int]:
    """Put the newest key on everything; how many values and files were changed, and how many no key opens.

    It may be broken off and begun again at any moment: what has the newest key already is passed over. A value that somebody
    changes meanwhile is left to them, for what is written anew has the newest key. `step` is told how many are done.
    """
    done = lost = 0
    for table, column in _columns():
        async for batch in _batches(store, table, column):
            fresh, unknown = await asyncio.to_thread(_fresh, vault, batch)
            lost += unknown
            if fresh:
                await _write(store, table, column, fresh)
                done += len(fresh)
                step(done)
    for folder in folders:
        for ref in await asyncio.to_thread(_refs, folder):
            try:
                done += await asyncio.to_thread(folder.reseal, ref)
            except KeyError:  # deleted meanwhile
                continue
            except InvalidToken:
                lost += 1
            step(done)
    return done, lost


def _columns() -> Iterator[tuple[Table, str]]:
    for holding in HOLDINGS:
        for column in holding.sealed:
            yield table_of(holding), column


async def _batches(store: Store, table: Table, column: str) -> AsyncIterator[list[tuple[object, str]]]:
    """(key, sealed value) of all rows that have one, in the order of their keys."""
    (key,), last = table.primary_key.columns, None
    while True:
        query = select(key, table.c[column]).where(table.c[column].is_not(None)).order_by(key).limit(BATCH)
        async with store.read() as session:
            rows = (await session.execute(query if last is None else query.where(key > last))).all()
        if not rows:
            return
        yield [(row[0], row[1]) for row in rows]
        last = rows[-1][0]


async def _write(store: Store, table: Table, column: str, fresh: Sequence[tuple[object, str, str]]) -> None:
    (key,) = table.primary_key.columns
    async with store.write() as session:
        for number, before, after in fresh:
            where = (key == number, table.c[column] == before)
            await session.execute(update(table).where(*where).values({column: after}))
    # Others who wait for the one place to write on SQLite come first.
    await asyncio.sleep(0)


def _refs(folder: SealedFiles) -> list[str]:
    return list(folder.refs())


def _keys(vault: Vault, values: Sequence[str]) -> Iterator[str]:
    return iter([key.id if (key := vault.ring.key_of(value.encode())) else UNKNOWN for value in values])


def _file_keys(folder: SealedFiles) -> Count:
    counted: Count = Counter()
    for ref in folder.refs():
        try:
            key = folder.key_of(ref)
        except KeyError:
            continue
        counted[UNKNOWN if key is None else key] += 1
    return counted


def _fresh(vault: Vault, batch: Sequence[tuple[object, str]]) -> tuple[list[tuple[object, str, str]], int]:
    """(key, value before, value after) of those that need it, and how many no key opens."""
    fresh, unknown = [], 0
    for number, before in batch:
        try:
            after = vault.resealed(before.encode())
        except InvalidToken:
            unknown += 1
            continue
        if after is not None:
            fresh.append((number, before, after.decode()))
    return fresh, unknown
