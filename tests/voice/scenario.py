"""Plays one scenario file over a real call: what the caller says, keys and waits for, and what must come of it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from app.calling import OneCall, call
from benchmarks.voice_caller import noise, with_noise
from tests.voice.phone_house import PhoneHouse
from voice.audio import RATE

SAYS = frozenset(("say", "prompt", "key", "wait", "noise", "listen", "hang_up"))
CHECKS = frozenset(
    (
        "heard", "robot", "robot_not", "expected", "event", "no_event", "within_ms", "interrupted", "resumed", "hung_up", "after",
        "why",
    )
)  # fmt: skip
MANNERS = frozenset(("noise_db", "barge_in", "quiet", "patient"))
PATIENT, HASTY = 60.0, 4.5
"""Seconds a caller lets the robot speak: whoever knows the way talks into the long lists, unless `patient`."""


@dataclass
class Sounds:
    """Where a caller's sound comes from."""

    say: Callable[[str], bytes]
    prompt: Callable[[str], bytes]


@dataclass
class _Played:
    """One call under way."""

    talk: OneCall
    house: PhoneHouse
    sounds: Sounds
    seen: int = 0
    ended_speaking: float = 0.0
    answered: float | None = None
    entries: list[dict[str, Any]] = field(default_factory=list)


def load(path: Path) -> dict[str, Any]:
    """A scenario; every key must be known, so that a mistyped check is no check that passes."""
    data: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    for step in data["steps"]:
        unknown = set(step) - SAYS - CHECKS - MANNERS
        assert not unknown, f"{path.name}: {unknown}"
    return data


async def play(data: dict[str, Any], house: PhoneHouse, sounds: Sounds, caller: str = "") -> None:
    """Run the steps in order. Raises AssertionError that tells the talk so far."""
    told = {"dialled": str(data.get("line", "122")), "caller": caller, "linked_id": str(data.get("linked_id", ""))}
    async with call(house.url, **told) as talk:
        played = _Played(talk, house, sounds)
        if not data.get("at_once"):
            await talk.quiet()
        for number, step in enumerate(data["steps"], 1):
            await _do(played, step)
            try:
                await _check(played, step)
            except AssertionError as error:
                told_so_far = "\n".join(f"  {e['who']}: {e['text']}" for e in played.entries)
                raise AssertionError(f"шаг {number}: {error}\n{told_so_far}") from None
        assert not talk.socket.violations, talk.socket.violations


async def _do(played: _Played, step: dict[str, Any]) -> None:
    talk, began = played.talk, time.monotonic()
    played.seen = len((await talk.transcript())["entries"])
    if (after := step.get("barge_in")) is not None:
        # The robot has to be speaking: this many seconds into what it says now.
        await talk.socket.sounded(began)
        await asyncio.sleep(float(after))
    if sound := _sound(played, step):
        played.ended_speaking = await talk.say(sound)
    for key in str(step.get("key", "")):
        talk.socket.press(key)
        played.ended_speaking = time.monotonic()
        await asyncio.sleep(0.2)
    if "wait" in step:
        await asyncio.sleep(float(step["wait"]))
    if step.get("hang_up"):
        talk.socket.hang_up()
        await talk.socket.ended()
        await asyncio.sleep(1.0)
        return
    if step.get("quiet", True) and not talk.socket.hung_up:
        since = played.ended_speaking or began
        played.answered = await talk.answered(since + 0.02)
        await _patiently(talk, PATIENT if {"hung_up", "patient"} & set(step) else HASTY)


async def _patiently(talk: OneCall, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await talk.quiet(seconds)


def _sound(played: _Played, step: dict[str, Any]) -> bytes:
    if "say" in step:
        sound = played.sounds.say(str(step["say"]))
    elif "prompt" in step:
        gap = bytes(RATE * 3 // 10 * 2)
        sound = gap.join(played.sounds.prompt(name) for name in str(step["prompt"]).split())
    elif "noise" in step:
        return noise(float(step["noise"]) * 1000, 600)
    else:
        return b""
    return with_noise(sound, float(step["noise_db"])) if "noise_db" in step else sound


async def _check(played: _Played, step: dict[str, Any]) -> None:
    said = await played.talk.transcript()
    played.entries = said["entries"]
    new = said["entries"][played.seen :]
    robot = " ".join(e["text"] for e in new if e["who"] == "robot")
    heard = " ".join(e["text"] for e in new if e["who"] == "caller")
    if "robot" in step:
        assert re.search(step["robot"], robot, re.I), f"робот сказал «{robot}», ждали «{step['robot']}»"
    if "robot_not" in step:
        assert not re.search(step["robot_not"], robot, re.I), f"робот сказал «{robot}»"
    if "heard" in step:
        assert re.search(step["heard"], heard, re.I), f"услышано «{heard}», ждали «{step['heard']}»"
    if step.get("interrupted"):
        assert any(e.get("interrupted") for e in new), "робот не дал себя перебить"
    if "within_ms" in step:
        assert played.answered is not None, "ответа не было"
        took = (played.answered - played.ended_speaking) * 1000
        assert took <= step["within_ms"], f"ответ через {took:.0f} мс, ждали {step['within_ms']}"
    if "hung_up" in step:
        assert played.talk.socket.hung_up is step["hung_up"], f"положил трубку: {played.talk.socket.hung_up}"
    if "after" in step:
        after = await played.talk.after()
        assert re.fullmatch(step["after"], after), f"дальше «{after}», ждали «{step['after']}»"
    if {"expected", "event", "no_event"} & set(step):
        looked = await played.house.look(played.talk.id)
        if "expected" in step:
            assert looked.expected == step["expected"], f"ждёт «{looked.expected}», а должен «{step['expected']}»"
        for name in _listed(step.get("event")):
            assert name in looked.events, f"нет события {name} среди {looked.events}"
        for name in _listed(step.get("no_event")):
            assert name not in looked.events, f"есть событие {name}"


def _listed(value: Any) -> list[str]:
    return [] if value is None else value if isinstance(value, list) else [str(value)]
