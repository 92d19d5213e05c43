"""Known failures by address: a citizen hears what happened and the forecast instead of filing one more complaint."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.errors import ContentError, ServiceError
from bot.services.phrases import PhraseBook, Token, tokens
from bot.services.place_names import place_phrases
from bot.services.tickets.incident_drafts import IncidentCard, IncidentDraft, card
from bot.services.tickets.tables import IncidentRow, IncidentSubscriptionRow
from bot.services.transactions import transact
from bot.store import Store, due
from bot.store.events import record
from bot.store.numbers import next_number

KEPT_AFTER_FORECAST = timedelta(hours=12)
"""An incident nobody closed is still told of for so long after its forecast, as late."""

_NEAR_WORDS = {
    "на",
    "по",
    "с",
    "у",
    "возле",
    "около",
    "рядом",
    "адрес",
    "адресу",
    "ул",
    "улица",
    "улице",
    "улицы",
    "до",
}


@dataclass(frozen=True)
class Incident:
    """A known failure. `forecast_at` is when it should be over (None: unknown); `late` when that has passed."""

    id: str
    title: str
    kind: str
    text: str
    reason: str
    started_at: datetime
    forecast_at: datetime | None
    late: bool


class NoSuchIncident(ServiceError):
    """No incident has this id, or it is over."""

    code = "no_such_incident"


class Incidents:
    """Incidents in the database. `content` is incidents.yml, `region` region.yml (streets and districts)."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], content: Mapping[str, Any], region: Mapping[str, Any]
    ) -> None:
        self._store, self._clock, self._content = store, clock, content
        kinds = content.get("kinds") or {}
        self._kinds = PhraseBook((str(w), str(kind)) for kind, item in kinds.items() for w in item.get("words") or [])
        self._topics = {str(kind): frozenset(map(str, item.get("topics") or [])) for kind, item in kinds.items()}
        self.kinds = {str(kind): str(item.get("title") or kind) for kind, item in kinds.items() if item.get("topics")}
        """Name and Russian title of every kind that an incident may be of."""
        self.districts = {str(d["id"]): str(d["title"]) for d in region.get("districts") or []}
        self._over = str(content.get("over") or "{title}")
        self._district_of = {str(s["title"]): str(s["district"]) for s in region.get("streets") or []}
        places = [(p, ("street", s)) for s in self._district_of for p in place_phrases(s)]
        for district in region.get("districts") or []:
            places += [
                (p, ("district", str(district["id"])))
                for p in place_phrases(str(district["title"]), district.get("aliases") or [])
            ]
        self._places = PhraseBook(places)
        for item in content.get("incidents") or []:
            if unknown := set(item.get("streets") or []) - self._district_of.keys():
                raise ContentError(f"incidents.yml, {item.get('id')}: нет улицы {', '.join(unknown)} в region.yml")

    async def seed(self) -> int:
        """Put the demonstration incidents into the database and renew the times of those that ran out; how many.

        Incidents that dispatchers wrote or closed are left alone.
        """
        items = self._content.get("incidents") or []

        async def work(session: AsyncSession) -> int:
            now = self._clock()
            for item in items:
                row = await session.get(IncidentRow, str(item["id"]))
                if row is None:
                    row = IncidentRow(id=str(item["id"]), source="content")
                    session.add(row)
                elif row.source != "content" or row.closed_at or (row.forecast_at and row.forecast_at > now):
                    continue
                row.title, row.kind = str(item["title"]), str(item["kind"])
                row.streets, row.districts = list(item.get("streets") or []), list(item.get("districts") or [])
                row.reason, row.text = str(item.get("reason", "")), str(item["text"])
                row.started_at = now - timedelta(hours=float(item.get("started_hours_ago", 1)))
                hours = item.get("forecast_hours")
                row.forecast_at = None if hours is None else now + timedelta(hours=float(hours))
            return len(items)

        return await transact(self._store, work)

    async def at(self, text: str, now: datetime | None = None, topic: str | None = None) -> Incident | None:
        """The incident this complaint or address falls under, else None.

        A street of the incident goes before its district. Words of another kind of trouble («мусор», while the incident
        is about water) or a `topic` that the kind does not belong to rule it out; a bare address finds any.
        """
        now = now or self._clock()
        words = tokens(text)
        streets, districts = self._named(text, words)
        if not streets and not districts:
            return None
        kinds = {found.value for found in self._kinds.find(words)}
        head = topic.split(".", maxsplit=1)[0] if topic else None
        best: tuple[tuple[int, datetime], IncidentRow] | None = None
        for row in await self._live(now):
            if kinds and row.kind not in kinds:
                continue
            if head and not kinds and head not in self._topics.get(row.kind, frozenset({head})):
                continue
            nearness = 2 * bool(streets & set(row.streets)) or int(bool(districts & set(row.districts)))
            if nearness and (best is None or (nearness, row.started_at) > best[0]):
                best = (nearness, row.started_at), row
        return self._incident(best[1], now) if best else None

    async def live(self) -> list[Incident]:
        """All incidents of this moment, newest first."""
        now = self._clock()
        return [self._incident(row, now) for row in await self._live(now)]

    @property
    def streets(self) -> Mapping[str, str]:
        """Every street of the region and the id of its district."""
        return self._district_of

    async def cards(self, *, over: bool = False, limit: int = 100) -> list[IncidentCard]:
        """Incidents for their editors, newest first: open ones, or (`over`) closed ones."""
        now = self._clock()
        closed = IncidentRow.closed_at.is_not(None) if over else IncidentRow.closed_at.is_(None)
        order = IncidentRow.closed_at.desc() if over else IncidentRow.started_at.desc()
        async with self._store.read() as session:
            rows = (await session.scalars(select(IncidentRow).where(closed).order_by(order).limit(limit))).all()
            counted = await session.execute(
                select(IncidentSubscriptionRow.incident_id, func.count().label("waiting"))
                .where(IncidentSubscriptionRow.incident_id.in_([row.id for row in rows]))
                .group_by(IncidentSubscriptionRow.incident_id)
            )
            subscribers = {row.incident_id: int(row.waiting) for row in counted}
        return [card(row, now, KEPT_AFTER_FORECAST, subscribers.get(row.id, 0)) for row in rows]

    async def card(self, incident_id: str) -> IncidentCard:
        """One incident for its editors. Raises NoSuchIncident."""
        async with self._store.read() as session:
            row = await session.get(IncidentRow, incident_id)
            if row is None:
                raise NoSuchIncident(incident_id)
            count = await session.scalar(
                select(func.count())
                .select_from(IncidentSubscriptionRow)
                .where(IncidentSubscriptionRow.incident_id == incident_id)
            )
        return card(row, self._clock(), KEPT_AFTER_FORECAST, count or 0)

    async def add(self, draft: IncidentDraft, by: str) -> str:
        """A new incident, told from its start on; its number. `by` is an account's id. Raises BadIncident."""
        draft.check(self.kinds, self._district_of, self.districts)

        async def work(session: AsyncSession) -> str:
            now = self._clock()
            row = IncidentRow(id=await next_number(session, "АВ", now.year))
            session.add(row)
            _write(row, draft)
            record(session, "incident_opened", now, incident=row.id, kind=row.kind, by=by)
            return row.id

        return await transact(self._store, work)

    async def change(self, incident_id: str, draft: IncidentDraft, by: str) -> None:
        """Correct an incident that is not over. Raises BadIncident, NoSuchIncident."""
        draft.check(self.kinds, self._district_of, self.districts)

        async def work(session: AsyncSession) -> None:
            row = await session.scalar(select(IncidentRow).where(IncidentRow.id == incident_id).with_for_update())
            if row is None or row.closed_at is not None:
                raise NoSuchIncident(incident_id)
            _write(row, draft)
            record(session, "incident_changed", self._clock(), incident=row.id, kind=row.kind, by=by)

        await transact(self._store, work)

    async def subscribe(self, citizen_id: str, incident_id: str) -> None:
        """Tell the citizen when the incident is over; once is enough. Raises NoSuchIncident."""

        async def work(session: AsyncSession) -> None:
            now = self._clock()
            row = await session.get(IncidentRow, incident_id)
            if row is None or row.closed_at is not None:
                raise NoSuchIncident(incident_id)
            if await session.get(IncidentSubscriptionRow, (incident_id, citizen_id)) is None:
                session.add(IncidentSubscriptionRow(incident_id=incident_id, citizen_id=citizen_id, at=now))
                record(session, "incident_subscribed", now, citizen_id=citizen_id, incident=incident_id)

        await transact(self._store, work)

    async def close(self, incident_id: str) -> int:
        """The incident is over: every subscriber is told; how many. Raises NoSuchIncident."""

        async def work(session: AsyncSession) -> int:
            now = self._clock()
            row = await session.scalar(select(IncidentRow).where(IncidentRow.id == incident_id).with_for_update())
            if row is None or row.closed_at is not None:
                raise NoSuchIncident(incident_id)
            row.closed_at = now
            subscribers = await session.scalars(
                select(IncidentSubscriptionRow.citizen_id).where(IncidentSubscriptionRow.incident_id == incident_id)
            )
            told = list(subscribers)
            payload = {"text": self._over.format(title=row.title, id=row.id)}
            for citizen_id in told:
                due.schedule(session, citizen_id, now, "incident_over", payload, f"incident:{incident_id}")
            record(session, "incident_closed", now, incident=incident_id, told=len(told))
            return len(told)

        return await transact(self._store, work)

    def _named(self, text: str, words: Sequence[Token]) -> tuple[set[str], set[str]]:
        streets, districts = set(), set()
        for found in self._places.find(words):
            what, name = found.value
            if what == "district":
                districts.add(name)
            elif _is_named(text, words, found.first):
                streets.add(name)
                districts.add(self._district_of[name])
        return streets, districts

    async def _live(self, now: datetime) -> list[IncidentRow]:
        async with self._store.read() as session:
            rows = await session.scalars(
                select(IncidentRow)
                .where(IncidentRow.closed_at.is_(None), IncidentRow.started_at <= now)
                .order_by(IncidentRow.started_at.desc())
            )
            return [r for r in rows if r.forecast_at is None or r.forecast_at + KEPT_AFTER_FORECAST > now]

    @staticmethod
    def _incident(row: IncidentRow, now: datetime) -> Incident:
        late = row.forecast_at is not None and row.forecast_at <= now
        return Incident(row.id, row.title, row.kind, row.text, row.reason, row.started_at, row.forecast_at, late)


def _write(row: IncidentRow, draft: IncidentDraft) -> None:
    row.title, row.kind, row.reason, row.text = draft.title, draft.kind, draft.reason, draft.text
    row.streets, row.districts = list(draft.streets), list(draft.districts)
    row.started_at, row.forecast_at = draft.started_at, draft.forecast_at
    # What a dispatcher touched is no demonstration any more: `seed` leaves it alone.
    row.source = "desk"


def _is_named(text: str, words: Sequence[Token], at: int) -> bool:
    """«на садовой» and «Садовая» name a street, «мебель садовая» does not."""
    word = words[at]
    if text[word.start : word.end][:1].isupper():
        return True
    around = {w.text for w in words[max(0, at - 2) : at]}
    following = words[at + 1].text if at + 1 < len(words) else ""
    return bool(around & _NEAR_WORDS) or following in _NEAR_WORDS or following.isdigit() or len(words) == 1
