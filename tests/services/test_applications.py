"""Applications in the embedded database: proof and lock, states in words, news, inquiries."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.services.applications import (
    ApplicationStatus,
    Locked,
    NoSuchApplication,
    NotFoundOrWrongProof,
    NotOverdue,
    Proof,
    ProofKind,
)
from bot.services.applications.sql import SqlApplications
from bot.services.applications.tables import ApplicationRow
from bot.store import Store
from bot.store.due import DueMessageRow
from bot.store.events import EventRow
from tests.services.conftest import Clock, due_texts, event_names

PROOFS: dict[ProofKind, str] = {"surname": "Смирнова", "birth_date": "1985-03-12", "code_word": "Берёза7"}
WRONG = Proof("surname", "Иванова")


async def registered(applications: SqlApplications, citizen: str | None = "anna", key: str | None = None) -> str:
    return await applications.register(
        citizen,
        "social_aid",
        {"income": "девять тысяч"},
        service_id="social_aid",
        proofs=PROOFS,
        key=key,
        working_days=10,
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("surname", "смирнова"),
        ("surname", " СМИРНОВА "),
        ("surname", "Смирнова Анна Петровна"),
        ("surname", "Анна Смирнова"),
        ("birth_date", "12.03.1985"),
        ("birth_date", "12 марта 1985 года"),
        ("birth_date", "1985-03-12"),
        ("code_word", "береза 7"),
        ("code_word", "БЕРЁЗА-7"),
    ],
)
async def test_any_of_three_proofs_in_any_spelling_opens(
    applications: SqlApplications, kind: ProofKind, value: str
) -> None:
    number = await registered(applications)
    shown = await applications.status(number.replace("-", " ").lower(), Proof(kind, value), "anna")
    assert (shown.number, shown.state_title) == (number, "Принято")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("surname", "Смирнов"),
        ("surname", ""),
        ("surname", "а б в г д Смирнова"),
        ("birth_date", "12.03.1986"),
        ("birth_date", "31.02.1985"),
        ("code_word", "берёза"),
        ("code_word", "Смирнова"),
    ],
)
async def test_a_wrong_proof_does_not_open(applications: SqlApplications, kind: ProofKind, value: str) -> None:
    number = await registered(applications)
    with pytest.raises(NotFoundOrWrongProof):
        await applications.status(number, Proof(kind, value), "anna")


async def test_an_unknown_number_and_a_wrong_proof_look_the_same(applications: SqlApplications) -> None:
    number = await registered(applications)
    with pytest.raises(NotFoundOrWrongProof) as wrong:
        await applications.status(number, WRONG, "anna")
    with pytest.raises(NotFoundOrWrongProof) as unknown:
        await applications.status("ЗЯ-2026-999999", WRONG, "boris")
    assert (str(wrong.value), wrong.value.attempts_left) == (str(unknown.value), unknown.value.attempts_left)


async def test_five_wrong_proofs_lock_the_number_for_everybody(applications: SqlApplications, clock: Clock) -> None:
    number = await registered(applications)
    for left in (4, 3, 2, 1):
        with pytest.raises(NotFoundOrWrongProof) as wrong:
            await applications.status(number, WRONG, f"asker-{left}")
        assert wrong.value.attempts_left == left
    with pytest.raises(Locked) as locked:
        await applications.status(number, WRONG, "asker-5")
    assert locked.value.until == clock() + timedelta(minutes=15)
    with pytest.raises(Locked):
        await applications.status(number, Proof("surname", "Смирнова"), "anna")
    clock.forward(minutes=15)
    assert await applications.status(number, Proof("surname", "Смирнова"), "anna")


async def test_five_wrong_proofs_lock_the_asker_for_every_number(applications: SqlApplications) -> None:
    number = await registered(applications)
    for i in range(5):
        with pytest.raises((NotFoundOrWrongProof, Locked)):
            await applications.status(f"2/2/{1000 + i}", WRONG, "eve")
    with pytest.raises(Locked):
        await applications.status(number, Proof("surname", "Смирнова"), "eve")
    assert await applications.status(number, Proof("surname", "Смирнова"), "anna")


async def test_owning_one_case_does_not_help_to_guess_others(applications: SqlApplications) -> None:
    own, other = await registered(applications), await registered(applications, None)
    for i in range(5):
        assert await applications.status(own, Proof("surname", "Смирнова"), "eve")
        with pytest.raises(Locked if i == 4 else NotFoundOrWrongProof):
            await applications.status(other if i < 2 else f"1/1/{1000 + i}", WRONG, "eve")


async def test_fifty_guesses_at_once_are_counted(applications: SqlApplications) -> None:
    number = await registered(applications)

    async def guess(i: int) -> type[Exception]:
        try:
            await applications.status(number, WRONG, f"eve-{i}")
        except (Locked, NotFoundOrWrongProof) as error:
            return type(error)
        raise AssertionError

    outcomes = await asyncio.gather(*(guess(i) for i in range(50)))
    assert outcomes.count(NotFoundOrWrongProof) == 4


async def test_old_mistakes_are_forgotten(applications: SqlApplications, clock: Clock) -> None:
    number = await registered(applications)
    for _ in range(4):
        with pytest.raises(NotFoundOrWrongProof):
            await applications.status(number, WRONG, "anna")
    clock.forward(minutes=16)
    with pytest.raises(NotFoundOrWrongProof) as wrong:
        await applications.status(number, WRONG, "anna")
    assert wrong.value.attempts_left == 4


async def test_nothing_secret_is_stored_in_the_clear(applications: SqlApplications, store: Store) -> None:
    number = await registered(applications)
    with pytest.raises(NotFoundOrWrongProof):
        await applications.status(number, Proof("surname", "Секретова"), "anna")
    async with store.read() as session:
        row = await session.scalar(select(ApplicationRow))
        stored = str(vars(row)) + str([vars(event) for event in await session.scalars(select(EventRow))])
    for secret in ("Смирнова", "смирнова", "1985-03-12", "ерёза", "ереза", "девять тысяч", "Секретова"):
        assert secret not in stored
    assert "Смирнова" not in repr(Proof("surname", "Смирнова"))


async def test_registering_with_the_same_key_is_one_application(applications: SqlApplications, store: Store) -> None:
    numbers = await asyncio.gather(*(registered(applications, key="draft-1") for _ in range(10)))
    assert len(set(numbers)) == 1
    assert await event_names(store) == ["application_registered"]
    assert await registered(applications, key="draft-2") not in numbers


async def test_a_short_code_word_is_refused(applications: SqlApplications) -> None:
    with pytest.raises(ValueError, match="code word"):
        await applications.register("anna", "f", {}, service_id="s", proofs={"code_word": "кот"})


async def test_the_term_is_counted_in_working_days(applications: SqlApplications) -> None:
    shown = (await applications.mine("anna")) or [await _shown(applications)]
    assert shown[0].due_on == date(2026, 11, 30)


async def _shown(applications: SqlApplications) -> ApplicationStatus:
    return await applications.status(await registered(applications), Proof("surname", "Смирнова"), "anna")


async def test_mine_lists_own_applications_newest_first(applications: SqlApplications, clock: Clock) -> None:
    first = await registered(applications)
    clock.forward(days=2)
    second = await registered(applications)
    await registered(applications, "boris")
    assert [shown.number for shown in await applications.mine("anna")] == [second, first]


async def test_states_are_told_in_words_with_what_next_and_by_when(applications: SqlApplications) -> None:
    number = await registered(applications)
    accepted = (await applications.mine("anna"))[0]
    assert (accepted.by_when, accepted.come) == (accepted.due_on, "no")
    approved = await applications.set_state(number, "approved")
    assert (approved.state_title, approved.by_when, approved.come) == ("Одобрено", date(2026, 12, 16), "yes")
    rejected = await applications.set_state(number, "rejected", reason="Нет справки о доходах")
    assert (rejected.state_title, rejected.rejection_reason) == ("Отклонено", "Нет справки о доходах")
    assert rejected.by_when == date(2027, 2, 14)
    assert [step.state for step in rejected.history] == ["accepted", "approved", "rejected"]


async def test_the_agencys_own_phrase_is_explained(applications: SqlApplications) -> None:
    number = await registered(applications)
    shown = await applications.set_state(number, "approved", stage_text="Передано на выдачу в ОГВ")
    assert "само ведомство" in shown.meaning
    assert shown.come == "no"


async def test_a_change_is_told_only_to_those_who_consented(
    applications: SqlApplications, store: Store, notified: set[str]
) -> None:
    silent = await registered(applications)
    await applications.set_state(silent, "in_progress")
    assert await due_texts(store) == []
    notified.add("anna")
    await applications.set_state(silent, "in_progress")
    assert await due_texts(store) == []
    await applications.set_state(silent, "approved")
    assert [silent in text for text in await due_texts(store)] == [True]


async def test_only_the_newest_state_is_told_and_never_at_night(
    applications: SqlApplications, store: Store, notified: set[str], clock: Clock
) -> None:
    notified.add("anna")
    number = await registered(applications)
    clock.now = datetime(2026, 11, 17, 20, 0, tzinfo=UTC)  # 23:00 in Moscow.
    await applications.set_state(number, "in_progress")
    await applications.set_state(number, "approved")
    async with store.read() as session:
        rows = (await session.scalars(select(DueMessageRow).where(DueMessageRow.state == "waiting"))).all()
    assert [row.due_at for row in rows] == [datetime(2026, 11, 18, 6, 0, tzinfo=UTC)]
    assert "одобрено" in rows[0].payload["text"]


async def test_an_unknown_application_cannot_change(applications: SqlApplications) -> None:
    with pytest.raises(NoSuchApplication):
        await applications.set_state("1/1/1000", "approved")
    with pytest.raises(ValueError, match="unknown state"):
        await applications.set_state("1/1/1000", "lost")  # type: ignore[arg-type]


async def test_an_overdue_application_offers_one_inquiry(
    applications: SqlApplications, clock: Clock, store: Store
) -> None:
    number = await registered(applications)
    with pytest.raises(NotOverdue):
        await applications.file_inquiry(number, "anna")
    clock.forward(days=20)
    late = (await applications.mine("anna"))[0]
    assert (late.overdue, late.by_when) == (True, None)
    assert "запрос в ведомство" in late.what_next
    inquiry = await applications.file_inquiry(number, "anna")
    assert (inquiry.number, inquiry.due_on) == ("ЗП-2026-000001", date(2026, 12, 9))
    assert await applications.file_inquiry(number, "anna") == inquiry
    clock.forward(days=5)
    assert (await applications.file_inquiry(number, "anna")).number == "ЗП-2026-000002"
    await applications.set_state(number, "approved")
    with pytest.raises(NotOverdue):
        await applications.file_inquiry(number, "anna")
    assert (await event_names(store)).count("inquiry_filed") == 2
