"""Names every module that has tables, so that migrations and tests see all of them."""

from __future__ import annotations

import importlib

MODULES = (
    "bot.accounts.tables",
    "bot.handover.tables",
    "bot.store.audit",
    "bot.store.conversations",
    "bot.store.due",
    "bot.store.events",
    "bot.store.numbers",
    "bot.store.outbox",
    "bot.store.raw_events",
    "bot.services.appointments.tables",
    "bot.services.applications.tables",
    "bot.services.calls.tables",
    "bot.services.consents.tables",
    "bot.services.continuations.tables",
    "bot.services.feedback.tables",
    "bot.services.forms.tables",
    "bot.services.identity.tables",
    "bot.services.notices.tables",
    "bot.services.people.tables",
    "bot.services.tickets.tables",
    "bot.studio.tables",
)


def import_all() -> None:
    """Import the modules; by name, because the store must not depend on the services above it."""
    for module in MODULES:
        importlib.import_module(module)
