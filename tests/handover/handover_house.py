"""Queue, robot and people of one database as in life, without doors and pages; Rasa is a real HTTP server with a script."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from sqlalchemy import select

from bot.handover.aftertalk import Aftertalk
from bot.handover.bulletin import Bulletin
from bot.handover.handovers import Handovers
from bot.handover.interface import Operator
from bot.handover.presence import Presences
from bot.handover.rules import Rules
from bot.messages import Inbound
from bot.outcomes import Outcome
from bot.persona.persona import Persona
from bot.rasa import RasaClient
from bot.robot import Robot
from bot.services.crisis import Crisis
from bot.services.feedback import Feedback
from bot.services.people.groups import Groups
from bot.services.people.interface import Handover
from bot.services.people.sql import People
from bot.services.people.tables import HandoverRow
from bot.store import Store, Vault, journal
from bot.store.conversations import CitizenRow, ConversationRow
from bot.store.events import EventRow
from bot.store.journal import Message
from bot.texts import Texts
from bot.turns import Turns

ROOT = Path(__file__).parents[2]
CONTENT = ROOT / "bot" / "content"
DAILY = {day: [["08:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
ALWAYS = {day: [["00:00", "24:00"]] for day in DAILY}
GROUPS: dict[str, Any] = {
    "default": "general",
    "crisis": "crisis",
    "groups": [
        {"id": "crisis", "title": "Дежурные", "topics": [], "hours": ALWAYS, "holidays": "open"},
        {"id": "general", "title": "Общая", "topics": [], "hours": DAILY},
        {"id": "city", "title": "Город", "topics": ["roads"], "hours": DAILY, "fallback": "general"},
        {"id": "health", "title": "Здоровье", "topics": ["medicine"], "hours": DAILY},
    ],
}


@dataclass(frozen=True)
class _Content:
    texts: Texts
    lines: dict[str, list[str]]
    persona: Persona
    crisis: Crisis
    rules: Rules


@lru_cache
def _content() -> _Content:
    """The real content, read once: a house is made for every test."""
    return _Content(
        Texts.load(CONTENT, ROOT / "domain.yml"),
        yaml.safe_load((CONTENT / "texts.yml").read_text("utf-8")),
        Persona.load(ROOT / "bot" / "persona" / "neutral.yml"),
        Crisis.load(CONTENT / "crisis.yml"),
        Rules.load(CONTENT / "handover.yml"),
    )


class House:
    """Everything between robot and human over one store. `operators` may be changed at any moment."""

    def __init__(self, store: Store, vault: Vault, clock: Any, rasa_url: str, **rules: Any) -> None:
        self.store, self.vault, self.clock = store, vault, clock
        self.operators: list[Operator] = []
        self.rules = replace(_content().rules, **rules)
        groups = Groups(GROUPS, ZoneInfo("Europe/Moscow"))
        content = _content()
        self.texts = content.texts
        self.feedback = Feedback(store, vault, clock)
        self.rasa = RasaClient(rasa_url, timeout=5)
        robot = Robot(
            self.rasa, content.persona, self.texts, lambda words: content.crisis.kind_of(words) is not None,
            aftertalk=Aftertalk(store, clock, self.feedback, self.texts),
        )  # fmt: skip
        self.people = People(store, vault, clock, groups)
        self.turns = Turns(store, vault, robot, clock, self.people.leave)
        self.bulletin = Bulletin()
        self.presences = Presences(
            store, clock, self.bulletin, self.colleagues, lambda: self.rules.lost_operator_seconds
        )
        self.people.staffed(self.presences.on_line)
        self.handovers = Handovers(
            store, vault, clock, groups, self.rules, self.presences, self.colleagues, self.turns, self.bulletin,
            self.texts,
        )  # fmt: skip

    async def close(self) -> None:
        await self.turns.stop(2)
        await self.rasa.close()

    async def colleagues(self) -> list[Operator]:
        return list(self.operators)

    async def operator(
        self, name: str, groups: Collection[str] = ("general",), *, online: bool = True, **more: Any
    ) -> str:
        """A colleague, on line unless said otherwise; her id is her name in small letters."""
        one = Operator(name.casefold(), name, frozenset(groups), **more)
        self.operators.append(one)
        if online:
            await self.presences.set(one.id, "online")
        return one.id

    async def citizen(self, user: str = "", channel: str = "widget", text: str = "", **profile: Any) -> str:
        """A conversation with the robot; with `text` the citizen has said that."""
        user = user or uuid.uuid4().hex[:8]
        if text:
            return (await self.turns.accept(inbound(channel, user, text))).conversation_id
        async with self.store.write() as session:
            row = await journal.conversation_of(session, self.vault, channel, user, self.clock())
            if profile:
                citizen = await session.get_one(CitizenRow, row.citizen_id)
                citizen.profile = self.vault.seal(profile)
        return row.id

    async def calls(self, conversation: str, reason: str = "asked", topic: str = "", priority: int = 0) -> Handover:
        """The citizen wants a human."""
        row = await self.conversation(conversation)
        return await self.people.request_operator(conversation, row.citizen_id, reason, topic, priority)

    async def waiting(self, user: str = "", *, topic: str = "", priority: int = 0, **more: Any) -> str:
        """A citizen who waits for a human; her conversation."""
        conversation = await self.citizen(user, **more)
        await self.calls(conversation, topic=topic, priority=priority)
        return conversation

    async def says(self, conversation: str, text: str, payload: str | None = None) -> Outcome:
        """She writes, or presses a button, and the turn ends."""
        row = await self.conversation(conversation)
        accepted = await self.turns.accept(inbound(row.channel, row.user, text, payload))
        return await self.turns.wait(accepted, 10)

    async def conversation(self, conversation: str) -> ConversationRow:
        async with self.store.read() as session:
            return await session.get_one(ConversationRow, conversation)

    async def mode(self, conversation: str) -> str:
        return (await self.conversation(conversation)).mode

    async def row(self, conversation: str) -> HandoverRow:
        """Her newest hand-over."""
        async with self.store.read() as session:
            found = await session.scalar(
                select(HandoverRow)
                .where(HandoverRow.conversation_id == conversation)
                .order_by(HandoverRow.id.desc())
                .limit(1)
            )
        assert found is not None
        return found

    async def history(self, conversation: str) -> list[Message]:
        async with self.store.read() as session:
            return await journal.history(session, self.vault, conversation)

    async def heard(self, conversation: str) -> list[str]:
        """What the citizen was told by the house."""
        return [m.body["text"] for m in await self.history(conversation) if m.author == "robot"]

    async def events(self, name: str) -> list[dict[str, Any]]:
        async with self.store.read() as session:
            rows = await session.scalars(select(EventRow).where(EventRow.name == name).order_by(EventRow.id))
            return [row.data for row in rows]

    def line(self, line: str, **values: Any) -> str:
        """The first variant of a line of texts.yml."""
        return str(_content().lines[line][0]).format(**values)


def inbound(channel: str, user: str, text: str, payload: str | None = None) -> Inbound:
    return Inbound(
        channel=channel, user=user, external_id=uuid.uuid4().hex, text=text, payload=payload,
        kind="choice" if payload else "text",
    )  # fmt: skip
