"""Recall and precision of entity recognition on messages its author had not seen (entities.jsonl).

Run with -s to see the table. The file is judged as written; only «ё» and the two halves of a datetime are evened out.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from nlu.entities import Gazetteer, extract
from nlu.text import normalise

HERE = Path(__file__).parent
CONTENT = HERE.parents[1] / "bot" / "content"
NOW = datetime.fromisoformat("2026-11-23T10:00:00+03:00")


def as_pairs(entities: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """Entities as comparable pairs of name and value; a datetime counts as a date and a time."""
    pairs: Counter[tuple[str, str]] = Counter()
    for entity in entities:
        name, value = entity["entity"], entity["value"]
        if name == "datetime" and isinstance(value, str):
            pairs["date", value[:10]] += 1
            pairs["time", value[11:16]] += 1
        else:
            pairs[name, comparable(value)] += 1
    return pairs


def comparable(value: Any) -> str:
    """A value as text: people and addresses by their canonical text, intervals by their ends."""
    if isinstance(value, dict):
        value = value["text"] if "text" in value else f"{value.get('from')}…{value.get('to')}"
    return str(value).lower().replace("ё", "е")


def measure() -> tuple[dict[str, Counter[str]], list[str]]:
    """Counts of hit, wanted and given per entity, and a line for each message that went wrong."""
    gazetteer = Gazetteer.from_folder(CONTENT)
    table: dict[str, Counter[str]] = {}
    wrong = []
    for line in (HERE / "entities.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        wanted = as_pairs(case["entities"])
        given = as_pairs(extract(normalise(case["text"]), NOW, gazetteer))
        labelled = {name for name, _ in wanted}
        for (name, _), count in wanted.items():
            table.setdefault(name, Counter())["wanted"] += count
        for (name, _), count in (wanted & given).items():
            table[name]["hit"] += count
        for (name, _), count in given.items():
            table.setdefault(name, Counter())["given"] += count
        missed, extra = (
            wanted - given,
            {p: n for p, n in (given - wanted).items() if p[0] in labelled or p[0] in LABELLED},
        )
        if missed or extra:
            wrong.append(f"{case['text']!r}: missed {dict(missed)}, extra {dict(extra)}")
    return table, wrong


# Only these are labelled in the file; services, topics and bare numbers in it are not, and cannot be judged.
LABELLED = {"date", "time", "interval", "case_number", "money", "snils", "person_name", "phone", "birth_date"}


@pytest.mark.skipif(not (HERE / "entities.jsonl").exists(), reason="no held-out messages")
def test_finds_what_people_name_in_unseen_messages() -> None:
    table, wrong = measure()
    print()
    for name in sorted(LABELLED):
        row = table.get(name, Counter())
        recall, precision = row["hit"] / max(row["wanted"], 1), row["hit"] / max(row["given"], 1)
        print(f"{name:12} wanted {row['wanted']:3}  recall {recall:.2f}  precision {precision:.2f}")
    print("\n".join(wrong))
    wanted = sum(row["wanted"] for row in table.values())
    hit = sum(row["hit"] for row in table.values())
    print(f"overall recall {hit / wanted:.3f} of {wanted}")
    assert hit / wanted >= 0.85
