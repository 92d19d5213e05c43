"""What the studio's pages work with, put together by app/studio/wiring.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.rasa import Parsed
from bot.studio.content_checks import ContentMistake
from bot.studio.conversation_play import ConversationResult
from bot.studio.drafts import Drafts
from bot.studio.history import History
from bot.studio.inbox import Inbox
from bot.studio.phrase_likeness import Likeness
from bot.studio.project import Project
from bot.studio.publications import Person, Publication, Publications
from bot.studio.readings import Readings
from bot.studio.runs import Run, RunKind, Runs
from bot.studio.votes import Votes


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

    async def publish(self, draft: str, by: Person, why: str) -> Publication:
        """Publish the draft, or propose it when a second person has to approve."""
        ...

    async def approve(self, publication_id: str, by: Person) -> Publication:
        """Publish a proposal of somebody else."""
        ...

    async def refuse(self, publication_id: str, by: Person, why: str) -> None:
        """Send a proposal back, or take one's own back."""
        ...

    async def go_back(self, version: str, by: Person, why: str) -> Publication:
        """Return to an earlier version (a commit): it becomes a new one with the same files."""
        ...

    @property
    def needs_two(self) -> bool:
        """Whether a second person has to approve."""
        ...

    def stage(self, publication_id: str) -> str:
        """What is being done with a running publication, in Russian; "" for others."""
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

    @property
    def text(self) -> str:
        """The texts of the answer as one."""
        return "\n".join(str(reply.get("text", "")) for reply in self.replies)

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """The buttons of the answer: {title, payload, url?} each."""
        return [button for reply in self.replies for button in reply.get("buttons") or []]


@dataclass(frozen=True)
class Checked:
    """Plays of test conversations: `results` by name, each with the `Trials.robot` it is for; `why` it broke off."""

    running: bool = False
    done: int = 0
    total: int = 0
    results: Mapping[str, tuple[ConversationResult, str]] = field(default_factory=dict)
    why: str = ""


SIDES = ("draft", "live")
"""The two robots of a trial."""


@dataclass(frozen=True)
class Exchange:
    """One message to both robots (or to one), with what each said by side, and why one could not, in Russian."""

    text: str
    payload: str
    said: Mapping[str, Said]
    refused: Mapping[str, str] = field(default_factory=dict)


class Trials(Protocol):
    """Robots to try things on, with a database of their own (`app.studio.trials.Trials`). All but `state` raise NotPossible."""

    async def open(self, draft: str, channel: str = "widget", segment: str = "") -> str:
        """Begin a talk with the draft as it is now and with the published robot; the trial's id. An earlier one of the draft ends.

        Starts both when they do not run; returns at once, `state` tells how far they are. `channel` and `segment` are pretended.
        """
        ...

    def current(self, draft: str) -> str:
        """The draft's open trial; "" for none."""
        ...

    def history(self, trial: str) -> Sequence[Exchange]:
        """Everything said in a trial, oldest first."""
        ...

    def manner(self, trial: str) -> tuple[str, str]:
        """The pretended channel and segment."""
        ...

    async def say(self, trial: str, side: str, text: str, payload: str = "") -> Said:
        """One turn with one robot. `side` is draft or live; for a pressed button `text` is its title."""
        ...

    async def exchange(self, trial: str, text: str, payload: str = "", sides: Sequence[str] = SIDES) -> Exchange:
        """One turn with both at once. Raises NotPossible when none can answer."""
        ...

    async def robot(self, draft: str) -> str:
        """Fingerprint of the draft without its test conversations: what a result of one of these holds for."""
        ...

    async def check(self, draft: str, names: Collection[str] = ()) -> None:
        """Begin to play test conversations of the draft as it is now, all without `names`; `checked` tells how far it is."""
        ...

    def remember(self, draft: str, name: str, trial: str) -> None:
        """Take the draft's answers of a trial for those of the test conversation `name` that was made of it."""
        ...

    def checked(self, draft: str) -> Checked:
        """What the latest plays of the draft's test conversations brought."""
        ...

    async def state(self, draft: str) -> dict[str, Any]:
        """Whether the robots are up: {"draft": "off|starting|up|failed|untrained", "live": …, "why": "…", …}.

        Further `reasons`, the whys by side, `progress` by side, from 0 to 1, and `changed`: the draft was edited since.
        """
        ...


class Hear(Protocol):
    """The robot's voice (`app.studio.hearing.Hearing`)."""

    async def __call__(
        self, text: str, persona: str, emotion: str, manner: Mapping[str, Any] | None = None, *, feels: bool = False
    ) -> bytes:
        """A WAV of a text in the manner of a persona (dokumenty, line122, neutral) and the tone of an emotion. Raises NotPossible.

        `manner` (rate, pitch) stands for the persona's own; `feels`: the text is about the mood, not about the matter.
        """
        ...


@dataclass(frozen=True)
class Piece:
    """One message of a channel: its text, and titles of the buttons below in rows."""

    text: str
    rows: tuple[tuple[str, ...], ...] = ()


Draw = Callable[[str, Sequence[tuple[str, str]]], Mapping[str, Sequence[Piece]]]
"""A text with its buttons (title, payload) as messages of `telegram` and of `sms`."""


@dataclass(frozen=True)
class Studio:
    """Everything the studio's pages may need beside Parts."""

    published: Project
    drafts: Drafts
    history: History
    runs: Runs
    publications: Publications
    readings: Readings
    votes: Votes
    trainer: Trainer
    publisher: Publisher
    trials: Trials
    parse: Callable[[str], Awaitable[Parsed]]
    """How the live robot reads a text. Raises RasaUnavailable."""
    hear: Hear | None
    """None without the voice."""
    draw: Draw
    likeness: Likeness
    inbox: Inbox
    edition_of: Callable[[Project], str]
    """Fingerprint of everything in a project: two with the same files have the same one."""
    content_mistakes: Callable[[Project], list[ContentMistake]]
    """What the assistant would not start with, with the loaders of all rooms. Blocks for some 300 ms."""
