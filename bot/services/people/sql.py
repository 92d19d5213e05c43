"""The way to a human: puts a conversation into the queue and out of it, each in one transaction with its event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.calls.tables import CallRow
from bot.services.people import steps
from bot.services.people.groups import Group, Groups
from bot.services.people.interface import Handover, VideoLinks
from bot.services.people.language import language_of
from bot.services.people.priority import CRISIS, of_citizen
from bot.services.people.promises import Promises
from bot.services.people.queue import OnLine, position, wait_minutes
from bot.services.people.tables import HandoverRow
from bot.services.transactions import transact
from bot.store import Store, Vault, journal
from bot.store.conversations import CitizenRow, ConversationRow

LOOKED_AT = 12
"""Newest messages that tell the citizen's language."""


class People(Promises):
    """The way to a human: the queue, and the calls that are promised instead. See `Promises` for the arguments."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        groups: Groups,
        video: VideoLinks | None = None,
    ) -> None:
        super().__init__(store, vault, clock, groups, video)
        self._on_line: Callable[[str], Awaitable[OnLine]] | None = None

    def staffed(self, on_line: Callable[[str], Awaitable[OnLine]]) -> None:
        """Let `on_line` tell what a group can hold now; without it only waits of callers are guessed at."""
        self._on_line = on_line

    @property
    def groups(self) -> frozenset[str]:
        """The ids of all groups."""
        return self._groups.ids

    async def request_operator(
        self,
        conversation_id: str,
        citizen_id: str,
        reason: str,
        topic: str = "",
        priority: int = 0,
        summary: dict[str, Any] | None = None,
    ) -> Handover:
        """Queue the conversation, or tell when somebody works.

        `reason` is a short stable name (asked, misunderstood, anger, crisis …), `summary` what the robot gathered; it is
        sealed. A priority of 100 goes to the group on duty for crises; a citizen's own segment may raise a lower one.
        Asking again keeps the place in the queue. Raises LookupError for an unknown conversation.
        """

        async def work(session: AsyncSession) -> tuple[HandoverRow | None, Handover]:
            now = self._clock()
            at = await steps.standing(session, conversation_id)
            group, is_open = self._groups.on_duty(topic, now, crisis=priority >= CRISIS)
            if at.conversation.mode == "operator":
                return None, Handover(None, "operator", group.id, group.title, repeated=True)
            if at.row is not None:
                return at.row, self._again(at.row, group, priority, summary, now)
            row = await self._wish(session, at.conversation, citizen_id, reason, topic, priority, summary, now)
            row.group, row.state = group.id, "queued" if is_open else "out_of_hours"
            row.ended_at = None if is_open else now
            session.add(row)
            await session.flush()
            facts = {"reason": row.reason, "topic": row.topic, "priority": row.priority}
            if is_open:
                at.conversation.mode = "queued"
            steps.fact(
                session, at.conversation, row, "handed_over" if is_open else "handover_out_of_hours", now, **facts
            )
            if not is_open:
                opening = self._groups.next_opening(group, now)
                return None, Handover(row.id, "out_of_hours", group.id, group.title, next_opening=opening)
            return row, Handover(row.id, "queued", group.id, group.title)

        row, placed = await transact(self._store, work)
        if not placed.repeated:
            self._handed_over(conversation_id, reason)
        if row is None:
            return placed
        standing = await self._standing(row, repeated=placed.repeated)
        self._changed()
        return standing

    async def _wish(
        self,
        session: AsyncSession,
        conversation: ConversationRow,
        citizen_id: str,
        reason: str,
        topic: str,
        priority: int,
        summary: dict[str, Any] | None,
        now: datetime,
    ) -> HandoverRow:
        citizen = await session.get(CitizenRow, citizen_id)
        profile = self._vault.open(citizen.profile) if citizen is not None else {}
        return HandoverRow(
            conversation_id=conversation.id, citizen_id=citizen_id, channel=conversation.channel,
            line=await self._line(session, conversation), reason=reason[:60], topic=topic[:60],
            language=str(profile.get("language") or await self._language(session, conversation.id))[:8],
            priority=max(priority, of_citizen(str(profile.get("segment") or ""))),
            summary=self._vault.seal(summary or {}), created_at=now, group_since=now,
        )  # fmt: skip

    async def _line(self, session: AsyncSession, conversation: ConversationRow) -> str:
        """The telephone line of the call that runs in this conversation."""
        if conversation.channel != steps.PHONE:
            return ""
        newest = (
            select(CallRow.line)
            .where(CallRow.conversation_id == conversation.id)
            .order_by(CallRow.registered_at.desc())
            .limit(1)
        )
        return await session.scalar(newest) or ""

    async def _language(self, session: AsyncSession, conversation_id: str) -> str:
        said = await journal.history(session, self._vault, conversation_id, limit=LOOKED_AT)
        # The titles of pressed buttons are our words, not hers.
        own = [m.body for m in said if m.author == "citizen" and m.body.get("payload") is None]
        return language_of(str(body.get("text") or "") for body in own)

    async def place(self, conversation_id: str) -> Handover | None:
        """Where the conversation stands in the queue now; None when it does not wait for a human."""
        async with self._store.read() as session:
            row = await session.scalar(
                select(HandoverRow)
                .where(HandoverRow.conversation_id == conversation_id, HandoverRow.state == "queued")
                .order_by(HandoverRow.id.desc())
                .limit(1)
            )
        return await self._standing(row, repeated=True) if row is not None else None

    async def leave(self, conversation_id: str) -> bool:
        """The citizen would rather go on with the robot than wait. False when somebody is there already: the talk goes on."""

        async def work(session: AsyncSession) -> tuple[bool, bool]:
            at = await steps.standing(session, conversation_id)
            if at.row is not None and at.row.state == "queued":
                steps.left(session, at.conversation, at.row, self._clock(), "citizen")
                return True, True
            return at.conversation.mode == "robot", False

        free, changed = await transact(self._store, work)
        if changed:
            self._changed()
        return free

    async def taken(self, conversation_id: str, operator: str) -> None:
        """Somebody without an account here (`operator` names her telephone) talks with the caller. Raises LookupError."""

        async def work(session: AsyncSession) -> None:
            at = await steps.standing(session, conversation_id)
            if at.row is None:
                raise LookupError("nobody waits here")
            steps.joined(session, at.conversation, at.row, operator, self._clock(), assigned=False)

        await transact(self._store, work)
        self._changed()

    async def returned(self, conversation_id: str) -> None:
        """The caller is with the robot (again): she leaves the queue, or her talk with an operator is over."""

        async def work(session: AsyncSession) -> bool:
            now = self._clock()
            at = await steps.standing(session, conversation_id)
            if at.row is None:
                return False
            if at.row.state == "queued":
                steps.left(session, at.conversation, at.row, now, "call")
                return True
            facts = steps.ended(at.conversation, at.row, now, 0)
            steps.fact(session, at.conversation, at.row, "returned_to_robot", now, by="call", **facts)
            return True

        if await transact(self._store, work):
            self._changed()

    def _again(
        self, row: HandoverRow, group: Group, priority: int, summary: dict[str, Any] | None, now: datetime
    ) -> Handover:
        if priority > row.priority:
            # A crisis while waiting: the place rises at once.
            row.priority = priority
            if group.id != row.group:
                row.group, row.group_since, row.wanted_operator = group.id, now, None
        if summary:
            row.summary = self._vault.seal(self._vault.open(row.summary) | summary)
        return Handover(row.id, "queued", row.group, self._groups.get(row.group).title, repeated=True)

    async def _standing(self, row: HandoverRow, *, repeated: bool) -> Handover:
        # Asked for outside of any transaction: it looks into the database by itself.
        on_line = await self._on_line(row.group) if self._on_line is not None else None
        async with self._store.read() as session:
            place = await position(session, row)
            wait = await wait_minutes(session, row, place, self._clock(), on_line)
        return Handover(row.id, "queued", row.group, self._groups.get(row.group).title, place, wait, repeated=repeated)
