"""A database as a desk has it after a year: citizens with long histories, conversations that are open now, colleagues at work."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Table, insert, text

from bot.accounts.accounts import Accounts
from bot.handover.tables import NoteRow, PresenceRow, ReadMarkRow
from bot.services.people.tables import HandoverRow
from bot.store import Store, Vault
from bot.store.conversations import CitizenRow, ConversationRow, MessageRow
from bot.store.events import EventRow
from bot.store.outbox import OutboxRow
from bot.studio.tables import ReadingRow

CHANNELS = ("portal", "portal", "widget", "widget", "widget", "vk", "telegram", "max", "email")
GROUPS = ("general", "general", "general", "social", "city", "health", "technical", "crisis")
NAMES = ("Анна", "Мария", "Ольга", "Иван", "Сергей", "Пётр", "Елена", "Нина", "Дмитрий", "Алексей")
SURNAMES = ("Иванова", "Петрова", "Сидоров", "Кузнецов", "Смирнова", "Волков", "Лебедева", "Орлов")
WORDS = (
    "здравствуйте подскажите пожалуйста как записать ребёнка в детский сад и какие документы нужны для паспорта субсидия на "
    "оплату коммунальных услуг мусор не вывозят третью неделю во дворе адрес улица садовая дом двенадцать когда будет готово"
).split()
TEXTS = 400
"""Different sealed texts; sealing each message anew would take longer than the measurement."""
AT_ONCE = 4_000
FULL = 4
"""Talks in hand of one operator: as many as she may have, so that the queue stands still while it is measured."""
PATIENCE = timedelta(minutes=10)
SETTLED = timedelta(minutes=4)
"""Who has waited longer stands in a group without a stand-in, where the house would have put her by now."""
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Size:
    """How much there is."""

    messages: int = 200_000
    open: int = 1_000
    operators: int = 50

    @property
    def closed(self) -> int:
        """Conversations that nobody waits in."""
        return self.open * 4


@dataclass(frozen=True)
class Colleague:
    """A signed-in operator: what her browser holds, and the conversations in her hands."""

    id: str
    token: str
    csrf: str
    talks: tuple[Open, ...]


@dataclass(frozen=True)
class Open:
    """An open conversation: who writes in it at which door."""

    conversation: str
    channel: str
    user: str


@dataclass(frozen=True)
class Filled:
    """What is in the database now."""

    colleagues: tuple[Colleague, ...]
    counts: dict[str, int]
    waiting: tuple[Open, ...]
    """Citizens in the queue who can be written as, at the portal."""


async def fill(store: Store, vault: Vault, size: Size, seed: int = 5) -> Filled:
    """Fill an empty migrated database; two runs with one seed differ only in ids and times."""
    made = _Maker(vault, size, random.Random(seed), datetime.now(UTC))
    accounts = Accounts(store, vault, lambda: datetime.now(UTC))
    people = [
        await accounts.add(f"operator{n}", f"Оператор {n}", ("operator",), _groups_of(n), capacity=FULL)
        for n in range(size.operators)
    ]
    made.operators = [one.id for one in people]
    made.build()
    counts = {}
    for table, rows in made.tables():
        counts[table.name] = await _write(store, table, rows)
    async with store.write() as session:
        if not store.is_sqlite:
            # Messages brought their numbers with them; the next one must go on from there.
            await session.execute(
                text("SELECT setval(pg_get_serial_sequence('messages', 'seq'), (SELECT max(seq) FROM messages))")
            )
            # PostgreSQL does this by itself sooner or later; SQLite never does, and we never ask it to.
            await session.execute(text("ANALYZE"))
    colleagues = []
    for one in people:
        token = await accounts.open_session(one.id)
        signed = await accounts.signed(token)
        assert signed is not None
        colleagues.append(Colleague(one.id, token, signed.csrf, tuple(made.held.get(one.id, ()))))
    return Filled(tuple(colleagues), counts, tuple(made.waiting))


def _groups_of(number: int) -> tuple[str, ...]:
    names = sorted(set(GROUPS))
    return tuple({"general", names[number % len(names)], names[(number // 2) % len(names)]})


async def _write(store: Store, table: Table, rows: Iterable[dict[str, Any]]) -> int:
    count, source = 0, iter(rows)
    while batch := list(islice(source, AT_ONCE)):
        async with store.write() as session:
            await session.execute(insert(table), batch)
        count += len(batch)
    return count


class _Maker:
    """Makes the rows. Messages are made last, in the order of time, since their numbers are that order."""

    def __init__(self, vault: Vault, size: Size, luck: random.Random, now: datetime) -> None:
        self._vault, self._size, self._luck, self._now = vault, size, luck, now
        self.operators: Sequence[str] = ()
        self.held: dict[str, list[Open]] = {}
        self.waiting: list[Open] = []
        self._citizens: list[dict[str, Any]] = []
        self._conversations: list[dict[str, Any]] = []
        self._handovers: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []
        self._notes: list[dict[str, Any]] = []
        self._marks: list[dict[str, Any]] = []
        self._spans: list[tuple[str, int, datetime, datetime]] = []  # conversation, messages, from, until
        self._outbox: list[dict[str, Any]] = []
        self._readings: list[dict[str, Any]] = []
        self._profiles = [vault.seal(self._profile()) for _ in range(100)]
        self._summary = vault.seal({"slots": {"service": "passport_replacement", "appointment_day": "2026-11-20"}})

    def build(self) -> None:
        """Decide everything but the messages themselves."""
        size, luck = self._size, self._luck
        share = size.messages // 2
        for number, weight in enumerate(_weights(size.open, share, luck)):
            self._open(number, weight)
        for weight in _weights(size.closed, size.messages - share, luck):
            self._closed(weight)

    def tables(self) -> Iterator[tuple[Table, Iterable[dict[str, Any]]]]:
        """Every table with its rows, in an order that foreign keys allow."""
        for row, rows in (
            (CitizenRow, self._citizens), (ConversationRow, self._conversations), (HandoverRow, self._handovers),
            (EventRow, self._events), (NoteRow, self._notes), (MessageRow, self._messages()),
            (OutboxRow, self._outbox), (ReadingRow, self._readings), (ReadMarkRow, self._marks), (PresenceRow, self._presences()),
        ):  # fmt: skip
            yield row.__table__, rows  # type: ignore[misc]

    def _profile(self) -> dict[str, Any]:
        return {"surname": self._luck.choice(SURNAMES), "name": self._luck.choice(NAMES), "segment": "family"}

    def _citizen(self) -> str:
        citizen = str(uuid.uuid4())
        self._citizens.append(
            {"id": citizen, "created_at": self._now - YEAR, "profile": self._luck.choice(self._profiles)}
        )
        return citizen

    def _conversation(self, citizen: str, mode: str, at: datetime, channel: str = "") -> Open:
        one = Open(str(uuid.uuid4()), channel or self._luck.choice(CHANNELS), f"user-{uuid.uuid4().hex[:12]}")
        mood = [
            {"name": "neutral", "intensity": 0.0},
            {"name": self._luck.choice(("irritation", "worry")), "intensity": 0.6},
        ]
        self._conversations.append(
            {"id": one.conversation, "citizen_id": citizen, "channel": one.channel, "user": one.user, "mode": mode,
             "buttons": [], "mood": mood, "persona": {}, "offered_by": 0, "created_at": self._now - YEAR, "updated_at": at}
        )  # fmt: skip
        return one

    def _open(self, number: int, messages: int) -> None:
        """A conversation that waits or is in somebody's hands; its citizen has written elsewhere too."""
        now, luck = self._now, self._luck
        asked = now - timedelta(seconds=luck.randint(30, 1500))
        citizen = self._citizen()
        group = luck.choice(GROUPS if now - asked < SETTLED else ("general", "general", "general", "crisis"))
        taken = number < len(self.operators) * FULL
        operator = self.operators[number % len(self.operators)] if taken else None
        # The first talk of everybody is one that the bench can write in.
        channel = "portal" if taken and number < len(self.operators) else ""
        one = self._conversation(citizen, "operator" if taken else "queued", now, channel)
        other = self._conversation(citizen, "robot", now - timedelta(days=3))
        self._spans += [
            (one.conversation, messages * 3 // 4, now - YEAR, now),
            (other.conversation, messages - messages * 3 // 4, now - YEAR, now - timedelta(days=3)),
        ]
        for _ in range(luck.randint(1, 4)):
            self._past(one, citizen, now - timedelta(days=luck.randint(1, 300)))
        self._handover(
            one, citizen, "taken" if taken else "queued", asked, priority=luck.choice((0, 0, 0, 0, 5, 10)),
            group="general" if taken else group, taken_at=asked + timedelta(seconds=20) if taken else None,
            first_reply_at=asked + timedelta(seconds=40) if taken else None, operator=operator,
            callback_offered_at=now,
        )  # fmt: skip
        self._event("handed_over", asked, citizen, one, reason="asked", group="general", topic="", priority=0)
        if operator is None and one.channel == "portal":
            self.waiting.append(one)
        if operator is not None:
            self._event("operator_joined", asked + timedelta(seconds=20), citizen, one, operator=operator)
            self.held.setdefault(operator, []).append(one)
            if luck.random() < 0.3:
                self._notes.append(
                    {"conversation_id": one.conversation, "citizen_id": citizen, "author": operator,
                     "author_name": "Оператор", "kind": "note", "text": self._summary_note(), "at": asked}
                )  # fmt: skip

    def _closed(self, messages: int) -> None:
        citizen = self._citizen()
        last = self._now - timedelta(minutes=self._luck.randint(60, 300_000))
        one = self._conversation(citizen, "robot", last)
        self._spans.append((one.conversation, messages, last - timedelta(days=60), last))
        for _ in range(self._luck.randint(1, 3)):
            self._past(one, citizen, last - timedelta(days=self._luck.randint(0, 50)))

    def _past(self, one: Open, citizen: str, at: datetime) -> None:
        """A talk of long ago, with the events of it."""
        came, gone = at + timedelta(seconds=self._luck.randint(5, 200)), at + timedelta(minutes=12)
        operator = self._luck.choice(self.operators)
        self._handover(
            one, citizen, "closed", at, group=self._luck.choice(GROUPS), taken_at=came, ended_at=gone,
            first_reply_at=came, operator=operator, result="answered", resolved=self._luck.random() < 0.8,
        )  # fmt: skip
        for name, moment in (("handed_over", at), ("operator_joined", came), ("returned_to_robot", gone)):
            self._event(name, moment, citizen, one, reason="asked", group="general", topic="")
        for name in ("status_shown", "appointment_booked", "consent_given"):
            self._event(name, at - timedelta(minutes=3), citizen, one, number="ЗЯ-2026-000001", purpose="personal_data")

    def _handover(self, one: Open, citizen: str, state: str, at: datetime, **more: Any) -> None:
        self._handovers.append(
            {"conversation_id": one.conversation, "citizen_id": citizen, "channel": one.channel, "reason": "asked",
             "topic": "", "line": "", "language": "ru", "summary": self._summary, "state": state, "created_at": at,
             "group_since": at, "transfers": 0, "priority": 0, "taken_at": None, "first_reply_at": None,
             "ended_at": None, "operator": None, "result": None, "resolved": None, "callback_offered_at": None} | more
        )  # fmt: skip

    def _event(self, name: str, at: datetime, citizen: str, one: Open, **data: Any) -> None:
        self._events.append(
            {"name": name, "at": at, "citizen_id": citizen, "conversation_id": one.conversation, "data": data}
        )

    def _summary_note(self) -> str:
        return self._vault.seal("Просит перенести запись, документы уже приняли.")

    def _messages(self) -> Iterator[dict[str, Any]]:
        """All messages in the order of time. Of each conversation the newest few are fresh."""
        said = [self._vault.seal({"text": self._text(), "kind": "text"}) for _ in range(TEXTS)]
        answered = [self._vault.seal({"text": self._text(), "buttons": []}) for _ in range(TEXTS)]
        channels = {one["id"]: (one["channel"], one["user"]) for one in self._conversations}
        moments = []
        for conversation, number, since, until in self._spans:
            step = (until - since) / max(1, number)
            moments += [(since + step * (i + 1), conversation, i % 2 == 0) for i in range(number)]
        moments.sort()
        newest: dict[str, int] = {}
        for seq, (at, conversation, citizen) in enumerate(moments, 1):
            newest[conversation] = seq
            if not citizen and channels[conversation][0] in ("vk", "telegram", "max", "email"):
                self._outbox.append(_sent(seq, *channels[conversation], at))
            if citizen:
                self._readings.append(_read(seq, conversation, at))
            yield {
                "seq": seq, "conversation_id": conversation, "author": "citizen" if citizen else "robot",
                "external_id": f"b{seq}", "reply_to": None, "state": "done", "at": at,
                "body": self._luck.choice(said if citizen else answered),
            }  # fmt: skip
        for operator, talks in self.held.items():
            self._marks += [
                {"conversation_id": one.conversation, "reader": operator, "seq": newest.get(one.conversation, 0),
                 "at": self._now} for one in talks
            ]  # fmt: skip

    def _text(self) -> str:
        return " ".join(self._luck.choices(WORDS, k=self._luck.randint(4, 40))).capitalize()

    def _presences(self) -> list[dict[str, Any]]:
        return [
            # Until her window is open; a house that starts slowly must not take everybody for lost.
            {"operator": one, "status": "online", "reason": "", "since": self._now, "seen_at": self._now + PATIENCE}
            for one in self.operators
        ]


def _sent(seq: int, channel: str, user: str, at: datetime) -> dict[str, Any]:
    return {
        "seq": seq, "channel": channel, "peer": user, "state": "sent", "part": 1, "unsure": 0, "due_at": at, "sent_at": at,
        "remote": ["1"],
    }  # fmt: skip


def _read(seq: int, conversation: str, at: datetime) -> dict[str, Any]:
    return {
        "message": seq, "conversation_id": conversation, "intent": "ask_documents", "confidence": 0.9, "second": "",
        "second_confidence": 0.0, "doubtful": False, "doubts": "", "meant": "", "state": "new", "settled_by": "",
        "settled_at": None, "at": at,
    }  # fmt: skip


def _weights(conversations: int, messages: int, luck: random.Random) -> list[int]:
    """How many messages each conversation has: most have few, some very many, as in life."""
    raw = [luck.paretovariate(1.2) for _ in range(conversations)]
    whole = sum(raw)
    found = [max(4, int(messages * one / whole)) for one in raw]
    found[0] += messages - sum(found)
    return [max(4, one) for one in found]
