"""Classes of rows with a term of their own, whoever they belong to: closed appeals, old proofs, settled events, used codes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, delete, func, or_, select
from sqlalchemy.orm import aliased

from bot.accounts.tables import LoginTryRow
from bot.privacy.rules import RetentionRules
from bot.services.applications.tables import ApplicationRow, ProofAttemptRow
from bot.services.calls.tables import CallRow
from bot.services.consents.tables import ConsentRow, DeletionRequestRow
from bot.services.continuations.tables import LinkRow
from bot.services.forms.tables import FormDraftRow
from bot.services.identity.tables import CodeAttemptRow, LinkCodeRow
from bot.services.tickets.interface import OPEN_STATES
from bot.services.tickets.tables import TicketRow
from bot.store import Base, Store
from bot.store.due import DueMessageRow
from bot.store.raw_events import RawEventRow

BATCH = 200


@dataclass(frozen=True)
class Sweep:
    """One class: rows of `row` for which `over(before, now)` holds; `before` is the moment its `term` reaches back to."""

    row: type[Base]
    term: str
    over: Callable[[datetime, datetime], ColumnElement[bool]]


def _withdrawn(before: datetime, _now: datetime) -> ColumnElement[bool]:
    """Acts whose consent was taken back before the moment, and not given again; the taking back itself is the last of them."""
    end, later = aliased(ConsentRow), aliased(ConsentRow)
    again = select(later.id).where(_same(later, end), later.id > end.id)
    return (
        select(end.id)
        .where(_same(end, ConsentRow), end.given.is_(False), end.at < before, ~again.exists())
        .correlate(ConsentRow)
        .exists()
    )


def _same(one: Any, other: Any) -> ColumnElement[bool]:
    return and_(one.citizen_id == other.citizen_id, one.purpose == other.purpose, one.scope == other.scope)


def _attempts(row: Any) -> Callable[[datetime, datetime], ColumnElement[bool]]:
    return lambda before, now: and_(row.since < before, or_(row.locked_until.is_(None), row.locked_until < now))


SWEEPS: dict[str, Sweep] = {
    "raw_events": Sweep(
        RawEventRow, "raw_events",
        lambda before, now: and_(RawEventRow.state.in_(("done", "ignored")), RawEventRow.received_at < before),
    ),
    "dead_letters": Sweep(
        RawEventRow, "dead_letters", lambda before, now: and_(RawEventRow.state == "dead", RawEventRow.received_at < before)
    ),
    "form_drafts": Sweep(FormDraftRow, "service", lambda before, now: FormDraftRow.expires_at <= now),
    "one_time_links": Sweep(LinkRow, "service", lambda before, now: LinkRow.expires_at < before),
    "link_codes": Sweep(LinkCodeRow, "service", lambda before, now: LinkCodeRow.expires_at < before),
    "due_messages": Sweep(
        DueMessageRow, "service", lambda before, now: and_(DueMessageRow.state != "waiting", DueMessageRow.due_at < before)
    ),
    "calls": Sweep(
        CallRow, "service",
        lambda before, now: and_(
            CallRow.citizen_id.is_(None), CallRow.conversation_id.is_(None), CallRow.recording.is_(None),
            CallRow.registered_at < before,
        ),
    ),
    "proof_attempts": Sweep(ProofAttemptRow, "attempts", _attempts(ProofAttemptRow)),
    "link_code_attempts": Sweep(CodeAttemptRow, "attempts", _attempts(CodeAttemptRow)),
    "login_tries": Sweep(LoginTryRow, "attempts", lambda before, now: LoginTryRow.since < before),
    "tickets": Sweep(
        TicketRow, "tickets", lambda before, now: and_(TicketRow.state.not_in(OPEN_STATES), TicketRow.updated_at < before)
    ),
    "applications": Sweep(
        ApplicationRow, "applications",
        lambda before, now: and_(
            ApplicationRow.decided_on.is_not(None), ApplicationRow.decided_on < before.date(), ApplicationRow.demo.is_(False)
        ),
    ),
    "consents": Sweep(ConsentRow, "consents", _withdrawn),
    "deletion_requests": Sweep(
        DeletionRequestRow, "consents",
        lambda before, now: and_(DeletionRequestRow.open_for.is_(None), DeletionRequestRow.at < before),
    ),
}  # fmt: skip
"""By the name under which a report counts them."""


def deletable(sweep: Sweep, rules: RetentionRules, now: datetime, *, count: bool = False) -> Select[Any]:
    """The keys of what has outlived its term, or how many there are."""
    where = sweep.over(rules.terms[sweep.term].begins(now), now)
    if count:
        return select(func.count()).select_from(sweep.row).where(where)
    # Oldest first: of a consent that was taken back, the act of taking back must not go before the others.
    return select(_key(sweep)).where(where).order_by(_key(sweep))


async def remove(store: Store, sweep: Sweep, rules: RetentionRules, now: datetime) -> int:
    """Delete it in short transactions; how many rows."""
    gone = 0
    while True:
        async with store.write() as session:
            some = list(await session.scalars(deletable(sweep, rules, now).limit(BATCH)))
            if some:
                await session.execute(delete(sweep.row).where(_key(sweep).in_(some)))
        gone += len(some)
        # Others who wait for the one place to write on SQLite come first.
        await asyncio.sleep(0)
        if len(some) < BATCH:
            return gone


def _key(sweep: Sweep) -> Any:
    table = sweep.row.__table__
    assert isinstance(table, Table)
    (key,) = table.primary_key.columns
    return key
