"""Keeps promised calls and video consultations, each in one transaction with its event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import phonenumbers
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.errors import ServiceUnavailable
from bot.services.people.groups import Group, Groups
from bot.services.people.interface import BadPhone, Callback, OutsideHours, PastTime, VideoLinks, VideoVisit
from bot.services.people.tables import CallbackRow
from bot.services.transactions import transact
from bot.store import Store, Vault
from bot.store.events import record
from bot.store.numbers import next_number

Wanted = datetime | tuple[datetime, datetime] | None
"""When a call is wanted: at a moment, within an interval, or as soon as possible."""


class Promises:
    """Calls and consultations promised to citizens. `video` makes the links; without it they are sent later by hand."""

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
        self._promise_listeners: list[Callable[[str], None]] = []
        self._handed_listeners: list[Callable[[str, str], None]] = []

    def tell_change(self, listener: Callable[[], None]) -> None:
        """Let `listener` know when somebody comes into the queue or leaves it."""
        self._listeners.append(listener)

    def tell_promise(self, listener: Callable[[str], None]) -> None:
        """Let `listener` know the group for which a call or a consultation was promised."""
        self._promise_listeners.append(listener)

    def tell_handed_over(self, listener: Callable[[str, str], None]) -> None:
        """Let `listener` know the conversation that a human was asked into, and the reason; also when nobody works then."""
        self._handed_listeners.append(listener)

    def _handed_over(self, conversation_id: str, reason: str) -> None:
        for listener in self._handed_listeners:
            listener(conversation_id, reason)

    def _promised(self, group: Group) -> None:
        for listener in self._promise_listeners:
            listener(group.id)

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()

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
        self._promised(group)
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
        self._promised(group)
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
