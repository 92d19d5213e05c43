"""A fee becomes a link with the charge filled in; an agency's link is not trusted blindly. And video rooms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.services.content import Charge, Content, load
from bot.services.errors import ServiceUnavailable
from bot.services.http_client import ServiceHttp
from bot.services.payments import DemoPayments, HttpPayments, NothingToPay, Payments
from bot.services.video import DemoVideoLinks
from tests.services.agency import Agency, Answer, running

CONTENT = Path(__file__).parents[2] / "bot" / "content"
CHARGE = Charge("passport_replacement", 300, "188108", "Госпошлина за паспорт РФ", "обычный обмен")


@pytest.fixture(scope="module")
def content() -> Content:
    return load(CONTENT)


@pytest.fixture
def payments(content: Content) -> Payments:
    return Payments(content.charges, DemoPayments())


@pytest.fixture
async def agency() -> AsyncIterator[Agency]:
    async with running() as agency:
        yield agency


@pytest.fixture
async def http(agency: Agency) -> AsyncIterator[ServiceHttp]:
    async with ServiceHttp("payments", agency.url, timeout=0.3, deadline=1.0, pause=0.01) as http:
        yield http


async def test_the_link_carries_the_charge(payments: Payments) -> None:
    link = await payments.link("passport_replacement")
    query = parse_qs(urlsplit(link.url).query)
    assert (link.amount, query["amount"], query["service"]) == (300, ["300"], ["passport_replacement"])
    assert urlsplit(link.url).hostname == "pay.example.invalid"


async def test_a_case_is_chosen_by_its_note(payments: Payments) -> None:
    assert [c.note for c in payments.charges("passport_foreign_10")] == ["взрослому", "ребёнку до 14 лет"]
    assert (await payments.link("passport_foreign_10", "ребёнку до 14 лет")).amount == 3000


@pytest.mark.parametrize(("service", "note"), [("snils", None), ("no_such", None), ("inn", "по вторникам")])
async def test_there_is_nothing_to_pay_for_a_free_service(payments: Payments, service: str, note: str | None) -> None:
    with pytest.raises(NothingToPay):
        await payments.link(service, note)


async def test_the_agency_makes_the_link(agency: Agency, http: ServiceHttp) -> None:
    agency.will(Answer({"url": "https://pay.gov.example/1", "amount": 300}))
    link = await HttpPayments(http).link(CHARGE)
    assert (link.url, link.amount, link.title) == ("https://pay.gov.example/1", 300, CHARGE.title)
    assert agency.calls[0].body == {"service": CHARGE.service, "code": "188108", "amount": 300, "title": CHARGE.title}


@pytest.mark.parametrize(
    "answer",
    [
        Answer({"url": "https://pay.gov.example/1", "amount": 3000}),
        Answer({"url": "http://pay.gov.example/1", "amount": 300}),
        Answer({"url": "javascript:alert(1)", "amount": 300}),
        Answer({"url": "https://", "amount": 300}),
        Answer({"amount": 300}),
        Answer({"url": "https://pay.gov.example/1", "amount": "много"}),
        Answer(raw="<html>", status=200),
        Answer({"error": {"code": "unknown_code"}}, status=422),
        Answer({}, status=503),
        Answer(cut=True),
        Answer({}, delay=2),
    ],
)
async def test_a_doubtful_answer_is_no_link(agency: Agency, http: ServiceHttp, answer: Answer) -> None:
    agency.will(answer)
    with pytest.raises(ServiceUnavailable):
        await HttpPayments(http).link(CHARGE)


async def test_a_video_room_is_the_same_for_the_same_visit_and_cannot_be_guessed() -> None:
    now = datetime(2026, 11, 23, 10, tzinfo=UTC)
    links = DemoVideoLinks(b"secret")
    first = await links.link("ВК-2026-000001", now)
    assert first == await links.link("ВК-2026-000001", now)
    assert first != await links.link("ВК-2026-000002", now)
    assert first != await DemoVideoLinks(b"other").link("ВК-2026-000001", now)
    assert "000001" not in first
