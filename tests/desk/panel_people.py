"""People of the tests of the side panels: an operator at work and citizens whose talk she leads."""

from __future__ import annotations

import time
from typing import Any

from bot.accounts.interface import Account
from bot.store.conversations import ConversationRow
from tests.desk.world import Browser, Citizen, World


class Shift:
    """One operator online in a world, and her browser."""

    def __init__(self, world: World, name: str = "Ольга", **more: Any) -> None:
        self.world = world
        self.me: Account = world.account(name, capacity=20, **{"groups": ("general", "city"), **more})
        self.browser: Browser = world.browser(self.me)

    @property
    def parts(self) -> Any:
        """The parts of the desk."""
        return self.world.assistant.desk.parts

    def do(self, work: Any) -> Any:
        """Run a coroutine in the assistant's loop."""
        return self.world.do(work)

    def leads(self, citizen: Citizen, **wish: Any) -> str:
        """The citizen asks for a human and this operator takes her; the conversation's id."""
        conversation = citizen.call_human(**wish)
        self.do(self.parts.presences.set(self.me.id, "online"))
        self.do(self.world.assistant.desk.parts.handovers.assign_waiting())
        until = time.monotonic() + 10
        while self.do(self.parts.views.talk(conversation)).operator != self.me.id:
            assert time.monotonic() < until, "nobody took the citizen"
            time.sleep(0.02)
        self.do(self.parts.presences.set(self.me.id, "offline"))
        return conversation

    def citizen_id(self, conversation: str) -> str:
        """The citizen of a conversation."""

        async def read() -> str:
            async with self.parts.store.read() as session:
                return str((await session.get_one(ConversationRow, conversation)).citizen_id)

        return str(self.do(read()))

    def knows(self, conversation: str, **facts: Any) -> str:
        """Put facts into the citizen's profile; the citizen's id."""
        citizen = self.citizen_id(conversation)
        self.do(self.parts.profiles.remember(citizen, **facts))
        return citizen

    def agrees(self, conversation: str) -> None:
        """The citizen's consent to personal data."""
        citizen = self.citizen_id(conversation)
        self.do(self.parts.consents.give(citizen, "personal_data", channel="widget", proof={"message": 1}))

    def actions(self, citizen: str) -> list[str]:
        """What the audit log holds about a citizen, newest first."""
        return [entry.action for entry in self.do(self.parts.audit.page(citizen_id=citizen))]

    def said(self, citizen: Citizen) -> list[str]:
        """What operators wrote to the citizen."""
        return [str(m.body.get("text")) for m in citizen.history() if m.author == "operator"]
