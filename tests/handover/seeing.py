"""What tests of the read models need beside the house: views, speaking and notes over the same database."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import update

from bot.handover.notes import Notes
from bot.handover.speaking import Speaking
from bot.handover.views import Line, Views
from bot.handover.words import Titles
from bot.services.people.groups import Groups
from bot.store import journal
from bot.store.conversations import ConversationRow
from bot.store.events import record
from tests.handover.handover_house import GROUPS, House

MOSCOW = ZoneInfo("Europe/Moscow")
CARRYING = frozenset(("widget", "vk", "phone"))


class Window:
    """A colleague's view of the house."""

    def __init__(self, house: House) -> None:
        self.house = house
        store, vault, clock = house.store, house.vault, house.clock
        self.typed: list[tuple[str, str]] = []

        async def names() -> dict[str, str]:
            return {one.id: one.name for one in house.operators}

        async def type_in(channel: str, user: str) -> None:
            self.typed.append((channel, user))

        self.views = Views(
            store, vault, clock, Groups(GROUPS, MOSCOW), house.rules, CARRYING, {"roads": "Дороги"}.get, names,  # type: ignore[arg-type]
            titles=Titles(
                services={"passport": "Замена паспорта"}, centres={"lenina": "Центр на Ленина"},
                results=house.rules.results, tasks=house.rules.tasks,
            ),
            zone=MOSCOW, presences=house.presences.all,
        )  # fmt: skip
        self.speaking = Speaking(
            store, vault, clock, house.turns, house.bulletin, CARRYING, type_in, ("8 (4800) 55-10-01",)
        )
        self.notes = Notes(store, vault, clock, house.bulletin)

    async def talk(self, **more: Any) -> tuple[str, str]:
        """A citizen and the operator who has taken her: conversation and account."""
        if not any(one.id == "анна" for one in self.house.operators):
            await self.house.operator("Анна")
        conversation = await self.house.waiting(**more)
        await self.house.handovers.take(conversation, "анна")
        return conversation, "анна"

    async def writes(self, conversation: str, text: str, author: str = "citizen", **more: Any) -> int:
        """A stored message without a turn; its number."""
        async with self.house.store.write() as session:
            row = await journal.add_message(
                session, self.house.vault, conversation, author, {"text": text} | more, self.house.clock()
            )
        return row.seq

    async def happens(self, conversation: str, name: str, **data: Any) -> None:
        """A stored fact."""
        citizen = (await self.house.conversation(conversation)).citizen_id
        async with self.house.store.write() as session:
            record(session, name, self.house.clock(), citizen_id=citizen, conversation_id=conversation, **data)

    async def set(self, conversation: str, **values: Any) -> None:
        """Change columns of the conversation."""
        async with self.house.store.write() as session:
            await session.execute(update(ConversationRow).where(ConversationRow.id == conversation).values(**values))

    async def said(self, conversation: str, **more: Any) -> list[Line]:
        """Lines that are messages."""
        return [line for line in await self.views.lines(conversation, **more) if line.kind == "message"]
