"""Complaints in citizens' own words find their topic, also those of a city nobody here trained on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from benchmarks.topics import APPEALS, category, measure
from bot.services.meaning import Encoder
from bot.services.tickets.topic_model import essence
from bot.services.tickets.topics import TopicClassifier, parse_topics

TOPICS = Path(__file__).parents[2] / "bot" / "content" / "topics.yml"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture(scope="module")
def classifier(cache: Path, encoder: Encoder) -> TopicClassifier:
    return TopicClassifier.load(TOPICS, encoder, cache)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("яма на дороге у школы, пробили колесо", "roads.potholes"),
        ("не горят фонари на нашей улице", "improvement.street_lighting"),
        ("люк открыт, ребёнок чуть не провалился", "roads.manholes"),
        ("батареи ледяные, в квартире 15 градусов", "housing_utilities.heating"),
        ("третью неделю не вывозят мусор из баков", "ecology_waste.collection"),
        ("кто-то устроил свалку за гаражами", "ecology_waste.dump"),
        ("автобус проехал мимо и не остановился", "transport.service"),
        ("собаки кидаются на детей", "animals"),
        ("не дают пособие на ребенка", "social_support"),
        ("в аптеке нет льготных лекарств", "medicine.medicines"),
        ("зарплату не платят второй месяц", "labour"),
        ("нет интернета неделю", "telecom"),
        ("нагрубили в мфц, потеряли мои документы", "mfc"),
        ("сосед шумит по ночам", "other"),
    ],
)
def test_plain_complaints_find_their_topic(classifier: TopicClassifier, text: str, topic: str) -> None:
    assert classifier.classify(text)[0][0] == topic


def test_scores_are_probabilities_and_the_first_is_of_the_likeliest_topic(classifier: TopicClassifier) -> None:
    ranking = classifier.classify("снег во дворе не чистят, дорога вся во льду")
    assert sum(score for _, score in ranking) == pytest.approx(1, abs=1e-6)
    heads = {name.split(".")[0] for name, _ in ranking}
    whole = {h: sum(s for n, s in ranking if n.split(".")[0] == h) for h in heads}
    assert ranking[0][0].split(".")[0] == max(whole, key=lambda h: whole[h])


@pytest.mark.parametrize("text", ["", "!!!", "12345", "🙂"])
def test_a_text_without_words_is_other(classifier: TopicClassifier, text: str) -> None:
    assert classifier.classify(text) == [("other", 1.0)]


def test_huge_and_foreign_texts_are_borne(classifier: TopicClassifier) -> None:
    for text in ("яма " * 30_000, "hello, the road is broken", "<script>alert(1)</script> яма", "ъ"):
        assert classifier.classify(text)


def test_a_second_start_takes_the_model_from_disk(cache: Path, encoder: Encoder, classifier: TopicClassifier) -> None:
    files = list(cache.glob("topics-*.pickle"))
    written = files[0].stat().st_mtime_ns
    again = TopicClassifier.load(TOPICS, encoder, cache)
    assert files[0].stat().st_mtime_ns == written
    assert again.classify("яма на дороге") == classifier.classify("яма на дороге")
    files[0].write_bytes(b"damaged")
    assert TopicClassifier.load(TOPICS, encoder, cache).classify("яма на дороге")[0][0] == "roads.potholes"
    assert files[0].stat().st_mtime_ns != written


def test_every_topic_has_group_term_and_examples() -> None:
    topics = parse_topics(yaml.safe_load(TOPICS.read_text("utf-8")))
    leaves = [t for t in topics.values() if t.id not in {x.parent for x in topics.values()}]
    assert all(t.group and 1 <= t.term_days <= 30 for t in topics.values())
    assert all(len(t.examples) >= 8 for t in leaves)
    assert all(category(t.id) in range(17) for t in leaves)


def test_names_and_courtesies_are_left_out() -> None:
    assert essence("Здравствуйте! Прошу убрать снег на улице Есенина, дом 5") == "! убрать снег на ,"


@pytest.mark.skipif(not APPEALS.exists(), reason="../shared/data/kursk_appeals is not here")
def test_real_appeals_of_another_city_are_routed(classifier: TopicClassifier) -> None:
    rows = [json.loads(line) for line in APPEALS.read_text("utf-8").splitlines()]
    assert measure(rows[::4], classifier)["accuracy"] >= 0.78
