"""Who gets whom: every rule of the routing as a row of a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.handover.interface import Operator
from bot.handover.routing import Place, Seat, in_order, matches, overflows

NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
CHOOSY = timedelta(minutes=5)


def place(number: int = 1, group: str = "general", waited: float = 0, **more: Any) -> Place:
    return Place(number, f"c{number}", group, NOW - timedelta(minutes=waited), **more)


def seat(
    name: str, groups: str = "general", holding: int = 0, idle: float = 0, on_phone: bool = False, **more: Any
) -> Seat:
    operator = Operator(name, name, frozenset(groups.split()), **more)
    return Seat(operator, holding, NOW - timedelta(minutes=idle), on_phone)


def who(places: list[Place], seats: list[Seat], manual: str = "crisis") -> list[tuple[int, str]]:
    return [(m.place.handover_id, m.operator) for m in matches(places, seats, manual.split(), NOW, CHOOSY)]


EN = {"languages": frozenset(("en", "ru"))}


@pytest.mark.parametrize(
    ("rule", "places", "seats", "expected"),
    [
        ("somebody of the group", [place()], [seat("a", "city"), seat("b")], [(1, "b")]),
        ("nobody of the group", [place()], [seat("a", "city")], []),
        ("an operator of two groups", [place(group="city")], [seat("a", "general city")], [(1, "a")]),
        ("the fewest talks", [place()], [seat("a", holding=2), seat("b", holding=1)], [(1, "b")]),
        ("then the longest idle", [place()], [seat("a", idle=1), seat("b", idle=9)], [(1, "b")]),
        ("nobody beyond capacity", [place()], [seat("a", holding=4)], []),
        ("capacity is her own", [place()], [seat("a", holding=4, capacity=5)], [(1, "a")]),
        ("a capacity of nothing", [place()], [seat("a", capacity=0)], []),
        ("nobody on the telephone", [place()], [seat("a", on_phone=True, holding=1)], []),
        ("a group that chooses for itself", [place(group="crisis")], [seat("a", "crisis")], []),
        ("the most urgent first", [place(1), place(2, priority=100)], [seat("a", capacity=1)], [(2, "a")]),
        ("then the oldest wish", [place(7), place(3)], [seat("a", capacity=1)], [(3, "a")]),
        (
            "in turn", [place(1), place(2), place(3)], [seat("a", idle=5), seat("b", idle=1)],
            [(1, "a"), (2, "b"), (3, "a")],
        ),
        ("her language", [place(language="en")], [seat("a"), seat("b", holding=3, **EN)], [(1, "b")]),
        ("waits for a busy one of her language", [place(language="en")], [seat("a"), seat("b", holding=4, **EN)], []),
        (
            "but not for ever", [place(language="en", waited=5)], [seat("a"), seat("b", holding=4, **EN)],
            [(1, "a")],
        ),
        ("nobody on line speaks it", [place(language="en")], [seat("a")], [(1, "a")]),
        (
            "her line", [place(line="mfc")],
            [seat("a", lines=frozenset(("122",))), seat("b", holding=1, lines=frozenset(("mfc",)))], [(1, "b")],
        ),
        ("an operator of all lines", [place(line="mfc")], [seat("a")], [(1, "a")]),
        ("the colleague she is passed on to", [place(wanted="b")], [seat("a"), seat("b", holding=3)], [(1, "b")]),
        ("only that one", [place(wanted="b")], [seat("a"), seat("b", holding=4)], []),
        ("only that one, even away", [place(wanted="b")], [seat("a")], []),
        ("that one in a choosing group too", [place(group="crisis", wanted="a")], [seat("a", "crisis")], [(1, "a")]),
        ("that one in another group too", [place(group="city", wanted="a")], [seat("a")], [(1, "a")]),
        ("not back to whom she came from", [place(avoid="a")], [seat("a"), seat("b", holding=3)], [(1, "b")]),
        ("waits rather than go back", [place(avoid="a")], [seat("a"), seat("b", holding=4)], []),
        ("back when there is nobody else", [place(avoid="a")], [seat("a")], [(1, "a")]),
        (
            "who cannot be helped holds up nobody", [place(1, "city", priority=100), place(2)], [seat("a")],
            [(2, "a")],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_who_gets_whom(rule: str, places: list[Place], seats: list[Seat], expected: list[tuple[int, str]]) -> None:
    assert who(places, seats) == expected, rule


def test_the_queue_is_by_urgency_then_by_age() -> None:
    places = [place(5), place(2, priority=20), place(9, priority=100), place(1), place(4, priority=20)]
    assert [p.handover_id for p in in_order(places)] == [9, 2, 4, 1, 5]


def test_a_hundred_citizens_are_spread_evenly_and_nobody_gets_too_many() -> None:
    seats = [seat(f"o{i}", capacity=3) for i in range(10)]
    found = who([place(i) for i in range(1, 101)], seats)
    assert [number for number, _ in found] == list(range(1, 31))
    assert all([name for _, name in found].count(s.operator.id) == 3 for s in seats)


@pytest.mark.parametrize(
    ("waited", "own_closed", "own_on_line", "other_on_line", "expected"),
    [
        (4, False, True, True, False),
        (5, False, True, True, True),
        (5, False, True, False, False),
        (0, True, False, True, True),
        (0, True, True, True, False),
        (0, False, False, True, False),
        (9, True, False, False, False),
    ],
)
def test_when_the_stand_in_takes_over(
    waited: int, own_closed: bool, own_on_line: bool, other_on_line: bool, expected: bool
) -> None:
    found = overflows(
        timedelta(minutes=waited), CHOOSY, own_closed=own_closed, own_on_line=own_on_line, other_on_line=other_on_line
    )
    assert found is expected
