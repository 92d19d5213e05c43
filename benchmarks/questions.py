"""Questions with exactly one answer each, found by asking the robot itself: what it says must not hang on what was asked before."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from benchmarks.judging import plain

ENOUGH = 24
"""Fewer questions than this would come round too soon to tell one time from the next."""
LONGEST, BUTTONS = 900, 5
"""Characters and buttons that every channel shows in one message as they are."""


@dataclass(frozen=True)
class Question:
    """What is asked, and the whole answer."""

    text: str
    answer: str


def candidates(content: Path) -> list[str]:
    """Something to ask about every service of the content."""
    services = yaml.safe_load((content / "services.yml").read_text("utf-8"))["services"]
    return [f"какие документы нужны: {service['title']}" for service in services]


async def proven(url: str, key: str, texts: Sequence[str], times: int = 2, at_once: int = 4) -> list[Question]:
    """The texts that got one and the same single answer in `times` conversations, each in another order.

    Raises RuntimeError when fewer than `ENOUGH` are left.
    """
    heard: dict[str, list[list[dict[str, Any]]]] = {text: [] for text in texts}
    talks = []
    for time in range(times):
        order = random.Random(time).sample(list(texts), len(texts))
        talks += [(f"proof-{time}-{part}", order[part::at_once]) for part in range(at_once)]
    async with aiohttp.ClientSession(headers={"X-API-Key": key}, timeout=aiohttp.ClientTimeout(60)) as session:

        async def talk(user: str, questions: Sequence[str]) -> None:
            for text in questions:
                address = f"{url}/api/v1/conversations/{user}/messages"
                async with session.post(address, json={"text": text}) as response:
                    heard[text].append((await response.json())["messages"] if response.status == 200 else [])

        await asyncio.gather(*(talk(*one) for one in talks))
    good = {text: answer for text, replies in heard.items() if (answer := _only(replies))}
    answers = [plain(answer) for answer in good.values()]
    found = [Question(text, answer) for text, answer in good.items() if answers.count(plain(answer)) == 1]
    if len(found) < ENOUGH:
        raise RuntimeError(f"only {len(found)} of {len(texts)} questions have one answer of their own")
    return found


def _only(replies: list[list[dict[str, Any]]]) -> str | None:
    """The one text that was answered every time, None when there is none."""
    if any(len(messages) != 1 for messages in replies):
        return None
    texts = {messages[0]["text"] for messages in replies}
    kind = all(len(m[0]["buttons"]) <= BUTTONS and not m[0].get("form") for m in replies)
    text = texts.pop()
    return text if kind and not texts and 0 < len(text) <= LONGEST else None
