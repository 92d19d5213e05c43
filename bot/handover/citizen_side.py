"""What an open chat of a citizen tells the desk and asks of it: she types, she has read, and who is talking with her."""

from __future__ import annotations

from sqlalchemy import select

from bot.accounts.tables import AccountRow
from bot.handover.bulletin import Bulletin, News
from bot.handover.speaking import CITIZEN, Speaking
from bot.services.people.tables import HandoverRow
from bot.store import Store


class CitizenSide:
    """The citizen's end of a talk with people."""

    def __init__(self, store: Store, speaking: Speaking, bulletin: Bulletin) -> None:
        self._store, self._speaking, self._bulletin = store, speaking, bulletin

    def typing(self, conversation_id: str) -> None:
        """The citizen is typing: whoever looks at the conversation sees it."""
        self._bulletin.post(News("typing", conversation_id, data={"on": True, "by": CITIZEN}))

    async def read(self, conversation_id: str, seq: int) -> None:
        """The citizen has seen everything up to message `seq`. Raises SQLAlchemyError."""
        await self._speaking.read(conversation_id, CITIZEN, seq)

    async def operator(self, conversation_id: str) -> str:
        """The name of the colleague who leads the talk, "" when nobody of the desk does. Raises SQLAlchemyError."""
        async with self._store.read() as session:
            found = await session.scalar(
                select(AccountRow.name)
                .join(HandoverRow, HandoverRow.operator == AccountRow.id)
                .where(HandoverRow.conversation_id == conversation_id, HandoverRow.state == "taken")
                .order_by(HandoverRow.id.desc())
                .limit(1)
            )
        return found or ""
