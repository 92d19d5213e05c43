"""The benches judge what citizens saw: shown on hand-made conversations, without any process."""

from __future__ import annotations

import random

import pytest

from app.commands import bench_channels, bench_faults
from app.problems import Problem
from benchmarks import channel_load, faults
from benchmarks.channel_load import Pace
from benchmarks.crowd import Stretch, Timed
from benchmarks.faults import Count, Kill, Run
from benchmarks.judging import Heard, Said, judge
from benchmarks.questions import _only


def asked(*answers: str) -> list[Said]:
    """Questions a second apart, each with its one right answer."""
    return [Said(n, f"id{n}", answer, float(n)) for n, answer in enumerate(answers)]


def read(*texts: str, start: float = 100.0) -> list[Heard]:
    """What stood on the screen, long after everything was asked."""
    return [Heard(text, start + n) for n, text in enumerate(texts)]


def test_every_question_with_its_answer_in_order_is_well() -> None:
    verdict = judge(asked("a", "b", "c"), read("a", "b", "c"))
    assert (verdict.answered, verdict.lost, verdict.duplicates, verdict.violations) == ((0, 1, 2), (), (), ())


def test_a_question_without_its_answer_is_lost_and_an_excuse_is_none() -> None:
    verdict = judge(asked("a", "b", "c"), read("a", "Простите, у меня не получилось ответить.", "c"))
    assert verdict.lost == (1,)
    assert verdict.violations == ()
    assert [n.text for n in verdict.notices] == ["Простите, у меня не получилось ответить."]


def test_every_repeat_of_an_answer_counts() -> None:
    verdict = judge(asked("a", "b"), read("a", "a", "b", "a"))
    assert verdict.duplicates == (0, 0)
    assert verdict.lost == ()
    assert verdict.violations == ()


def test_an_answer_after_that_of_a_later_question_breaks_the_order() -> None:
    verdict = judge(asked("a", "b", "c", "d"), read("a", "c", "b", "d"))
    assert verdict.violations == (1,)
    assert verdict.lost == ()


def test_the_same_question_in_a_later_round_is_another_one() -> None:
    texts = [f"answer {n}" for n in range(24)]
    said = asked(*texts, *texts)
    missing = [t for n, t in enumerate(texts * 2) if n != 5]
    verdict = judge(said, read(*missing))
    assert verdict.lost == (5,)
    assert (verdict.duplicates, verdict.violations) == ((), ())


def test_a_repeat_is_not_taken_for_the_answer_of_a_question_not_yet_asked() -> None:
    said = [Said(0, "x", "a", 0.0), Said(1, "y", "a", 50.0)]
    verdict = judge(said, [Heard("a", 1.0), Heard("a", 2.0), Heard("a", 51.0)])
    assert verdict.answered == (0, 1)
    assert verdict.duplicates == (0,)


def test_blanks_a_channel_changes_do_not_matter() -> None:
    assert judge(asked("один\n\nдва  три"), read("один\nдва три ")).answered == (0,)


def test_figures_tell_doors_where_a_repeat_can_be_avoided_from_others() -> None:
    one = Run("sqlite", [Kill("assistant", 1.0), Kill("rasa", 2.0)])
    one.channels = {"telegram": Count(10, 10, duplicates=2), "vk": Count(10, 9, lost=1, duplicates=1)}
    two = Run("postgresql", [Kill("database", 3.0)])
    two.channels = {"telegram": Count(5, 5, notices=3), "widget": Count(4, 4)}
    figures = faults.summary([one, two])
    assert figures["kills"] == 3
    assert figures["kills_of"] == {"assistant": 1, "rasa": 1, "database": 1}
    assert (figures["sent"], figures["answered"], figures["lost"], figures["notices"]) == (29, 28, 1, 3)
    assert (figures["duplicates_idempotent"], figures["duplicates_other"]) == (1, 2)
    assert figures["channels"]["telegram"]["sent"] == 15
    assert set(figures["databases"]) == {"sqlite", "postgresql"}
    assert not faults.well(figures)


def test_a_repeat_in_telegram_is_counted_and_no_failure() -> None:
    one = Run("sqlite", [Kill("assistant", 1.0)])
    one.channels = {"telegram": Count(10, 10, duplicates=1), "widget": Count(10, 10, notices=4)}
    assert faults.well(faults.summary([one]))


def test_only_kills_near_a_message_stand_in_its_evidence() -> None:
    kills = [Kill("assistant", 10.0), Kill("rasa", 40.0)]
    assert faults._near(kills, [12.0, 300.0]) == [{"victim": "assistant", "at": 10.0}]


def test_only_a_steady_single_answer_makes_a_question() -> None:
    one = {"text": "паспорт", "buttons": []}
    assert _only([[one], [one]]) == "паспорт"
    assert _only([[one], [one | {"text": "другое"}]]) is None
    assert _only([[one, one], [one, one]]) is None
    assert _only([[one | {"form": {"type": "rating"}}]] * 2) is None


def pace(rate: float, p95: float, drained: float | None, overhead: float = 8.0) -> Pace:
    return Pace(rate, 100, 0, 50.0, p95, 30.0, 5.0, overhead, 0, drained, memory_mb={"помощник": 300, "Rasa": 700})


def test_the_knee_is_the_fastest_pace_that_can_go_on_for_ever() -> None:
    paces = [pace(5, 80, 0.0), pace(20, 120, 0.5), pace(40, 900, 1.0), pace(60, 700, 9.0), pace(80, 5000, None)]
    figures = channel_load.summary(paces, 0, None)
    assert (figures["knee_per_second"], figures["p95_ms_at_knee"]) == (40, 900)
    assert (figures["overhead_p95_ms_at_20"], figures["p95_ms"], figures["memory_mb"]) == (8.0, 120, 1000)


def test_without_a_kept_pace_there_is_no_knee() -> None:
    figures = channel_load.summary([pace(5, 80, None)], 3, None)
    assert (figures["knee_per_second"], figures["p95_ms_at_knee"], figures["dropped"]) == (0, None, 3)
    assert figures["overhead_p95_ms_at_20"] is None


def test_overhead_is_what_the_robots_own_turn_does_not_explain() -> None:
    heard = Stretch([Timed("vk", "1", 0.0, 0.100), Timed("vk", "2", 1.0, 0.140)])
    # By the database 80 and 100 ms, by the assistant's own clock 85 ms in the mean: the store of the message took 5 of each.
    found = channel_load._overheads(heard, {("vk", "1"): 0.080, ("vk", "2"): 0.100}, 0.085)
    assert found["vk"] == pytest.approx([25.0, 45.0])


def test_rates_are_read_and_refused_in_words() -> None:
    assert bench_channels._rates("20, 5,10") == (5.0, 10.0, 20.0)
    for wrong in ("", "fast", "0,5"):
        with pytest.raises(Problem, match="через запятую"):
            bench_channels._rates(wrong)


def test_an_unknown_database_is_refused() -> None:
    with pytest.raises(Problem, match="Есть: both, sqlite, postgresql"):
        bench_faults.run(False, True, None, "oracle", None)


def test_a_seed_gives_the_same_victims() -> None:
    who, weights = list(faults.WEIGHTS), list(faults.WEIGHTS.values())
    first, second = (random.Random(7).choices(who, weights, k=50) for _ in range(2))
    assert first == second
    assert set(first) == set(who)
