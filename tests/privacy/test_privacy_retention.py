"""Data go when their time is up: not while a matter is open, not before, and never more than the preview said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, update

from bot.privacy.nightly import Nightly
from bot.privacy.rules import RetentionRules, Term
from bot.services.appointments.tables import AppointmentRow
from bot.services.errors import ContentError
from bot.services.forms.tables import FormDraftRow
from bot.services.people.tables import CallbackRow, HandoverRow
from bot.services.tickets.tables import TicketRow
from bot.store import journal, raw_events
from bot.store.conversations import ConversationRow
from tests.privacy.conftest import House


async def citizens(house: House) -> set[str]:
    return {row["id"] for row in await house.rows("citizens")}


async def test_a_citizen_stays_thirty_days_after_the_last_word_and_then_goes(house: House) -> None:
    anna = await house.life.whole(house.clock())
    house.clock.forward(days=29, hours=23)
    report = await house.privacy.retention.run(None)
    assert (report.citizens, report.later) == (0, 1) and await citizens(house) == {anna.citizen}
    house.clock.forward(days=1)  # her application was decided that day, which counts to its end
    report = await house.privacy.retention.run(None)
    assert report.citizens == 1 and report.rows["messages"] == 3
    for table in (
        "citizens",
        "conversations",
        "messages",
        "outbox",
        "notes",
        "handovers",
        "callbacks",
        "calls",
        "ratings",
        "answer_votes",
    ):
        assert await house.rows(table) == [], table
    assert len(await house.rows("tickets")) == len(await house.rows("applications")) == 1
    assert [row["citizen_id"] for row in await house.rows("events") if row["name"] == "greeted"] == [None]
    assert await house.trackers() == set()
    assert list(house.recordings.iterdir()) == []


async def test_a_new_word_begins_the_time_anew(house: House) -> None:
    anna = await house.life.short(house.clock())
    house.clock.forward(days=29)
    await house.life.touch(anna, house.clock())
    house.clock.forward(days=29)
    assert (await house.privacy.retention.run(None)).citizens == 0
    house.clock.forward(days=2)
    assert (await house.privacy.retention.run(None)).citizens == 1


async def test_an_open_appeal_keeps_everything_until_it_is_answered_and_thirty_days_more(house: House) -> None:
    anna = await house.life.short(house.clock())
    await house.life.appeal(anna, house.clock(), "forwarded")
    house.clock.forward(days=400)
    report = await house.privacy.retention.run(None)
    assert (report.citizens, report.held) == (0, {"ticket": 1})
    async with house.store.write() as session:
        await session.execute(update(TicketRow).values(state="answered", updated_at=house.clock() - timedelta(days=1)))
    assert (await house.privacy.retention.run(None)).citizens == 0
    house.clock.forward(days=30)
    assert (await house.privacy.retention.run(None)).citizens == 1


async def test_every_open_matter_holds(house: House) -> None:
    now = house.clock()
    later = now + timedelta(days=100)
    people = [await house.life.short(now) for _ in range(5)]
    visit, promised, talk, asked, waits = people
    async with house.store.write() as session:
        session.add_all(
            [
                AppointmentRow(
                    id="v", number="1", citizen_id=visit.citizen, service_id="s", centre_id="c", window=1, state="booked",
                    start_at=later, end_at=later, expires_at=now,
                ),
                CallbackRow(
                    number="2", kind="phone", citizen_id=promised.citizen, phone=house.vault.seal("1"), topic="", group="g",
                    starts_at=now, ends_at=now, created_at=now,
                ),
                HandoverRow(
                    conversation_id=talk.conversation, citizen_id=talk.citizen, reason="", topic="", group="g", state="taken",
                    summary=house.vault.seal({}), created_at=now,
                ),
            ]
        )  # fmt: skip
        (await session.get_one(ConversationRow, asked.conversation)).mode = "queued"
        await journal.add_message(
            session, house.vault, waits.conversation, "citizen", {"text": "?"}, now, state="pending"
        )
    house.clock.forward(days=60)
    report = await house.privacy.retention.run(None)
    assert (report.citizens, report.held_citizens) == (0, 5)
    assert report.held == {"appointment": 1, "callback": 1, "talk": 2, "message": 1}


@pytest.mark.parametrize(("taken_back", "days", "gone"), [(False, 364, 0), (False, 366, 1), (True, 31, 1)])
async def test_a_consent_that_says_longer_keeps_the_data_longer(
    house: House, taken_back: bool, days: int, gone: int
) -> None:
    anna = await house.life.short(house.clock())
    await house.life.consent(anna, "proactive_offers", house.clock())
    if taken_back:
        await house.life.consent(anna, "proactive_offers", house.clock(), given=False)
    house.clock.forward(days=days)
    assert (await house.privacy.retention.run(None)).citizens == gone


async def test_a_preview_says_what_a_run_does_and_deletes_nothing(house: House) -> None:
    await house.life.whole(house.clock())
    await house.life.short(house.clock())
    house.clock.forward(days=20)
    late = await house.life.short(house.clock())
    house.clock.forward(days=11)
    before = {table: len(await house.rows(table)) for table in ("citizens", "messages", "raw_events", "tickets")}
    preview = await house.privacy.retention.preview("тест")
    assert {table: len(await house.rows(table)) for table in before} == before
    assert preview.next_due == preview.last_due == datetime(2027, 1, 5, 8, 0, tzinfo=UTC)
    done = await house.privacy.retention.run("тест")
    assert (preview.citizens, preview.later) == (done.citizens, done.later) == (2, 1)
    assert preview.rows == done.rows
    assert await citizens(house) == {late.citizen}
    assert [e.action for e in await house.audit.page(limit=1)] == ["retention_done"]


async def test_the_newest_reports_can_be_read_again(house: House) -> None:
    await house.life.short(house.clock())
    assert await house.privacy.retention.last() is None
    done, looked = await house.privacy.retention.run(None), await house.privacy.retention.preview(None)
    assert await house.privacy.retention.last() == done
    assert await house.privacy.retention.last(preview=True) == looked


async def test_classes_have_terms_of_their_own(house: House) -> None:
    anna = await house.life.whole(house.clock())
    await house.privacy.erasures.erase(anna.citizen, "тест")
    async with house.store.write() as session:
        await raw_events.add(session, house.vault, "vk", [("dead", {"x": 1}), ("new", {"x": 1})], house.clock())
        (dead, _) = await raw_events.waiting(session, house.vault, "vk")
        await raw_events.settle(session, [dead.id], "dead", "KeyError")
        session.add(
            FormDraftRow(
                id="d", citizen_id="x", form_id="f", answers_sealed=house.vault.seal({}), saved_at=house.clock(),
                expires_at=house.clock(),
            )
        )  # fmt: skip
    house.clock.forward(days=8)
    report = await house.privacy.retention.run(None)
    assert (report.classes["raw_events"], report.classes["dead_letters"], report.classes["form_drafts"]) == (1, 0, 1)
    house.clock.forward(days=23)
    report = await house.privacy.retention.run(None)
    assert report.classes["dead_letters"] == 1 and len(await house.rows("raw_events")) == 1, "unread events stay"
    house.clock.forward(days=365 * 3)
    report = await house.privacy.retention.run(None)
    assert report.classes["consents"] == 2 and await house.rows("deletion_requests") == []
    assert len(await house.rows("tickets")) == 1
    assert await house.rows("consents") == []
    house.clock.forward(days=365 * 2 + 2)
    await house.privacy.retention.run(None)
    assert (
        await house.rows("tickets") == await house.rows("applications") == await house.rows("application_history") == []
    )
    with pytest.raises(KeyError):
        house.files.read(anna.appeal_file)


async def test_a_consent_in_force_stays_for_ever_and_so_does_the_audit_log(house: House) -> None:
    anna = await house.life.short(house.clock())
    await house.life.consent(anna, "personal_data", house.clock(), given=False)
    await house.life.consent(anna, "personal_data", house.clock())
    await house.life.appeal(anna, house.clock(), "registered")
    house.clock.forward(days=365 * 10)
    await house.audit.write("тест", "citizen_viewed", "", anna.citizen)
    report = await house.privacy.retention.run(None)
    assert report.classes["consents"] == 0 and len(await house.rows("consents")) == 2
    assert await house.audit.broken() is None


async def test_rasa_forgets_conversations_that_are_no_longer_ours(house: House) -> None:
    anna = await house.life.short(house.clock())
    house.life._tracked("forgotten", house.clock() - timedelta(days=31))
    house.life._tracked("in-work", house.clock())
    report = await house.privacy.retention.run(None)
    assert report.trackers == 1 and await house.trackers() == {anna.conversation, "in-work"}


async def test_with_zero_days_nothing_is_ever_deleted(house: House) -> None:
    house.rules(0)
    await house.life.whole(house.clock())
    house.clock.forward(days=10_000)
    report = await house.privacy.retention.run(None)
    assert report.citizens == 0 and not report.classes and len(await citizens(house)) == 1


async def test_the_job_runs_once_a_night_and_catches_up_a_night_that_was_missed(house: House) -> None:
    night = Nightly(house.privacy.retention, house.clock, ZoneInfo("Europe/Moscow"))
    assert not await night.look(), "the administrator may look before the first night"
    house.clock.now = datetime(2026, 11, 16, 23, 59, tzinfo=UTC)
    assert not await night.look()
    house.clock.now = datetime(2026, 11, 17, 0, 1, tzinfo=UTC)  # 3:01 in Moscow
    assert await night.look() and not await night.look()
    house.clock.forward(days=2, hours=9)
    assert await Nightly(house.privacy.retention, house.clock, ZoneInfo("Europe/Moscow")).look()


async def test_much_goes_in_short_steps_so_that_others_can_write_in_between(house: House) -> None:
    anna = await house.life.short(house.clock())
    async with house.store.write() as session:
        rows = [journal.message_row(house.vault, anna.conversation, "citizen", {}, house.clock()) for _ in range(1000)]
        session.add_all(rows)
    house.clock.forward(days=31)
    steps: list[int] = []

    @event.listens_for(house.store.engine.sync_engine, "after_cursor_execute")
    def count(_connection: Any, cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith(("DELETE", "UPDATE")):
            steps.append(cursor.rowcount)

    report = await house.privacy.retention.run(None)
    assert report.rows["messages"] == 1002
    assert len(steps) > 5 and max(steps) <= 200, "200 rows are some milliseconds"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"terms": {}}, "tickets"),
        ({"terms": {"tickets": {"years": 5}}}, "why"),
        ({"terms": {"cats": {"years": 5, "why": "x"}}}, "cats"),
        ({"consents_longer": {"spam": 5}}, "spam"),
    ],
)
def test_a_mistake_in_the_rules_is_told(change: dict[str, object], words: str) -> None:
    with pytest.raises(ContentError, match=words):
        RetentionRules.of(change, 30)


def test_terms_count_years_over_leap_days() -> None:
    term = Term(5, 0, "x")
    assert term.ends(datetime(2024, 2, 29).date()).isoformat() == "2029-03-01"
    assert term.begins(datetime(2029, 3, 1, tzinfo=UTC)) == datetime(2024, 3, 1, tzinfo=UTC)
    assert (term.words, Term(0, 21, "x").words, Term(3, 0, "x").words) == ("5 лет", "21 день", "3 года")
