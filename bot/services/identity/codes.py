"""One-time codes: shown in one channel and written in another, they prove that both are the same person."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.identity.join import join
from bot.services.identity.tables import CodeAttemptRow, LinkCodeRow
from bot.services.transactions import transact
from bot.store import Store, Vault
from bot.store.conversations import ConversationRow
from bot.store.events import record

VALID_FOR = timedelta(minutes=10)
EVERYBODY = "everybody"


@dataclass(frozen=True)
class Limit:
    """So many wrong codes within `within` lock for `within`."""

    failures: int
    within: timedelta


LIMITS = {"one": Limit(5, timedelta(hours=1)), EVERYBODY: Limit(30, timedelta(minutes=10))}
"""For one conversation, and for all together: six digits must not be guessed from ever new conversations."""


@dataclass(frozen=True)
class Joined:
    """The code was right; `before`: both conversations belonged to one citizen already."""

    citizen: str
    before: bool = False


@dataclass(frozen=True)
class WrongCode:
    """The code does not count: unknown, expired or used up (`wrong`), shown in this very conversation (`own`), or `locked`."""

    kind: Literal["wrong", "own", "locked"]
    until: datetime | None = None


class Codes:
    """Issues and takes codes of six digits."""

    def __init__(self, store: Store, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._store, self._vault, self._clock = store, vault, clock

    async def issue(self, conversation_id: str) -> str:
        """A new code for a conversation; its earlier ones end. Raises NoResultFound for an unknown conversation."""

        async def work(session: AsyncSession) -> str:
            now = self._clock()
            conversation = await session.get_one(ConversationRow, conversation_id)
            old = (LinkCodeRow.expires_at <= now) | (LinkCodeRow.conversation_id == conversation_id)
            await session.execute(delete(LinkCodeRow).where(old))
            code = f"{secrets.randbelow(1_000_000):06d}"
            session.add(
                LinkCodeRow(
                    code_print=self._print(code), conversation_id=conversation.id, citizen_id=conversation.citizen_id,
                    expires_at=now + VALID_FOR,
                )
            )  # fmt: skip
            who = {"citizen_id": conversation.citizen_id, "conversation_id": conversation.id}
            record(session, "code_issued", now, **who)
            return code

        return await transact(self._store, work)

    async def enter(self, code: str, conversation_id: str) -> Joined | WrongCode:
        """A code (six digits) written in a conversation. Raises NoResultFound for an unknown conversation."""

        async def work(session: AsyncSession) -> Joined | WrongCode:
            now = self._clock()
            here = await session.get_one(ConversationRow, conversation_id)
            citizen = here.citizen_id
            counters = await self._counters(session, conversation_id, now)
            locks = [c.locked_until for c in counters.values() if c.locked_until and c.locked_until > now]
            if locks:
                return WrongCode("locked", max(locks))
            row = await session.get(LinkCodeRow, self._print(code), with_for_update=True)
            if row is None or row.expires_at <= now or row.used_by not in (None, conversation_id):
                until = _count(counters, now)
                why = "locked" if until else "wrong"
                record(session, "code_refused", now, citizen_id=citizen, conversation_id=conversation_id, why=why)
                return WrongCode("locked", until) if until else WrongCode("wrong")
            if row.conversation_id == conversation_id:
                return WrongCode("own")
            # The same code again from the same place: the answer to it got lost, not the deed.
            before = row.citizen_id == citizen and row.used_by is None
            row.used_by = conversation_id
            await session.flush()
            return Joined(await join(session, self._vault, row.citizen_id, citizen, now, by="code"), before)

        return await transact(self._store, work)

    def _print(self, code: str) -> str:
        return self._vault.fingerprint(f"link-code|{code}")

    async def _counters(self, session: AsyncSession, conversation_id: str, now: datetime) -> dict[str, CodeAttemptRow]:
        """The counters of this conversation and of everybody, begun anew when their time is over."""
        found = {}
        for name, key in (("one", conversation_id), (EVERYBODY, EVERYBODY)):
            printed = self._vault.fingerprint(f"link-code-attempts|{key}")
            row = await session.get(CodeAttemptRow, printed, with_for_update=True)
            if row is None:
                row = CodeAttemptRow(key=printed, failures=0, since=now)
                session.add(row)
            elif now - row.since >= LIMITS[name].within and not (row.locked_until and row.locked_until > now):
                row.failures, row.since, row.locked_until = 0, now, None
            found[name] = row
        return found


def _count(counters: dict[str, CodeAttemptRow], now: datetime) -> datetime | None:
    """Count one wrong code; until when nothing more is taken, None while tries are left."""
    until = None
    for name, row in counters.items():
        row.failures += 1
        if row.failures >= LIMITS[name].failures:
            row.locked_until = until = now + LIMITS[name].within
    return until
