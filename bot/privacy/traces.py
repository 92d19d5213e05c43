"""Finds what belongs to a citizen without saying so: files named inside sealed messages, and events as channels sent them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.tables import CannedAnswerRow
from bot.services.tickets.tables import TicketRow
from bot.store import Store, Vault
from bot.store.conversations import ConversationRow, MessageRow
from bot.store.raw_events import RawEventRow

BATCH = 500
SHORTEST_INSIDE = 6
"""Characters of a user's name in a channel that are looked for inside longer texts; shorter ones would be found by chance."""
_REF = re.compile(r"[0-9a-f]{32}")


async def file_refs(session: AsyncSession, vault: Vault, citizens: Sequence[str]) -> list[str]:
    """Files of these citizens' messages, without those that stay: of appeals, which a law keeps, and of ready answers."""
    found: dict[str, None] = {}
    last = 0
    talks = select(ConversationRow.id).where(ConversationRow.citizen_id.in_(citizens))
    while True:
        query = select(MessageRow.seq, MessageRow.body).where(
            MessageRow.conversation_id.in_(talks), MessageRow.seq > last
        )
        rows = (await session.execute(query.order_by(MessageRow.seq).limit(BATCH))).all()
        found |= dict.fromkeys(await asyncio.to_thread(refs_of_all, vault, [body for _, body in rows]))
        if len(rows) < BATCH:
            break
        last = rows[-1][0]
    if not found:
        return []
    staying: set[str] = set()
    bodies = await session.scalars(select(TicketRow.body).where(TicketRow.citizen_id.in_(citizens)))
    staying.update(await asyncio.to_thread(refs_of_all, vault, list(bodies)))
    for files in await session.scalars(select(CannedAnswerRow.files)):
        staying.update(refs_in(files))
    return [ref for ref in found if ref not in staying]


def refs_in(value: Any) -> Iterator[str]:
    """Every file reference anywhere inside a JSON value."""
    if isinstance(value, Mapping):
        ref = value.get("ref")
        if isinstance(ref, str) and _REF.fullmatch(ref):
            yield ref
        for inner in value.values():
            yield from refs_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from refs_in(inner)


def refs_of_all(vault: Vault, bodies: Iterable[str]) -> list[str]:
    """Every file named in sealed bodies. Blocks."""
    return [ref for body in bodies for ref in refs_in(vault.open(body))]


async def blank_raw_events(store: Store, vault: Vault, citizen_id: str) -> int:
    """Empty the stored events of a citizen's channels that come from her; how many. Their keys stay, so that repeats are known."""
    async with store.read() as session:
        talks = await session.execute(
            select(ConversationRow.channel, ConversationRow.user).where(ConversationRow.citizen_id == citizen_id)
        )
        users: dict[str, set[str]] = {}
        for channel, user in talks:
            users.setdefault(channel, set()).add(user)
    last = gone = 0
    while users:
        query = select(RawEventRow.id, RawEventRow.channel, RawEventRow.body)
        query = query.where(RawEventRow.channel.in_(list(users)), RawEventRow.id > last)
        async with store.read() as session:
            rows = (await session.execute(query.order_by(RawEventRow.id).limit(BATCH))).all()
        hers = await asyncio.to_thread(_hers, vault, rows, users)
        if hers:
            async with store.write() as session:
                await session.execute(
                    update(RawEventRow)
                    .where(RawEventRow.id.in_(hers))
                    .values(body=vault.seal({}), state="ignored", reason=None)
                )
            gone += len(hers)
        if len(rows) < BATCH:
            break
        last = rows[-1][0]
    return gone


def _hers(vault: Vault, rows: Sequence[Any], users: Mapping[str, Collection[str]]) -> list[int]:
    return [number for number, channel, body in rows if mentions(vault.open(body), users[channel])]


def mentions(value: Any, users: Collection[str]) -> bool:
    """Whether a user stands anywhere in an event: as a value of its own, or inside a text when her name there is long enough."""
    if isinstance(value, Mapping):
        return any(mentions(inner, users) for inner in value.values())
    if isinstance(value, list):
        return any(mentions(inner, users) for inner in value)
    if isinstance(value, (str, int)):
        text = str(value)
        return text in users or any(
            len(user) >= SHORTEST_INSIDE and user.casefold() in text.casefold() for user in users
        )
    return False
