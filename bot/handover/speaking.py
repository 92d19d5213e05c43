"""What people say to citizens: stored once, sent like every reply, and only by whoever holds the conversation."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clean import clean
from bot.handover.bulletin import Bulletin, News
from bot.handover.interface import Gone, NotYours, Refusal
from bot.handover.private_words import found_in
from bot.handover.tables import ReadMarkRow
from bot.handover.typing_signs import TypeIn, TypingSigns
from bot.messages import Attachment, attachment_json
from bot.services.people.tables import HandoverRow
from bot.services.transactions import transact
from bot.store import Store, Vault, journal, outbox
from bot.store.conversations import ConversationRow, MessageRow
from bot.store.events import record
from bot.store.journal import Message
from bot.turns import MESSAGES, Turns

LONGEST = 4_000
MOST_FILES = 10
LOOKED_BACK = 50
"""Newest messages among which an operator's last word is sought."""
CITIZEN = "citizen"
"""The reader who is no colleague."""

_EMPTY = "Сообщение пустое. Напишите пару слов или приложите файл."
_LONG = f"Сообщение длиннее {LONGEST} знаков. Разделите его на части."
_FILES = f"В одном сообщении может быть не больше {MOST_FILES} файлов."
_PHONE = (
    "Это разговор по телефону: написать сюда нельзя. Говорите с гражданином голосом или пошлите ссылку в мессенджер."
)
_BLOCKED = "Гражданин запретил писать ему в этом канале. Предложите звонок, если есть телефон."
_PRIVATE = (
    "Этот мессенджер не для персональных данных (149-ФЗ). Уберите {kind} или отправьте гражданину одноразовую ссылку: "
    "по ней разговор продолжится на сайте."
)
_NOT_OWN = "Исправить можно только своё сообщение из этого разговора."

Stored = tuple[Message, str, str, bool]
"""A message, the channel and the user of its conversation, and whether it is new."""


