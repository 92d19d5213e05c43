"""Numbers and dates in the spellings people use."""

from __future__ import annotations

from datetime import date

import pytest

from bot.services.case_numbers import canonical_number
from bot.services.russian_dates import day_text, long_day_text, parse_date


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("ТЛ-2026-000077", "ТЛ-2026-000077"),
        ("тл 2026 77", "ТЛ-2026-000077"),
        ("зя–2026–123", "ЗЯ-2026-000123"),
        ("TЛ2026000077", "ТЛ-2026-000077"),
        ("2/2/134660", "2/2/134660"),
        (" 2 / 2 / 134660 ", "2/2/134660"),
        ("№2\\2\\134660", "2/2/134660"),
        ("2-2-134660", "2/2/134660"),
        ("", ""),
        ("приветик", "ПРИВЕТИК"),
    ],
)
def test_one_spelling_of_a_number(text: str, number: str) -> None:
    assert canonical_number(text) == number


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12.03.1985", date(1985, 3, 12)),
        ("12/3/1985", date(1985, 3, 12)),
        ("12 03 1985", date(1985, 3, 12)),
        ("12-03-1985", date(1985, 3, 12)),
        ("12031985", date(1985, 3, 12)),
        ("1985-03-12", date(1985, 3, 12)),
        ("12 марта 1985 г.", date(1985, 3, 12)),
        ("1 мая 1990 года рождения", date(1990, 5, 1)),
        ("29 февраля 2023", None),
        ("вчера", None),
        ("", None),
        ("12.03", None),
    ],
)
def test_dates_as_people_type_them(text: str, day: date | None) -> None:
    assert parse_date(text) == day


def test_dates_as_people_read_them() -> None:
    assert day_text(date(2026, 11, 21)) == "21 ноября, суббота"
    assert long_day_text(date(2026, 5, 1)) == "1 мая 2026 года"
