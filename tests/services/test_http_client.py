"""Calls to an agency: retries, idempotency keys, time limits, garbage."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from bot.services.errors import ServiceUnavailable
from bot.services.http_client import Refused, ServiceHttp
from tests.services.agency import Agency, Answer, running


@pytest.fixture
async def agency() -> AsyncIterator[Agency]:
    async with running() as agency:
        yield agency


@pytest.fixture
async def http(agency: Agency) -> AsyncIterator[ServiceHttp]:
    async with ServiceHttp("test", agency.url, token="t0ken", timeout=0.2, deadline=1.0, pause=0.01) as http:
        yield http


async def test_an_object_comes_back_and_the_token_goes_along(http: ServiceHttp, agency: Agency) -> None:
    agency.will(Answer({"a": "ё"}))
    assert await http.get("/x", day="2026-11-17", empty=None) == {"a": "ё"}
    assert agency.calls[0].params == {"day": "2026-11-17"}
    assert agency.calls[0].auth == "Bearer t0ken"


@pytest.mark.parametrize(
    "bad", [Answer(status=500), Answer(status=503), Answer(status=429), Answer(delay=0.5), Answer(cut=True)]
)
async def test_a_passing_failure_is_tried_again(http: ServiceHttp, agency: Agency, bad: Answer) -> None:
    agency.will(bad, Answer({"ok": 1}))
    assert await http.get("/x") == {"ok": 1}
    assert len(agency.calls) == 2


async def test_a_repeated_post_keeps_its_key(http: ServiceHttp, agency: Agency) -> None:
    agency.will(Answer(status=502), Answer(cut=True), Answer({"ok": 1}))
    assert await http.post("/x", {"n": "ТЛ"}, key="запись:7") == {"ok": 1}
    keys = {call.key for call in agency.calls}
    assert len(agency.calls) == 3
    assert len(keys) == 1
    assert None not in keys


async def test_a_lasting_failure_is_one_named_error(http: ServiceHttp, agency: Agency) -> None:
    agency.will(Answer(status=500, raw="Traceback … Смирнова"))
    with pytest.raises(ServiceUnavailable) as unavailable:
        await http.get("/x")
    assert len(agency.calls) == 3
    assert "Смирнова" not in str(unavailable.value)


@pytest.mark.parametrize("raw", ["", "<html>", "[1, 2]", "null", '"text"', "{", '{"a": ' + "[" * 1000])
async def test_garbage_is_unavailable_and_not_tried_again(http: ServiceHttp, agency: Agency, raw: str) -> None:
    agency.will(Answer(raw=raw))
    with pytest.raises(ServiceUnavailable):
        await http.get("/x")
    assert len(agency.calls) == 1


async def test_a_huge_answer_is_not_read_to_its_end(http: ServiceHttp, agency: Agency) -> None:
    agency.will(Answer(raw='{"a": "' + "x" * 3_000_000 + '"}'))
    with pytest.raises(ServiceUnavailable, match="too long"):
        await http.get("/x")


async def test_a_refusal_carries_the_agencys_error(http: ServiceHttp, agency: Agency) -> None:
    agency.will(Answer({"error": {"code": "slot_taken", "alternatives": []}}, status=409))
    with pytest.raises(Refused) as refused:
        await http.post("/x", {}, key="1")
    assert (refused.value.status, refused.value.name) == (409, "slot_taken")
    assert len(agency.calls) == 1


@pytest.mark.parametrize("answer", [Answer({"detail": "no"}, status=404), Answer(raw="nope", status=401)])
async def test_a_refusal_without_an_error_object_is_unavailable(
    http: ServiceHttp, agency: Agency, answer: Answer
) -> None:
    agency.will(answer)
    with pytest.raises(ServiceUnavailable):
        await http.get("/x")


async def test_the_whole_call_has_a_deadline(agency: Agency) -> None:
    agency.will(Answer(delay=60))
    async with ServiceHttp("test", agency.url, timeout=60, deadline=0.3) as http:
        began = time.monotonic()
        with pytest.raises(ServiceUnavailable, match="no answer"):
            await http.get("/x")
        assert time.monotonic() - began < 30


async def test_nobody_listening_is_unavailable() -> None:
    async with ServiceHttp("test", "http://127.0.0.1:9", timeout=0.2, pause=0.01) as http:
        with pytest.raises(ServiceUnavailable):
            await http.get("/x")
