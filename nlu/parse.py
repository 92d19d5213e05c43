"""Reads messages with a trained model, apart from any server: one JSON object a line in, one a line out.

`python -m nlu.parse MODEL` takes {"text", "now"?} on stdin; the first line out tells that the model is loaded.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any, TextIO

RANKING = 5
_INTERNAL = ("extractor", "processors", "confidence_entity", "confidence")


def main() -> None:
    """Serve stdin until it ends."""
    # Rasa and TensorFlow print as they like: the real stdout is kept for answers only.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    asyncio.run(_serve(sys.argv[1], sys.stdin, out))


async def _serve(model: str, source: TextIO, out: TextIO) -> None:
    from rasa.core.agent import load_agent
    from rasa.core.channels.channel import UserMessage

    agent = await load_agent(model_path=model)
    if agent is None or agent.processor is None:
        sys.exit("the model could not be loaded")
    print(json.dumps({"ready": True}), file=out, flush=True)
    for line in source:
        if not line.strip():
            continue
        asked = json.loads(line)
        metadata = {"now": asked["now"]} if asked.get("now") else {}
        # A citizen cannot speak Rasa's commands: the assistant strips these slashes too.
        text = str(asked["text"]).lstrip("/ ") if str(asked["text"]).startswith("/") else str(asked["text"])
        parsed = await agent.processor.parse_message(UserMessage(text=text, metadata=metadata))
        print(json.dumps(_answer(asked["text"], parsed), ensure_ascii=False), file=out, flush=True)


def _answer(text: str, parsed: dict[str, Any]) -> dict[str, Any]:
    """What the model reads; `nlu_fallback` is the dialogue's doubt and no reading, so it is told apart as `unsure`."""
    readings: list[dict[str, Any]] = parsed.get("intent_ranking") or [parsed.get("intent") or {}]
    unsure = bool(readings) and readings[0].get("name") == "nlu_fallback"
    ranking = [
        {"name": item.get("name"), "confidence": round(float(item.get("confidence") or 0.0), 4)}
        for item in readings
        if item.get("name") != "nlu_fallback"
    ]
    best = ranking[0] if ranking else {"name": None, "confidence": 0.0}
    return {
        "text": text,
        "intent": best["name"],
        "confidence": best["confidence"],
        "ranking": ranking[:RANKING],
        "entities": [_entity(e) for e in parsed.get("entities") or []],
        "unsure": unsure,
    }


def _entity(entity: dict[str, Any]) -> dict[str, Any]:
    """An entity with its resolved value: a day or an hour is told as the moment it stands for, ISO 8601."""
    shown = {k: v for k, v in entity.items() if k not in _INTERNAL}
    moment = shown.pop("moment", None)
    return shown | {"value": moment} if moment else shown


if __name__ == "__main__":
    main()
