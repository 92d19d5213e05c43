"""The composition root: the one place that knows every room and puts them together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog
import yaml
from rasa_sdk.executor import ActionExecutor
from sqlalchemy import text

from actions.continuing import carried
from actions.registry import all_actions
from actions.services import Services
from app.desk import Around, Desk
from app.paths import HERE
from app.providers import Providers
from app.settings import Settings
from app.studio.wiring import StudioHouse
from app.vaults import vault_of
from app.voice_extra import check_extra
from bot.due_sender import DueSender
from bot.handover.aftertalk import Aftertalk
from bot.linking import Linking
from bot.persona.persona import Persona
from bot.rasa import RasaClient
from bot.robot import Nearest, Robot
from bot.services import demo
from bot.services.applications.glossary import Glossary
from bot.services.appointments.schedule import Schedule
from bot.services.calls.lines import PERSONAS
from bot.services.catalogue import Catalogue
from bot.services.content import Content, load
from bot.services.continuations import Continuations
from bot.services.crisis import Crisis
from bot.services.feedback import Feedback
from bot.services.forms import load_forms
from bot.services.forms.sql import SqlDrafts
from bot.services.identity import Codes
from bot.services.knowledge import Knowledge
from bot.services.meaning import Encoder
from bot.services.notices.notices import Notices
from bot.services.payments import Payments
from bot.services.people.groups import Groups
from bot.services.people.sql import People
from bot.services.places import Places
from bot.services.production_calendar import ProductionCalendar, parse_calendar
from bot.services.situations import Situations
from bot.services.tickets.incidents import Incidents
from bot.services.tickets.topics import TopicClassifier
from bot.services.video import DemoVideoLinks
from bot.store import Store, Vault
from bot.store.migrate import upgrade
from bot.store.profiles import Profiles
from bot.texts import Texts
from bot.turns import Turns
from bot.unfinished import Unfinished
from channels.base import Channel
from channels.doors import Doors
from channels.files import FileStore
from channels.registry import configured

if TYPE_CHECKING:
    from app.telephone import Telephone

log = structlog.get_logger(__name__)

PERSONAL_DATA_CHANNELS = frozenset(("widget", "portal", "cli", "vk", "max", "email", "phone"))
"""Doors that may carry personal data (149-FZ art. 10 part 8): foreign messengers may not."""

TROUBLES = {"water": "нет воды", "power": "нет света", "heating": "батареи холодные", "gas": "отключили газ"}
"""How a citizen would speak of each kind of breakdown, for the things to try."""


def now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Assistant:
    """Everything that runs in the assistant's process."""

    settings: Settings
    clock: Callable[[], datetime]
    store: Store
    vault: Vault
    rasa: RasaClient
    robot: Robot
    turns: Turns
    doors: Doors
    channels_wrong: dict[str, str]
    """Channels that the settings make impossible, and why, in Russian."""
    services: Services
    linking: Linking
    actions: ActionExecutor
    files: FileStore
    encoder: Encoder
    telephone: Telephone | None
    """None without the voice."""
    desk: Desk
    studio: StudioHouse

    async def ready(self) -> dict[str, bool]:
        """Which parts can do their work now."""
        return await _ready(self.store, self.rasa)

    def channels(self) -> dict[str, str]:
        """How receiving goes in each messenger: "" when well, else Russian words."""
        return self.doors.state() | self.channels_wrong

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Seed the demonstration data, warm what is slow the first time, take up open turns; stop in good order."""
        if self.settings.demo:
            await demo.seed(self.store, self.vault, self.clock, _yaml(self.settings.content_dir / "demo.yml"))
            await self.services.incidents.seed()
        warming = asyncio.create_task(asyncio.to_thread(self._warm))
        await self.turns.start()
        for name, why in self.channels_wrong.items():
            log.error("channel.misconfigured", channel=name, reason=why)
        await self.doors.start()
        carrying = self.services.personal_data_channels
        calling = self.telephone.outgoing.calling if self.telephone else None
        sender = DueSender(self.store, self.vault, self.turns.announce, self.clock, carrying, calling)
        due = asyncio.create_task(sender.run())
        try:
            async with (
                self.desk.running(),
                self.studio.running(),
                self.telephone.running() if self.telephone else contextlib.nullcontext(),
            ):
                yield
        finally:
            due.cancel()
            await self.doors.stop_receiving()
            await asyncio.gather(due, warming, return_exceptions=True)
            await self.turns.stop()
            await self.doors.stop_sending()
            await self.rasa.close()
            await self.store.close()

    def _warm(self) -> None:
        self.encoder.encode(["здравствуйте"])
        self.services.catalogue.search("замена паспорта")


def build(settings: Settings, clock: Callable[[], datetime] = now) -> Assistant:
    """Put the rooms together. Reads content (ContentError names the file), opens no connection yet."""
    content_dir = settings.content_dir
    store = Store(settings.database_url)
    vault = vault_of(settings, make=True)
    content = load(content_dir)
    texts = Texts.load(content_dir, settings.project_dir / "domain.yml")
    persona = _persona(settings, settings.persona)
    rasa = RasaClient(settings.rasa_url, timeout=settings.rasa_timeout)
    encoder = Encoder()
    found = configured(HERE.root / ".env", settings.site)
    carrying = PERSONAL_DATA_CHANNELS | {c.name for c in found.channels if c.features.personal_data}
    carrying |= settings.personal_data_channels
    calendar = ProductionCalendar(parse_calendar(_yaml(content_dir / "calendar.yml")))
    groups = Groups.load(content_dir / "groups.yml", ZoneInfo(content.region.timezone), calendar)
    services = _services(settings, content, store, vault, clock, encoder, carrying, calendar, groups)
    linking = Linking(services.continuations, Codes(store, vault, clock), texts)
    executor = ActionExecutor()
    for action in all_actions(services):
        executor.register_action(action)
    notices = Notices(store, clock)
    robot = Robot(
        rasa, persona, texts, lambda words: services.crisis.kind_of(words) is not None, _nearest(services), linking,
        {name: _persona(settings, name) for name in PERSONAS}, notices.live,
        Aftertalk(store, clock, services.feedback, texts),
    )  # fmt: skip
    turns = Turns(store, vault, robot, clock, services.people.leave)
    files = FileStore(settings.files_dir, vault)
    telephone = _telephone(settings, content, store, vault, clock, turns, services, rasa)
    doors = Doors(
        found.channels, store, vault, turns, files, clock, texts.line("slow_down"),
        hear=telephone.hear if telephone else None, redeem=linking.arrive,
    )  # fmt: skip
    studio = StudioHouse(settings, store, vault, clock, rasa, encoder, turns, telephone)
    desk = Desk(
        Around(
            settings=settings, store=store, vault=vault, clock=clock, turns=turns, files=files, services=services,
            groups=groups, notices=notices, carrying=carrying, ready=lambda: _ready(store, rasa),
            channel_states=lambda: doors.state() | found.wrong, telephones=telephone.for_desk if telephone else None,
            type_in=_typing(found.channels), texts=texts, studio=studio.studio,
        )
    )  # fmt: skip
    return Assistant(
        settings=settings, clock=clock, store=store, vault=vault, rasa=rasa, robot=robot, turns=turns, doors=doors,
        channels_wrong=found.wrong, services=services, linking=linking, actions=executor, files=files, encoder=encoder,
        telephone=telephone, desk=desk, studio=studio,
    )  # fmt: skip


def _typing(channels: Iterable[Channel]) -> Callable[[str, str], Awaitable[None]]:
    """Shows «печатает» to a user of a channel, where the channel can."""
    able = {channel.name: channel for channel in channels if channel.features.typing}

    async def type_in(channel: str, user: str) -> None:
        if channel in able:
            await able[channel].typing(user)

    return type_in


async def _ready(store: Store, rasa: RasaClient) -> dict[str, bool]:
    try:
        async with store.read() as session:
            await session.execute(text("SELECT 1"))
        db = True
    except Exception:
        db = False
    return {"db": db, "rasa": await rasa.ready()}


def _telephone(
    settings: Settings,
    content: Content,
    store: Store,
    vault: Vault,
    clock: Callable[[], datetime],
    turns: Turns,
    services: Services,
    rasa: RasaClient,
) -> Telephone | None:
    """The voice, when it is wanted. Raises Problem that says what is missing for it."""
    if not settings.voice:
        return None
    check_extra()
    # Here, not above: without the voice nothing of it is installed.
    from app.telephone import House, Telephone
    from voice.script import Script

    script = Script.load(settings.content_dir)
    unfinished = Unfinished(
        rasa, services.continuations, store, vault, turns.announce, clock, carried, lambda: script.line("draft_waits")
    )

    async def leave_draft(conversation_id: str) -> None:
        await unfinished.leave(conversation_id)

    return Telephone(
        House(
            settings=settings, content=content, store=store, vault=vault, turns=turns, clock=clock,
            groups=services.people.groups, place=services.people.place, give_back=services.people.returned,
            leave_draft=leave_draft, appointments=services.appointments, people=services.people,
        )
    )  # fmt: skip


def _persona(settings: Settings, name: str) -> Persona:
    return Persona.load(settings.project_dir / "bot" / "persona" / f"{name}.yml")


def _nearest(services: Services) -> Nearest:
    """The centre nearest to a point, and the words for it."""

    def nearest(latitude: float, longitude: float) -> tuple[str, str] | None:
        found = services.places.nearest(latitude, longitude, 1)
        if not found:
            return None
        far = f"{found[0].km:.1f}".replace(".", ",")
        return found[0].centre.id, f"Ближайший к вам — {found[0].centre.title}, примерно {far} км по прямой."

    return nearest


def _services(
    settings: Settings,
    content: Content,
    store: Store,
    vault: Vault,
    clock: Callable[[], datetime],
    encoder: Encoder,
    carrying: frozenset[str],
    calendar: ProductionCalendar,
    groups: Groups,
) -> Services:
    folder, cache = settings.content_dir, HERE.cache / "vectors"
    zone = ZoneInfo(content.region.timezone)
    schedule = Schedule.from_content(
        *(_yaml(folder / f"{name}.yml") for name in ("centres", "services", "region", "calendar"))
    )
    glossary = Glossary(_yaml(folder / "glossary.yml"))
    topics = TopicClassifier.load(folder / "topics.yml", encoder, cache)
    video = DemoVideoLinks(vault.fingerprint("video").encode())
    providers = Providers(settings, store, vault, clock, zone, calendar)
    return Services(
        content=content,
        appointments=providers.appointments(schedule),
        applications=providers.applications(glossary),
        glossary=glossary,
        forms=load_forms(folder / "forms", clock),
        drafts=SqlDrafts(store, vault, clock),
        consents=providers.consents(),
        tickets=providers.tickets(topics, encoder),
        topics=topics,
        incidents=Incidents(store, clock, _yaml(folder / "incidents.yml"), _yaml(folder / "region.yml")),
        catalogue=Catalogue(content, encoder, cache),
        knowledge=Knowledge(content.articles, encoder, cache),
        situations=Situations(content.situations, content.services, encoder, cache),
        places=Places(content, schedule),
        payments=Payments(content.charges, providers.payments()),
        feedback=Feedback(store, vault, clock),
        people=People(store, vault, clock, groups, video),
        crisis=Crisis.load(folder / "crisis.yml"),
        profiles=Profiles(store, vault),
        intents=_yaml(folder / "intents.yml"),
        topic_titles={t.id: t.title for t in topics.topics.values()},
        personal_data_channels=carrying,
        continuations=Continuations(store, vault, clock, settings.site, settings.continue_in),
        rings=settings.voice and bool(settings.ami_host),
    )


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def migrate(settings: Settings) -> None:
    """Bring the database to the newest revision. Raises what the database driver raises."""
    upgrade(settings.database_url)


def widget_secret(vault: Vault) -> str:
    """The key that signs widget sessions; it lives and dies with the vault's key."""
    return vault.fingerprint("widget-session")


