"""Proofs of an application's owner: one spelling, keyed fingerprints, and the lock after five wrong ones."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.applications.interface import Locked, NotFoundOrWrongProof, ProofKind
from bot.services.applications.tables import ProofAttemptRow
from bot.services.case_numbers import fold_look_alikes
from bot.services.russian_dates import parse_date
from bot.store import Vault

MAX_FAILURES = 5
LOCK_FOR = timedelta(minutes=15)


def normal(kind: ProofKind, value: str) -> str:
    """One spelling of a proof, so that equal ones have equal fingerprints."""
    value = value.strip().casefold().replace("ё", "е")
    if kind == "birth_date":
        day = parse_date(value)
        return day.isoformat() if day else value
    if kind == "surname":
        # «Салтыков - Щедрин», «Салтыков Щедрин» and «Иванова Мария»: a double surname is one word, names after it go.
        words = fold_look_alikes(value).replace("-", " ").replace("–", " ").split()
        return "".join(words)
    return "".join(c for c in fold_look_alikes(value) if c.isalnum())


def readings(kind: ProofKind, value: str) -> list[str]:
    """The spellings a proof may match: a surname may come with the names after or before it."""
    found = [normal(kind, value)]
    words = value.split()
    if kind == "surname" and 2 <= len(words) <= 3:
        found += [normal(kind, words[0]), normal(kind, words[-1])]
    return found


def fingerprint(vault: Vault, number: str, kind: ProofKind, plain: str) -> str:
    """The stored form of a proof. The number is in it: equal surnames of two applications do not look equal."""
    return vault.fingerprint(f"{number}|{kind}|{plain}")


def prints(vault: Vault, number: str, proofs: Mapping[ProofKind, str]) -> dict[str, str]:
    """The columns of an application's proofs. Raises ValueError for a code word that is not 6–12 letters and digits."""
    code_word = proofs.get("code_word")
    if code_word is not None and not (6 <= len(normal("code_word", code_word)) <= 12):
        raise ValueError("a code word has 6 to 12 letters and digits")
    return {f"{kind}_print": fingerprint(vault, number, kind, normal(kind, value)) for kind, value in proofs.items()}


def matches(vault: Vault, number: str, kind: ProofKind, value: str, stored: str | None) -> bool:
    """Whether the proof is right; takes the same time when there is nothing to compare with."""
    hits = [
        hmac.compare_digest(fingerprint(vault, number, kind, plain), stored or "-" * 64)
        for plain in readings(kind, value)
    ]
    return stored is not None and any(hits)


class Guard:
    """Counts wrong proofs by number and by asker, in the caller's transaction."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def keys(self, number: str, who: str) -> tuple[str, str]:
        """The counters of one attempt: of the number and of the asker. A number that does not exist counts too."""
        return self._vault.fingerprint(f"attempt|number|{number}"), self._vault.fingerprint(f"attempt|who|{who}")

    async def locked(self, session: AsyncSession, keys: Sequence[str], now: datetime) -> Locked | None:
        """The lock in force, if any. Locks the counters, so that parallel guesses are counted one after another."""
        rows = await self._rows(session, keys)
        moments = [row.locked_until for row in rows if row.locked_until and row.locked_until > now]
        return Locked(max(moments)) if moments else None

    async def failed(self, session: AsyncSession, keys: Sequence[str], now: datetime) -> Locked | NotFoundOrWrongProof:
        """Count one wrong proof; what to answer."""
        await session.execute(delete(ProofAttemptRow).where(ProofAttemptRow.since < now - 2 * LOCK_FOR))
        rows = {row.key: row for row in await self._rows(session, keys)}
        # Of many first guesses at once none saw the lock that another of them has brought about meanwhile.
        moments = [row.locked_until for row in rows.values() if row.locked_until and row.locked_until > now]
        if moments:
            return Locked(max(moments))
        worst = 0
        for key in sorted(keys):
            row = rows.get(key)
            if row is None:
                row = ProofAttemptRow(key=key, failures=0, since=now)
                session.add(row)
            elif now - row.since > LOCK_FOR:
                row.failures, row.since, row.locked_until = 0, now, None
            row.failures += 1
            if row.failures >= MAX_FAILURES:
                row.failures, row.since, row.locked_until = 0, now, now + LOCK_FOR
                worst = MAX_FAILURES
            worst = max(worst, row.failures)
        if worst >= MAX_FAILURES:
            return Locked(now + LOCK_FOR)
        return NotFoundOrWrongProof(MAX_FAILURES - worst)

    async def proved(self, session: AsyncSession, keys: Sequence[str]) -> None:
        """Forget the failures of the number, but not of the asker: who owns one case may still guess at others."""
        await session.execute(delete(ProofAttemptRow).where(ProofAttemptRow.key == keys[0]))

    @staticmethod
    async def _rows(session: AsyncSession, keys: Sequence[str]) -> Sequence[ProofAttemptRow]:
        query = select(ProofAttemptRow).where(ProofAttemptRow.key.in_(keys)).order_by(ProofAttemptRow.key)
        return (await session.scalars(query.with_for_update())).all()
