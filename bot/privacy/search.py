"""Finds citizens by a telephone number or a name. Profiles are sealed, so a name is looked for by opening all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bot.accounts.audit import Audit, Who
from bot.services.calls.numbers import e164
from bot.services.calls.tables import CallRow
from bot.store import Store, Vault
from bot.store.conversations import CitizenRow, ConversationRow

BATCH = 500
MOST = 50


@dataclass(frozen=True)
class Found:
    """A citizen as a search shows her: enough to tell two people apart. `last` is when she was seen."""

    citizen_id: str
    name: str
    phone: str
    born: str
    channels: tuple[str, ...]
    last: datetime


class Search:
    """The search of one database; each is noted in the audit log, without what was looked for."""

    def __init__(self, store: Store, vault: Vault, clock: Callable[[], datetime], audit: Audit) -> None:
        self._store, self._vault, self._clock, self._audit = store, vault, clock, audit

    async def find(self, who: Who, *, phone: str = "", name: str = "") -> list[Found]:
        """Citizens with this number (however it is written), or with all these words in their name; at most MOST, newest first."""
        number, words = e164(phone) if phone else None, _plain(name).split()
        ids = await self._by_phone(number) if number else set()
        if number or words:
            ids |= await self._by_profile(number, words)
        found = await self._shown(sorted(ids))
        by = [what for what, given in (("phone", phone), ("name", name)) if given]
        await self._audit.write(who, "citizen_searched", by=by, found=len(found))
        for one in found:
            await self._audit.write(who, "citizen_viewed", "поиск", one.citizen_id)
        return found

    async def profile(self, citizen_id: str) -> Found | None:
        """One citizen, None for an unknown one."""
        return next(iter(await self._shown([citizen_id])), None)

    async def _by_phone(self, number: str) -> set[str]:
        printed = self._vault.fingerprint(number)
        async with self._store.read() as session:
            talks = select(ConversationRow.citizen_id).where(
                ConversationRow.channel == "phone", ConversationRow.user == printed
            )
            calls = select(CallRow.citizen_id).where(CallRow.user == printed, CallRow.citizen_id.is_not(None))
            return {str(one) for one in [*await session.scalars(talks), *await session.scalars(calls)]}

    async def _by_profile(self, number: str | None, words: Sequence[str]) -> set[str]:
        found, last = set[str](), ""
        while True:
            query = select(CitizenRow.id, CitizenRow.profile).where(CitizenRow.id > last).order_by(CitizenRow.id)
            async with self._store.read() as session:
                rows = (await session.execute(query.limit(BATCH))).all()
            found |= await asyncio.to_thread(_matching, self._vault, rows, number, words)
            if len(rows) < BATCH:
                return found
            last = rows[-1][0]

    async def _shown(self, ids: Sequence[str]) -> list[Found]:
        if not ids:
            return []
        async with self._store.read() as session:
            rows = await session.execute(
                select(CitizenRow.id, CitizenRow.profile, CitizenRow.created_at, func.max(ConversationRow.updated_at))
                .outerjoin(ConversationRow, ConversationRow.citizen_id == CitizenRow.id)
                .where(CitizenRow.id.in_(ids))
                .group_by(CitizenRow.id, CitizenRow.profile, CitizenRow.created_at)
            )
            people = rows.all()
            talks = await session.execute(
                select(ConversationRow.citizen_id, ConversationRow.channel).where(ConversationRow.citizen_id.in_(ids))
            )
            channels: dict[str, set[str]] = {}
            for citizen, channel in talks:
                channels.setdefault(citizen, set()).add(channel)
        found = []
        for citizen, sealed, created, last in people:
            profile = self._vault.open(sealed)
            found.append(
                Found(
                    citizen,
                    full_name(profile),
                    str(profile.get("phone") or ""),
                    str(profile.get("birth_date") or ""),
                    tuple(sorted(channels.get(citizen, ()))),
                    last or created,
                )
            )
        return sorted(found, key=lambda one: one.last, reverse=True)[:MOST]


def full_name(profile: dict[str, Any]) -> str:
    """The name of a profile, whole or from its parts; "" for none."""
    parts = [str(profile[key]) for key in ("surname", "name", "patronymic") if profile.get(key)]
    return str(profile.get("full_name") or " ".join(parts))


def _plain(text: str) -> str:
    return text.casefold().replace("ё", "е")


def _matching(vault: Vault, rows: Sequence[Any], number: str | None, words: Sequence[str]) -> set[str]:
    found = set()
    for citizen, sealed in rows:
        profile = vault.open(sealed)
        known = profile.get("phone")
        named = _plain(full_name(profile)).split()
        if (
            number
            and known
            and e164(str(known)) == number
            or words
            and all(any(part.startswith(word) for part in named) for word in words)
        ):
            found.add(citizen)
    return found


def _named(name: Sequence[str], words: Sequence[str]) -> bool:
    """Whether every word begins some part of the name."""
    return all(any(part.startswith(word) for part in name) for word in words)
