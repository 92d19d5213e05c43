"""One citizen's whole life with the assistant: a row in every table that can hold one, files, a recording, Rasa's record."""

from __future__ import annotations

import sqlite3
import struct
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from bot.handover.tables import NoteRow, ReadMarkRow
from bot.services.applications.tables import ApplicationRow, HistoryRow, InquiryRow
from bot.services.appointments.tables import AppointmentRow, CellRow
from bot.services.calls.tables import CallRow, OutgoingCallRow
from bot.services.consents.tables import ConsentRow, DeletionRequestRow
from bot.services.continuations.tables import LinkRow
from bot.services.feedback.tables import RatingRow
from bot.services.forms.tables import FormDraftRow
from bot.services.identity.tables import LinkCodeRow
from bot.services.people.tables import CallbackRow, HandoverRow, TransferRow
from bot.services.tickets.tables import IncidentRow, IncidentSubscriptionRow, TicketRow
from bot.store import Store, Vault, journal, outbox, raw_events
from bot.store.audit import AuditRow
from bot.store.conversations import CitizenRow, ConversationRow
from bot.store.due import DueMessageRow
from bot.store.events import record
from bot.studio.tables import ReadingRow, VoteRow
from channels.files import FileStore

ANNA = {"surname": "Ромашкина", "name": "Анна", "phone": "+79123456789", "birth_date": "1985-03-12"}
LETTER = "Здравствуйте, я Ромашкина Анна, живу на Садовой 12"
PDF = b"%PDF-1.7 Romashkina"


@dataclass(frozen=True)
class Person:
    """Somebody who lived through it."""

    citizen: str
    conversation: str
    user: str
    call: str
    file: str
    appeal_file: str


