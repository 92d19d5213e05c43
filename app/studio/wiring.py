"""The studio of one assistant, put together and kept running."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from app.edition import Edition
from app.settings import Settings
from app.studio.content_loaders import mistakes_of
from app.studio.conversation_runs import run_conversations
from app.studio.edition import edition_of
from app.studio.previews import draw
from app.studio.publisher import Publisher
from app.studio.shelf import Shelf
from app.studio.switch import Switch
from app.studio.trainer import Trainer
from app.studio.trials import Trials
from bot.gate import Gate
from bot.rasa import RasaClient
from bot.services.feedback import Feedback
from bot.services.meaning import Encoder
from bot.services.people.sql import People
from bot.store import Store, Vault
from bot.studio.drafts import Drafts
from bot.studio.history import History
from bot.studio.inbox import Inbox
from bot.studio.phrase_likeness import Likeness
from bot.studio.project import Project
from bot.studio.publications import Publications
from bot.studio.readings import Readings
from bot.studio.runs import Runs
from bot.studio.studio import Hear, Studio
from bot.studio.votes import Votes

if TYPE_CHECKING:
    from app.studio.voicing import Voicing
    from app.telephone import Telephone


ROBOT_FAILED = frozenset(("asked", "misunderstood", "anger"))
"""Reasons of a hand-over that say something about the robot's answers."""


class StudioHouse:
    """Built with the assistant, started and stopped with it."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        rasa: RasaClient,
        encoder: Encoder,
        gate: Gate,
        edition: Edition,
        load: Callable[[Settings], Edition],
        telephone: Telephone | None,
    ) -> None:
        """`edition` is what runs, `load` reads another one; turns pass through `gate`."""
        layout = settings.layout
        published = Project(settings.project_dir)
        drafts = Drafts(settings.studio_dir / "drafts", published, clock)
        history = History(published, settings.studio_dir / "history.git")
        runs, publications = Runs(store, clock), Publications(store, clock)
        self.readings = Readings(store, clock)
        self.votes = Votes(store, vault, self.readings, edition.intents, clock)
        self.trials = Trials(settings, layout, clock, drafts, runs)
        self.trainer = Trainer(
            settings, layout, store, vault, clock, drafts, runs, conversations=partial(run_conversations, self.trials)
        )
        shelf = Shelf(settings.studio_dir / "models")
        self._voicing = _voicing(telephone, settings)
        switch = Switch(settings, edition, load, telephone, gate, rasa, shelf, self._voicing)
        self.publisher = Publisher(
            settings, layout, clock, drafts, history, runs, publications, self.trials, switch, shelf
        )
        likeness = Likeness(encoder, layout.cache / "phrases")
        self.studio = Studio(
            published=published, drafts=drafts, history=history, runs=runs, publications=publications,
            readings=self.readings, votes=self.votes, trainer=self.trainer, publisher=self.publisher, trials=self.trials,
            parse=rasa.parse, hear=_hearing(telephone, clock), draw=draw, edition_of=edition_of,
            content_mistakes=mistakes_of,
            likeness=likeness, inbox=Inbox(store, vault, self.readings, likeness, published),
        )  # fmt: skip

    def watch(self, people: People, feedback: Feedback) -> None:
        """Let the editors see what citizens said before they asked for a human or gave a low grade."""
        people.tell_handed_over(
            lambda talk, reason: self.readings.noticed(talk, "handed_over") if reason in ROBOT_FAILED else None
        )
        feedback.tell_low(lambda talk: self.readings.noticed(talk, "thumbs_down"))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Finish what a killed process left open, then train, try and publish as asked; at the end stop the processes."""
        voicing = self._voicing.running() if self._voicing is not None else contextlib.nullcontext()
        async with (
            voicing,
            self.publisher.running(),
            self.trainer.running(),
            self.trials.running(),
            self.readings.running(),
        ):
            yield


def _voicing(telephone: Telephone | None, settings: Settings) -> Voicing | None:
    if telephone is None:
        return None
    from app.speech import static_phrases  # its libraries come with the voice
    from app.studio.voicing import Voicing

    return Voicing(telephone.voice, partial(static_phrases, settings))


def _hearing(telephone: Telephone | None, clock: Callable[[], datetime]) -> Hear | None:
    """The telephone's voice for editors; None without a telephone."""
    if telephone is None:
        return None
    from app.studio.hearing import Hearing  # its libraries come with the voice

    return Hearing(telephone.edition, telephone.voice, clock)
