"""What Rasa shows in its action calls becomes one row a message, with a doubt where the citizen or the robot had one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event, select

from bot.store import Store, Vault, journal
from bot.store.conversations import MessageRow
from bot.studio.readings import MOST, Readings
from bot.studio.tables import ReadingRow

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
ASKED = "action_not_understood"


class Talk:
    """A conversation in the journal and the tracker that Rasa would show of it."""

    def __init__(self, house: House, user: str) -> None:
        self.house, self.user, self.id = house, user, ""
        self.events: list[dict[str, Any]] = []
        self.slots: dict[str, Any] = {}
        self.form = ""

    async def say(self, words: str, *ranking: tuple[str, float], fallback: bool = False, rasa: str = "") -> int:
        """Store a message and show it to the readings as the first action call of its turn."""
        async with self.house.store.write() as session:
            row = await journal.conversation_of(session, self.house.vault, "widget", self.user, self.house.now)
            self.id = row.id
            message = await journal.add_message(
                session, self.house.vault, row.id, "citizen", {"text": words}, self.house.now
            )
        named = [{"name": name, "confidence": sure} for name, sure in ranking]
        top = (
            {"name": "nlu_fallback", "confidence": 0.7} if fallback else (named or [{"name": "", "confidence": 1.0}])[0]
        )
        parsed = {
            "text": rasa or words, "intent": top, "intent_ranking": [top, *named] if fallback else named, "entities": [],
            "metadata": {"message": message.seq, "conversation": row.id, "words": words},
        }  # fmt: skip
        self.events.append(
            {"event": "user", "text": rasa or words, "parse_data": parsed, "metadata": parsed["metadata"]}
        )
        self.call("action_x")
        return message.seq

    def answer(self, *payloads: str) -> None:
        """The robot's answer with its buttons."""
        self.events.append({"event": "bot", "text": "…", "data": {"buttons": [{"payload": p} for p in payloads]}})

    def call(self, action: str) -> None:
        """One more action call of the same turn."""
        latest = next(e for e in reversed(self.events) if e["event"] == "user")
        loop = {"name": self.form} if self.form else {}
        tracker = {
            "latest_message": latest["parse_data"],
            "events": self.events,
            "active_loop": loop,
            "slots": self.slots,
        }
        self.house.readings.heard(tracker, action)


class House:
    def __init__(self, store: Store, vault: Vault) -> None:
        self.store, self.vault, self.now = store, vault, NOW
        self.readings = Readings(store, lambda: self.now)

    def talk(self, user: str = "u") -> Talk:
        return Talk(self, user)

    async def rows(self) -> dict[int, ReadingRow]:
        await self.readings.store_now()
        async with self.store.read() as session:
            return {row.message: row for row in await session.scalars(select(ReadingRow))}

    async def doubts(self, message: int) -> str:
        return (await self.rows())[message].doubts


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'r.db'}")
    await store.create_all()
    yield House(store, Vault.from_file(tmp_path / "key"))
    await store.close()


async def test_a_message_is_one_row_however_often_its_turn_calls(house: House) -> None:
    talk = house.talk()
    said = await talk.say("где мой паспорт", ("check_status", 0.8), ("ask_documents", 0.1))
    for action in ("action_check", "action_check", ASKED):
        talk.call(action)
    row = (await house.rows())[said]
    assert (row.intent, row.confidence, row.second, row.second_confidence) == (
        "check_status",
        0.8,
        "ask_documents",
        0.1,
    )
    assert (row.doubtful, row.doubts, row.state, row.conversation_id, row.at) == (False, "", "new", talk.id, NOW)


async def test_what_the_robot_asked_about_is_unsure_and_keeps_the_real_reading(house: House) -> None:
    talk = house.talk()
    said = await talk.say("а если бумага", ("ask_documents", 0.22), ("check_status", 0.2), fallback=True)
    row = (await house.rows())[said]
    assert (row.intent, row.second, row.doubts, row.doubtful) == ("ask_documents", "check_status", "unsure", True)


async def test_an_answer_that_a_form_took_is_no_doubt_but_one_that_it_did_not_is(house: House) -> None:
    talk = house.talk()
    talk.form = "ticket_form"
    taken = await talk.say("за углом у ларька", ("inform", 0.2), fallback=True)
    talk.call("validate_ticket_form")
    assert await house.doubts(taken) == ""
    missed = await talk.say("мяу", ("smalltalk", 0.1), fallback=True)
    talk.call(ASKED)
    assert await house.doubts(missed) == "unsure"


@pytest.mark.parametrize("rasa", ["/check_status", '/inform{"grade": 3}', "EXTERNAL: reminder"])
async def test_pressed_buttons_are_no_readings(house: House, rasa: str) -> None:
    await house.talk().say("Кнопка", ("check_status", 1.0), rasa=rasa)
    assert await house.rows() == {}


