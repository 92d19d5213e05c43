"""The end of a talk: wrap-up, what came of it, and the questions to the citizen."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.handover.aftertalk import rating_question
from bot.handover.interface import Operator
from bot.handover.presence import locked
from bot.handover.stage import Act
from bot.handover.tables import NoteRow
from bot.services.people import steps
from bot.services.people.tables import HandoverRow
from bot.store import Vault

UNRATED_RESULTS = frozenset(("abuse",))
UNRATED_REASONS = frozenset(("crisis",))
"""Talks after which nobody is asked for a grade."""


class Ending:
    """Ends talks, inside steps."""

    def __init__(self, vault: Vault, wrap_up_seconds: int) -> None:
        self._vault, self._wrap_up_seconds = vault, wrap_up_seconds

    async def end(self, act: Act, row: HandoverRow) -> dict[str, Any]:
        """The robot is back, the wrap-up begins; the times of the talk for its event."""
        assert row.operator is not None
        presence = await locked(act.session, row.operator, act.now)
        facts = steps.ended(act.conversation, row, act.now, self._wrap_up_seconds)
        presence.busy_until = row.wrap_up_until
        return facts

    async def unwritten(self, act: Act, operator: str) -> HandoverRow | None:
        """An operator's newest talk of this conversation that is over and of which nobody wrote what came of it."""
        found: HandoverRow | None = await act.session.scalar(
            select(HandoverRow)
            .where(
                HandoverRow.conversation_id == act.conversation.id, HandoverRow.operator == operator,
                HandoverRow.state.in_(("wrap_up", "closed")),
            )
            .order_by(HandoverRow.id.desc())
            .limit(1)
            .with_for_update()
        )  # fmt: skip
        return found if found is not None and found.result is None else None

    async def goodbye(self, act: Act, row: HandoverRow) -> None:
        """The robot says that it is back, and asks how it was."""
        await act.say("operator_done")
        if row.reason not in UNRATED_REASONS and row.result not in UNRATED_RESULTS:
            await act.reply(rating_question(act.texts.line("talk_rating"), row.id))

    def note(self, act: Act, author: Operator, text: str) -> None:
        """Keep a word to colleagues."""
        act.session.add(
            NoteRow(
                conversation_id=act.conversation.id, citizen_id=act.conversation.citizen_id, author=author.id,
                author_name=author.name, kind="note", text=self._vault.seal(text.strip()[:4000]), at=act.now,
            )
        )  # fmt: skip


def times(row: HandoverRow) -> dict[str, Any]:
    """The times of a talk that is over."""
    began = row.taken_at or row.created_at
    return {
        "operator": row.operator,
        "talk_seconds": int(((row.ended_at or began) - began).total_seconds()),
        "wait": int((began - row.created_at).total_seconds()),
    }
