"""One person behind several channels: joining citizens, codes, and the history over all channels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.linking import Linking
from bot.linking import Redeemed as Arrived
from bot.linking import Refused as Turned
from bot.services.appointments.tables import AppointmentRow
from bot.services.consents.sql import has_consent
from bot.services.consents.tables import ConsentRow, DeletionRequestRow
from bot.services.continuations import Continuations
from bot.services.forms.tables import FormDraftRow
from bot.services.identity import Codes, Joined, WrongCode, join
from bot.services.identity.join import REPEATED
from bot.services.tickets.tables import IncidentRow, IncidentSubscriptionRow
from bot.store import Base, Store, Vault, history, journal, tables
from bot.store.conversations import CitizenRow, ConversationRow
from bot.store.due import DueMessageRow
from bot.store.events import EventRow
from bot.store.profiles import Profiles
from bot.texts import Texts

ROOT = Path(__file__).parents[2]
tables.import_all()
LATER = datetime(2026, 11, 16, 9, tzinfo=UTC)


async def talk(store: Store, vault: Vault, clock: Any, channel: str) -> ConversationRow:
    clock.forward(seconds=1)
    async with store.write() as session:
        return await journal.conversation_of(session, vault, channel, f"{channel}-user", clock())


@pytest.fixture
async def older(store: Store, vault: Vault, clock: Any) -> ConversationRow:
    return await talk(store, vault, clock, "telegram")


@pytest.fixture
async def younger(store: Store, vault: Vault, clock: Any, older: ConversationRow) -> ConversationRow:
    return await talk(store, vault, clock, "vk")


async def joined(store: Store, vault: Vault, one: str, other: str) -> str:
    async with store.write() as session:
        return await join(session, vault, one, other, LATER, by="code")


def draft(citizen: str, form: str, saved: datetime, name: str) -> FormDraftRow:
    return FormDraftRow(
        id=name, citizen_id=citizen, form_id=form, answers_sealed=name, saved_at=saved, expires_at=saved
    )


def hold(citizen: str, name: str) -> AppointmentRow:
    return AppointmentRow(
        id=name, citizen_id=citizen, holder=citizen, service_id="passport", centre_id="lenina", window=1, state="held",
        start_at=LATER, end_at=LATER, expires_at=LATER,
    )  # fmt: skip


def consent(citizen: str, given: bool, at: datetime) -> ConsentRow:
    return ConsentRow(
        citizen_id=citizen, purpose="personal_data", scope="", given=given, text_version="1", at=at, channel="vk",
        proof_sealed="",
    )  # fmt: skip


async def test_the_older_citizen_stays_whoever_is_named_first(
    store: Store, vault: Vault, older: ConversationRow, younger: ConversationRow
) -> None:
    assert await joined(store, vault, younger.citizen_id, older.citizen_id) == older.citizen_id
    assert await joined(store, vault, older.citizen_id, older.citizen_id) == older.citizen_id
    async with store.read() as session:
        assert [c.id for c in await session.scalars(select(CitizenRow))] == [older.citizen_id]
        assert {c.citizen_id for c in await session.scalars(select(ConversationRow))} == {older.citizen_id}
        event = (await session.scalars(select(EventRow))).one()
        assert (event.name, event.data) == ("citizens_joined", {"joined": younger.citizen_id, "by": "code"})


async def test_profiles_are_one_afterwards(
    store: Store, vault: Vault, older: ConversationRow, younger: ConversationRow
) -> None:
    profiles = Profiles(store, vault)
    await profiles.remember(older.citizen_id, centre="lenina")
    await profiles.remember(younger.citizen_id, centre="east", phone="+79161234567")
    await joined(store, vault, older.citizen_id, younger.citizen_id)
    assert await profiles.get(older.citizen_id) == {"centre": "lenina", "phone": "+79161234567"}
    assert await profiles.get(younger.citizen_id) == {}


async def test_rows_that_would_become_equal_keep_the_newer_one(
    store: Store, vault: Vault, older: ConversationRow, younger: ConversationRow
) -> None:
    a, b = older.citizen_id, younger.citizen_id
    before = LATER - timedelta(hours=1)
    async with store.write() as session:
        session.add_all([draft(a, "aid", before, "old"), draft(b, "aid", LATER, "new"), draft(b, "copy", LATER, "one")])
        session.add(IncidentRow(id="w1", title="", kind="water", started_at=before, reason="", text="", closed_at=None))
        await session.flush()
        session.add_all(IncidentSubscriptionRow(incident_id="w1", citizen_id=c, at=LATER) for c in (a, b))
        session.add_all([hold(a, "first"), hold(b, "second")])
        for number, who in (("УД-1", a), ("УД-2", b)):
            session.add(
                DeletionRequestRow(number=number, citizen_id=who, open_for=who, channel="vk", at=LATER,
                                   requested_on=LATER.date(), due_on=LATER.date())
            )  # fmt: skip
        session.add(DueMessageRow(citizen_id=b, due_at=LATER, kind="reminder", payload={}, ref="x"))
    await joined(store, vault, a, b)
    async with store.read() as session:
        assert {d.id for d in await session.scalars(select(FormDraftRow))} == {"new", "one"}
        assert len((await session.scalars(select(IncidentSubscriptionRow))).all()) == 1
        assert [h.id for h in await session.scalars(select(AppointmentRow))] == ["first"]
        requests = (await session.scalars(select(DeletionRequestRow).order_by(DeletionRequestRow.number))).all()
        assert [(r.citizen_id, r.open_for) for r in requests] == [(a, a), (a, None)]
        for mapper in Base.registry.mappers:
            if "citizen_id" in mapper.columns:
                owners = await session.scalars(select(mapper.columns["citizen_id"]).distinct())
                assert b not in owners.all(), mapper.class_.__tablename__


@pytest.mark.parametrize(("given", "in_force"), [((True, False), False), ((False, True), True)])
async def test_the_newest_act_about_a_consent_is_in_force_whoever_did_it(
    store: Store, vault: Vault, older: ConversationRow, younger: ConversationRow,
    given: tuple[bool, bool], in_force: bool,
) -> None:  # fmt: skip
    async with store.write() as session:
        for who, yes in zip((older.citizen_id, younger.citizen_id), given, strict=True):
            session.add(consent(who, yes, LATER))
            await session.flush()
    await joined(store, vault, older.citizen_id, younger.citizen_id)
    async with store.read() as session:
        assert await has_consent(session, older.citizen_id, "personal_data") is in_force


def test_every_column_that_repeats_a_citizen_is_known() -> None:
    suspicious = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name in ("holder", "open_for", "owner", "person_id") and "citizen_id" in table.c
    }
    # Colleagues who work on a matter are no citizens.
    suspicious -= {("tickets", "owner"), ("callbacks", "owner")}
    assert suspicious == {(table, column) for table, column, _ in REPEATED}


async def test_history_is_that_of_all_channels_in_order(
    store: Store, vault: Vault, older: ConversationRow, younger: ConversationRow, clock: Any
) -> None:
    said = [(older, "раз"), (younger, "два"), (older, "три"), (younger, "четыре")]
    async with store.write() as session:
        for conversation, text in said:
            await journal.add_message(session, vault, conversation.id, "citizen", {"text": text}, clock())
    await joined(store, vault, older.citizen_id, younger.citizen_id)
    async with store.read() as session:
        found = await history.of_citizen(session, vault, older.citizen_id)
        assert [(s.channel, s.message.body["text"]) for s in found] == [(c.channel, t) for c, t in said]
        newest = await history.of_citizen(session, vault, older.citizen_id, limit=2)
        assert [s.message.body["text"] for s in newest] == ["три", "четыре"]
        after = await history.of_citizen(session, vault, older.citizen_id, after=found[0].message.seq, limit=2)
        assert [s.message.body["text"] for s in after] == ["два", "три"]


# Codes


@pytest.fixture
def codes(store: Store, vault: Vault, clock: Any) -> Codes:
    return Codes(store, vault, clock)


async def test_a_code_joins_once(codes: Codes, older: ConversationRow, younger: ConversationRow, clock: Any) -> None:
    code = await codes.issue(older.id)
    assert await codes.enter(code, older.id) == WrongCode("own")
    assert await codes.enter(code, younger.id) == Joined(older.citizen_id)
    assert await codes.enter(code, younger.id) == Joined(older.citizen_id), "the same answer to a repeated turn"
    again = await codes.issue(younger.id)
    assert await codes.enter(again, older.id) == Joined(older.citizen_id, before=True)


async def test_a_used_code_is_no_use_to_a_third(
    codes: Codes, older: ConversationRow, younger: ConversationRow, store: Store, vault: Vault, clock: Any
) -> None:
    third = await talk(store, vault, clock, "max")
    code = await codes.issue(older.id)
    await codes.enter(code, younger.id)
    assert await codes.enter(code, third.id) == WrongCode("wrong")


async def test_a_code_ends_after_ten_minutes_and_with_the_next_one(
    codes: Codes, older: ConversationRow, younger: ConversationRow, clock: Any
) -> None:
    first = await codes.issue(older.id)
    second = await codes.issue(older.id)
    if first != second:
        assert await codes.enter(first, younger.id) == WrongCode("wrong")
    clock.forward(minutes=10)
    assert await codes.enter(second, younger.id) == WrongCode("wrong")


async def test_five_wrong_codes_lock_for_an_hour(
    codes: Codes, older: ConversationRow, younger: ConversationRow, clock: Any
) -> None:
    right = await codes.issue(older.id)
    wrong = "000000" if right != "000000" else "000001"
    for _ in range(4):
        assert await codes.enter(wrong, younger.id) == WrongCode("wrong")
    locked = WrongCode("locked", clock() + timedelta(hours=1))
    assert await codes.enter(wrong, younger.id) == locked
    assert await codes.enter(right, younger.id) == locked, "not even the right one"
    clock.forward(hours=1)
    right = await codes.issue(older.id)
    assert isinstance(await codes.enter(right, younger.id), Joined)


async def test_guessing_from_ever_new_conversations_is_stopped(
    codes: Codes, older: ConversationRow, store: Store, vault: Vault, clock: Any
) -> None:
    right = await codes.issue(older.id)
    wrong = "000000" if right != "000000" else "000001"
    outcomes = []
    for i in range(8):
        async with store.write() as session:
            stranger = await journal.conversation_of(session, vault, "widget", f"w-{i}", clock())
        outcomes += [await codes.enter(wrong, stranger.id) for _ in range(4)]
    kinds = [o.kind for o in outcomes if isinstance(o, WrongCode)]
    assert kinds == ["wrong"] * 29 + ["locked"] * 3


# What is said


@pytest.fixture
def linking(store: Store, vault: Vault, clock: Any, codes: Codes) -> Linking:
    texts = Texts.load(ROOT / "bot" / "content", ROOT / "domain.yml")
    return Linking(Continuations(store, vault, clock, "https://otklik.example"), codes, texts)


@pytest.mark.parametrize(
    "words",
    [
        "код связи", "Дайте код для связи", "/link", "связать мессенджеры", "Как связать телеграм и вк?",
        "хочу продолжить в другом мессенджере", "перейти в другой чат", "объединить переписки", "LINK",
    ],
)  # fmt: skip
async def test_the_wish_for_a_code_is_heard(linking: Linking, older: ConversationRow, words: str) -> None:
    reply = await linking.answer(words, older)
    assert reply is not None
    assert "СВ-" in reply["text"] and "10 минут" in reply["text"]


@pytest.mark.parametrize("words", ["II-СВ 123456", "свидетельство СВ 123456", "связь", "Связь."])
async def test_an_answer_that_is_awaited_is_no_code(linking: Linking, older: ConversationRow, words: str) -> None:
    older.expected = "case_proof"
    assert await linking.answer(words, older) is None


async def test_a_code_alone_is_one_in_a_form_too(linking: Linking, older: ConversationRow) -> None:
    older.expected = "case_proof"
    assert await linking.answer("СВ-000000", older) is not None


@pytest.mark.parametrize(
    "words",
    [
        "хочу записаться на приём", "нет связи третий день", "плохая связь во дворе", "482913", "код 482913",
        "ЗЯ-2026-000123", "кодовое слово", "св", "перенести на другой день", "дом 5, кв 482913", "СВ-1234567",
        "отключили связь, интернет и телефон", "продолжить", "другой центр",
    ],
)  # fmt: skip
async def test_everything_else_is_left_to_the_robot(linking: Linking, older: ConversationRow, words: str) -> None:
    assert await linking.answer(words, older) is None


@pytest.mark.parametrize(
    "written",
    ["{0}", "СВ-{0}", "св-{0}", "CB-{0}", "cb {0}", "sv{0}", "СВ – {1} {2}", "вот код: Св-{1}-{2}", " св {1} {2}."],
)
async def test_a_code_is_read_however_it_is_written(
    linking: Linking, older: ConversationRow, younger: ConversationRow, written: str
) -> None:
    reply = await linking.answer("код связи", older)
    assert reply is not None
    code = reply["text"].partition("СВ-")[2][:6]
    answer = await linking.answer(written.format(code, code[:3], code[3:]), younger)
    if written == "{0}":
        assert answer is None, "six digits alone may be anything"
    else:
        assert answer is not None and "помню вас и здесь" in answer["text"]


async def test_a_lock_is_told_with_its_end_in_local_time(linking: Linking, older: ConversationRow) -> None:
    for _ in range(5):
        answer = await linking.answer("СВ-000000", older)
    assert answer is not None and "до 12:00" in answer["text"]


async def test_a_link_becomes_a_message_that_counts_once(
    linking: Linking, older: ConversationRow, store: Store, vault: Vault, clock: Any
) -> None:
    links = Continuations(store, vault, clock, "https://otklik.example")
    token = (await links.issue(older.id, "status_form", {})).token
    arrived = await linking.redeem(token, "widget", "w-1")
    assert isinstance(arrived, Arrived)
    assert arrived == await linking.redeem(token, "widget", "w-1")
    assert (arrived.inbound.kind, arrived.inbound.text) == ("choice", "Продолжить здесь")
    assert arrived.inbound.external_id.startswith("link:")
    refused = await linking.redeem(token, "widget", "w-2")
    assert isinstance(refused, Turned) and refused.kind == "used" and "одноразовая" in refused.text
    told = await linking.arrive(token, "vk", "5", "m-1")
    assert (told.external_id, told.problem, told.payload) == ("m-1", refused.text, None)
