"""The composition root: the one place that knows every room and puts them together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog
from rasa_sdk.executor import ActionExecutor
from sqlalchemy import text

from actions.continuing import carried
from actions.registry import all_actions
from actions.services import Services
from app.desk import Around, Desk
from app.edition import Edition, load_edition, read
from app.paths import HERE
from app.providers import Providers, payments
from app.settings import Settings
from app.studio.wiring import StudioHouse
from app.vaults import vault_of
from app.voice_extra import check_extra
from bot.due_sender import DueSender
from bot.gate import Gate
from bot.handover.aftertalk import Aftertalk
from bot.linking import Linking
from bot.plain import assess
from bot.rasa import RasaClient
from bot.robot import Nearest, Robot
from bot.services import demo
from bot.services.content import Content, load
from bot.services.continuations import Continuations
from bot.services.feedback import Feedback
from bot.services.forms.sql import SqlDrafts
from bot.services.identity import Codes
from bot.services.meaning import Encoder
from bot.services.notices.notices import Notices
from bot.services.people.sql import People
from bot.services.video import DemoVideoLinks
from bot.store import Store, Vault
from bot.store.migrate import upgrade
from bot.store.profiles import Profiles
from bot.turns import Turns
from bot.unfinished import Unfinished
from channels.base import Channel
from channels.doors import Doors
from channels.files import FileStore
from channels.registry import Configured, configured

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
            await demo.seed(self.store, self.vault, self.clock, read(self.settings.content_dir / "demo.yml"))
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
        # Loads its library, which takes a second that an operator would wait for.
        assess("Здравствуйте!")


def build(settings: Settings, clock: Callable[[], datetime] = now, messengers: Configured | None = None) -> Assistant:
    """Put the rooms together. Reads content (ContentError names the file), opens no connection yet.

    `messengers` None: those of the environment and `.env`.
    """
    store = Store(settings.database_url)
    vault = vault_of(settings, make=True)
    encoder = Encoder()
    pay = payments(settings)
    edition = load_edition(settings, store, clock, encoder, pay)
    texts = edition.texts
    rasa = RasaClient(settings.rasa_url, timeout=settings.rasa_timeout)
    found = configured(HERE.root / ".env", settings.site) if messengers is None else messengers
    carrying = PERSONAL_DATA_CHANNELS | {c.name for c in found.channels if c.features.personal_data}
    carrying |= settings.personal_data_channels
    services = _services(settings, edition, store, vault, clock, encoder, carrying)
    linking = Linking(services.continuations, Codes(store, vault, clock), texts)
    executor = ActionExecutor()
    for action in all_actions(services):
        executor.register_action(action)
    notices = Notices(store, clock)
    robot = Robot(
        rasa, edition.persona, texts, lambda words: services.crisis.kind_of(words) is not None, _nearest(services), linking,
        edition.personas, notices.live,
        Aftertalk(store, clock, services.feedback, texts),
    )  # fmt: skip
    gate = Gate()
    turns = Turns(store, vault, robot, clock, services.people.leave, gate)
    files = FileStore(settings.files_dir, vault)
    telephone = _telephone(settings, edition.content, store, vault, clock, turns, services, rasa)
    doors = Doors(
        found.channels, store, vault, turns, files, clock, texts.line("slow_down"),
        hear=telephone.hear if telephone else None, redeem=linking.arrive,
    )  # fmt: skip
    studio = StudioHouse(
        settings, store, vault, clock, rasa, encoder, gate, edition,
        lambda other: load_edition(other, store, clock, encoder, pay), telephone,
    )  # fmt: skip
    studio.watch(services.people, services.feedback)
    desk = Desk(
        Around(
            settings=settings, store=store, vault=vault, clock=clock, turns=turns, files=files, services=services,
            edition=edition, notices=notices, carrying=carrying, ready=lambda: _ready(store, rasa),
            channel_states=lambda: doors.state() | found.wrong, telephones=telephone.for_desk if telephone else None,
            type_in=_typing(found.channels), studio=studio.studio,
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
    edition: Edition,
    store: Store,
    vault: Vault,
    clock: Callable[[], datetime],
    encoder: Encoder,
    carrying: frozenset[str],
) -> Services:
    zone = ZoneInfo(edition.content.region.timezone)
    video = DemoVideoLinks(vault.fingerprint("video").encode())
    providers = Providers(settings, store, vault, clock, zone, edition.calendar)
    return Services(
        content=edition.content,
        appointments=providers.appointments(edition.schedule, edition.reminders),
        applications=providers.applications(edition.wording),
        glossary=edition.glossary,
        forms=edition.forms,
        drafts=SqlDrafts(store, vault, clock),
        consents=providers.consents(edition.consent_texts),
        tickets=providers.tickets(edition.topics, edition.ticket_words, encoder),
        topics=edition.topics,
        incidents=edition.incidents,
        catalogue=edition.catalogue,
        knowledge=edition.knowledge,
        situations=edition.situations,
        places=edition.places,
        payments=edition.payments,
        feedback=Feedback(store, vault, clock),
        people=People(store, vault, clock, edition.groups, video),
        crisis=edition.crisis,
        profiles=Profiles(store, vault),
        intents=edition.intents,
        topic_titles=edition.topic_titles,
        personal_data_channels=carrying,
        continuations=Continuations(store, vault, clock, settings.site, settings.continue_in),
        rings=settings.voice and bool(settings.ami_host),
    )


def migrate(settings: Settings) -> None:
    """Bring the database to the newest revision. Raises what the database driver raises."""
    upgrade(settings.database_url)


def widget_secret(vault: Vault) -> str:
    """The key that signs widget sessions; it lives and dies with the vault's key."""
    return vault.fingerprint("widget-session")


def demo_hints(settings: Settings) -> list[dict[str, str]]:
    """Things to try on the demonstration data: `title` says what it shows, `text` is what to write."""
    content = load(settings.content_dir)
    cases = demo.examples(read(settings.content_dir / "demo.yml"))
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
