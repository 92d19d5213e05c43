"""What the assistant says about feelings: rarely, briefly, never twice the same, and never cheerfully near a tragedy."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.persona.emotion import GLAD, HOT, NAMES, Emotion, Emotions
from bot.services.plain_yaml import plain_yaml

SITUATIONS = (
    "greeting", "first_request", "waiting", "bad_news", "success", "misunderstanding", "in_form", "death",
)  # fmt: skip
SILENT = ("crisis",)
"""Situations in which the persona says nothing: there every second word would be too much."""

SAD_NEWS = ("bad_news", "misunderstanding", "death")

REMEMBERED = 60
"""Lines of one conversation that are not said again."""

Variants = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Pace:
    """How often the persona may speak: `turns` between two lines, `strong_turns` when a strong feeling is new,
    `neutral_turns` when the citizen shows no feeling; `intensity` is the least that is spoken about (0..1)."""

    turns: int = 4
    strong_turns: int = 2
    neutral_turns: int = 6
    intensity: float = 0.4
    strong: float = 0.6


@dataclass(frozen=True)
class Lines:
    """The content of one persona file.

    `feelings` by emotion and `turns` by situation are joined into one line; `pairs` («anger/bad_news») are whole lines
    that go before them; `death` and `offer_human` are whole lines as well.
    """

    feelings: Mapping[str, Variants] = field(default_factory=dict)
    turns: Mapping[str, Variants] = field(default_factory=dict)
    pairs: Mapping[str, Variants] = field(default_factory=dict)
    to_work: Variants = ()
    death: Variants = ()
    offer_human: Variants = ()
    pace: Pace = Pace()


class Persona:
    """One character over the dialogue; its memory of a conversation is the `state` that the caller keeps."""

    def __init__(
        self, lines: Lines, name: str, voice: Mapping[str, Any], emotions: Emotions, rng: random.Random | None = None
    ) -> None:
        self.lines, self.name, self.voice = lines, name, voice
        self._emotions = emotions
        self._rng = rng or random.Random()

    @classmethod
    def load(cls, path: Path, rng: random.Random | None = None) -> Persona:
        """Read a persona file and the `lexicon.yml` beside it. Raises ValueError that names the wrong place."""
        data = plain_yaml(path.read_text("utf-8"))
        emotions = Emotions.load(path.parent / "lexicon.yml")
        return cls(parse_lines(data, path.name), str(data.get("name", "")), data.get("voice") or {}, emotions, rng)

    def feel(self, text: str, mood: list[dict[str, Any]]) -> Emotion:
        """What the citizen seems to feel; `mood` is the stored history, newest last."""
        return self._emotions.detect(text, mood)

    def line(
        self, emotion: Emotion, situation: str | None, channel: str, state: dict[str, Any], mode: str
    ) -> str | None:
        """What to say before the answer of this turn, or None. Counts the turn in `state`.

        `situation` is one of `SITUATIONS`, `crisis`, or None. After the call `state["offer_human"]` tells whether the
        line offered a human, so that a button may be put beside it.
        """
        turn = state["turn"] = int(state.get("turn", 0)) + 1
        state["offer_human"] = False
        state["heat"] = _heat(emotion, int(state.get("heat", 0)))
        if emotion.grief or situation == "death":
            state["grief"] = True
        if mode != "robot":
            return None
        if situation in SILENT:
            # After a crisis the persona stays quiet for the rest of the conversation.
            state["hushed"] = True
        if state.get("hushed"):
            return None
        text = self._choose(emotion, situation, channel, state, turn)
        if text:
            state["said_at"], state["said_of"] = turn, emotion.name
        return text

    def _choose(
        self, emotion: Emotion, situation: str | None, channel: str, state: dict[str, Any], turn: int
    ) -> str | None:
        if state["heat"] >= 3 and self.lines.offer_human and emotion.name in HOT:
            state["heat"], state["offer_human"] = 0, True
            return self._pick("offer_human", self.lines.offer_human, channel, state)
        grieving = bool(state.get("grief"))
        if (emotion.grief or situation == "death") and not state.get("condoled"):
            state["condoled"] = True
            return self._pick("death", self.lines.death, channel, state)
        name = emotion.name
        if name in GLAD and (grieving or situation in SAD_NEWS):
            # Thanks in the middle of a mourner's errand, or a smile before a refusal: answer soberly or not at all.
            name = "neutral"
        if not self._due(name, emotion.intensity, situation, state, turn):
            return None
        if grieving and situation in ("greeting", "success", "death", None):
            return None
        return self._compose(name, situation, channel, state)

    def _due(self, name: str, intensity: float, situation: str | None, state: dict[str, Any], turn: int) -> bool:
        pace = self.lines.pace
        since = turn - int(state["said_at"]) if "said_at" in state else 1_000
        if name == "neutral":
            return situation is not None and since >= pace.neutral_turns
        if intensity < pace.intensity:
            return False
        if state.get("said_of") == "neutral":
            # A pleasantry before must not silence the answer to a feeling.
            return True
        changed = state.get("said_of") != name
        urgent = situation == "bad_news" or (intensity >= pace.strong and changed)
        return since >= (pace.strong_turns if urgent else pace.turns)

    def _compose(self, name: str, situation: str | None, channel: str, state: dict[str, Any]) -> str | None:
        pair = f"{name}/{situation}"
        if whole := self.lines.pairs.get(pair):
            return self._pick(pair, whole, channel, state)
        feeling = self._pick(name, self.lines.feelings.get(name) or (), channel, state)
        if feeling is None or channel == "phone":
            # A caller cannot skim: the feeling alone, then the answer.
            return feeling
        turns = self.lines.turns.get(situation or "") or self.lines.to_work
        key = situation if situation in self.lines.turns else "to_work"
        work = self._pick(str(key), turns, channel, state)
        return f"{feeling} {work}" if work else feeling

    def steady(self, seed: str) -> None:
        """From now on choose among equal lines as `seed` says: two editions are then compared like with like."""
        self._rng.seed(seed)

    def _pick(self, key: str, variants: Variants, channel: str, state: dict[str, Any]) -> str | None:
        """A variant of this conversation's channel that was not said yet; the oldest one when all were."""
        fitting = [i for i, v in enumerate(variants) if channel in v.get("channels", (channel,))]
        if not fitting:
            return None
        said: list[str] = list(state.get("said") or [])
        fresh = [i for i in fitting if f"{key}:{i}" not in said]
        if fresh:
            chosen = self._rng.choice(fresh)
        else:
            chosen = min(fitting, key=lambda i: said.index(f"{key}:{i}"))
            said.remove(f"{key}:{chosen}")
        # A new list: the caller compares the old state with the new one to see what to store.
        state["said"] = [*said, f"{key}:{chosen}"][-REMEMBERED:]
        return str(variants[chosen]["text"])


