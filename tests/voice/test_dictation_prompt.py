"""Before a dictated case number the recogniser is shown how numbers are written; before other answers it is not."""

from __future__ import annotations

import pytest

from voice.recognition.base import Hint
from voice.recognition.hotwords import DICTATED, STYLE, echoed, styled


def test_only_a_case_number_has_the_prompt_of_numbers() -> None:
    assert "дробь" in styled(Hint("case_number"), "")
    assert all(styled(Hint(slot), "") == "" for slot in ("phone", "snils", "appointment_number", "service"))
    assert styled(Hint(), "") == STYLE and styled(Hint("centre"), "Заречная") == "Заречная"


@pytest.mark.parametrize(
    ("heard", "echo"),
    [
        ("Номер: два, два, ноль, ноль.", True),
        ("пять, пять дробь семь", True),
        ("Два, два, семь, два, один, четыре.", False),
        ("2, 2, 6, 7", False),
        ("оператор", False),
        ("", False),
        ("но", False),
    ],
)
def test_a_piece_of_the_prompt_itself_is_noticed(heard: str, echo: bool) -> None:
    assert echoed(heard, DICTATED["case_number"]) is echo