async def test_the_choice_under_which_of_two_says_what_was_meant(house: House) -> None:
    talk = house.talk()
    ranking = (("ask_documents", 0.24), ("check_status", 0.2))
    first = await talk.say("а если бумага", *ranking, fallback=True)
    talk.answer("/ask_documents", "/check_status", "/request_operator")
    await talk.say("Узнать, где моё заявление", ("check_status", 1.0), rasa="/check_status")
    second = await talk.say("а если бумага есть", *ranking, fallback=True)
    talk.answer("/ask_documents", "/check_status", "/request_operator")
    await talk.say("Узнать, какие нужны документы", ("ask_documents", 1.0), rasa="/ask_documents")
    rows = await house.rows()
    assert (rows[first].doubts, rows[first].meant) == ("unsure misread", "check_status")
    assert (rows[second].doubts, rows[second].meant) == ("unsure", "ask_documents")


@pytest.mark.parametrize("button", ["/request_operator", "/pay_duty"])
async def test_a_button_that_is_no_reading_says_nothing_about_the_message(house: House, button: str) -> None:
    talk = house.talk()
    said = await talk.say("а если бумага", ("ask_documents", 0.24), ("check_status", 0.2), fallback=True)
    talk.answer("/ask_documents", "/check_status", "/request_operator")
    await talk.say("Кнопка", ("x", 1.0), rasa=button)
    assert ((await house.rows())[said].doubts, (await house.rows())[said].meant) == ("unsure", "")


@pytest.mark.parametrize(
    ("words", "doubt"),
    [
        ("не то", "misread"), ("Нет, не то", "misread"), ("я не об этом спрашивал", "misread"), ("вы меня не поняли", "misread"),
        ("это вообще не то!", "misread"), ("я про другое", "misread"), ("неправильно меня поняли", "misread"),
        ("не помогло", "thumbs_down"), ("это не помогло мне", "thumbs_down"), ("бесполезный ответ", "thumbs_down"),
        ("вы мне не ответили", "thumbs_down"),
        ("не то чтобы срочно, но хочу записаться", ""), ("спасибо", ""), ("нет", ""), ("а сколько это стоит", ""),
    ],
)  # fmt: skip
async def test_an_objection_is_about_the_message_before_it(house: House, words: str, doubt: str) -> None:
    talk = house.talk()
    wish = await talk.say("сколько стоит загранпаспорт", ("ask_fee", 0.9))
    talk.answer()
    await talk.say(words, ("deny", 0.9))
    assert await house.doubts(wish) == doubt


async def test_an_objection_inside_a_form_answers_the_form(house: House) -> None:
    talk = house.talk()
    wish = await talk.say("запишите меня", ("book_appointment", 0.9))
    talk.form = "appointment_form"
    await talk.say("нет, не то", ("deny", 0.9))
    assert await house.doubts(wish) == ""


async def test_a_thumb_down_is_a_doubt_unless_it_answers_a_question(house: House) -> None:
    talk = house.talk()
    first = await talk.say("сколько стоит загранпаспорт", ("ask_fee", 0.9))
    await talk.say("👎", rasa="/deny")
    talk.slots = {"offer": "book"}
    second = await talk.say("где центр", ("ask_address", 0.9))
    await talk.say("👎", rasa="/deny")
    assert (await house.doubts(first), await house.doubts(second)) == ("thumbs_down", "")


async def test_a_doubt_about_a_talk_is_about_its_last_wish(house: House) -> None:
    talk = house.talk()
    wish = await talk.say("не приходит пенсия", ("report_problem", 0.6))
    await talk.say("позовите человека", ("request_operator", 0.99))
    house.readings.noticed(talk.id, "handed_over")
    rows = await house.rows()
    assert [row.message for row in rows.values() if row.doubtful] == [wish]
    assert rows[wish].doubts == "handed_over"
    await house.readings.doubt(talk.id, "thumbs_down")
    assert await house.doubts(wish) == "handed_over thumbs_down"


async def test_a_doubt_about_a_talk_is_not_about_yesterday(house: House) -> None:
    talk = house.talk()
    wish = await talk.say("не приходит пенсия", ("report_problem", 0.6))
    await house.readings.store_now()
    house.now += timedelta(hours=20)
    await house.readings.doubt(talk.id, "handed_over")
    assert await house.doubts(wish) == ""


async def test_somebody_elses_message_is_not_marked(house: House) -> None:
    mine, other = house.talk("a"), house.talk("b")
    said = await mine.say("где талон", ("check_status", 0.9))
    await other.say("привет", ("greet", 0.9))
    await house.readings.doubt(other.id, "misread", said, "ask_fee")
    await house.readings.doubt("nobody", "misread", 999_999)
    assert await house.doubts(said) == ""