def _heat(emotion: Emotion, before: int) -> int:
    """How many times the citizen was angry, cooling down by one with each calm message."""
    if emotion.name == "anger" or (emotion.name in HOT and emotion.intensity >= 0.4):
        return before + 1
    if emotion.name in GLAD:
        return 0
    return max(before - 1, 0)


def parse_lines(data: Mapping[str, Any], where: str) -> Lines:
    """The lines of a persona file. Raises ValueError for an unknown emotion or situation, naming the file."""
    feelings = _table(data.get("feelings"), where, NAMES)
    turns = _table(data.get("turns"), where, SITUATIONS)
    pairs = _table(data.get("pairs"), where, tuple(f"{n}/{s}" for n in NAMES for s in SITUATIONS))
    return Lines(
        feelings, turns, pairs,
        to_work=_variants(data.get("to_work")),
        death=_variants(data.get("death")),
        offer_human=_variants(data.get("offer_human")),
        pace=Pace(**(data.get("pace") or {})),
    )  # fmt: skip


def _table(data: Mapping[str, Any] | None, where: str, known: Sequence[str]) -> dict[str, Variants]:
    unknown = [key for key in data or {} if key not in known]
    if unknown:
        raise ValueError(f"{where}: нет такого настроения или положения: {', '.join(unknown)}")
    return {key: _variants(value) for key, value in (data or {}).items()}


def _variants(data: Sequence[Any] | None) -> Variants:
    return tuple(item if isinstance(item, dict) else {"text": str(item)} for item in data or ())
