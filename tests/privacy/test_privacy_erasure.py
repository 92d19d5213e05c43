"""A citizen's data go and leave nothing behind but what a law keeps; a second time nothing happens."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from datetime import timedelta

import pytest

from bot.privacy.erasure import CannotErase
from bot.privacy.export import UnknownCitizen
from bot.privacy.holdings import HOLDINGS
from bot.services.appointments.tables import AppointmentRow, CellRow
from bot.services.people.tables import HandoverRow
from bot.store import journal
from bot.store.conversations import ConversationRow
from tests.privacy.conftest import House
from tests.privacy.life import ANNA, LETTER, PDF


async def test_the_life_of_the_tests_has_a_row_in_every_table_of_a_citizen(house: House) -> None:
    """Else the tests below would say less than they seem to."""
    await house.life.whole(house.clock())
    for holding in HOLDINGS:
        if holding.whose == "citizen":
            assert await house.rows(holding.table), holding.table


async def test_an_erasure_leaves_only_what_a_law_keeps_and_nothing_of_others_is_touched(house: House) -> None:
    anna, boris = await house.life.whole(house.clock()), await house.life.whole(house.clock())
    await house.privacy.erasures.erase(anna.citizen, "тест")
    kept = {"applications", "tickets", "consents", "deletion_requests", "audit"}
    for holding in HOLDINGS:
        rows = await house.rows(holding.table)
        mine = [
            row for row in rows if anna.citizen in map(str, row.values()) or anna.conversation in map(str, row.values())
        ]
        if holding.table == "events":
            assert all(row["citizen_id"] is None for row in mine), "statistics survive without the person"
        else:
            assert not mine or holding.table in kept, holding.table
        if holding.whose == "citizen":
            assert rows, f"{holding.table}: Boris's row is gone"
    with pytest.raises(KeyError):
        house.files.read(anna.file)
    assert house.files.read(anna.appeal_file) == PDF + b" appeal", "an appeal keeps its files"
    assert house.files.read(boris.file) == PDF
    assert {path.name for path in house.recordings.iterdir()} == {f"{boris.call}.rec"}
    assert await house.trackers() == {boris.conversation}
    bodies = [house.vault.open(row["body"]) for row in await house.rows("raw_events")]
    assert {} in bodies and [b for b in bodies if b and b["object"]["from_id"] == int(boris.user)]
    assert not [b for b in bodies if b and b["object"]["from_id"] == int(anna.user)]


async def test_consents_end_and_the_demand_is_carried_out(house: House) -> None:
    anna = await house.life.whole(house.clock())
    (request,) = await house.privacy.requests()
    assert request.citizen_id == anna.citizen
    await house.privacy.erasures.erase(anna.citizen, "тест")
    acts = await house.rows("consents")
    assert [act["given"] for act in acts] == [True, False]
    assert await house.privacy.requests() == []
    (begun, done) = [e for e in await house.audit.page(citizen_id=anna.citizen) if "eras" in e.action][::-1]
    assert (begun.action, done.action) == ("erasure_begun", "citizen_erased") and done.subject == request.number
    assert await house.audit.broken() in (None, 1)  # the first row was put there by hand


async def test_a_second_erasure_does_nothing(house: House) -> None:
    anna = await house.life.whole(house.clock())
    await house.privacy.erasures.erase(anna.citizen, "тест")
    before = {h.table: len(await house.rows(h.table)) for h in HOLDINGS}
    assert (await house.privacy.erasures.erase(anna.citizen, "тест")).nothing
    assert {h.table: len(await house.rows(h.table)) for h in HOLDINGS} == before


async def test_an_erasure_that_broke_off_is_finished_by_the_next(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = await house.life.whole(house.clock())

    async def killed(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(house.privacy.erasures, "_finish", killed)
        with pytest.raises(KeyboardInterrupt):
            await house.privacy.erasures.erase(anna.citizen, "тест")
    await house.privacy.erasures.erase(anna.citizen, "тест")
    assert await house.rows("citizens") == [] and await house.rows("conversations") == []


async def test_nothing_of_her_is_left_in_the_files_on_disk(house: House) -> None:
    anna = await house.life.whole(house.clock())
    await house.privacy.erasures.erase(anna.citizen, "тест")
    secrets = [anna.user, ANNA["phone"], ANNA["surname"], LETTER, anna.conversation + '"']
    paths = [p for p in house.folder.rglob("*") if p.is_file()]
    assert any(p.name == "rasa.db" for p in paths)
    for path in paths:
        content = path.read_bytes()
        for secret in secrets:
            assert secret.encode() not in content, (path, secret)
    if house.store.is_sqlite:
        with closing(sqlite3.connect(house.folder / "otklik.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_what_was_said_and_who_said_it_is_unreadable_before_the_erasure_too(house: House) -> None:
    await house.life.whole(house.clock())
    for path in house.folder.rglob("*"):
        if path.is_file() and not path.name.startswith("rasa.db"):
            content = path.read_bytes()
            for secret in (ANNA["phone"], ANNA["surname"], LETTER):
                assert secret.encode() not in content, path


async def test_a_talk_that_goes_on_is_not_cut_off(house: House) -> None:
    anna = await house.life.whole(house.clock())
    async with house.store.write() as session:
        session.add(
            HandoverRow(
                conversation_id=anna.conversation, citizen_id=anna.citizen, reason="asked", topic="", group="general",
                state="taken", created_at=house.clock(), summary=house.vault.seal({}),
            )
        )  # fmt: skip
    with pytest.raises(CannotErase, match="разговор"):
        await house.privacy.erasures.erase(anna.citizen, "тест")
    assert await house.rows("messages")


async def test_a_message_without_an_answer_is_waited_for(house: House) -> None:
    anna = await house.life.whole(house.clock())
    async with house.store.write() as session:
        await journal.add_message(
            session, house.vault, anna.conversation, "citizen", {"text": "?"}, house.clock(), state="pending"
        )
    with pytest.raises(CannotErase, match="пишет"):
        await house.privacy.erasures.erase(anna.citizen, "тест")


async def test_a_visit_to_come_is_told_and_its_place_is_given_back(house: House) -> None:
    anna, now = await house.life.short(house.clock()), house.clock()
    async with house.store.write() as session:
        session.add(
            AppointmentRow(
                id="v1", number="ТЛ-2026-000001", citizen_id=anna.citizen, service_id="passport", centre_id="left", window=1,
                start_at=now + timedelta(days=3), end_at=now + timedelta(days=3, minutes=15), state="booked", expires_at=now,
            )
        )  # fmt: skip
        await session.flush()
        session.add(CellRow(centre_id="left", start_at=now + timedelta(days=3), window=1, appointment_id="v1"))
    outlook = await house.privacy.erasures.outlook(anna.citizen)
    assert outlook.cancelled == ("запись на приём ТЛ-2026-000001 на 19.11.2026",)
    await house.privacy.erasures.erase(anna.citizen, "тест")
    assert await house.rows("appointment_cells") == []


async def test_the_last_word_is_said_in_every_conversation_before_anything_goes(house: House) -> None:
    anna = await house.life.whole(house.clock())
    told = []

    async def farewell(conversation: str) -> None:
        async with house.store.read() as session:
            assert await session.get(ConversationRow, conversation) is not None
        told.append(conversation)

    await house.privacy.erasures.erase(anna.citizen, "тест", farewell=farewell)
    assert told == [anna.conversation]


async def test_open_cases_stay_until_they_are_over_and_closed_ones_for_their_term(house: House) -> None:
    anna = await house.life.short(house.clock())
    open_one = await house.life.appeal(anna, house.clock(), "in_progress")
    closed_one = await house.life.appeal(anna, house.clock(), "answered")
    stays = {one.what: one for one in (await house.privacy.erasures.outlook(anna.citizen)).stays}
    assert stays[f"обращение {open_one}"].until is None
    assert stays[f"обращение {closed_one}"].until is not None and stays[f"обращение {closed_one}"].until.year == 2031
    assert all("59-ФЗ" in one.why for one in stays.values())
    await house.privacy.erasures.erase(anna.citizen, "тест")
    assert {row["number"] for row in await house.rows("tickets")} == {open_one, closed_one}


async def test_an_export_holds_every_table_of_the_citizen_opened_with_files_and_recordings(house: House) -> None:
    anna, boris = await house.life.whole(house.clock()), await house.life.whole(house.clock())
    target = house.folder / "anna.zip"
    made = await house.privacy.exports.write(anna.citizen, target, "тест")
    assert target.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(target) as archive:
        data = json.loads(archive.read("data.json"))
        names, page = archive.namelist(), archive.read("overview.html").decode()
        files = [archive.read(name) for name in names if name.startswith("files/")]
    assert set(data["tables"]) == {h.table for h in HOLDINGS if h.whose == "citizen"}
    text = json.dumps(data, ensure_ascii=False)
    assert LETTER in text and ANNA["phone"] in text and "Анна довольна" in text and "203.0.113.7" in text
    assert "gAAAAA" not in text, "something is still sealed"
    assert boris.citizen not in text and boris.conversation not in text and boris.user not in text
    assert sorted(files) == sorted([PDF, PDF + b" appeal"]) and f"recordings/{anna.call}.wav" in names
    assert (made.files, made.recordings) == (2, 1)
    assert LETTER in page and "<script" not in page and "Переписка" in page
    assert [e.action for e in await house.audit.page(action="citizen_exported")] == ["citizen_exported"]


async def test_what_a_citizen_wrote_is_no_markup_in_the_page_of_an_export(house: House) -> None:
    anna = await house.life.short(house.clock(), text="<script>alert(1)</script>")
    target = house.folder / "anna.zip"
    await house.privacy.exports.write(anna.citizen, target, "тест")
    with zipfile.ZipFile(target) as archive:
        assert "<script" not in archive.read("overview.html").decode()


async def test_an_unknown_citizen_has_nothing_to_give_out_or_delete(house: House) -> None:
    with pytest.raises(UnknownCitizen):
        await house.privacy.exports.write("nobody", house.folder / "x.zip", "тест")
    assert (await house.privacy.erasures.erase("nobody", "тест")).nothing
    assert await house.audit.page() == []


@pytest.mark.parametrize(
    ("phone", "name", "found"),
    [
        ("8 (912) 345-67-89", "", True),
        ("", "ромашкина анна", True),
        ("", "РОМАШК", True),
        ("+7 999 000-00-00", "", False),
        ("", "Иванова", False),
        ("", "", False),
    ],
)
async def test_a_citizen_is_found_by_number_or_name_and_the_search_is_noted_without_them(
    house: House, phone: str, name: str, found: bool
) -> None:
    anna = await house.life.short(house.clock())
    people = await house.privacy.search.find("тест", phone=phone, name=name)
    assert [one.citizen_id for one in people] == ([anna.citizen] if found else [])
    noted = await house.audit.page()
    assert {e.action for e in noted} == ({"citizen_searched", "citizen_viewed"} if found else {"citizen_searched"})
    assert "912" not in str([e.data for e in noted]) and "омашк" not in str([e.data for e in noted])


async def test_a_caller_is_found_by_the_fingerprint_of_her_number(house: House) -> None:
    async with house.store.write() as session:
        user = house.vault.fingerprint("+79120000000")
        talk = await journal.conversation_of(session, house.vault, "phone", user, house.clock())
    people = await house.privacy.search.find("тест", phone="8 912 000 00 00")
    assert [one.citizen_id for one in people] == [talk.citizen_id]