def demo_hints(settings: Settings) -> list[dict[str, str]]:
    """Things to try on the demonstration data: `title` says what it shows, `text` is what to write."""
    content = load(settings.content_dir)
    cases = demo.examples(_yaml(settings.content_dir / "demo.yml"))
    hints = [
        {"title": "Записаться на приём", "text": "запишите меня на замену паспорта в пятницу утром, на левом берегу"}
    ]
    hints += [
        {"title": f"Статус дела: {c.note}", "text": f"что с делом {c.number}, {c.surname}", "number": c.number,
         "surname": c.surname, "birth_date": c.birth_date, "code_word": c.code_word}
        for c in cases
    ]  # fmt: skip
    incident = next((i for i in content.incidents if i.streets and i.kind in TROUBLES), None)
    if incident is not None:
        street = incident.streets[0]
        hints.append({"title": "Известная авария", "text": f"{TROUBLES[incident.kind]}, {street}", "street": street})
    hints += [
        {"title": "Что значит статус", "text": "что значит передано на выдачу в огв"},
        {"title": "Заявление на помощь", "text": "хочу подать на адресную помощь"},
        {"title": "Пожаловаться", "text": "во дворе на Садовой 12 третью неделю не вывозят мусор"},
        {"title": "Согласия", "text": "какие согласия я давал"},
    ]
    return hints
