"""Takes ratings piece by piece, as a conversation gives them, and sums them up.

Scales: satisfaction and ease 1–4 (4 is best; no middle to hide in), recommendation (NPS) 0–10.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.errors import ServiceError
from bot.services.feedback.tables import RatingRow
from bot.services.transactions import transact
from bot.store import Store, Vault
from bot.store.conversations import ConversationRow
from bot.store.events import record

SCALES = {"satisfaction": (1, 4), "ease": (1, 4), "nps": (0, 10)}
LONGEST_COMMENT = 2_000
CONTENT_FROM = 3
"""Grades of satisfaction below it say that the citizen was not content."""


class BadRating(ServiceError):
    """A figure outside its scale. `scale` names it, `low` and `high` are its ends."""

    code = "bad_rating"

    def __init__(self, scale: str) -> None:
        self.scale = scale
        self.low, self.high = SCALES[scale]
        super().__init__(f"{scale} goes from {self.low} to {self.high}")


@dataclass(frozen=True)
class Rating:
    """What is known of one opinion so far; None was not answered."""

    satisfaction: int | None
    ease: int | None
    nps: int | None
    comment: str | None


@dataclass(frozen=True)
class Summary:
    """Figures of a period, each None when nobody answered.

    `csat` and `ease` are the share of 3 and 4 in per cent, `csat_mean` and `ease_mean` averages of 1..4, `nps` is
    promoters (9–10) less detractors (0–6) in points from -100 to 100, after Reichheld.
    """

    ratings: int
    csat: float | None
    csat_mean: float | None
    ease: float | None
    ease_mean: float | None
    nps: int | None
    comments: int


class Feedback:
    """Ratings of conversations and of single deeds."""

    def __init__(self, store: Store, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._store, self._vault, self._clock = store, vault, clock
        self._low_listeners: list[Callable[[str], None]] = []

    def tell_low(self, listener: Callable[[str], None]) -> None:
        """Let `listener` know the conversation in which a citizen was not content with the robot."""
        self._low_listeners.append(listener)

    async def rate(
        self,
        conversation_id: str,
        *,
        satisfaction: int | None = None,
        ease: int | None = None,
        nps: int | None = None,
        comment: str | None = None,
        ref: str = "",
        answered_by: str = "",
    ) -> Rating:
        """Add what the citizen has just answered; a later answer on the same scale replaces the earlier one.

        `answered_by` says whose work it is about (robot, operator); without it, whoever answers the conversation now.

        Raises BadRating for a figure outside its scale, LookupError for an unknown conversation.
        """
        given = {"satisfaction": satisfaction, "ease": ease, "nps": nps}
        for scale, value in given.items():
            low, high = SCALES[scale]
            if value is not None and (
                isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high
            ):
                raise BadRating(scale)
        comment = (comment or "").strip()[:LONGEST_COMMENT] or None
        answers = {k: v for k, v in given.items() if v is not None}

        async def work(session: AsyncSession) -> tuple[Rating, bool]:
            now = self._clock()
            conversation = await session.get(ConversationRow, conversation_id)
            if conversation is None:
                raise LookupError("no such conversation")
            row = await session.scalar(
                select(RatingRow).where(RatingRow.conversation_id == conversation_id, RatingRow.ref == ref)
            )
            if row is None:
                row = RatingRow(
                    conversation_id=conversation_id, citizen_id=conversation.citizen_id, ref=ref,
                    answered_by=answered_by or conversation.mode, created_at=now, updated_at=now,
                    satisfaction=None, ease=None, nps=None, comment=None,
                )  # fmt: skip
                session.add(row)
            for scale, value in answers.items():
                setattr(row, scale, value)
            if comment is not None:
                row.comment = self._vault.seal(comment)
            row.updated_at = now
            if answers or comment:
                record(
                    session, "feedback_given", now, citizen_id=conversation.citizen_id,
                    conversation_id=conversation_id, ref=ref, commented=comment is not None, **answers,
                )  # fmt: skip
            await session.flush()
            low = satisfaction is not None and satisfaction < CONTENT_FROM and row.answered_by == "robot"
            return self._rating(row), low

        rating, low = await transact(self._store, work)
        if low:
            for listener in self._low_listeners:
                listener(conversation_id)
        return rating

    async def of(self, conversation_id: str, ref: str = "") -> Rating | None:
        """The opinion given so far."""
        async with self._store.read() as session:
            row = await session.scalar(
                select(RatingRow).where(RatingRow.conversation_id == conversation_id, RatingRow.ref == ref)
            )
            return self._rating(row) if row else None

    async def summary(self, since: datetime, until: datetime) -> Summary:
        """Figures of the ratings first given from `since` up to, but not including, `until`."""
        async with self._store.read() as session:
            rows = (
                await session.execute(
                    select(RatingRow.satisfaction, RatingRow.ease, RatingRow.nps, RatingRow.comment.is_not(None)).where(
                        RatingRow.created_at >= since, RatingRow.created_at < until
                    )
                )
            ).all()
        satisfaction = [r[0] for r in rows if r[0] is not None]
        ease = [r[1] for r in rows if r[1] is not None]
        scores = [r[2] for r in rows if r[2] is not None]
        return Summary(
            ratings=len(rows),
            csat=_top(satisfaction),
            csat_mean=_mean(satisfaction),
            ease=_top(ease),
            ease_mean=_mean(ease),
            nps=nps_of(scores),
            comments=sum(bool(r[3]) for r in rows),
        )

    def _rating(self, row: RatingRow) -> Rating:
        comment = self._vault.open(row.comment) if row.comment else None
        return Rating(row.satisfaction, row.ease, row.nps, comment)


def nps_of(scores: list[int]) -> int | None:
    """The net promoter score of 0..10 answers, -100..100; None without answers."""
    if not scores:
        return None
    promoters, detractors = sum(s >= 9 for s in scores), sum(s <= 6 for s in scores)
    return round(100 * (promoters - detractors) / len(scores))


def _top(values: list[int]) -> float | None:
    return round(100 * sum(v >= 3 for v in values) / len(values), 1) if values else None


def _mean(values: list[int]) -> float | None:
    return round(sum(values) / len(values), 2) if values else None
