"""Finds open tickets about the same trouble: same topic, and the same place or, without one, meaning."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.tickets.address import Address, parse_address
from bot.services.tickets.interface import OPEN_STATES
from bot.services.tickets.tables import TicketRow
from bot.store import Vault

WITHIN = timedelta(days=60)
LOOKED_AT = 200
"""Newest open tickets of the topic that are compared."""
LINKS = 10
ALIKE = 0.72
"""Cosine of two sentence vectors from which two complaints without a common place say the same."""


def sealed_vector(vault: Vault, vector: NDArray[np.float32]) -> str:
    """The vector for storage: half precision is enough, and a vector tells of its text, so it is sealed."""
    sealed: str = vault.seal(base64.b64encode(vector.astype(np.float16).tobytes()).decode())
    return sealed


async def similar(
    session: AsyncSession,
    vault: Vault,
    topic_head: str,
    address: Address | None,
    street_print: str | None,
    vector: NDArray[np.float32],
    now: datetime,
) -> list[TicketRow]:
    """Similar open tickets, newest first, at most `LINKS`."""
    # With a street, only that street and tickets without one can match.
    place = or_(TicketRow.street_print == street_print, TicketRow.street_print.is_(None)) if street_print else true()
    rows = await session.scalars(
        select(TicketRow)
        .where(
            TicketRow.topic_head == topic_head, TicketRow.state.in_(OPEN_STATES), TicketRow.created_at > now - WITHIN
        )
        .where(place)
        .order_by(TicketRow.created_at.desc())
        .limit(LOOKED_AT)
    )
    return list(_matching(rows, vault, address, vector))[:LINKS]


def _matching(
    rows: Iterable[TicketRow], vault: Vault, address: Address | None, vector: NDArray[np.float32]
) -> Iterable[TicketRow]:
    for row in rows:
        body: dict[str, Any] = vault.open(row.body)
        other = parse_address(body.get("address"))
        if address and other and address.street and other.street:
            # Two potholes on different streets are two potholes, however alike the words.
            if address.near(other):
                yield row
        elif row.meaning and float(vector @ _vector(vault, row.meaning)) >= ALIKE:
            yield row


def _vector(vault: Vault, sealed: str) -> NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(vault.open(sealed)), dtype=np.float16).astype(np.float32)
