"""Phrases that mean the same come together, always in the same order, and the wish they are about is voted for."""

from __future__ import annotations

import numpy as np
import pytest

from bot.services.meaning import Vectors
from bot.studio.grouping import ballot, by_centre, different, groups_of, vote


def rows(*angles: float) -> Vectors:
    """Unit vectors in a plane at these degrees; None of them is nearer than its angle says."""
    radians = np.radians(np.array(angles))
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def test_what_is_near_comes_together_and_the_biggest_group_first() -> None:
    assert groups_of(rows(0, 90, 5, 95, 100, 180)) == [[1, 3, 4], [0, 2], [5]]


def test_groups_of_one_size_stand_in_the_order_of_their_phrases() -> None:
    vectors = rows(90, 0, 95, 5)
    assert groups_of(vectors) == groups_of(vectors) == [[0, 2], [1, 3]]


def test_taking_a_group_away_leaves_the_others_as_they_were() -> None:
    angles = [0, 3, 6, 100, 103, 200, 201, 202, 203]
    vectors = rows(*angles)
    whole = [{angles[at] for at in one} for one in groups_of(vectors)]
    left = [a for a in angles if a not in whole[0]]
    assert [{left[at] for at in one} for one in groups_of(rows(*left))] == whole[1:]


def test_phrases_that_lean_to_different_wishes_stay_apart_unless_they_are_very_near() -> None:
    vectors = rows(0, 58)
    assert groups_of(vectors, ["a", "a"]) == [[0, 1]]
    assert groups_of(vectors, ["a", "b"]) == [[0], [1]]
    assert groups_of(rows(0, 4), ["a", "b"]) == [[0, 1]]


def test_phrases_without_meaning_stay_alone() -> None:
    vectors = np.concatenate([rows(0, 2), np.zeros((2, 2), np.float32)])
    assert groups_of(vectors) == [[0, 1], [2], [3]]


@pytest.mark.parametrize("count", [0, 1])
def test_few_phrases_are_few_groups(count: int) -> None:
    assert groups_of(rows(*range(count))) == [[row] for row in range(count)]


def test_the_central_phrase_stands_for_all() -> None:
    assert by_centre(rows(0, 20, 45))[0] == 1


def test_the_examples_are_the_most_different_phrases_without_repetitions() -> None:
    vectors = rows(0, 1, 2, 30, 31, 60, -30)
    chosen = different(vectors)
    assert chosen[0] == by_centre(vectors)[0]
    assert {round(float(a), 3) for a in chosen} and len(chosen) == 4
    assert different(rows(0, 1, 2)) == [1]
    assert len(different(rows(*range(0, 360, 30)))) == 5
    assert different(rows()) == []


def test_the_vote_counts_every_phrase_and_leaves_out_what_is_no_wish() -> None:
    ballots = [{"fee": 0.4, "status": 0.2}, {"fee": 0.4, "gone": 5.0}, {"status": 0.2}]
    assert vote(ballots, {"fee", "status"}.__contains__) == [("fee", 0.667), ("status", 0.333)]
    assert vote([], bool) == []


def test_what_a_person_meant_weighs_more_than_any_reading() -> None:
    weights = ballot([("fee", 0.6), ("status", 0.3)], [("fee", 0.9)], "status", misread=True)
    assert max(weights, key=lambda name: weights[name]) == "status" and "fee" not in weights


def test_a_reading_that_was_wrong_is_no_vote_for_itself() -> None:
    weights = ballot([("fee", 0.9), ("status", 0.1)], [("docs", 0.8), ("fee", 0.7)], "", misread=True)
    assert set(weights) == {"status", "docs"}
    assert ballot([("fee", 0.9)], [], "fee", misread=True)["fee"] > 0


def test_far_training_phrases_say_nothing() -> None:
    assert ballot([("", 0.0)], [("fee", 0.3)], "", misread=False) == {"fee": 0.0}
