"""The registry of consents: given, taken back at once, narrowed to a scope, and requests to delete data."""

from __future__ import annotations

import asyncio
from datetime import date
from zoneinfo import ZoneInfo

import pytest
import yaml
from sqlalchemy import select

from bot.services.applications.sql import SqlApplications
from bot.services.applications.wording import Wording
from bot.services.consents import PURPOSES, UnknownPurpose
from bot.services.consents.sql import SqlConsents, may_notify
from bot.services.consents.tables import ConsentRow
from bot.services.consents.texts import Texts
from bot.services.errors import ContentError
from bot.services.production_calendar import ProductionCalendar
from bot.store import Store, Vault
from bot.store.events import EventRow
from tests.services.conftest import CONTENT, Clock, due_texts, event_names

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
def texts() -> Texts:
    return Texts(yaml.safe_load((CONTENT / "consents.yml").read_text("utf-8")))


@pytest.fixture
def consents(store: Store, vault: Vault, clock: Clock, texts: Texts) -> SqlConsents:
    return SqlConsents(store, vault, clock, texts, ProductionCalendar(), MOSCOW)


async def test_a_consent_is_recorded_with_its_text_version_and_channel(
    consents: SqlConsents, store: Store, clock: Clock, vault: Vault
) -> None:
    given = await consents.give(
        "anna", "personal_data", channel="widget", ip="10.0.0.7", proof={"message_id": "42", "said": "согласна"}
    )
    assert (given.text_version, given.channel, given.at, given.given) == ("2026-11-01", "widget", clock(), True)
    assert await consents.has("anna", "personal_data")
    assert not await consents.has("boris", "personal_data")
    assert await consents.active("anna") == [given]
    async with store.read() as session:
        row = (await session.scalars(select(ConsentRow))).one()
        event = (await session.scalars(select(EventRow))).one()
    assert "10.0.0.7" not in row.proof_sealed + str(event.data)
    assert vault.open(row.proof_sealed) == {"ip": "10.0.0.7", "proof": {"message_id": "42", "said": "согласна"}}


async def test_giving_twice_is_one_act(consents: SqlConsents) -> None:
    first = await consents.give("anna", "notifications", channel="vk")
    assert await consents.give("anna", "notifications", channel="max") == first
    assert len(await consents.history("anna")) == 1


async def test_taking_back_works_at_once_and_stays_in_history(consents: SqlConsents, store: Store) -> None:
    await consents.give("anna", "notifications", channel="vk")
    assert [c.purpose for c in await consents.withdraw("anna", "notifications", channel="phone")] == ["notifications"]
    assert not await consents.has("anna", "notifications")
    assert await consents.withdraw("anna", "notifications", channel="phone") == []
    await consents.give("anna", "notifications", channel="vk")
    assert await consents.has("anna", "notifications")
    assert [(c.given, c.channel) for c in await consents.history("anna")] == [
        (True, "vk"),
        (False, "phone"),
        (True, "vk"),
    ]
    assert await event_names(store) == ["consent_given", "consent_withdrawn", "consent_given"]


async def test_offers_are_agreed_to_by_situation(consents: SqlConsents) -> None:
    await consents.give("anna", "proactive_offers", scope="birth", channel="vk")
    assert await consents.has("anna", "proactive_offers")
    assert await consents.has("anna", "proactive_offers", "birth")
    assert not await consents.has("anna", "proactive_offers", "job_loss")
    await consents.give("anna", "proactive_offers", scope="job_loss", channel="vk")
    await consents.withdraw("anna", "proactive_offers", scope="birth", channel="vk")
    assert [c.scope for c in await consents.active("anna")] == ["job_loss"]
    await consents.withdraw("anna", "proactive_offers", channel="vk")
    assert await consents.active("anna") == []


async def test_one_situation_is_taken_out_of_a_general_consent(consents: SqlConsents) -> None:
    await consents.give("anna", "proactive_offers", channel="vk")
    assert await consents.withdraw("anna", "proactive_offers", scope="birth", channel="vk")
    assert not await consents.has("anna", "proactive_offers", "birth")
    assert await consents.has("anna", "proactive_offers", "job_loss")


async def test_taking_back_personal_data_ends_everything_and_stops_waiting_news(
    consents: SqlConsents, store: Store, vault: Vault, clock: Clock, wording: Wording
) -> None:
    applications = SqlApplications(store, vault, clock, wording, ProductionCalendar(), MOSCOW, may_notify)
    for purpose in PURPOSES:
        await consents.give("anna", purpose, channel="vk")
    number = await applications.register("anna", "form", {}, service_id="social_aid", proofs={})
    await applications.set_state(number, "in_progress")
    assert len(await due_texts(store)) == 1
    await consents.withdraw("anna", "personal_data", channel="vk")
    assert await due_texts(store) == []
    assert await consents.active("anna") == []
    await applications.set_state(number, "approved")
    assert await due_texts(store) == []


async def test_a_deletion_request_has_a_term_and_says_what_stays(consents: SqlConsents, store: Store) -> None:
    await consents.give("anna", "personal_data", channel="vk")
    request = await consents.request_deletion("anna", channel="vk")
    assert (request.number, request.due_on) == ("УД-2026-000001", date(2026, 11, 30))
    assert "30 ноября 2026 года" in request.explanation
    assert len(request.kept) >= 3
    assert not await consents.has("anna", "personal_data")
    assert await consents.request_deletion("anna", channel="max") == request
    assert (await event_names(store))[-1] == "deletion_requested"


async def test_ten_deletion_requests_at_once_are_one(consents: SqlConsents) -> None:
    requests = await asyncio.gather(*(consents.request_deletion("anna", channel="vk") for _ in range(10)))
    assert len({request.number for request in requests}) == 1


async def test_an_unknown_purpose_is_refused(consents: SqlConsents) -> None:
    with pytest.raises(UnknownPurpose):
        await consents.give("anna", "everything", channel="vk")  # type: ignore[arg-type]


def test_the_texts_name_operator_data_actions_term_and_how_to_take_back(texts: Texts) -> None:
    for purpose in PURPOSES:
        text = texts.text(purpose).text
        assert "демонстрационный оператор" in text
        assert "тозвать" in text
        assert "{" not in text


def test_a_missing_text_is_named() -> None:
    with pytest.raises(ContentError, match="personal_data: нет version"):
        Texts({"purposes": {}})