async def test_a_settled_reading_is_open_again_when_something_new_is_known_of_it(house: House) -> None:
    talk = house.talk()
    said = await talk.say("бумага", ("ask_documents", 0.2), fallback=True)
    await house.readings.store_now()
    assert await house.readings.settle([said], "ignored", "editor") == [said]
    assert await house.readings.settle([said], "taught", "other", "ask_fee") == []
    await house.readings.doubt(talk.id, "unsure", said)
    assert (await house.rows())[said].state == "ignored"
    await house.readings.doubt(talk.id, "misread", said, "ask_fee")
    row = (await house.rows())[said]
    assert (row.state, row.meant, row.settled_by) == ("new", "ask_fee", "")


async def test_only_the_one_who_settled_takes_it_back(house: House) -> None:
    said = await house.talk().say("бумага", ("ask_documents", 0.2), fallback=True)
    await house.readings.store_now()
    await house.readings.settle([said], "taught", "anna", "ask_fee")
    assert await house.readings.unsettle([said], "boris") == []
    assert await house.readings.unsettle([said], "anna") == [said]
    assert [one.message for one in await house.readings.open()] == [said]


async def test_the_open_ones_are_filtered_and_counted(house: House) -> None:
    first, second = house.talk("a"), house.talk("b")
    old = await first.say("бумага", ("ask_documents", 0.2), fallback=True)
    house.now += timedelta(days=10)
    fresh = await second.say("не дали", ("explain_rejection", 0.2), fallback=True)
    await first.say("спасибо", ("thank", 0.9))
    await house.readings.store_now()
    await house.readings.doubt(first.id, "misread", old)
    readings = house.readings
    assert [one.message for one in await readings.open()] == [fresh, old]
    assert [one.message for one in await readings.open(days=7)] == [fresh]
    assert [one.message for one in await readings.open(doubt="misread")] == [old]
    assert (await readings.open(doubt="misread"))[0].doubts == ("unsure", "misread")
    assert await readings.open(channel="telegram") == []
    assert await readings.waiting() == 2
    assert [(r, d) for _, r, d in await readings.weekly(3)] == [(0, 0), (1, 1), (2, 1)]


async def test_lists_and_figures_stay_inside_their_indexes(house: House) -> None:
    asked: list[str] = []
    engine = house.store._read_engine.sync_engine

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, _many: Any) -> None:
        if "studio_readings" in statement:
            asked.append((statement, parameters))  # type: ignore[arg-type]

    event.listen(engine, "before_cursor_execute", note)
    await house.readings.open(doubt="unsure", channel="widget")
    await house.readings.waiting()
    await house.readings.weekly(1)
    event.remove(engine, "before_cursor_execute", note)
    async with house.store.read() as session:
        connection = await session.connection()
        for statement, parameters in asked:  # type: ignore[misc]
            plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)).all()
            assert not [row for row in plan if "SCAN studio_readings" in str(row)], plan
    assert len(asked) == 3


@pytest.mark.parametrize(
    "tracker",
    [
        None, 7, "x", [], {}, {"latest_message": None}, {"latest_message": {"metadata": {"message": "1"}, "text": None}},
        {"latest_message": {"metadata": {"message": 1}, "intent": "x", "intent_ranking": 3}},
        {"latest_message": {"metadata": {"message": True}}}, {"latest_message": {"metadata": 5}, "events": 8},
        {"latest_message": {"metadata": {"message": 1, "conversation": "c"}, "text": "не то"}, "events": ["x"]},
    ],
)  # fmt: skip
async def test_a_strange_tracker_does_no_harm(house: House, tracker: Any) -> None:
    house.readings.heard(tracker, "action_x")
    assert await house.rows() == {}


async def test_memory_is_bounded_while_the_database_is_away(house: House) -> None:
    for number in range(MOST + 50):
        latest = {"text": "да", "intent": {"name": "affirm", "confidence": 1.0}, "metadata": {"message": number}}
        house.readings.heard({"latest_message": latest}, "action_x")
        house.readings.noticed(f"c{number}", "handed_over")
    assert len(house.readings._fresh) == MOST and len(house.readings._marks) == MOST


async def test_what_was_noted_is_stored_soon_and_at_the_end_all_of_it(house: House) -> None:
    async def stored() -> int:
        async with house.store.read() as session:
            return len((await session.scalars(select(ReadingRow))).all())

    talk = house.talk()
    async with house.readings.running():
        await talk.say("где талон", ("check_status", 0.9))
        async with asyncio.timeout(20):
            while not await stored():
                await asyncio.sleep(0.05)
        await talk.say("а паспорт", ("check_status", 0.9))
    assert await stored() == 2


async def test_a_message_deleted_meanwhile_costs_no_other_one(house: House) -> None:
    talk = house.talk()
    gone = await talk.say("где талон", ("check_status", 0.9))
    kept = await talk.say("а паспорт", ("check_status", 0.9))
    async with house.store.write() as session:
        await session.delete(await session.get_one(MessageRow, gone))
    assert list(await house.rows()) == [kept]
