"""Who keeps appointments, applications, consents, tickets and payments: our own database, or the agency at a configured URL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.settings import Settings
from bot.services.applications import Applications
from bot.services.applications.http import HttpApplications
from bot.services.applications.sql import SqlApplications
from bot.services.applications.wording import Wording
from bot.services.appointments import Appointments
from bot.services.appointments.http import HttpAppointments
from bot.services.appointments.reminders import Reminders
from bot.services.appointments.schedule import Schedule
from bot.services.appointments.sql import SqlAppointments
from bot.services.consents import Consents
from bot.services.consents.http import HttpConsents
from bot.services.consents.sql import SqlConsents, may_notify
from bot.services.consents.texts import Texts
from bot.services.http_client import ServiceHttp
from bot.services.meaning import Encoder
from bot.services.payments import DemoPayments, HttpPayments, PaymentProvider
from bot.services.production_calendar import ProductionCalendar
from bot.services.tickets.http import HttpTickets
from bot.services.tickets.interface import Tickets
from bot.services.tickets.sql import SqlTickets
from bot.services.tickets.topics import TopicClassifier
from bot.services.tickets.wording import TicketWords
from bot.store import Store, Vault


@dataclass(frozen=True)
class Providers:
    """Makes each service's provider; an empty URL in the settings means the embedded one."""

    settings: Settings
    store: Store
    vault: Vault
    clock: Callable[[], datetime]
    zone: ZoneInfo
    calendar: ProductionCalendar

    def appointments(self, schedule: Schedule, reminders: Reminders) -> Appointments:
        """Visits; reminders are ours in both cases."""
        if http := self._agency("appointments", self.settings.appointments_url):
            return HttpAppointments(http, self.store, self.clock, schedule, reminders)
        return SqlAppointments(self.store, self.vault, self.clock, schedule, reminders)

    def applications(self, wording: Wording) -> Applications:
        """Status and registration of applications."""
        if http := self._agency("applications", self.settings.applications_url):
            return HttpApplications(http, self.store, self.vault, self.clock, wording, self.zone)
        return SqlApplications(self.store, self.vault, self.clock, wording, self.calendar, self.zone, may_notify)

    def consents(self, texts: Texts) -> Consents:
        """The registry of consents."""
        if http := self._agency("consents", self.settings.consents_url):
            return HttpConsents(http, self.store, self.clock, texts)
        return SqlConsents(self.store, self.vault, self.clock, texts, self.calendar, self.zone)

    def tickets(self, topics: TopicClassifier, words: TicketWords, encoder: Encoder) -> Tickets:
        """Complaints."""
        if http := self._agency("tickets", self.settings.tickets_url):
            return HttpTickets(http, self.store, self.vault, self.clock, topics, words, self.zone)
        return SqlTickets(self.store, self.vault, self.clock, topics, encoder, words, self.zone)

    def _agency(self, service: str, url: str) -> ServiceHttp | None:
        return _agency(self.settings, service, url)


def payments(settings: Settings) -> PaymentProvider:
    """Payment links; the embedded provider only shows what one looks like."""
    http = _agency(settings, "payments", settings.payments_url)
    return HttpPayments(http) if http else DemoPayments()


def _agency(settings: Settings, service: str, url: str) -> ServiceHttp | None:
    return ServiceHttp(service, url, token=settings.agency_token or None) if url else None
