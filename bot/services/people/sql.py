"""Puts a conversation into the queue and keeps promised calls, each in one transaction with its event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import phonenumbers
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.errors import ServiceUnavailable
from bot.services.people.groups import Group, Groups
from bot.services.people.interface import BadPhone, Callback, Handover, OutsideHours, PastTime, VideoLinks, VideoVisit
from bot.services.people.queue import position, wait_minutes
from bot.services.people.tables import CallbackRow, HandoverRow
from bot.services.transactions import transact
from bot.store import Store, Vault
from bot.store.conversations import ConversationRow
from bot.store.events import record
from bot.store.numbers import next_number

CRISIS_PRIORITY = 100

Wanted = datetime | tuple[datetime, datetime] | None
"""When a call is wanted: at a moment, within an interval, or as soon as possible."""


class People:
    """The way to a human. `video` makes the links of video consultations; without it they are sent later by hand."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        groups: Groups,
        video: VideoLinks | None = None,
    ) -> None:
        self._store, self._vault, self._clock = store, vault, clock
        self._groups, self._video = groups, video
        self._listeners: list[Callable[[], None]] = []

    def tell_change(self, listener: Callable[[], None]) -> None:
        """Let `listener` know when somebody comes into the queue or leaves it, or a call is promised."""
        self._listeners.append(listener)

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()

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
        sealed. A priority of 100 goes to the group on duty for crises. Asking again keeps the place in the queue.
        Raises LookupError for an unknown conversation.
        """

        async def work(session: AsyncSession) -> Handover:
            now = self._clock()
            conversation = await session.scalar(
                select(ConversationRow).where(ConversationRow.id == conversation_id).with_for_update()
            )
            if conversation is None:
                raise LookupError("no such conversation")
            group, is_open = self._groups.on_duty(topic, now, crisis=priority >= CRISIS_PRIORITY)
            if conversation.mode == "operator":
                return Handover(None, "operator", group.id, group.title, repeated=True)
            waiting = await self._waiting(session, conversation_id)
            if waiting is not None and conversation.mode == "queued":
                return await self._again(session, waiting, group, priority, summary, now)
            if waiting is not None:
                waiting.state = "left"
            row = HandoverRow(
                conversation_id=conversation_id, citizen_id=citizen_id, reason=reason[:60], topic=topic[:60],
                group=group.id, priority=priority, summary=self._vault.seal(summary or {}),
                state="queued" if is_open else "out_of_hours", created_at=now,
            )  # fmt: skip
            session.add(row)
            await session.flush()
            facts: dict[str, Any] = {"reason": row.reason, "topic": row.topic, "group": group.id, "priority": priority}
            if not is_open:
                record(
                    session,
                    "handover_out_of_hours",
                    now,
                    citizen_id=citizen_id,
                    conversation_id=conversation_id,
                    **facts,
                )
                opening = self._groups.next_opening(group, now)
                return Handover(row.id, "out_of_hours", group.id, group.title, next_opening=opening)
            conversation.mode = "queued"
            record(session, "handed_over", now, citizen_id=citizen_id, conversation_id=conversation_id, **facts)
            await session.flush()
            return await self._queued(session, row, now, repeated=False)

        return await transact(self._store, work)

    async def place(self, conversation_id: str) -> Handover | None:
        """Where the conversation stands in the queue now; None when it does not wait for a human."""
        async with self._store.read() as session:
            conversation = await session.get(ConversationRow, conversation_id)
            row = await self._waiting(session, conversation_id)
            if conversation is None or conversation.mode != "queued" or row is None:
                return None
            return await self._queued(session, row, self._clock(), repeated=True)

    async def taken(self, conversation_id: str, operator: str) -> None:
        """An operator has taken the conversation: the robot falls silent, the wait is over."""
        await self._move(conversation_id, "taken", "operator", "operator_joined", operator)

    async def returned(self, conversation_id: str) -> None:
        """The conversation is the robot's again, because the operator is done or the citizen does not want to wait."""
        await self._move(conversation_id, "closed", "robot", "returned_to_robot", None)

    async def request_callback(
        self, citizen_id: str, phone: str, wanted: Wanted = None, topic: str = "", conversation_id: str | None = None
    ) -> Callback:
        """Promise a call. A moment means the interval of `callback_minutes` from it.

        Raises BadPhone; PastTime; OutsideHours when nobody of the group works at the beginning of the interval.
        """
        number = _phone(phone)
        now = self._clock()
        group = self._groups.for_topic(topic)
        starts_at, ends_at = self._interval(group, wanted, now)

        async def work(session: AsyncSession) -> str:
            return await self._promise(
                session, "phone", "ПЗ", citizen_id, conversation_id, number, topic, group, starts_at, ends_at, now
            )

        given = await transact(self._store, work)
        return Callback(given, starts_at, ends_at, group.id, group.title)

    async def request_video(
        self, citizen_id: str, wanted: Wanted = None, topic: str = "", conversation_id: str | None = None
    ) -> VideoVisit:
        """Promise a video consultation; raises PastTime and OutsideHours like a call."""
        now = self._clock()
        group = self._groups.for_topic(topic)
        starts_at, ends_at = self._interval(group, wanted, now)

        async def work(session: AsyncSession) -> str:
            return await self._promise(
                session, "video", "ВК", citizen_id, conversation_id, "", topic, group, starts_at, ends_at, now
            )

        number = await transact(self._store, work)
        # Outside the transaction: a slow provider must not hold the database.
        link = await self._link(number, starts_at)
        return VideoVisit(number, starts_at, group.id, group.title, link)

    async def _link(self, number: str, starts_at: datetime) -> str | None:
        if self._video is None:
            return None
        try:
            link = await self._video.link(number, starts_at)
        except ServiceUnavailable:
            return None
        async with self._store.write() as session:
            row = await session.get(CallbackRow, number)
            if row is not None:
                row.link = link
        return link

    async def _waiting(self, session: AsyncSession, conversation_id: str) -> HandoverRow | None:
        found: HandoverRow | None = await session.scalar(
            select(HandoverRow)
            .where(HandoverRow.conversation_id == conversation_id, HandoverRow.state == "queued")
            .order_by(HandoverRow.id.desc())
            .limit(1)
        )
        return found

    async def _again(
        self,
        session: AsyncSession,
        row: HandoverRow,
        group: Group,
        priority: int,
        summary: dict[str, Any] | None,
        now: datetime,
    ) -> Handover:
        if priority > row.priority:
            # A crisis while waiting: the place rises at once.
            row.priority, row.group = priority, group.id
        if summary:
            row.summary = self._vault.seal(self._vault.open(row.summary) | summary)
        await session.flush()
        return await self._queued(session, row, now, repeated=True)

    async def _queued(self, session: AsyncSession, row: HandoverRow, now: datetime, *, repeated: bool) -> Handover:
        place = await position(session, row)
        wait = await wait_minutes(session, row, place, now)
        title = self._groups.get(row.group).title
        return Handover(row.id, "queued", row.group, title, place, wait, repeated=repeated)

    async def _move(self, conversation_id: str, state: str, mode: str, event: str, operator: str | None) -> None:
        async with self._store.write() as session:
            now = self._clock()
            conversation = await session.scalar(
                select(ConversationRow).where(ConversationRow.id == conversation_id).with_for_update()
            )
            if conversation is None:
                raise LookupError("no such conversation")
            row = await session.scalar(
                select(HandoverRow)
                .where(HandoverRow.conversation_id == conversation_id, HandoverRow.state.in_(("queued", "taken")))
                .order_by(HandoverRow.id.desc())
                .limit(1)
            )
            facts: dict[str, Any] = {}
            if row is not None:
                row.state = "left" if state == "closed" and row.state == "queued" else state
                if operator is not None:
                    row.taken_at, row.operator = now, operator
                    facts["waited_seconds"] = int((now - row.created_at).total_seconds())
            conversation.mode = mode
            record(session, event, now, citizen_id=conversation.citizen_id, conversation_id=conversation_id, **facts)

    def _interval(self, group: Group, wanted: Wanted, now: datetime) -> tuple[datetime, datetime]:
        length = timedelta(minutes=self._groups.callback_minutes)
        if wanted is None:
            opening = self._groups.next_opening(group, now)
            if opening is None:
                raise OutsideHours(None)
            return opening, opening + length
        starts_at, ends_at = wanted if isinstance(wanted, tuple) else (wanted, wanted + length)
        if ends_at <= now or ends_at <= starts_at:
            raise PastTime("the wanted time has passed")
        starts_at = max(starts_at, now)
        opening = self._groups.next_opening(group, starts_at)
        if opening is None or opening >= ends_at:
            raise OutsideHours(opening)
        return opening, ends_at

    async def _promise(
        self,
        session: AsyncSession,
        kind: str,
        prefix: str,
        citizen_id: str,
        conversation_id: str | None,
        phone: str,
        topic: str,
        group: Group,
        starts_at: datetime,
        ends_at: datetime,
        now: datetime,
    ) -> str:
        same = await session.scalar(
            select(CallbackRow).where(
                CallbackRow.citizen_id == citizen_id, CallbackRow.kind == kind, CallbackRow.state == "waiting",
                CallbackRow.starts_at == starts_at,
            )
        )  # fmt: skip
        if same is not None:
            # The same wish again (a repeated action call): one promise, with the newest phone.
            same.phone = self._vault.seal(phone)
            return same.number
        number = await next_number(session, prefix, now.year)
        session.add(
            CallbackRow(
                number=number, kind=kind, citizen_id=citizen_id, conversation_id=conversation_id,
                phone=self._vault.seal(phone), topic=topic[:60], group=group.id,
                starts_at=starts_at, ends_at=ends_at, created_at=now,
            )
        )  # fmt: skip
        name = "callback_requested" if kind == "phone" else "video_requested"
        facts = {"number": number, "group": group.id, "topic": topic[:60], "starts_at": starts_at.isoformat()}
        record(session, name, now, citizen_id=citizen_id, conversation_id=conversation_id, **facts)
        return number


def _phone(text: str) -> str:
    try:
        parsed = phonenumbers.parse(text, "RU")
    except phonenumbers.NumberParseException:
        raise BadPhone("not a telephone number") from None
    if not phonenumbers.is_valid_number(parsed):
        raise BadPhone("not a telephone number")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
