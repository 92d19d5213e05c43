"""How long the model-free parts of understanding take a message: run in the dialogue's environment, one JSON object out."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from statistics import quantiles

from nlu.entities import Gazetteer, extract
from nlu.text import normalise

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Time every part on the messages of stdin (a JSON list)."""
    messages = json.load(sys.stdin)
    gazetteer = Gazetteer.from_folder(ROOT / "bot" / "content")
    now = datetime.now(timezone.utc)
    clean = [normalise(message) for message in messages]
    for text in clean[:50]:  # dictionaries load at their first use
        extract(text, now, gazetteer)
    print(
        json.dumps(
            {
                "normalise_p95_ms": _p95(normalise, messages),
                "entities_p95_ms": _p95(lambda text: extract(text, now, gazetteer), clean),
            }
        )
    )


def _p95(work: object, messages: list[str]) -> float:
    times = []
    for message in messages:
        began = time.perf_counter()
        work(message)  # type: ignore[operator]
        times.append((time.perf_counter() - began) * 1000)
    return round(quantiles(times, n=20)[18], 3)


if __name__ == "__main__":
    main()
