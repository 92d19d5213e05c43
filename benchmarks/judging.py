"""Compares what one citizen wrote with what she read: answered, lost, said twice, out of order, and what was only a notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

CLOCKS = 0.05
"""Seconds by which an answer may seem to come before its question: some doors show both at one moment."""


@dataclass(frozen=True)
class Said:
    """A question of the citizen. `answer` is the one right answer, `id` the channel's own id, `at` monotonic seconds."""

    number: int
    id: str
    answer: str
    at: float


@dataclass(frozen=True)
class Heard:
    """What the citizen read, and when."""

    text: str
    at: float


@dataclass(frozen=True)
class Verdict:
    """Numbers of the questions that were answered, lost, answered twice (once for each repeat), or answered too late.

    `answers` has what was heard first for each answered question, `notices` what answers nothing.
    """

    answered: tuple[int, ...]
    lost: tuple[int, ...]
    duplicates: tuple[int, ...]
    violations: tuple[int, ...]
    answers: dict[int, Heard] = field(default_factory=dict)
    repeats: tuple[tuple[int, Heard], ...] = ()
    notices: tuple[Heard, ...] = ()


def plain(text: str) -> str:
    """A text without what a channel may change in it: kinds and numbers of blanks."""
    return " ".join(text.split())


def judge(said: Sequence[Said], heard: Sequence[Heard]) -> Verdict:
    """What became of each question; `said` and `heard` in the order of the citizen's own screen.

    An answer belongs to the question with this answer, asked before it, that is nearest to where the conversation stands: so a
    question that comes up again in a later round is not mixed up with its first time, as long as rounds are long.
    """
    numbers: dict[str, list[Said]] = {}
    for one in said:
        numbers.setdefault(plain(one.answer), []).append(one)
    answers: dict[int, Heard] = {}
    repeats: list[tuple[int, Heard]] = []
    violations: list[int] = []
    notices: list[Heard] = []
    furthest = -1
    for message in heard:
        asked = [s.number for s in numbers.get(plain(message.text), ()) if s.at <= message.at + CLOCKS]
        if not asked:
            notices.append(message)
            continue
        nearest = min(asked, key=lambda number: (abs(number - furthest - 1), number))
        if nearest in answers:
            repeats.append((nearest, message))
            continue
        answers[nearest] = message
        if nearest < furthest:
            violations.append(nearest)
        furthest = max(furthest, nearest)
    return Verdict(
        answered=tuple(sorted(answers)),
        lost=tuple(s.number for s in said if s.number not in answers),
        duplicates=tuple(number for number, _ in repeats),
        violations=tuple(violations),
        answers=answers,
        repeats=tuple(repeats),
        notices=tuple(notices),
    )
