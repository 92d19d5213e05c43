"""Which answers of the real robot may be judged, and that the vote names the wish and the record the words came from."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.live import LiveStack, Talk

NewTalk = Callable[[], Talk]


def votes(talk: Talk) -> list[Any]:
    """What the robot's last messages say of a vote, in order."""
    return [message.get("vote") for message in talk.replies]


def judged(live: LiveStack, talk: Talk, database: Path) -> tuple[str, str]:
    """Vote on the last answer; the wish and the source that are kept of it."""
    number = talk.replies[-1]["id"]
    url = f"{live.url}/api/v1/conversations/{talk.user}/messages/{number}/vote"
    answer = httpx.post(url, json={"value": "down"}, headers={"X-API-Key": live.key})
    assert answer.status_code == 200, answer.text
    with sqlite3.connect(database) as base:
        (row,) = base.execute("SELECT intent, answer FROM answer_votes WHERE message = ?", (number,))
    base.close()
    return str(row[0]), str(row[1])


@pytest.mark.parametrize(
    ("words", "wish", "source"),
    [
        ("какие документы нужны на загранпаспорт", "ask_documents", "services/"),
        ("во сколько открывается центр на Ленина", "ask_working_hours", "utter_hours"),
        ("зачем вам мои данные", "ask_privacy", "utter_privacy"),
        ("что значит передано на выдачу в огв", "explain_status", "utter_status_meaning"),
    ],
)
def test_an_answer_is_judged_by_its_wish_and_source(
    live: LiveStack, talk: NewTalk, database: Path, words: str, wish: str, source: str
) -> None:
    citizen = talk()
    citizen.say(words)
    assert votes(citizen)[-1] == "none" and set(votes(citizen)[:-1]) <= {None}
    found, where = judged(live, citizen, database)
    assert (found, where[: len(source)]) == (wish, source)


@pytest.mark.parametrize(
    "words",
    ["здравствуйте", "спасибо", "до свидания", "запишите меня на приём", "какие документы нужны", "позовите оператора",
     "ыфва олдж", "вы робот?"],
)  # fmt: skip
def test_greetings_questions_and_ways_to_people_are_not_judged(talk: NewTalk, words: str) -> None:
    citizen = talk()
    citizen.say(words)
    assert set(votes(citizen)) == {None}


def test_the_answer_to_an_asked_back_question_keeps_the_first_wish(
    live: LiveStack, talk: NewTalk, database: Path
) -> None:
    citizen = talk()
    citizen.say("какие документы нужны")
    citizen.say("загранпаспорт")
    wish, source = judged(live, citizen, database)
    assert wish == "ask_documents" and source.startswith("services/")


def test_more_of_an_answer_is_judged_as_that_answer(live: LiveStack, talk: NewTalk, database: Path) -> None:
    citizen = talk()
    citizen.say("какие документы нужны на загранпаспорт")
    first = judged(live, citizen, database)
    citizen.press("Подробнее")
    assert judged(live, citizen, database) == first


def test_a_question_in_the_middle_of_a_form_is_not_asked_about(talk: NewTalk) -> None:
    citizen = talk()
    citizen.say("запишите меня на замену паспорта")
    citizen.say("а сколько это стоит?")
    assert set(votes(citizen)) == {None}
