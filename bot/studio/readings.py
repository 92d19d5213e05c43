"""How the robot read each message: kept beside the journal, so that people can look at what it was unsure of."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.transactions import transact
from bot.store import Store, StoreAway
from bot.store.conversations import ConversationRow, MessageRow
from bot.studio.heard import Doubt as Doubt
from bot.studio.heard import Heard, Mark, objections, reading_of
from bot.studio.tables import ReadingRow

log = structlog.get_logger(__name__)

DOUBTS: dict[Doubt, str] = {
    "unsure": "робот сомневался",
    "misread": "понял не так",
    "thumbs_down": "ответ не помог",
    "handed_over": "позвали человека",
}
STATES = ("new", "taught", "ignored")
COURTESIES = frozenset(
    "greet goodbye thank affirm deny inform repeat stop frustration request_operator give_consent".split()
)
"""Readings that are no wish of their own: a doubt about a whole conversation is about what was said before them."""
OF_THIS_TALK = timedelta(minutes=30)
"""How old the last wish may be for a doubt about the conversation to be about it."""
LOOKED_BACK = 6
"""Readings of a conversation among which its last wish is looked for."""
GATHER = 0.4
"""Seconds in which readings are gathered for one transaction."""
AWAY = 5.0
"""Seconds until the next try when the database is away."""
BATCH = 500
MOST = 5_000
"""Readings that wait in memory at most; further ones are lost, and counted in the log."""
SEEN = 2_000
"""Messages whose reading is remembered, so that the further action calls of a turn cost nothing."""
SCANNED = 2_000
"""Open readings among which filters look, newest first."""
MOST_COUNTED = 1_000
LONGEST_OPEN = timedelta(days=90)
"""Older doubts are no longer shown: the robot has changed since."""


@dataclass(frozen=True)
class Reading:
    """One message as the robot read it: `message` is its number in the journal.

    `doubts` say why people should look at it, `meant` what somebody said it meant ("" unknown).
    """

    message: int
    conversation_id: str
    intent: str
    confidence: float
    second: str
    second_confidence: float
    doubts: tuple[Doubt, ...] = ()
    meant: str = ""
    channel: str = ""
    at: datetime = datetime.min


class Readings:
    """Takes what Rasa shows in every action call (`latest_message` with its ranking) and stores one row a message."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._fresh: dict[int, Heard] = {}
        self._marks: dict[Mark, None] = {}
        self._seen: OrderedDict[int, bool] = OrderedDict()
        self._told: OrderedDict[Mark, None] = OrderedDict()
        self._lost = 0
        self._wake = asyncio.Event()
        self._storing = asyncio.Lock()

    def heard(self, tracker: Any, action: str = "") -> None:
        """Note the reading of an action call's tracker (a dict as Rasa sends it); called several times a turn, cheap, never raises.

        `action` is what Rasa wants to run: only with it a form's answer of unsure intent is told from a message not understood.
        """
        try:
            reading = reading_of(tracker, action)
            if reading is not None and self._seen.get(reading.message, None) not in (True, reading.unsure):
                _remember(self._seen, reading.message, value=reading.unsure)
                self._take(reading)
            for mark in objections(tracker):
                if mark not in self._told:
                    _remember(self._told, mark, value=None)
                    self._note(mark)
        except Exception as error:
            # A tracker of unexpected shape must not cost the citizen her answer; its words stay out of the log.
            log.warning("reading.unreadable", error=type(error).__name__)

    def noticed(self, conversation_id: str, why: Doubt) -> None:
        """Mark the last wish of a conversation soon; for deeds that cannot wait for the database. Never raises."""
        self._note(Mark(conversation_id, why))

    async def doubt(self, conversation_id: str, why: Doubt, message: int | None = None, meant: str = "") -> None:
        """Mark a message (None: the last wish of the conversation that the robot read) for the editors. Unknown ones are no error.

        A message of another conversation stays as it is. Raises StoreAway.
        """
        await self.store_now()
        await transact(self._store, lambda session: self._doubt(session, Mark(conversation_id, why, message, meant)))

    async def relieve(self, conversation_id: str, why: Doubt, message: int) -> None:
        """Take back a doubt about a message that nobody has settled yet. Unknown ones are no error. Raises StoreAway."""
        await self.store_now()

        async def work(session: AsyncSession) -> None:
            row = await session.get(ReadingRow, message)
            if row is None or row.conversation_id != conversation_id or row.state != "new":
                return
            row.doubts = " ".join(one for one in row.doubts.split() if one != why)
            row.doubtful = bool(row.doubts)

        await transact(self._store, work)

    async def open(
        self, limit: int = 500, *, doubt: Doubt | None = None, channel: str = "", days: int = 30
    ) -> Sequence[Reading]:
        """Doubtful readings that nobody has settled, newest first; of one doubt, one channel, the last `days` (1 to 90)."""
        since = self._clock() - min(timedelta(days=max(1, days)), LONGEST_OPEN)
        newest = (
            select(ReadingRow.message)
            .where(ReadingRow.state == "new", ReadingRow.doubtful.is_(True), ReadingRow.at >= since)
            .order_by(ReadingRow.at.desc())
            .limit(SCANNED)
            .subquery()
        )
        query = (
            select(ReadingRow, ConversationRow.channel)
            .join(newest, newest.c.message == ReadingRow.message)
            .join(ConversationRow, ConversationRow.id == ReadingRow.conversation_id)
            .order_by(ReadingRow.at.desc(), ReadingRow.message.desc())
        )
        if channel:
            query = query.where(ConversationRow.channel == channel)
        if doubt:
            query = query.where(ReadingRow.doubts.contains(doubt))
        async with self._store.read() as session:
            return [_reading(row, found) for row, found in await session.execute(query.limit(limit))]

    async def count_new(self, messages: Collection[int]) -> int:
        """How many of these messages are doubtful and not settled."""
        found = select(func.count()).where(
            ReadingRow.message.in_(list(messages)), ReadingRow.state == "new", ReadingRow.doubtful.is_(True)
        )
        async with self._store.read() as session:
            return await session.scalar(found) or 0

    async def waiting(self) -> int:
        """How many doubtful readings nobody has settled; 1 000 means as many or more."""
        found = (
            select(ReadingRow.message)
            .where(
                ReadingRow.state == "new", ReadingRow.doubtful.is_(True), ReadingRow.at >= self._clock() - LONGEST_OPEN
            )
            .limit(MOST_COUNTED)
            .subquery()
        )
        async with self._store.read() as session:
            return await session.scalar(select(func.count()).select_from(found)) or 0

    async def weekly(self, weeks: int = 8, zone: tzinfo = UTC) -> list[tuple[datetime, int, int]]:
        """(Monday's midnight of a zone, messages read, doubtful ones of them) for the last weeks, oldest first."""
        now = self._clock().astimezone(zone)
        monday = (now - timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
        starts = [monday - timedelta(weeks=ago) for ago in range(weeks - 1, -1, -1)]
        result = []
        async with self._store.read() as session:
            for start in starts:
                # With state and doubt named, the counting stays inside the index.
                counted = await session.execute(
                    select(ReadingRow.doubtful, func.count())
                    .where(
                        ReadingRow.state.in_(STATES), ReadingRow.doubtful.in_((True, False)),
                        ReadingRow.at >= start, ReadingRow.at < start + timedelta(weeks=1),
                    )
                    .group_by(ReadingRow.doubtful)
                )  # fmt: skip
                count = {bool(doubtful): number for doubtful, number in counted}
                result.append((start, sum(count.values()), count.get(True, 0)))
        return result

    async def settle(self, messages: Collection[int], state: str, by: str, meant: str = "") -> list[int]:
        """Set new readings aside as taught or ignored; the numbers of those that nobody had settled before."""

        async def work(session: AsyncSession) -> list[int]:
            now = self._clock()
            open_ones = _chosen(messages).where(ReadingRow.state == "new", ReadingRow.doubtful.is_(True))
            rows = list(await session.scalars(open_ones.with_for_update()))
            for row in rows:
                row.state, row.settled_by, row.settled_at = state, by, now
                row.meant = meant or row.meant
            return [row.message for row in rows]

        return await transact(self._store, work)

    async def unsettle(self, messages: Collection[int], by: str) -> list[int]:
        """Open again what this colleague settled; the numbers of those that she had."""

        async def work(session: AsyncSession) -> list[int]:
            rows = list(await session.scalars(_chosen(messages).where(ReadingRow.settled_by == by)))
            for row in rows:
                row.state, row.settled_by, row.settled_at = "new", "", None
            return [row.message for row in rows]

        return await transact(self._store, work)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Store what was noted, soon after it was; at the end all of it."""
        task = asyncio.create_task(self._keep(), name="studio-readings")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            try:
                await self.store_now()
            except StoreAway:
                log.warning("readings.lost", count=len(self._fresh))

    async def store_now(self) -> None:
        """Store everything noted so far. Raises StoreAway, and nothing is lost then."""
        async with self._storing:
            while self._fresh or self._marks:
                readings = list(self._fresh.values())[:BATCH]
                # A mark may be about a reading of this batch, so it comes after the last of them.
                marks = list(self._marks)[:BATCH] if len(readings) == len(self._fresh) else []
                await transact(self._store, partial(self._keep_batch, readings=readings, marks=marks))
                for reading in readings:
                    if self._fresh.get(reading.message) is reading:
                        del self._fresh[reading.message]
                for mark in marks:
                    del self._marks[mark]

    async def _keep(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER)
            self._wake.clear()
            try:
                await self.store_now()
            except StoreAway:
                await asyncio.sleep(AWAY)
                self._wake.set()
            except Exception as error:
                log.error("readings.failed", error=type(error).__name__, count=len(self._fresh))
                self._fresh.clear()
                self._marks.clear()
            if self._lost:
                log.warning("readings.lost", count=self._lost)
                self._lost = 0

    def _take(self, reading: Heard) -> None:
        if len(self._fresh) >= MOST and reading.message not in self._fresh:
            self._lost += 1
            return
        self._fresh[reading.message] = reading
        self._wake.set()

    def _note(self, mark: Mark) -> None:
        if len(self._marks) < MOST:
            self._marks[mark] = None
            self._wake.set()

    async def _keep_batch(self, session: AsyncSession, readings: Sequence[Heard], marks: Sequence[Mark]) -> None:
        numbers = [one.message for one in readings]
        # The journal says whose message it is: a deleted one is not there any more.
        said = {
            row.seq: row
            for row in await session.execute(
                select(MessageRow.seq, MessageRow.conversation_id, MessageRow.at).where(
                    MessageRow.seq.in_(numbers), MessageRow.author == "citizen"
                )
            )
        }
        known = {row.message: row for row in await session.scalars(_chosen(numbers))}
        for one in readings:
            if one.message not in said:
                continue
            row = known.get(one.message)
            if row is None:
                message = said[one.message]
                row = ReadingRow(
                    message=one.message, conversation_id=message.conversation_id, intent=one.intent,
                    confidence=one.confidence, second=one.second, second_confidence=one.second_confidence,
                    doubtful=False, doubts="", meant="", state="new", settled_by="", at=message.at,
                )  # fmt: skip
                session.add(row)
            if one.unsure:
                _add(row, "unsure", "")
        await session.flush()
        for mark in marks:
            await self._doubt(session, mark)

    async def _doubt(self, session: AsyncSession, mark: Mark) -> None:
        if mark.message is not None:
            row = await session.get(ReadingRow, mark.message)
            if row is not None and row.conversation_id == mark.conversation_id:
                _add(row, mark.why, mark.meant)
            return
        latest = await session.scalars(
            select(ReadingRow)
            .where(ReadingRow.conversation_id == mark.conversation_id)
            .order_by(ReadingRow.message.desc())
            .limit(LOOKED_BACK)
        )
        since = self._clock() - OF_THIS_TALK
        for row in latest:
            if row.at >= since and (row.doubtful or row.intent not in COURTESIES):
                _add(row, mark.why, mark.meant)
                return


def _add(row: ReadingRow, why: Doubt, meant: str) -> None:
    doubts = row.doubts.split()
    if why not in doubts:
        row.doubts = " ".join([*doubts, why])
        # Something new is known of it: whoever settled it did not know that.
        row.state, row.settled_by, row.settled_at = "new", "", None
    row.doubtful = True
    row.meant = meant or row.meant


def _chosen(messages: Collection[int]) -> Any:
    return select(ReadingRow).where(ReadingRow.message.in_(list(messages)))


def _reading(row: ReadingRow, channel: str) -> Reading:
    doubts = tuple(name for name in DOUBTS if name in row.doubts.split())
    return Reading(
        row.message, row.conversation_id, row.intent, row.confidence, row.second, row.second_confidence, doubts,
        row.meant, channel, row.at,
    )  # fmt: skip


def _remember(memory: OrderedDict[Any, Any], key: Any, *, value: Any) -> None:
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > SEEN:
        memory.popitem(last=False)
