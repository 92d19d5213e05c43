"""Telephone calls that the robot leads at this moment, for supervisors: who talks how long, and what is being said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.services.calls.tables import CallRow
from bot.store import Store, Vault
from bot.store.conversations import ConversationRow, MessageRow

MOST_CALLS = 50
MOST_LINES = 100


@dataclass(frozen=True)
class RobotCall:
    """A call in the robot's hands. `seconds` is how long it lasts."""

    id: str
    line: str
    direction: str
    conversation_id: str
    citizen_id: str
    started_at: datetime
    seconds: int


@dataclass(frozen=True)
class Said:
    """One thing said in a call; `author` is citizen, robot or operator."""

    author: str
    text: str
    at: datetime


class RobotCalls:
    """Reads calls that are open."""

    def __init__(self, store: Store, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._store, self._vault, self._clock = store, vault, clock

    async def open(self) -> list[RobotCall]:
        """Calls the robot leads now, the longest first."""
        query = (
            select(CallRow)
            .join(ConversationRow, ConversationRow.id == CallRow.conversation_id)
            .where(CallRow.state == "open", ConversationRow.mode == "robot")
            .order_by(CallRow.started_at)
            .limit(MOST_CALLS)
        )
        async with self._store.read() as session:
            return [self._call(row) for row in await session.scalars(query)]

    async def one(self, call_id: str) -> RobotCall | None:
        """A call the robot leads now; None when it is over or in human hands."""
        return next((call for call in await self.open() if call.id == call_id), None)

    async def lines(self, call: RobotCall) -> list[Said]:
        """What has been said in this call, oldest first; nothing of earlier ones."""
        query = (
            select(MessageRow)
            .where(MessageRow.conversation_id == call.conversation_id, MessageRow.at >= call.started_at)
            .order_by(MessageRow.seq.desc())
            .limit(MOST_LINES)
        )
        async with self._store.read() as session:
            rows = list(await session.scalars(query))
        return [Said(row.author, str(self._vault.open(row.body).get("text", "")), row.at) for row in reversed(rows)]

    def _call(self, row: CallRow) -> RobotCall:
        started = row.started_at or row.registered_at
        return RobotCall(
            row.id, row.line, row.direction, row.conversation_id or "", row.citizen_id or "", started,
            int((self._clock() - started).total_seconds()),
        )  # fmt: skip
