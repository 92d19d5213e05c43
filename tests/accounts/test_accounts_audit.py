"""The audit log: who did what, in a chain that nobody can change unnoticed, and hardly at all."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.store import StoreAway
from tests.accounts.conftest import Doors


async def test_a_deed_says_who_what_whom_when_and_from_where(doors: Doors) -> None:
    await doors.colleague()
    me = await doors.signed(await doors.enter())
    await doors.audit.write(
        me, "citizen_viewed", "talk-1", citizen_id="c-1", part="phone", groups=frozenset(("b", "a"))
    )
    entry = (await doors.audit.page(limit=1))[0]
    assert (entry.actor, entry.actor_name, entry.action) == (me.account.id, "Ольга Ветрова", "citizen_viewed")
    assert (entry.subject, entry.citizen_id, entry.at, entry.ip) == ("talk-1", "c-1", doors.clock(), "192.0.2.7")
    assert entry.data == {"part": "phone", "groups": ["a", "b"]}


async def test_entries_are_found_by_who_what_whom_and_when(doors: Doors) -> None:
    for number in range(10):
        await doors.audit.write("root", "even" if number % 2 == 0 else "odd", citizen_id=f"c-{number % 3}")
        doors.clock.forward(hours=1)
    assert len(await doors.audit.page(action="even")) == 5
    assert len(await doors.audit.page(citizen_id="c-0", action="even")) == 2
    assert await doors.audit.page(actor="somebody") == []
    newest = await doors.audit.page(limit=3)
    older = await doors.audit.page(before=newest[-1].id, limit=3)
    assert [e.id for e in newest + older] == [10, 9, 8, 7, 6, 5]
    begin = doors.clock() - timedelta(hours=4)
    assert len(await doors.audit.page(since=begin)) == 4
    assert [e.id async for e in doors.audit.export(begin, doors.clock() - timedelta(hours=1))] == [7, 8, 9]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor_name = 'nobody' WHERE id = 2",
        "DELETE FROM audit WHERE id = 2",
        "DELETE FROM audit",
    ],
)
async def test_the_database_refuses_to_change_or_remove_a_deed(doors: Doors, statement: str) -> None:
    for number in range(3):
        await doors.audit.write(None, f"deed{number}")
    with pytest.raises((DBAPIError, StoreAway)):
        async with doors.store.write() as session:
            await session.execute(text(statement))
    assert len(await doors.audit.page()) == 3
    assert await doors.audit.broken() is None


async def test_the_database_refuses_to_replace_or_empty(doors: Doors) -> None:
    await doors.audit.write(None, "deed")
    statement = (
        "INSERT OR REPLACE INTO audit SELECT id, at, actor, 'nobody', action, subject, citizen_id, ip, data, digest FROM audit"
        if doors.store.is_sqlite
        else "TRUNCATE audit"
    )
    with pytest.raises((DBAPIError, StoreAway)):
        async with doors.store.write() as session:
            await session.execute(text(statement))
    assert (await doors.audit.page())[0].actor_name == "Отклик"


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ('UPDATE audit SET data = \'{"part": "card"}\' WHERE id = 3', 3),
        ("UPDATE audit SET actor_name = 'nobody' WHERE id = 1", 1),
        ("DELETE FROM audit WHERE id = 2", 3),
        ("DELETE FROM audit WHERE id = 1", 2),
    ],
)
async def test_whoever_takes_the_triggers_away_is_noticed(doors: Doors, statement: str, broken: int) -> None:
    for number in range(5):
        await doors.audit.write(None, f"deed{number}", part="phone", share=0.25, text="ёж «1»")
    assert await doors.audit.broken() is None
    async with doors.store.write() as session:
        if doors.store.is_sqlite:
            await session.execute(text("DROP TRIGGER audit_no_update"))
            await session.execute(text("DROP TRIGGER audit_no_delete"))
        else:
            await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(text(statement.replace(":", "\\:")))
    assert await doors.audit.broken() == broken


async def test_deeds_written_at_once_make_one_chain(doors: Doors) -> None:
    await asyncio.gather(*(doors.audit.write(None, f"deed{number}") for number in range(25)))
    assert len(await doors.audit.page(limit=100)) == 25
    assert await doors.audit.broken() is None


async def test_a_deed_that_did_not_happen_leaves_no_trace(doors: Doors) -> None:
    await doors.audit.write(None, "before")

    async def undone() -> None:
        async with doors.store.write() as session:
            await doors.audit.add(session, None, "undone")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await undone()
    await doors.audit.write(None, "after")
    assert await doors.deeds() == ["before", "after"]
    assert await doors.audit.broken() is None


async def test_the_seal_names_the_newest_entry(doors: Doors) -> None:
    assert await doors.audit.seal() == (0, "")
    await doors.audit.write(None, "deed")
    number, seal = await doors.audit.seal()
    assert number == 1 and len(seal) == 64
