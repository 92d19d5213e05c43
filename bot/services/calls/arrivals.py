"""Calls that people take over: which leg of ours the PBX means, and a leg for a caller whom the robot never heard."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.calls import rows
from bot.services.calls.lines import Lines
from bot.services.calls.numbers import e164
from bot.services.calls.tables import CallRow
from bot.store import Vault
from bot.store.events import record


async def leg(session: AsyncSession, call_id: str, linked_id: str) -> CallRow | None:
    """The leg of this UUID, else the newest of the whole call; None for a call nobody announced."""
    row = await session.get(CallRow, call_id) if call_id else None
    return row or (await rows.last_leg(session, linked_id) if linked_id else None)


def arrived(
    session: AsyncSession, vault: Vault, lines: Lines, now: datetime, caller: str, linked_id: str, group: str
) -> CallRow:
    """A leg for a caller who came into a queue past the robot, which was away or did not know of her.

    `caller` is the number as the PBX has it; a withheld one makes a conversation of this call's own.
    """
    number = e164(caller)
    row = CallRow(
        id=str(uuid.uuid4()), direction="in", line=lines.default.id, dialled="", transfers=0,
        caller=vault.seal(number) if number else None,
        user=vault.fingerprint(number) if number else f"withheld:{linked_id}", linked_id=linked_id[:80],
        state="refused", registered_at=now, expires_at=now, ended_at=now, reason="no_robot",
        after_target="", after_group="",
    )  # fmt: skip
    rows.set_after(row, lines.queue(group))
    session.add(row)
    record(
        session, "call_registered", now, call=row.id, line=row.line, direction="in", admitted=False,
        withheld=number is None, transfers=0,
    )  # fmt: skip
    return row
