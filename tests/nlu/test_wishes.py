"""Two wishes in one message, told apart by how its parts are read."""

from __future__ import annotations

import pytest

from nlu.wishes import Ranking, two_wishes

SIGNS = {
    "запиш": "book_appointment", "документ": "ask_documents", "стоит": "ask_fee", "работае": "ask_working_hours",
    "находит": "ask_address", "мусор": "report_problem",
}  # fmt: skip


def read(part: str) -> Ranking:
    """A reader that knows a wish by one word of it, and is sure of nothing else."""
    name = next((intent for sign, intent in SIGNS.items() if sign in part), None)
    return [(name, 0.9)] if name else [("inform", 0.2)]


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("до скольки вы работаете и какие документы нужны", ("ask_working_hours", "ask_documents")),
        ("где вы находитесь? до скольки работаете", ("ask_address", "ask_working_hours")),
        ("где вы находитесь, а ещё какие документы нужны", ("ask_address", "ask_documents")),
    ],
)
def test_two_questions_are_both_heard_in_their_order(text: str, wishes: tuple[str, str]) -> None:
    assert two_wishes(text, read(text), read) == wishes


def test_a_question_is_answered_before_the_booking_begins() -> None:
    text = "запишите меня на паспорт и скажите, до скольки вы работаете"
    assert two_wishes(text, read(text), read) == ("ask_working_hours", "book_appointment")


@pytest.mark.parametrize(
    "text",
    [
        "какие документы нужны",
        "до скольки вы работаете сегодня и завтра днём",
        "какие документы нужны и сколько это стоит",
        "мусор не вывозят и какие документы нужны",
        "",
    ],
)
def test_one_wish_aspects_of_one_service_and_a_complaint_stay_one_message(text: str) -> None:
    assert two_wishes(text, read(text) if text else [], read) is None


def test_a_part_that_is_read_unsurely_names_no_wish() -> None:
    text = "до скольки вы работаете и какие документы нужны"
    assert two_wishes(text, read(text), lambda part: [(read(part)[0][0], 0.5)]) is None
