"""Makes a due message a call: to which number, in which words, with which answers on offer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.calls.interface import Direction
from bot.services.calls.numbers import e164
from bot.services.calls.outgoing import OutgoingCalls
from bot.services.calls.planned import BadPlan, NoConsent
from bot.services.calls.tables import CallRow
from bot.services.russian_dates import on_day_text, time_text
from bot.store import Vault
from bot.store.conversations import CitizenRow, ConversationRow
from bot.store.due import DueMessage
from voice.script import Script

DECIDED = frozenset(("approved", "rejected"))
"""States of an application worth a ring; the steps before can wait until she asks."""
IN: Direction = "in"


class DueCalls:
    """Plans the calls of the house's due messages; `wake` is told when there is something to dial.

    Whoever picks up may be a stranger. So the call says when and where somebody is awaited, and that there is a decision: never
    a name, a service or what was decided.
    """

    def __init__(
        self,
        outgoing: OutgoingCalls,
        vault: Vault,
        clock: Callable[[], datetime],
        script: Script,
        wake: Callable[[], None],
    ) -> None:
        self._outgoing, self._vault, self._clock, self._script = outgoing, vault, clock, script
        self.wake = wake

    async def plan(self, session: AsyncSession, item: DueMessage, conversation: ConversationRow | None) -> str | None:
        """See `bot.due_sender.Calling`."""
        visit, case = item.payload.get("visit"), item.payload.get("case")
        if visit is None and (case is None or case.get("state") not in DECIDED):
            return "not_for_a_call"
        last = await self._last_call(session, conversation)
        phone = await self._number(session, item.citizen_id, last)
        if phone is None:
            return "no_number"
        about: dict[str, Any] = {
            "key": f"due:{item.id}",
            "line": last.line if last is not None else None,
            "conversation_id": conversation.id if conversation is not None else None,
        }
        now = self._clock()
        try:
            if visit is not None:
                await self._reminder(session, item.citizen_id, phone, now, visit, about)
            else:
                await self._decision(session, item.citizen_id, phone, now, case or {}, item.ref, about)
        except NoConsent:
            return "no_consent"
        except BadPlan:
            return "too_late"
        return None

    async def _reminder(
        self,
        session: AsyncSession,
        citizen_id: str,
        phone: str,
        now: datetime,
        visit: Mapping[str, Any],
        about: Mapping[str, Any],
    ) -> None:
        start, number = datetime.fromisoformat(str(visit["start"])), str(visit["number"])
        text = self._script.line(
            "outgoing_reminder", day=on_day_text(start.date()), time=time_text(start),
            centre=visit["centre"], address=visit["address"],
        )  # fmt: skip
        answers = (
            {"title": "Да", "payload": ""},
            {"title": "Нет", "payload": _payload("cancel_appointment", appointment=number)},
            {"title": "Перенести", "payload": _payload("reschedule_appointment", appointment=number)},
        )
        # Of two reminders of one visit that wait (a night lay between), the newer one is enough.
        await self._outgoing.withdraw_in(session, number)
        await self._outgoing.plan_in(
            session, citizen_id, phone, "reminder", text, now, ref=number, until=start, answers=answers, **about
        )

    async def _decision(
        self,
        session: AsyncSession,
        citizen_id: str,
        phone: str,
        now: datetime,
        case: Mapping[str, Any],
        ref: str,
        about: Mapping[str, Any],
    ) -> None:
        answers = (
            {"title": "Да", "payload": _payload("check_status", case_number=str(case["number"]))},
            {"title": "Нет", "payload": ""},
        )
        text = self._script.line("outgoing_ready")
        await self._outgoing.withdraw_in(session, ref)
        await self._outgoing.plan_in(session, citizen_id, phone, "ready", text, now, ref=ref, answers=answers, **about)

    async def _last_call(self, session: AsyncSession, conversation: ConversationRow | None) -> CallRow | None:
        if conversation is None:
            return None
        row: CallRow | None = await session.scalar(
            select(CallRow)
            .where(CallRow.user == conversation.user, CallRow.direction == IN, CallRow.caller.is_not(None))
            .order_by(CallRow.registered_at.desc())
            .limit(1)
        )
        return row

    async def _number(self, session: AsyncSession, citizen_id: str, last: CallRow | None) -> str | None:
        """The number she told us, else the one she called from."""
        citizen = await session.get(CitizenRow, citizen_id)
        told = str(self._vault.open(citizen.profile).get("phone") or "") if citizen is not None else ""
        if number := e164(told):
            return number
        return e164(str(self._vault.open(last.caller))) if last is not None and last.caller else None


def _payload(intent: str, **entities: str) -> str:
    return f"/{intent}" + json.dumps(entities, ensure_ascii=False)
