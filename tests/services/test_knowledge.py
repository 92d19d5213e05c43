"""The knowledge search finds what is there and is silent where it knows nothing, on questions kept apart."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from bot.services.content import load
from bot.services.knowledge import Knowledge
from bot.services.meaning import SIZE, Encoder, cached_vectors
from tests.services.knowledge_cases import TEST, TUNE
from tests.services.vectors import FOLDER

CONTENT = Path(__file__).parents[2] / "bot" / "content"


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture(scope="module")
def knowledge(encoder: Encoder) -> Knowledge:
    return Knowledge(load(CONTENT).articles, encoder, FOLDER)


def test_there_are_enough_questions_to_measure_on() -> None:
    assert len(TEST) >= 60
    assert sum(wanted is None for _, wanted in TEST) >= 20
    assert not {q for q, _ in TEST} & {q for q, _ in TUNE}


def test_no_measured_question_is_a_question_of_an_article(knowledge: Knowledge) -> None:
    known = {q.lower() for article in knowledge.articles for q in article.questions}
    assert not known & {q for q, _ in TEST}


def test_questions_kept_apart_find_their_article(knowledge: Knowledge) -> None:
    asked = [(q, wanted) for q, wanted in TEST if wanted is not None]
    found = {q: knowledge.search(q, limit=1) for q, _ in asked}
    right = [q for q, wanted in asked if found[q] and found[q][0].article.id == wanted]
    wrong = [q for q, wanted in asked if found[q] and found[q][0].article.id != wanted]
    assert len(right) / len(asked) >= 0.78, len(right) / len(asked)
    assert len(wrong) <= 3, wrong


def test_nothing_is_invented_for_questions_without_an_answer(knowledge: Knowledge) -> None:
    asked = [q for q, wanted in TEST if wanted is None]
    invented = [q for q in asked if knowledge.search(q)]
    assert len(invented) <= 3, invented


def test_every_question_of_an_article_finds_it(knowledge: Knowledge) -> None:
    lost = [
        (article.id, question)
        for article in knowledge.articles
        for question in article.questions
        if not (hits := knowledge.search(question)) or hits[0].article.id != article.id
    ]
    assert len(lost) <= 3, lost


@pytest.mark.parametrize("text", ["", "   ", "...", "👍👍", "\u200b", "?" * 100_000])
def test_a_text_without_words_finds_nothing(knowledge: Knowledge, text: str) -> None:
    assert knowledge.search(text) == []


def test_a_huge_text_is_answered_in_time(knowledge: Knowledge) -> None:
    assert len(knowledge.search("как взять талон " * 10_000)) <= 3


def test_an_empty_base_finds_nothing(encoder: Encoder) -> None:
    assert Knowledge([], encoder).search("как взять талон") == []


def test_scores_are_chances_in_falling_order(knowledge: Knowledge) -> None:
    scores = [hit.score for hit in knowledge.search("как взять талон в очередь", limit=5, threshold=0.0)]
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] <= scores[0] <= 1


def test_vectors_are_kept_by_content_and_made_anew_when_damaged(encoder: Encoder, tmp_path: Path) -> None:
    first = cached_vectors(encoder, ["один", "два"], tmp_path, "things")
    (file,) = tmp_path.iterdir()
    assert np.array_equal(cached_vectors(encoder, ["один", "два"], tmp_path, "things"), first)
    file.write_bytes(b"garbage")
    assert np.array_equal(cached_vectors(encoder, ["один", "два"], tmp_path, "things"), first)
    cached_vectors(encoder, ["один", "три"], tmp_path, "things")
    cached_vectors(encoder, ["один"], tmp_path, "things-else")
    assert len(list(tmp_path.iterdir())) == 2


def test_vectors_are_of_length_one_and_zero_without_words(encoder: Encoder) -> None:
    vectors = encoder.encode(["Где взять талон?", "...", "где взять  талон?"])
    assert vectors.shape == (3, SIZE)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 1], abs=1e-5)
    assert np.array_equal(vectors[0], vectors[2])
    assert encoder.encode([]).shape == (0, SIZE)


def test_several_threads_get_the_same_vectors() -> None:
    encoder = Encoder()
    found: dict[int, np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = {}
    threads = [
        threading.Thread(target=lambda n=n: found.update({n: encoder.encode([f"вопрос {n % 2}"])})) for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert all(np.allclose(found[n], found[n % 2], atol=1e-5) for n in found)
