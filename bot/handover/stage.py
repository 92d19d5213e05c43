"""One step of the hand-over: a transaction on one locked conversation, and what everybody hears of it once it is stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.bulletin import Bulletin, News
from bot.handover.interface import Gone, Held, Operator
from bot.services.people import steps
from bot.services.people.tables import HandoverRow
from bot.services.transactions import transact
from bot.store import Store
from bot.store.conversations import ConversationRow
from bot.store.journal import Message
from bot.texts import Texts
from bot.turns import Turns

T = TypeVar("T")
Button = tuple[str, str]
"""Title and payload."""


@dataclass
class Act:
    """A step under way. `row` is the hand-over that is waiting or in hand, None when the robot answers."""

    session: AsyncSession
    now: datetime
    conversation: ConversationRow
    row: HandoverRow | None
    turns: Turns
    texts: Texts
    said: list[Message] = field(default_factory=list)
    wish: Message | None = None
    operators: set[str] = field(default_factory=set)
    """Those whose own list changes."""
    groups: set[str] = field(default_factory=set)

    def live(self) -> HandoverRow:
        """The hand-over that is waiting or in hand. Raises Gone."""
        if self.row is None:
            raise Gone
        return self.row

    def touch(self, row: HandoverRow) -> None:
        """Note whose lists this step changes; called before and after a row is moved."""
        self.groups.add(row.group)
        self.operators |= {one for one in (row.operator, row.wanted_operator) if one}

    def fact(self, row: HandoverRow, name: str, **data: Any) -> None:
        """Record an event of this step."""
        steps.fact(self.session, self.conversation, row, name, self.now, **data)

    async def say(self, line: str, buttons: Sequence[Button] = (), **values: Any) -> None:
        """Tell the citizen a line of texts.yml."""
        text = self.texts.line(line).format(**values)
        await self.reply({"text": text, "buttons": [{"title": title, "payload": value} for title, value in buttons]})

    async def ask_robot(self, payload: str, title: str, by: str) -> None:
        """Let the robot do something after this step, as if the citizen had chosen it; `by` is who asked for it."""
        self.wish = await self.turns.add_wish(self.session, self.conversation, payload, title, by, self.now)

    async def reply(self, reply: dict[str, Any]) -> None:
        """Tell the citizen something. Nobody reads on the telephone: there the PBX speaks."""
        if self.conversation.channel != steps.PHONE:
            body = reply | {"system": True}
            self.said.append(await self.turns.say_system(self.session, self.conversation, body, self.now))


class Stage:
    """Runs steps."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], turns: Turns, texts: Texts, bulletin: Bulletin
    ) -> None:
        self._store, self._clock, self._turns, self._texts, self._bulletin = store, clock, turns, texts, bulletin

    async def step(self, conversation_id: str, work: Callable[[Act], Awaitable[T]]) -> T:
        """Run `work` with the conversation locked. Raises Gone for an unknown one, and what `work` raises: nothing is kept then."""

        async def attempt(session: AsyncSession) -> tuple[Act, T]:
            try:
                at = await steps.standing(session, conversation_id)
            except LookupError:
                raise Gone from None
            act = Act(session, self._clock(), at.conversation, at.row, self._turns, self._texts)
            if at.row is not None:
                act.touch(at.row)
            result = await work(act)
            if at.row is not None:
                act.touch(at.row)
            return act, result

        act, result = await transact(self._store, attempt)
        self._tell(act)
        return result

    def _tell(self, act: Act) -> None:
        conversation = act.conversation
        for message in act.said:
            self._turns.announce(message, conversation.channel, conversation.user)
        self._turns.mode_changed(conversation.id, conversation.mode)
        if act.wish is not None:
            self._turns.announce(act.wish, conversation.channel, conversation.user)
            self._turns.proceed(act.wish)
        for group in sorted(act.groups):
            self._bulletin.post(News("queue", conversation.id, group))
        for operator in sorted(act.operators):
            self._bulletin.post(News("mine", conversation.id, min(act.groups, default=""), operator))
            self._bulletin.post(News("presence", operator=operator))


def held(row: HandoverRow) -> Held:
    """What a step gives back."""
    return Held(row.id, row.conversation_id, row.citizen_id, row.state, row.group, row.operator or "", row.transfers)


def home_group(operator: Operator, group: str) -> str:
    """The group in which a talk is a colleague's: the one it has, if it is hers, else one of her own."""
    return group if group in operator.groups or not operator.groups else min(operator.groups)
