"""Finds the topic of a complaint by the examples that editors wrote in `content/topics.yml`; see docs/topics.md."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sklearn

from bot.services.errors import ContentError
from bot.services.plain_yaml import plain_yaml
from bot.services.tickets.topic_model import SentenceEncoder, TopicModel

OTHER = "other"
VERSION = 4
"""Raise it when the features change, so that models kept on disk are made anew."""

LONGEST = 3_000
"""Characters of a complaint that are read."""


@dataclass(frozen=True)
class Topic:
    """A topic or subtopic. `term_days` is the term of the answer in calendar days; `parent` is set for a subtopic."""

    id: str
    title: str
    group: str
    term_days: int
    keywords: tuple[str, ...]
    examples: tuple[str, ...]
    parent: str | None = None


def parse_topics(data: Mapping[str, Any]) -> dict[str, Topic]:
    """Topics and subtopics by id. Raises ContentError for a double id, a missing group or a term above 30 days."""
    found: dict[str, Topic] = {}
    for item in data.get("topics") or []:
        for entry, parent in [(item, None), *((sub, item) for sub in item.get("subtopics") or [])]:
            topic = _topic(entry, parent)
            if topic.id in found:
                raise ContentError(f"topics.yml: тема {topic.id} описана дважды")
            found[topic.id] = topic
    if OTHER not in found:
        raise ContentError("topics.yml: нет темы other, куда попадает всё остальное")
    return found


def _topic(entry: Mapping[str, Any], parent: Mapping[str, Any] | None) -> Topic:
    name = str(entry.get("id", "?"))
    inherited: Mapping[str, Any] = parent or {}
    try:
        term = int(entry.get("term_days", inherited.get("term_days", 30)))
        group = str(entry.get("group") or inherited["group"])
        title = str(entry["title"])
    except (KeyError, ValueError):
        raise ContentError(f"topics.yml, {name}: нужны title, group и term_days числом") from None
    if not 1 <= term <= 30:
        raise ContentError(f"topics.yml, {name}: срок от 1 до 30 дней (59-ФЗ, статья 12)")
    return Topic(
        name, title, group, term,
        tuple(map(str, entry.get("keywords") or [])), tuple(map(str, entry.get("examples") or [])),
        str(inherited["id"]) if parent else None,
    )  # fmt: skip


class TopicClassifier:
    """Ready to classify. Made by `load`, which trains or takes the trained model from `cache`."""

    def __init__(self, topics: dict[str, Topic], encoder: SentenceEncoder, model: TopicModel) -> None:
        self.topics = topics
        self._encoder, self._model = encoder, model

    @classmethod
    def load(cls, path: Path, encoder: SentenceEncoder, cache: Path | None = None) -> TopicClassifier:
        """Read `topics.yml` and train, unless `cache` (a folder) has the model of this very content."""
        text = path.read_text("utf-8")
        topics = parse_topics(plain_yaml(text))
        digest = hashlib.sha256(f"{VERSION}\0{encoder.name}\0{sklearn.__version__}\0{text}".encode()).hexdigest()[:16]
        file = cache / f"topics-{digest}.pickle" if cache else None
        model = _kept(file) if file else None
        if model is None:
            model = _trained(topics, encoder)
            if file:
                _keep(file, model)
        return cls(topics, encoder, model)

    def classify(self, text: str) -> list[tuple[str, float]]:
        """Topics with probabilities, likeliest first; where a topic has subtopics, these stand for it.

        The first is the likeliest subtopic of the likeliest topic. A text without words is `other`.
        """
        text = text[:LONGEST]
        if not any(c.isalpha() for c in text):
            return [(OTHER, 1.0)]
        scores = self._model.scores([text], self._encoder)[0]
        pairs = sorted(zip(self._model.labels, map(float, scores), strict=True), key=lambda pair: -pair[1])
        whole: dict[str, float] = {}
        for topic_id, score in pairs:
            head = topic_id.split(".", maxsplit=1)[0]
            whole[head] = whole.get(head, 0.0) + score
        best = max(whole, key=lambda head: whole[head])
        first = next(pair for pair in pairs if pair[0].split(".", maxsplit=1)[0] == best)
        return [first, *(pair for pair in pairs if pair is not first)]

    def topic(self, topic_id: str) -> Topic:
        """The topic of this id, `other` for an unknown one."""
        return self.topics.get(topic_id) or self.topics[OTHER]


def _trained(topics: Mapping[str, Topic], encoder: SentenceEncoder) -> TopicModel:
    """Keywords count as short examples; an example of a topic with subtopics is taken to its likeliest subtopic."""
    parents = {t.parent for t in topics.values() if t.parent}
    labelled = [(text, t.id) for t in topics.values() if t.id not in parents for text in (*t.examples, *t.keywords)]
    loose = [(text, t.id) for t in topics.values() if t.id in parents for text in t.examples]
    return TopicModel.trained(labelled, loose, encoder)


def _kept(file: Path) -> TopicModel | None:
    # The folder is the assistant's own; whoever may write there may run code already.
    try:
        with file.open("rb") as stream:
            model = pickle.load(stream)  # noqa: S301
    except Exception:  # a damaged or outdated file is simply made anew
        return None
    return model if isinstance(model, TopicModel) else None


def _keep(file: Path, model: TopicModel) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    with draft.open("wb") as stream:
        pickle.dump(model, stream)
    draft.replace(file)
    for old in file.parent.glob("topics-*.pickle"):
        if old != file:
            old.unlink(missing_ok=True)
