"""The desk of one assistant: accounts, hand-over and pages, put together and kept running."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from actions.services import Services
from app.edition import Edition
from app.privacy import privacy_of
from app.problems import Problem
from app.settings import Settings
from bot.accounts.accounts import Accounts
from bot.accounts.audit import Audit
from bot.accounts.policy import Policy
from bot.handover.bulletin import Bulletin, News
from bot.handover.callbacks import Callbacks
from bot.handover.canned import CannedAnswers
from bot.handover.citizen_side import CitizenSide
from bot.handover.handovers import Handovers
from bot.handover.interface import Operator
from bot.handover.notes import Notes
from bot.handover.presence import Presences
from bot.handover.speaking import Speaking
from bot.handover.ticket_desk import TicketDesk
from bot.handover.typing_signs import TypeIn
from bot.handover.views import Views
from bot.handover.watch import Watch
from bot.privacy.nightly import Nightly
from bot.services.notices.notices import Notices
from bot.services.people.sql import People
from bot.services.tickets.sql import SqlTickets
from bot.store import Store, Vault
from bot.studio.studio import Studio
from bot.turns import Turns
from channels.files import FileStore
from desk.oidc import Client, SingleSignOn
from desk.pages import Pages
from desk.parts import Parts

if TYPE_CHECKING:
    from desk.parts import Telephones


def door_policy(settings: Settings) -> Policy:
    """How strict the desk's door is."""
    return Policy(
        second_factor=settings.desk_totp, secure_cookies=settings.secure_cookies, site=settings.site,
        idle=timedelta(minutes=settings.desk_idle_minutes), lasts=timedelta(hours=settings.desk_session_hours),
    )  # fmt: skip


@dataclass(frozen=True)
class DeskSide:
    """What the telephone needs of the desk to bring calls into it. `wake` lets the queue look again."""

    store: Store
    vault: Vault
    clock: Callable[[], datetime]
    handovers: Handovers
    people: People
    presences: Presences
    accounts: Accounts
    bulletin: Bulletin
    wake: Callable[[], None]


def single_sign_on(settings: Settings, vault: Vault, clock: Callable[[], datetime]) -> SingleSignOn | None:
    """The issuer of the settings; None without one. Raises Problem for an address that is not safe."""
    if not settings.oidc_issuer:
        return None
    client = Client(
        issuer=settings.oidc_issuer, client_id=settings.oidc_client_id, client_secret=settings.oidc_client_secret,
        return_to=f"{settings.site}/desk/sso/back", name=settings.oidc_name, scopes=settings.oidc_scopes,
        login_claim=settings.oidc_login_claim, role_claim=settings.oidc_role_claim, roles=settings.oidc_roles,
        create=settings.oidc_create,
    )  # fmt: skip
    try:
        return SingleSignOn(client, vault, clock)
    except ValueError:
        raise Problem("Настройка OTKLIK_OIDC_ISSUER: нужен адрес https://….") from None


@dataclass(frozen=True)
class Around:
    """What the desk needs of the house around it."""

    settings: Settings
    store: Store
    vault: Vault
    clock: Callable[[], datetime]
    turns: Turns
    files: FileStore
    services: Services
    edition: Edition
    notices: Notices
    carrying: Collection[str]
    ready: Callable[[], Awaitable[dict[str, bool]]]
    channel_states: Callable[[], Mapping[str, str]]
    telephones: Callable[[DeskSide], Telephones | None] | None
    """Controls of calls, made with what the desk gives them; None without the voice."""
    studio: Studio
    type_in: TypeIn | None = None
    """Shows «печатает» in a channel to one of its users."""


def _public_phones(services: Services) -> frozenset[str]:
    """Numbers of institutions, which anybody may be told anywhere."""
    content = services.content
    return frozenset((content.region.line_phone, *(one.phone for one in content.centres)))


