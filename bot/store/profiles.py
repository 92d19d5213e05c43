"""What the assistant knows about a citizen, sealed: name, phone, segment, the place and things told before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.base import Store
from bot.store.conversations import CitizenRow, ConversationRow
from bot.store.vault import Vault


async def remember(session: AsyncSession, vault: Vault, citizen_id: str, facts: Mapping[str, Any]) -> None:
    """Put facts into a profile in the running transaction; None removes one. Nothing is written when nothing changes."""
    row = await session.get(CitizenRow, citizen_id)
    if row is None:
        return
    before = dict(vault.open(row.profile))
    profile = {k: v for k, v in (before | dict(facts)).items() if v is not None}
    if profile != before:
        row.profile = vault.seal(profile)


class Profiles:
    """Reads and updates citizens' profiles; keys are surname, name, patronymic, phone, birth_date, segment, centre, …"""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store, self._vault = store, vault

    async def get(self, citizen_id: str) -> dict[str, Any]:
        """The profile, {} for an unknown citizen."""
        async with self._store.read() as session:
            row = await session.get(CitizenRow, citizen_id)
            profile = dict(self._vault.open(row.profile)) if row else {}
        parts = [str(profile[k]) for k in ("surname", "name", "patronymic") if profile.get(k)]
        # A portal gives the name in parts, a conversation as a whole; forms ask for the whole.
        return {"full_name": " ".join(parts)} | profile if len(parts) > 1 else profile

    async def remember(self, citizen_id: str, **facts: Any) -> None:
        """Keep facts for next time; None removes one."""
        async with self._store.write() as session:
            await remember(session, self._vault, citizen_id, facts)

    async def last_conversation(self, citizen_id: str) -> str | None:
        """The conversation in which the citizen was seen last."""
        async with self._store.read() as session:
            found: str | None = await session.scalar(
                select(ConversationRow.id)
                .where(ConversationRow.citizen_id == citizen_id)
                .order_by(ConversationRow.updated_at.desc())
                .limit(1)
            )
            return found
