"""The services that the actions translate for; the composition root fills this in once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from actions.private import withhold
from actions.turn import Turn
from bot.services.applications import Applications
from bot.services.applications.glossary import Glossary
from bot.services.appointments import Appointments
from bot.services.catalogue import Catalogue
from bot.services.consents import Consents
from bot.services.content import Content
from bot.services.continuations import Continuations
from bot.services.crisis import Crisis
from bot.services.feedback import Feedback
from bot.services.forms import Drafts, Form
from bot.services.knowledge import Knowledge
from bot.services.payments import Payments
from bot.services.people.sql import People
from bot.services.places import Places
from bot.services.situations import Situations
from bot.services.tickets.incidents import Incidents
from bot.services.tickets.interface import Tickets
from bot.services.tickets.topics import TopicClassifier
from bot.store.profiles import Profiles


@dataclass(frozen=True)
class Services:
    """Everything an action may need. `intents` is the citizen's name of each wish, for the question «что из двух»."""

    content: Content
    appointments: Appointments
    applications: Applications
    glossary: Glossary
    forms: Mapping[str, Form]
    drafts: Drafts
    consents: Consents
    tickets: Tickets
    topics: TopicClassifier
    incidents: Incidents
    catalogue: Catalogue
    knowledge: Knowledge
    situations: Situations
    places: Places
    payments: Payments
    feedback: Feedback
    people: People
    crisis: Crisis
    profiles: Profiles
    intents: Mapping[str, str]
    topic_titles: Mapping[str, str]
    personal_data_channels: frozenset[str]
    continuations: Continuations
    rings: bool = False
    """Whether the robot can ring people up."""

    def trusted(self, turn: Turn) -> Turn:
        """The turn without what may not be taken: personal data in a channel that must not carry it (149-FZ art. 10 part 8),

        and ids that no content knows, since a button's payload may have been forged or be out of date.
        """
        if turn.channel not in self.personal_data_channels:
            turn = withhold(turn)
        if not turn.pressed:
            return turn
        known: dict[str, Collection[Any]] = {
            "service": {s.id for s in self.content.services},
            "centre": {c.id for c in self.content.centres},
            "situation": {s.id for s in self.content.situations},
            "form": set(self.forms),
            "problem_topic": set(self.topic_titles),
        }
        kept = (e for e in turn.entities if e["entity"] not in known or e.get("value") in known[e["entity"]])
        return replace(turn, entities=tuple(kept))

    def service_title(self, service_id: str | None) -> str:
        """The citizen's name of a service, the id itself for an unknown one."""
        try:
            return self.content.service(str(service_id)).title
        except KeyError:
            return str(service_id)

    def extra(self) -> dict[str, Any]:
        """Values that responses may use anywhere: the region's phone and names."""
        region = self.content.region
        return {"region": region.title, "city": region.city, "line_phone": region.line_phone}
