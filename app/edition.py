"""Everything the assistant makes of the editors' files, loaded together and exchanged together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.paths import HERE
from app.settings import Settings
from bot.adopting import adopt
from bot.handover.callback_rules import CallbackRules
from bot.handover.canned import Canned, common_answers
from bot.handover.rules import Rules
from bot.handover.words import Titles
from bot.persona.persona import Persona
from bot.services.applications.glossary import Glossary
from bot.services.applications.wording import Wording
from bot.services.appointments.reminders import Reminders
from bot.services.appointments.schedule import Schedule
from bot.services.calls.lines import PERSONAS
from bot.services.catalogue import Catalogue
from bot.services.consents.texts import Texts as ConsentTexts
from bot.services.content import Content, load
from bot.services.crisis import Crisis
from bot.services.forms import Form, load_forms
from bot.services.knowledge import Knowledge
from bot.services.meaning import Encoder
from bot.services.payments import PaymentProvider, Payments
from bot.services.people.groups import Groups
from bot.services.places import Places
from bot.services.plain_yaml import plain_yaml
from bot.services.production_calendar import ProductionCalendar, parse_calendar
from bot.services.situations import Situations
from bot.services.tickets.incidents import Incidents
from bot.services.tickets.topics import TopicClassifier
from bot.services.tickets.wording import TicketWords
from bot.spelling import Spelling
from bot.store import Store
from bot.texts import Texts


@dataclass(frozen=True)
class Edition:
    """Objects made of content only: whoever is given one may keep it, since a new edition fills the same objects."""

    content: Content
    texts: Texts
    persona: Persona
    personas: dict[str, Persona]
    """Further characters, by name."""
    calendar: ProductionCalendar
    groups: Groups
    schedule: Schedule
    reminders: Reminders
    glossary: Glossary
    wording: Wording
    consent_texts: ConsentTexts
    topics: TopicClassifier
    topic_titles: dict[str, str]
    ticket_words: TicketWords
    incidents: Incidents
    forms: dict[str, Form]
    catalogue: Catalogue
    knowledge: Knowledge
    situations: Situations
    places: Places
    crisis: Crisis
    payments: Payments
    intents: dict[str, str]
    rules: Rules
    callback_rules: CallbackRules
    canned: list[Canned]
    section_titles: dict[str, str]
    """Titles of topics and of sections that have no topic."""
    titles: Titles
    spelling: Spelling

    def adopt(self, new: Edition) -> None:
        """Become the new edition in one step, in which no other task runs."""
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(new, one.name)
            if isinstance(mine, list):
                mine[:] = theirs
            elif one.name == "personas":
                for name, persona in theirs.items():
                    adopt(mine[name], persona)
            else:
                adopt(mine, theirs)


def load_edition(
    settings: Settings, store: Store, clock: Callable[[], datetime], encoder: Encoder, payments: PaymentProvider
) -> Edition:
    """Read the project of the settings. Blocks for two to eight seconds. Raises ContentError and the like for broken files."""
    folder, cache = settings.content_dir, HERE.cache / "vectors"
    content = load(folder)
    zone = ZoneInfo(content.region.timezone)
    calendar = ProductionCalendar(parse_calendar(read(folder / "calendar.yml")))
    groups = Groups.load(folder / "groups.yml", zone, calendar)
    schedule = Schedule.from_content(
        *(read(folder / f"{name}.yml") for name in ("centres", "services", "region", "calendar"))
    )
    glossary = Glossary(read(folder / "glossary.yml"))
    topics = TopicClassifier.load(folder / "topics.yml", encoder, cache)
    topic_titles = {t.id: t.title for t in topics.topics.values()}
    forms = load_forms(folder / "forms", clock)
    rules = Rules.load(folder / "handover.yml")
    characters = settings.project_dir / "bot" / "persona"
    return Edition(
        content=content,
        texts=Texts.load(folder, settings.project_dir / "domain.yml"),
        persona=Persona.load(characters / f"{settings.persona}.yml"),
        personas={name: Persona.load(characters / f"{name}.yml") for name in PERSONAS},
        calendar=calendar,
        groups=groups,
        schedule=schedule,
        reminders=Reminders(read(folder / "appointments.yml"), schedule),
        glossary=glossary,
        wording=Wording(read(folder / "applications.yml"), glossary),
        consent_texts=ConsentTexts(read(folder / "consents.yml")),
        topics=topics,
        topic_titles=topic_titles,
        ticket_words=TicketWords(read(folder / "tickets.yml")),
        incidents=Incidents(store, clock, read(folder / "incidents.yml"), read(folder / "region.yml")),
        forms=dict(forms),
        catalogue=Catalogue(content, encoder, cache),
        knowledge=Knowledge(content.articles, encoder, cache),
        situations=Situations(content.situations, content.services, encoder, cache),
        places=Places(content, schedule),
        crisis=Crisis.load(folder / "crisis.yml"),
        payments=Payments(content.charges, payments),
        intents=dict(read(folder / "intents.yml")),
        rules=rules,
        callback_rules=CallbackRules.load(folder / "callbacks.yml"),
        canned=list(common_answers(folder / "canned.yml")),
        section_titles={**groups.sections, **topic_titles},
        titles=_titles(content, forms, rules),
        spelling=Spelling.of_content(content),
    )


def read(path: Path) -> Any:
    """A YAML file's values."""
    return plain_yaml(path.read_text("utf-8"))


def _titles(content: Content, forms: Mapping[str, Form], rules: Rules) -> Titles:
    return Titles(
        services={one.id: one.title for one in content.services},
        centres={one.id: one.title for one in content.centres},
        forms={name: form.title for name, form in forms.items()},
        results=rules.results,
        tasks=rules.tasks,
    )
