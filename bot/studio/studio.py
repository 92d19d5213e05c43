"""What the studio's pages work with, put together by app/studio/wiring.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.rasa import Parsed
from bot.studio.drafts import Drafts
from bot.studio.history import History
from bot.studio.project import Project
from bot.studio.publications import Publication, Publications
from bot.studio.readings import Readings
from bot.studio.runs import Run, RunKind, Runs


class Trainer(Protocol):
    """Trains drafts in processes of low priority, one at a time (`app.studio.trainer.Trainer`)."""

    async def start(self, draft: str, kind: RunKind) -> Run:
        """Put the editor's draft as it is now in line. Raises NotPossible when it has mistakes or one of hers waits already."""
        ...

    async def cancel(self, run_id: str) -> None:
        """Stop a waiting or running one; a finished one stays as it is."""
        ...


class Publisher(Protocol):
    """Brings an edition to the citizens (`app.studio.publisher.Publisher`). All raise NotPossible."""

    async def publish(self, draft: str, author: str, why: str) -> Publication:
        """Publish the draft, or propose it when a second person has to approve."""
        ...

    async def approve(self, publication_id: str, approver: str) -> Publication:
        """Publish a proposal of somebody else."""
        ...

    async def refuse(self, publication_id: str, approver: str, why: str) -> None:
        """Send a proposal back, or take one's own back."""
        ...

    async def go_back(self, version: str, author: str, why: str) -> Publication:
        """Return to an earlier version (a commit): it becomes a new one with the same files."""
        ...

    @property
    def needs_two(self) -> bool:
        """Whether a second person has to approve."""
        ...


@dataclass(frozen=True)
class Said:
    """One turn of a trial: what was answered and how it came to it.

    `slots` are those that changed, `rules` the names of stories/rules.yml, `failed` the actions that broke, `emotion` what the
    citizen seemed to feel, `mode` who answers her now. A turn that needed no Rasa has no intent.
    """

    replies: Sequence[dict[str, Any]]
    intent: str
    confidence: float
    ranking: Sequence[tuple[str, float]]
    entities: Sequence[dict[str, Any]]
    slots: dict[str, Any]
    actions: Sequence[str]
    rules: Sequence[str]
    seconds: float
    emotion: str = ""
    mode: str = "robot"
    failed: Sequence[str] = ()


class Trials(Protocol):
    """Robots to try things on, with a database of their own (`app.studio.trials.Trials`). All raise NotPossible."""

    async def open(self, draft: str) -> str:
        """Begin a talk with the draft and with the published robot; the trial's id. Starts both when they do not run."""
        ...

    async def say(self, trial: str, side: str, text: str, payload: str = "") -> Said:
        """One turn. `side` is draft or live."""
        ...

    async def state(self, draft: str) -> dict[str, Any]:
        """Whether the robots are up: {"draft": "off|starting|up|failed", "live": …, "why": "…"}."""
        ...


Hear = Callable[[str, str, str], Awaitable[bytes]]
"""Text, persona (dokumenty, line122) and emotion to a WAV of the robot's voice. Raises NotPossible."""


@dataclass(frozen=True)
class Studio:
    """Everything the studio's pages may need beside Parts."""

    published: Project
    drafts: Drafts
    history: History
    runs: Runs
    publications: Publications
    readings: Readings
    trainer: Trainer
    publisher: Publisher
    trials: Trials
    parse: Callable[[str], Awaitable[Parsed]]
    """How the live robot reads a text. Raises RasaUnavailable."""
    hear: Hear | None
    """None without the voice."""
    edition_of: Callable[[Project], str]
    """Fingerprint of everything in a project: two with the same files have the same one."""
