"""Emergency notices with dates: supervisors write them, the robot and the widget say them first."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.errors import ServiceError
from bot.services.notices.tables import NoticeRow
from bot.services.transactions import transact
from bot.store import Store
from bot.store.events import record

LONGEST_TEXT = 500
LONGEST_TERM = timedelta(days=366)
"""A notice for longer than a year is a slip of the pen."""

NoticeState = Literal["scheduled", "live", "over", "withdrawn"]


class BadNotice(ServiceError):
    """A notice that cannot be published; `text` says why, in Russian, for whoever wrote it."""

    code = "bad_notice"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True)
class Notice:
    """A notice. `live` says whether it is told now; empty `channels` mean everywhere."""

    id: int
    text: str
    channels: frozenset[str]
    starts_at: datetime
    ends_at: datetime
    author_name: str
    live: bool
    withdrawn_at: datetime | None = None
    state: NoticeState = "scheduled"


class Notices:
    """Notices of one database."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    async def add(
        self,
        text: str,
        starts_at: datetime,
        ends_at: datetime,
        channels: Collection[str],
        author: str,
        author_name: str,
    ) -> Notice:
        """A new notice, in all channels when `channels` is empty.

        Raises BadNotice for an empty or too long one (500), or impossible dates.
        """
        words = text.strip()
        now = self._clock()
        _check(words, starts_at, ends_at, now)

        async def work(session: AsyncSession) -> Notice:
            row = NoticeRow(
                text=words, channels=sorted(set(channels)), starts_at=starts_at, ends_at=ends_at, author=author,
                author_name=author_name[:120], created_at=now,
            )  # fmt: skip
            session.add(row)
            await session.flush()
            record(
                session, "notice_published", now, notice=row.id, author=author, channels=row.channels,
                starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat(),
            )  # fmt: skip
            return _notice(row, now)

        return await transact(self._store, work)

    async def withdraw(self, notice_id: int, author: str) -> None:
        """Take a notice back now; one that is over already stays as it is. Raises LookupError."""

        async def work(session: AsyncSession) -> None:
            now = self._clock()
            row = await session.scalar(select(NoticeRow).where(NoticeRow.id == notice_id).with_for_update())
            if row is None:
                raise LookupError(notice_id)
            if row.withdrawn_at is None and row.ends_at > now:
                row.withdrawn_at = now
                record(session, "notice_withdrawn", now, notice=notice_id, author=author)

        await transact(self._store, work)

    async def live(self, channel: str) -> list[Notice]:
        """What is to be said in a channel now, the newest first."""
        now = self._clock()
        async with self._store.read() as session:
            rows = await session.scalars(
                select(NoticeRow)
                .where(NoticeRow.ends_at > now, NoticeRow.starts_at <= now, NoticeRow.withdrawn_at.is_(None))
                .order_by(NoticeRow.starts_at.desc(), NoticeRow.id.desc())
            )
            return [_notice(row, now) for row in rows if not row.channels or channel in row.channels]

    async def all(self, limit: int = 50) -> list[Notice]:
        """Notices, the newest first."""
        now = self._clock()
        async with self._store.read() as session:
            rows = await session.scalars(select(NoticeRow).order_by(NoticeRow.id.desc()).limit(limit))
            return [_notice(row, now) for row in rows]


def _check(words: str, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if not words:
        raise BadNotice("Напишите текст объявления.")
    if len(words) > LONGEST_TEXT:
        raise BadNotice(
            f"Текст длиннее {LONGEST_TEXT} знаков: сейчас {len(words)}. Сократите его, люди читают на ходу."
        )
    if ends_at <= starts_at:
        raise BadNotice("Окончание раньше начала. Проверьте даты.")
    if ends_at <= now:
        raise BadNotice("Это время уже прошло. Поставьте окончание в будущем.")
    if ends_at - starts_at > LONGEST_TERM:
        raise BadNotice("Объявление действует больше года. Проверьте даты.")


def _notice(row: NoticeRow, now: datetime) -> Notice:
    state: NoticeState = (
        "withdrawn" if row.withdrawn_at is not None
        else "over" if row.ends_at <= now
        else "live" if row.starts_at <= now
        else "scheduled"
    )  # fmt: skip
    return Notice(
        row.id, row.text, frozenset(row.channels), row.starts_at, row.ends_at, row.author_name, state == "live",
        row.withdrawn_at, state,
    )  # fmt: skip
