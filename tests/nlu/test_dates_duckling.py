"""Our dates against the Russian cases of Duckling, kept outside the repository in ../shared.

Two ratios are printed. The strict one counts our deliberate differences as failures and must reach 85 %;
the other leaves them out. Cases no booking needs are not counted; `_not_for_booking` says which.
"""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from nlu.dates import TimeSpan, find_times

CASES = Path(__file__).resolve().parents[3] / "shared" / "data" / "duckling_ru" / "cases.jsonl"
_DEFAULT_NOW = "2013-02-12T04:30:00-02:00"

# docs/decisions/001-dates.md says why. Every line must really differ, or the test fails.
DIFFERENT_ON_PURPOSE = {
    "эта неделя": "the whole week, Monday to Sunday",
    "через 7 дней": "a day, not an hour of it",
    "7 дней назад": "a day, not an hour of it",
    "7 дней тому назад": "a day, not an hour of it",
    "14 дней назад": "a day, not an hour of it",
    "в 4 утра": "a time already past today is tomorrow's",
    "3:18 утра": "a time already past today is tomorrow's",
    "сегодня вечером": "evening is 17–20, while offices work",
    "завтра вечером": "evening is 17–20, while offices work",
    "вчера вечером": "evening is 17–20, while offices work",
    "сегодня днем": "daytime is 12–17",
    "сегодня днём": "daytime is 12–17",
    "в эти выходные": "Saturday and Sunday, not Friday evening",
    "9:30 - 11:00": "ends at the minute named, not after it",
    "11:30-13:30": "ends at the minute named, not after it",
    "18:30ч - 19:00ч": "ends at the minute named, not after it",
    "18:30ч/19:00ч": "ends at the minute named, not after it",
    "следующие 3 минуты": "from now, not from the next whole minute",
    "следующие три минуты": "from now, not from the next whole minute",
    "следующие 3 часа": "from now, not from the next whole hour",
    "следующие три часа": "from now, not from the next whole hour",
}


def _not_for_booking(case: dict[str, Any]) -> str:
    """Why a case is not counted; empty if it is."""
    text = case["text"].lower()
    expected = case.get("expected", {})
    if "секунд" in text:
        return "seconds"
    if re.search(r"\b(?:cet|gmt)\b", text):
        return "time zones"
    if text in ("лета", "лето", "весна", "зима"):
        return "seasons"
    if expected.get("kind") == "datetimeHoliday":
        return "holidays"
    if expected.get("grain") in ("year", "quarter") or re.search(r"\d+ года$|(?:три|два) года", text):
        return "years and quarters"
    if re.search(r"последние .+ минуты", text):
        return "past minutes"
    return ""


def _load() -> list[dict[str, Any]]:
    if not CASES.exists():
        pytest.skip(f"Duckling's cases are not here: {CASES}")
    rows = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["dim"] == "Time"]


def _agrees(found: list[TimeSpan], case: dict[str, Any]) -> bool:
    """Same moments and grain. Duckling's grain `second` («через 30 минут») is not held against us: we have none."""
    if not case["positive"]:
        return not found
    if len(found) != 1:
        return False
    expected, value = case["expected"], found[0].value
    if expected["grain"] not in (found[0].grain, "second"):
        return False
    if expected["kind"] == "datetime":
        return isinstance(value, str) and value[:19] == expected["value"]
    if not isinstance(value, dict):
        return False
    ends = tuple(end and end[:19] for end in (value["from"], value["to"]))
    if expected["kind"] == "datetimeInterval":
        return ends == (expected["from"], expected["to_exclusive"])
    return ends == ((expected["value"], None) if expected["direction"] == "after" else (None, expected["value"]))


def test_agrees_with_duckling_on_what_a_booking_needs(capsys: pytest.CaptureFixture[str]) -> None:
    cases = _load()
    left_out: dict[str, int] = {}
    counted: list[tuple[str, bool]] = []
    for case in cases:
        reason = _not_for_booking(case)
        if reason:
            left_out[reason] = left_out.get(reason, 0) + 1
            continue
        now = datetime.fromisoformat(case.get("ref", _DEFAULT_NOW))
        counted.append((case["text"], _agrees(find_times(case["text"], now), case)))
    right = sum(good for _, good in counted)
    wrong = [text for text, good in counted if not good]
    unplanned = [text for text in wrong if text not in DIFFERENT_ON_PURPOSE]
    same_after_all = [text for text, good in counted if good and text in DIFFERENT_ON_PURPOSE]
    strict = right / len(counted)
    ours = right / (len(counted) - (len(wrong) - len(unplanned)))
    with capsys.disabled():
        print(f"\nDuckling: {right}/{len(counted)} = {strict:.1%}; without deliberate differences {ours:.1%}")
        print(f"left out: {left_out}; unplanned: {unplanned}")
    assert same_after_all == []
    assert strict >= 0.85
    assert ours >= 0.98
