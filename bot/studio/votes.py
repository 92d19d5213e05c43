"""What citizens say of the robot's answers: one vote an answer, kept beside the journal, and what the votes come to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.transactions import transact
from bot.store import Store, Vault
from bot.store.conversations import ConversationRow, MessageRow
from bot.store.journal import Message
from bot.studio.readings import COURTESIES, Readings
from bot.studio.tables import ReadingRow, VoteRow

LEAST_LIKELY = 0.1
"""A reading less likely than this is not worth offering instead."""
NOT_OFFERED = COURTESIES | {"nlu_fallback", "bot_challenge", "smalltalk", "out_of_scope", "crisis"}
RECENT = 50
"""Votes that a page which comes back is told of."""
LEANING = 2
"""Votes of each kind that every answer is given before the worst are looked for: one «не помогло» alone proves little."""


class NotJudged(LookupError):
    """There is no such answer in the conversation, or nobody asks what it was worth."""


@dataclass(frozen=True)
class Other:
    """Another reading of the question: `title` is what a citizen reads, `payload` what stands for it."""

    title: str
    payload: str


@dataclass(frozen=True)
class Share:
    """How often one answer helped."""

    intent: str
    answer: str
    helped: int
    total: int

    @property
    def percent(self) -> int:
        """Of a hundred votes."""
        return round(100 * self.helped / self.total) if self.total else 0


class Votes:
    """Takes votes and counts them. A vote down also brings the citizen's message to the editors (`readings`)."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        readings: Readings,
        titles: Mapping[str, str],
        clock: Callable[[], datetime],
    ) -> None:
        """`titles` name the wishes that may be offered to a citizen."""
        self._store, self._vault, self._readings = store, vault, readings
        self._titles, self._clock = titles, clock

    async def vote(self, conversation_id: str, message: int, *, helpful: bool) -> tuple[Other, ...]:
        """Keep the vote; what else the question may have meant when the answer did not help.

        A repeat changes nothing, another value replaces the first. Raises NotJudged, StoreAway.
        """
        question, intent = await transact(
            self._store, lambda session: self._keep(session, conversation_id, message, helpful=helpful)
        )
        if helpful:
            await self._readings.relieve(conversation_id, "thumbs_down", question)
            return ()
        await self._readings.doubt(conversation_id, "thumbs_down", question)
        return await self._others(question, intent)

    async def _keep(
        self, session: AsyncSession, conversation_id: str, message: int, *, helpful: bool
    ) -> tuple[int, str]:
        said = await session.scalar(
            select(MessageRow).where(MessageRow.seq == message, MessageRow.conversation_id == conversation_id)
        )
        judged = self._vault.open(said.body).get("judged") if said is not None and said.author == "robot" else None
        if said is None or said.reply_to is None or not judged:
            raise NotJudged(message)
        # Two presses at once come one after the other.
        await session.get_one(ConversationRow, conversation_id, with_for_update=True)
        row = await session.get(VoteRow, message)
        if row is None:
            row = VoteRow(
                message=message, conversation_id=conversation_id, question=said.reply_to,
                intent=str(judged["intent"]), answer=str(judged["answer"]), helpful=helpful, at=self._clock(),
            )  # fmt: skip
            session.add(row)
        elif row.helpful != helpful:
            row.helpful, row.at = helpful, self._clock()
        return row.question, row.intent

    async def _others(self, question: int, intent: str) -> tuple[Other, ...]:
        async with self._store.read() as session:
            row = await session.get(ReadingRow, question)
        read = [(row.intent, row.confidence), (row.second, row.second_confidence)] if row is not None else []
        return tuple(
            Other(self._titles[name], f"/{name}")
            for name, sure in read
            if name != intent and sure >= LEAST_LIKELY and name in self._titles and name not in NOT_OFFERED
        )

    async def of(self, messages: Sequence[Message]) -> dict[int, bool | None]:
        """Which of these messages may be judged, and what was said of them: None for nothing yet."""
        asked = [one.seq for one in messages if one.body.get("judged")]
        found: dict[int, bool | None] = dict.fromkeys(asked)
        if asked:
            async with self._store.read() as session:
                rows = await session.execute(select(VoteRow.message, VoteRow.helpful).where(VoteRow.message.in_(asked)))
                found |= {row.message: row.helpful for row in rows}
        return found

    async def recent(self, conversation_id: str, upto: int) -> list[tuple[int, bool]]:
        """The newest votes of a conversation on messages up to number `upto`, oldest first."""
        query = (
            select(VoteRow.message, VoteRow.helpful)
            .where(VoteRow.conversation_id == conversation_id, VoteRow.message <= upto)
            .order_by(VoteRow.message.desc())
            .limit(RECENT)
        )
        async with self._store.read() as session:
            return [(row.message, row.helpful) for row in reversed((await session.execute(query)).all())]

    async def shares(self, days: int = 30) -> list[Share]:
        """How often each answer helped over the last days, the worst first."""
        query = (
            select(VoteRow.intent, VoteRow.answer, func.sum(cast(VoteRow.helpful, Integer)), func.count())
            .where(VoteRow.at >= self._clock() - timedelta(days=days))
            .group_by(VoteRow.intent, VoteRow.answer)
        )
        async with self._store.read() as session:
            found = [
                Share(intent, answer, int(up), total) for intent, answer, up, total in await session.execute(query)
            ]
        return sorted(found, key=lambda one: (_leaning(one), one.helped - one.total, one.intent, one.answer))

    async def since(self, moment: datetime) -> tuple[int, int]:
        """How many answers helped since a moment, of how many that were judged."""
        query = select(func.sum(cast(VoteRow.helpful, Integer)), func.count()).where(VoteRow.at >= moment)
        async with self._store.read() as session:
            up, total = (await session.execute(query)).one()
        return int(up or 0), total


def _leaning(one: Share) -> float:
    return (one.helped + LEANING) / (one.total + 2 * LEANING)


def collected(shares: Collection[Share]) -> tuple[int, int]:
    """Helped, and all votes, of several answers together."""
    return sum(one.helped for one in shares), sum(one.total for one in shares)
