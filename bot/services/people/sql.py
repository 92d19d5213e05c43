"""Puts a conversation into the queue and keeps promised calls, each in one transaction with its event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import phonenumbers
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.calls.tables import CallRow
from bot.services.errors import ServiceUnavailable
from bot.services.people import steps
from bot.services.people.groups import Group, Groups
from bot.services.people.interface import BadPhone, Callback, Handover, OutsideHours, PastTime, VideoLinks, VideoVisit
from bot.services.people.language import language_of
from bot.services.people.priority import CRISIS, of_citizen
from bot.services.people.queue import OnLine, position, wait_minutes
from bot.services.people.tables import CallbackRow, HandoverRow
from bot.services.transactions import transact
from bot.store import Store, Vault, journal
from bot.store.conversations import CitizenRow, ConversationRow
from bot.store.events import record
from bot.store.numbers import next_number

LOOKED_AT = 12
"""Newest messages that tell the citizen's language."""

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
        self._on_line: Callable[[str], Awaitable[OnLine]] | None = None

    def staffed(self, on_line: Callable[[str], Awaitable[OnLine]]) -> None:
        """Let `on_line` tell what a group can hold now; without it no wait is guessed at."""
        self._on_line = on_line

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
        self._changed()
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
        self._changed()
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
