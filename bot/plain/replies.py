"""How plainly operators write: shares over their newest replies, counted without keeping or showing a word of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from bot.plain.score import PLAIN, assess
from bot.store import Store, Vault
from bot.store.conversations import MessageRow

DAYS = 30
MOST = 500
"""Replies that are judged, the newest ones."""
LOOKED_THROUGH = 20_000
"""Newest messages of all kinds among which replies are looked for: a question of the table's end only."""
PIECE = 25
"""Replies judged at one go, so that conversations go on in between."""


@dataclass(frozen=True)
class RepliesShare:
    """`count` replies of the last `DAYS` days, `plain` of them above the threshold."""

    count: int
    plain: int

    @property
    def share(self) -> float:
        """0 to 1; 1 for no replies."""
        return self.plain / self.count if self.count else 1.0


async def replies_share(store: Store, vault: Vault, now: datetime, threshold: int = PLAIN) -> RepliesShare:
    """Judge operators' newest replies. Takes up to a second, off the loop. Raises StoreAway."""
    async with store.read() as session:
        newest = await session.scalar(select(func.max(MessageRow.seq))) or 0
        rows = await session.scalars(
            select(MessageRow.body)
            .where(
                MessageRow.seq > newest - LOOKED_THROUGH, MessageRow.author == "operator",
                MessageRow.at >= now - timedelta(days=DAYS),
            )
            .order_by(MessageRow.seq.desc())
            .limit(MOST)
        )  # fmt: skip
        bodies = list(rows)
    scores: list[int] = []
    for at in range(0, len(bodies), PIECE):
        scores += await asyncio.to_thread(_scores, vault, bodies[at : at + PIECE])
    return RepliesShare(len(scores), sum(score >= threshold for score in scores))


def _scores(vault: Vault, bodies: list[str]) -> list[int]:
    texts = (str(vault.open(body).get("text") or "") for body in bodies)
    return [assess(text).score for text in texts if text.strip()]
