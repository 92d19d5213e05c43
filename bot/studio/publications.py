"""Publications and returns as they are remembered: proposed, approved, live, and what went wrong."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select, update

from bot.services.transactions import transact
from bot.store import Store
from bot.store.events import record
from bot.studio.refusals import NotPossible
from bot.studio.tables import PublicationRow

Kind = Literal["publication", "return"]
State = Literal["proposed", "refused", "taken_back", "publishing", "live", "past", "failed"]
STATES: dict[State, str] = {
    "proposed": "ждёт одобрения",
    "refused": "отклонена",
    "taken_back": "отозвана автором",
    "publishing": "публикуется",
    "live": "работает сейчас",
    "past": "работала раньше",
    "failed": "остановлена",
}


@dataclass(frozen=True)
class Person:
    """Who publishes: id of the account, name and login as the history signs them."""

    id: str
    name: str
    login: str


@dataclass(frozen=True)
class Publication:
    """One publication or return; see `bot.studio.tables.PublicationRow`. `changes` is the difference in Russian sentences."""

    id: str
    kind: Kind
    state: State
    why: str
    author: str
    approver: str
    refusal: str
    run: str
    edition: str
    model: str
    version: str
    parent: str
    changes: Sequence[str]
    created_at: datetime
    decided_at: datetime | None
    live_at: datetime | None


class Publications:
    """Keeps them in the database. At most one is proposed or publishing, and at most one live."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    async def latest(self, limit: int = 50) -> list[Publication]:
        """Newest first."""
        async with self._store.read() as session:
            query = select(PublicationRow).order_by(PublicationRow.created_at.desc()).limit(limit)
            return [_publication(row) for row in await session.scalars(query)]

    async def get(self, publication_id: str) -> Publication | None:
        """One of them."""
        async with self._store.read() as session:
            row = await session.get(PublicationRow, publication_id)
            return None if row is None else _publication(row)

    async def live(self) -> Publication | None:
        """What the robot runs on; None before the first publication."""
        return await self._in_state("live")

    async def waiting(self) -> Publication | None:
        """The proposal that waits for the second person; None without one."""
        return await self._in_state("proposed")

    async def running(self) -> Publication | None:
        """The one that is being brought to the citizens now."""
        return await self._in_state("publishing")

    async def has_been_live(self, model: str, edition: str) -> bool:
        """Whether citizens were answered by just this edition with this model before."""
        async with self._store.read() as session:
            query = select(PublicationRow.id).where(
                PublicationRow.model == model, PublicationRow.edition == edition, PublicationRow.live_at.is_not(None)
            )
            return (await session.scalars(query.limit(1))).first() is not None

    async def begin(self, state: Literal["proposed", "publishing"], **values: Any) -> Publication:
        """Note a new one. Raises NotPossible while another one waits or runs."""

        async def work(session: Any) -> Publication:
            busy = await session.scalars(
                select(PublicationRow).where(PublicationRow.state.in_(("proposed", "publishing"))).with_for_update()
            )
            if other := busy.first():
                raise NotPossible(
                    "Одна публикация ещё ждёт одобрения. Сначала решите её судьбу."
                    if other.state == "proposed"
                    else "Публикация уже идёт. Дождитесь её конца, это меньше минуты."
                )
            row = PublicationRow(id=str(uuid.uuid4()), state=state, created_at=self._clock(), **values)
            session.add(row)
            await session.flush()
            return _publication(row)

        return await transact(self._store, work)

    async def decide(self, publication_id: str, state: State, **values: Any) -> Publication:
        """A proposal's fate. Raises NotPossible when it no longer waits."""

        async def work(session: Any) -> Publication:
            row = await session.get(PublicationRow, publication_id, with_for_update=True)
            if row is None or row.state != "proposed":
                raise NotPossible("Этой публикации уже не ждут: посмотрите список ещё раз.")
            row.state, row.decided_at = state, self._clock()
            for name, value in values.items():
                setattr(row, name, value)
            await session.flush()
            return _publication(row)

        return await transact(self._store, work)

    async def named(self, publication_id: str, model: str) -> None:
        """Note the model it is brought with, so that a start after a kill knows it."""

        async def work(session: Any) -> None:
            (await session.get_one(PublicationRow, publication_id)).model = model

        await transact(self._store, work)

    async def went_live(self, publication_id: str, version: str, model: str) -> Publication:
        """It answers the citizens now; the one before is past."""

        async def work(session: Any) -> Publication:
            now = self._clock()
            await session.execute(update(PublicationRow).where(PublicationRow.state == "live").values(state="past"))
            row = await session.get_one(PublicationRow, publication_id)
            row.state, row.version, row.model, row.live_at = "live", version, model, now
            record(session, "edition_published", now, kind=row.kind, version=version)
            await session.flush()
            return _publication(row)

        return await transact(self._store, work)

    async def failed(self, publication_id: str, why: str) -> None:
        """It was stopped; citizens have what they had."""

        async def work(session: Any) -> None:
            row = await session.get_one(PublicationRow, publication_id)
            row.state, row.refusal = "failed", why[:2000]
            record(session, "edition_failed", self._clock(), kind=row.kind)

        await transact(self._store, work)

    async def _in_state(self, state: State) -> Publication | None:
        async with self._store.read() as session:
            query = select(PublicationRow).where(PublicationRow.state == state)
            row = (await session.scalars(query.order_by(PublicationRow.created_at.desc()).limit(1))).first()
            return None if row is None else _publication(row)


def _publication(row: PublicationRow) -> Publication:
    return Publication(
        id=row.id, kind=row.kind, state=row.state, why=row.why, author=row.author, approver=row.approver,  # type: ignore[arg-type]
        refusal=row.refusal, run=row.run, edition=row.edition, model=row.model, version=row.version, parent=row.parent,
        changes=tuple(map(str, row.changes)), created_at=row.created_at, decided_at=row.decided_at, live_at=row.live_at,
    )  # fmt: skip