class Speaking:
    """Words of operators. Only whoever holds the talk speaks, and every word is stored before it goes anywhere."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        turns: Turns,
        bulletin: Bulletin,
        carrying: Collection[str] | None = None,
        type_in: TypeIn | None = None,
        public_phones: Collection[str] = (),
    ) -> None:
        """`carrying` are the channels that may carry personal data (None: all), `type_in` shows «печатает» in a messenger.

        `public_phones` are numbers of institutions, which anybody may be told.
        """
        self._store, self._vault, self._clock, self._turns, self._bulletin = store, vault, clock, turns, bulletin
        self._carrying = carrying
        self._public = frozenset("".join(c for c in phone if c.isdigit())[-10:] for phone in public_phones)
        self._signs = TypingSigns(store, turns, bulletin, type_in)

    async def say(
        self,
        conversation_id: str,
        operator: str,
        name: str,
        text: str,
        attachments: Sequence[Attachment] = (),
        *,
        key: str,
    ) -> Message:
        """A message of an operator; the same `key` (made by the window) twice is one message.

        `name` is what the citizen sees. The author is `operator`, the body holds `text`, `attachments`, `name` and `by` (the
        account); `introduces` stands in the first one after she came. Raises NotYours, Gone, and Refusal for an empty or too long
        text (4 000), for personal data where the channel must not carry it, or where nothing can be written.
        """
        if len(attachments) > MOST_FILES:
            raise Refusal(_FILES)
        body: dict[str, Any] = {"text": _checked(text, empty_ok=bool(attachments)), "name": name[:120], "by": operator}
        if attachments:
            body["attachments"] = [attachment_json(one) for one in attachments]

        async def work(session: AsyncSession) -> Stored:
            return await self._store_words(session, conversation_id, operator, f"desk:{key}"[:120], body)

        return self._announced(await transact(self._store, work))

    async def correct(self, seq: int, operator: str, text: str) -> Message:
        """Correct an own message of this talk: the citizen gets «Исправление: …», nothing is rewritten.

        The new message's body has `corrects` (the number of the wrong one). Raises NotYours, Gone, Refusal.
        """
        text = _checked(text)
        # The same correction sent twice by an impatient hand is one.
        key = f"fix:{seq}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"

        async def work(session: AsyncSession) -> Stored:
            wrong = await session.get(MessageRow, seq)
            said = self._vault.open(wrong.body) if wrong is not None and wrong.author == "operator" else {}
            if wrong is None or said.get("by") != operator:
                raise Refusal(_NOT_OWN)
            body = {"text": f"Исправление: {text}", "name": said["name"], "by": operator, "corrects": seq}
            return await self._store_words(session, wrong.conversation_id, operator, key, body)

        return self._announced(await transact(self._store, work))

    async def _store_words(
        self, session: AsyncSession, conversation_id: str, operator: str, key: str, body: dict[str, Any]
    ) -> Stored:
        """The words in the running transaction, when this operator may say them now."""
        conversation = await session.scalar(
            select(ConversationRow).where(ConversationRow.id == conversation_id).with_for_update()
        )
        if conversation is None:
            raise Gone
        known = await session.scalar(
            select(MessageRow).where(MessageRow.conversation_id == conversation_id, MessageRow.external_id == key)
        )
        if known is not None:
            return self._message(known), conversation.channel, conversation.user, False
        held = await _held(session, conversation, operator)
        self._check_channel(conversation, body["text"])
        now = self._clock()
        if "corrects" not in body and await self._is_first(session, held, operator):
            body = body | {"introduces": True}
        row = await journal.add_message(
            session, self._vault, conversation_id, "operator", body, now, external_id=key
        )  # fmt: skip
        outbox.enqueue(session, conversation.channel, conversation.user, row.seq, now)
        facts: dict[str, Any] = {"operator": operator, "handover": held.id}
        if held.first_reply_at is None:
            held.first_reply_at = now
            facts["first_after_seconds"] = int((now - (held.taken_at or now)).total_seconds())
        conversation.updated_at = now
        record(
            session, "operator_replied", now, citizen_id=conversation.citizen_id, conversation_id=conversation_id,
            **facts,
        )  # fmt: skip
        return self._message(row, body), conversation.channel, conversation.user, True

    def _check_channel(self, conversation: ConversationRow, text: str) -> None:
        if conversation.channel == "phone":
            raise Refusal(_PHONE)
        if conversation.blocked_at is not None:
            raise Refusal(_BLOCKED)
        if self._carrying is not None and conversation.channel not in self._carrying:
            if kind := found_in(text, self._public):
                raise Refusal(_PRIVATE.format(kind=kind))

    async def _is_first(self, session: AsyncSession, held: HandoverRow, operator: str) -> bool:
        """Whether the citizen has not heard this operator since she came."""
        # Only the newest ones are looked at, so that a long history costs nothing.
        newest = (
            select(MessageRow.author, MessageRow.at, MessageRow.seq, MessageRow.body)
            .where(MessageRow.conversation_id == held.conversation_id)
            .order_by(MessageRow.seq.desc())
            .limit(LOOKED_BACK)
            .subquery()
        )
        last = await session.scalar(
            select(newest.c.body)
            .where(newest.c.author == "operator", newest.c.at >= (held.taken_at or held.created_at))
            .order_by(newest.c.seq.desc())
            .limit(1)
        )
        return last is None or self._vault.open(last).get("by") != operator

    def _message(self, row: MessageRow, body: dict[str, Any] | None = None) -> Message:
        body = self._vault.open(row.body) if body is None else body
        return Message(row.seq, row.conversation_id, row.author, row.external_id, row.reply_to, body, row.at)

    def _announced(self, stored: Stored) -> Message:
        message, channel, user, new = stored
        if new:
            MESSAGES.labels(channel, "operator").inc()
            self._signs.over(message.conversation_id)
            self._turns.announce(message, channel, user)
        return message

    def typing(self, conversation_id: str, operator: str) -> None:
        """The operator is typing: open widgets show it for a few seconds, and colleagues who look see who types."""
        self._signs.typing(conversation_id, operator)

    async def read(self, conversation_id: str, reader: str, seq: int) -> None:
        """`reader` (an account's id, or `citizen`) has seen everything up to `seq`; never goes back."""

        async def work(session: AsyncSession) -> int:
            newest = await session.scalar(
                select(MessageRow.seq)
                .where(MessageRow.conversation_id == conversation_id)
                .order_by(MessageRow.seq.desc())
                .limit(1)
            )
            seen = min(seq, newest or 0)
            row = await session.get(ReadMarkRow, (conversation_id, reader), with_for_update=True)
            if seen <= (row.seq if row else 0):
                return 0
            if row is None:
                row = ReadMarkRow(conversation_id=conversation_id, reader=reader, seq=seen, at=self._clock())
                session.add(row)
                await session.flush()
            row.seq, row.at = seen, self._clock()
            return seen

        if seen := await transact(self._store, work):
            who = CITIZEN if reader == CITIZEN else "operator"
            self._bulletin.post(News("read", conversation_id, data={"reader": who, "seq": seen}))


async def _held(session: AsyncSession, conversation: ConversationRow, operator: str) -> HandoverRow:
    """The talk this operator leads, locked. Raises Gone, NotYours."""
    row: HandoverRow | None = await session.scalar(
        select(HandoverRow)
        .where(HandoverRow.conversation_id == conversation.id, HandoverRow.state == "taken")
        .order_by(HandoverRow.id.desc())
        .limit(1)
        .with_for_update()
    )
    if row is None or conversation.mode != "operator":
        raise Gone
    if row.operator != operator:
        raise NotYours
    return row


def _checked(text: str, *, empty_ok: bool = False) -> str:
    """The text as it is stored. Raises Refusal."""
    if len(text) > LONGEST:
        raise Refusal(_LONG)
    text = clean(text)
    if not text and not empty_ok:
        raise Refusal(_EMPTY)
    return text