class Desk:
    """Built with the assistant, started and stopped with it."""

    def __init__(self, around: Around) -> None:
        store, vault, clock, services = around.store, around.vault, around.clock, around.services
        edition = around.edition
        groups, rules, titles = edition.groups, edition.rules, edition.section_titles
        zone = ZoneInfo(services.content.region.timezone)
        bulletin = Bulletin()
        self.accounts = accounts = Accounts(store, vault, clock, door_policy(around.settings))

        async def colleagues() -> list[Operator]:
            return [
                Operator(a.id, a.name, a.groups, a.languages, a.lines, a.capacity, "supervise" in a.rights)
                for a in await accounts.roster()
                if "talk" in a.rights and not a.disabled
            ]

        async def names() -> dict[str, str]:
            return {a.id: a.name for a in await accounts.roster()}

        canned = CannedAnswers(store, clock, groups, edition.canned)
        presences = Presences(store, clock, bulletin, colleagues, lambda: rules.lost_operator_seconds)
        handovers = Handovers(
            store, vault, clock, groups, rules, presences, colleagues, around.turns, bulletin, edition.texts
        )  # fmt: skip
        self.watch = Watch(handovers, bulletin)
        side = DeskSide(
            store, vault, clock, handovers, services.people, presences, accounts, bulletin, self.watch.wake
        )  # fmt: skip
        telephones = around.telephones(side) if around.telephones else None
        self.callbacks = Callbacks(
            store, vault, clock, groups, edition.callback_rules, bulletin,
        )  # fmt: skip
        ticket_desk = None
        if isinstance(services.tickets, SqlTickets):
            ticket_desk = TicketDesk(store, clock, groups, services.tickets, services.topic_titles, zone, bulletin)
        audit = Audit(store, clock)
        privacy = privacy_of(around.settings, store, vault, clock, audit, around.files, zone)
        self.nightly = Nightly(privacy.retention, clock, zone)
        self.parts = Parts(
            store=store, vault=vault, clock=clock, pages=Pages(zone), accounts=accounts, audit=audit, privacy=privacy,
            bulletin=bulletin, handovers=handovers, presences=presences, rules=rules, studio=around.studio,
            views=Views(
                store, vault, clock, groups, rules, around.carrying,
                lambda topic: titles.get(topic, topic), names,
                titles=edition.titles, zone=zone, presences=presences.all,
            ),
            speaking=Speaking(
                store, vault, clock, around.turns, bulletin, around.carrying, around.type_in, _public_phones(services),
            ),
            notes=Notes(store, vault, clock, bulletin), turns=around.turns, files=around.files,
            content=services.content, groups=groups, people=services.people, tickets=services.tickets,
            topics=services.topics, topic_titles=titles, incidents=services.incidents,
            notices=around.notices, callbacks=self.callbacks, ticket_desk=ticket_desk,
            appointments=services.appointments, applications=services.applications,
            consents=services.consents, catalogue=services.catalogue, knowledge=services.knowledge,
            feedback=services.feedback, profiles=services.profiles, canned=canned,
            spelling=edition.spelling, continuations=services.continuations,
            glossary=services.glossary, carrying=around.carrying, ready=around.ready,
            channel_states=around.channel_states, sso=single_sign_on(around.settings, vault, clock), telephones=telephones,
        )  # fmt: skip
        self.citizens = CitizenSide(store, self.parts.speaking, bulletin)
        around.turns.tell_watcher(self.watch.heard)
        around.turns.tell_rest(self.watch.rested)
        services.people.tell_change(self.watch.wake)
        services.people.tell_promise(lambda group: bulletin.post(News("callback", group=group)))
        services.people.staffed(presences.on_line)
        presences.tell_change(self.watch.wake)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the hand-over going: assignments, wrap-ups, overflow; and see that no promised call and no term is forgotten."""
        tasks = [
            asyncio.create_task(self.watch.run(), name="handover-watch"),
            asyncio.create_task(self.callbacks.run(), name="callbacks-watch"),
            asyncio.create_task(self.nightly.run(), name="retention"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