class Life:
    """Makes such lives."""

    def __init__(self, store: Store, vault: Vault, files: FileStore, recordings: Path, rasa: Path) -> None:
        self._store, self._vault, self._files, self._recordings = store, vault, files, recordings
        self.rasa = sqlite3.connect(rasa)

    async def short(self, now: datetime, channel: str = "vk", text: str = LETTER) -> Person:
        """Only a message and its answer."""
        user = f"{uuid.uuid4().int % 10**9 + 10**9}"
        async with self._store.write() as session:
            talk = await journal.conversation_of(session, self._vault, channel, user, now)
            citizen = await session.get_one(CitizenRow, talk.citizen_id)
            citizen.profile = self._vault.seal(ANNA)
            await journal.add_message(session, self._vault, talk.id, "citizen", {"text": text}, now)
            said = await journal.add_message(session, self._vault, talk.id, "robot", {"text": "Отвечаю"}, now)
            outbox.enqueue(session, channel, user, said.seq, now)
            record(session, "greeted", now, citizen_id=citizen.id, conversation_id=talk.id)
            self._tracked(talk.id, now)
            return Person(citizen.id, talk.id, user, "", "", "")

    async def whole(self, now: datetime) -> Person:
        """A row in every table; every matter is over, as of `now`."""
        person = await self.short(now)
        file = await self._files.save_bytes("справка.pdf", PDF)
        appeal_file = await self._files.save_bytes("фото.pdf", PDF + b" appeal")
        one, talk, call = person.citizen, person.conversation, str(uuid.uuid4())
        seal, day, tag = self._vault.seal, now.date(), uuid.uuid4().hex[:8]
        async with self._store.write() as session:
            shown = [
                {"name": f.name, "media_type": f.media_type, "size": f.size, "ref": f.ref} for f in (file, appeal_file)
            ]
            read = await journal.add_message(
                session, self._vault, talk, "citizen", {"text": "Вот", "attachments": shown}, now
            )
            await raw_events.add(
                session,
                self._vault,
                "vk",
                [(f"e{tag}", {"object": {"from_id": int(person.user), "text": LETTER}})],
                now,
            )
            await raw_events.settle(
                session, [row.id for row in await raw_events.waiting(session, self._vault, "vk")], "done"
            )
            incident = IncidentRow(
                id=f"i{tag}",
                title="Нет воды",
                kind="water",
                started_at=now,
                closed_at=now,
                reason="",
                text="",
                source="desk",
            )
            talks = HandoverRow(
                conversation_id=talk, citizen_id=one, reason="asked", topic="", group="general", state="closed", created_at=now,
                ended_at=now, summary=seal({"name": "Ромашкина"}),
            )  # fmt: skip
            case = ApplicationRow(
                number=f"ЗЯ-{tag}", citizen_id=one, service_id="passport", state="approved", filed_on=day, due_on=day,
                decided_on=day, answers_sealed=seal({"name": "Ромашкина"}), surname_print="x" * 64,
            )  # fmt: skip
            visit = AppointmentRow(
                id=uuid.uuid4().hex, number=f"ТЛ-{tag}", citizen_id=one, service_id="passport", centre_id="left", window=1,
                start_at=now - timedelta(hours=1), end_at=now, state="booked", expires_at=now, person_sealed=seal(ANNA),
            )  # fmt: skip
            session.add_all([incident, talks, case, visit])
            await session.flush()
            session.add_all(
                [
                    NoteRow(conversation_id=talk, citizen_id=one, author="a", author_name="Ольга", text=seal("Ромашкина"), at=now),
                    ReadMarkRow(conversation_id=talk, reader="a", seq=1, at=now),
                    ReadingRow(message=read.seq, conversation_id=talk, intent="inform", confidence=0.3, at=now),
                    VoteRow(message=read.seq + 1, conversation_id=talk, question=read.seq, intent="inform", helpful=False, at=now),
                    TransferRow(
                        handover_id=talks.id, kind="transfer", from_operator="a", from_group="general", to_group="social",
                        note=seal("Ромашкина"), at=now,
                    ),
                    CallbackRow(
                        number=f"ОЗ-{tag}", kind="phone", citizen_id=one, conversation_id=talk, phone=seal(ANNA["phone"]),
                        topic="", group="general", starts_at=now, ends_at=now, state="done", closed_at=now, created_at=now,
                    ),
                    HistoryRow(application_id=case.id, at=now, state="accepted"),
                    InquiryRow(number=f"ЗП-{tag}", application_id=case.id, at=now, due_on=day),
                    CellRow(centre_id=f"left-{tag}", start_at=now, window=1, appointment_id=visit.id),
                    TicketRow(
                        number=f"ОБ-{tag}", key=tag, citizen_id=one, channel="vk", topic="roads.hole", topic_head="roads",
                        group="city", state="answered", anonymous=False, filed_on=day, due_on=day, created_at=now, updated_at=now,
                        body=seal({"text": LETTER, "attachments": [shown[1]]}),
                    ),
                    ConsentRow(
                        citizen_id=one, purpose="personal_data", given=True, text_version="1", at=now, channel="vk",
                        proof_sealed=seal({"ip": "203.0.113.7", "proof": {}}),
                    ),
                    DeletionRequestRow(
                        number=f"УД-{tag}", citizen_id=one, open_for=one, channel="vk", at=now, requested_on=day, due_on=day
                    ),
                    RatingRow(
                        conversation_id=talk, citizen_id=one, answered_by="robot", satisfaction=5, comment=seal("Анна довольна"),
                        created_at=now, updated_at=now,
                    ),
                    FormDraftRow(
                        id=uuid.uuid4().hex, citizen_id=one, form_id="social_aid", answers_sealed=seal(ANNA), saved_at=now,
                        expires_at=now + timedelta(days=400),
                    ),
                    LinkRow(
                        id=tag, conversation_id=talk, citizen_id=one, scenario="book", slots_sealed=seal({}), created_at=now,
                        expires_at=now,
                    ),
                    LinkCodeRow(code_print=uuid.uuid4().hex * 2, conversation_id=talk, citizen_id=one, expires_at=now),
                    IncidentSubscriptionRow(incident_id=incident.id, citizen_id=one, at=now),
                    DueMessageRow(citizen_id=one, due_at=now, kind="reminder", payload={"text": "Приём"}, ref=tag, state="sent"),
                    CallRow(
                        id=call, direction="in", line="122", dialled="122", caller=seal(ANNA["phone"]), user="phone-print",
                        linked_id=call, conversation_id=talk, citizen_id=one, state="ended", registered_at=now, expires_at=now,
                        started_at=now, ended_at=now, recording=f"{call}.rec", recording_delete_after=now + timedelta(days=400),
                    ),
                    OutgoingCallRow(
                        key=tag, citizen_id=one, conversation_id=talk, phone=seal(ANNA["phone"]), line="122", purpose="reminder",
                        text=seal("Приём"), answers=[], due_at=now, next_try_at=now, state="done", consent_ref="1", created_at=now,
                    ),
                    AuditRow(at=now, actor="a", actor_name="Ольга", action="citizen_viewed", citizen_id=one, digest=tag, data={}),
                ]
            )  # fmt: skip
        self._record(call)
        return Person(one, talk, person.user, call, file.ref, appeal_file.ref)

    async def touch(self, person: Person, now: datetime) -> None:
        """She writes again."""
        async with self._store.write() as session:
            await journal.add_message(session, self._vault, person.conversation, "citizen", {"text": "Ещё"}, now)
            row = await session.get_one(ConversationRow, person.conversation)
            row.updated_at = now

    async def consent(self, person: Person, purpose: str, now: datetime, *, given: bool = True) -> None:
        """She agrees to something, or takes it back."""
        async with self._store.write() as session:
            session.add(
                ConsentRow(
                    citizen_id=person.citizen, purpose=purpose, given=given, text_version="1", at=now, channel="vk",
                    proof_sealed=self._vault.seal({}),
                )
            )  # fmt: skip

    async def appeal(self, person: Person, now: datetime, state: str) -> str:
        """An appeal of hers in a state; its number."""
        number = f"ОБ-{uuid.uuid4().hex[:8]}"
        day = date(now.year, now.month, now.day)
        async with self._store.write() as session:
            session.add(
                TicketRow(
                    number=number, key=number, citizen_id=person.citizen, channel="vk", topic="roads", topic_head="roads",
                    group="city", state=state, anonymous=False, filed_on=day, due_on=day, created_at=now, updated_at=now,
                    body=self._vault.seal({"text": LETTER}),
                )
            )  # fmt: skip
        return number

    def _record(self, call: str) -> None:
        self._recordings.mkdir(exist_ok=True)
        piece = self._vault.seal_bytes(bytes(4 * 8000))
        (self._recordings / f"{call}.rec").write_bytes(struct.pack(">I", len(piece)) + piece)

    def _tracked(self, sender: str, now: datetime) -> None:
        with self.rasa as database:
            # As ./otklik up makes it, and Rasa keeps it open.
            database.execute("PRAGMA journal_mode=WAL")
            database.execute(
                "CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, sender_id TEXT, type_name TEXT, timestamp REAL, "
                "intent_name TEXT, action_name TEXT, data TEXT)"
            )
            database.execute(
                "INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (?, 'user', ?, ?)",
                (sender, now.timestamp(), LETTER),
            )
