"""Seats operators: whether one may take another talk now, and that she has it."""

from __future__ import annotations

from typing import Any

from bot.handover.interface import AlreadyTaken, NoRoom, NotAtWork, NotYours, Operator
from bot.handover.load import Load, loads
from bot.handover.presence import locked
from bot.handover.stage import Act
from bot.handover.tables import PresenceRow
from bot.services.people import steps
from bot.services.people.tables import HandoverRow

FOR_ANOTHER = "Разговор передан другому специалисту: он ждёт именно его."
OTHER_GROUP = "Этот разговор — другой группы."


async def may_take(act: Act, row: HandoverRow, operator: Operator) -> PresenceRow:
    """Whether an operator may take a waiting talk: her presence, locked so that two steps at once cannot fill one place twice.

    Raises AlreadyTaken, NotYours, NotAtWork, NoRoom.
    """
    if row.state == "taken":
        raise AlreadyTaken("Вы уже ведёте этот разговор." if row.operator == operator.id else "")
    if row.wanted_operator not in (None, operator.id):
        raise NotYours(FOR_ANOTHER)
    if row.wanted_operator is None and row.group not in operator.groups:
        raise NotYours(OTHER_GROUP)
    presence = await locked(act.session, operator.id, act.now)
    if presence.status != "online":
        raise NotAtWork
    load = (await loads(act.session, act.now, operator.id)).get(operator.id, Load())
    if load.holding >= operator.capacity:
        raise NoRoom
    return presence


async def seat(
    act: Act, row: HandoverRow, operator: Operator, presence: PresenceRow, line: str = "operator_joined", **data: Any
) -> None:
    """The talk is hers; the citizen hears by name who is there."""
    presence.busy_until = act.now
    steps.joined(act.session, act.conversation, row, operator.id, act.now, **data)
    await act.say(line, name=operator.name)
