"""News from an agency reach the citizen: over the real API, into the conversation where she was seen last."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx

from tests.live import LiveStack, Talk

HEARD_WITHIN = 60.0
"""Seconds: the sender of due messages looks every fifteen."""


def test_who_asked_to_be_told_hears_that_a_breakdown_is_over(live: LiveStack, talk: Callable[[], Talk]) -> None:
    citizen = talk()
    answer = citizen.say("Когда дадут воду на Садовой улице?")
    assert "АВ-1041" in answer
    assert "Сообщу" in citizen.press("Сообщить, когда починят")
    with httpx.Client(base_url=live.url, headers={"X-API-Key": live.key}, timeout=30) as agency:
        closed = agency.post("/api/v1/incidents/АВ-1041/close")
        assert closed.json() == {"status": "closed", "told": 1}
        assert agency.post("/api/v1/incidents/АВ-1041/close").status_code == 404
        deadline = time.monotonic() + HEARD_WITHIN
        heard: list[str] = []
        while not any("Починили" in text for text in heard):
            assert time.monotonic() < deadline, heard
            time.sleep(0.5)
            messages = agency.get(f"/api/v1/conversations/{citizen.user}/messages").json()["messages"]
            heard = [m["text"] for m in messages]


def test_an_agency_needs_a_key_and_a_known_number(live: LiveStack) -> None:
    change = {"state": "approved"}
    with httpx.Client(base_url=live.url, timeout=30) as stranger:
        assert stranger.post("/api/v1/applications/2-2-134660/state", json=change).status_code == 401
    with httpx.Client(base_url=live.url, headers={"X-API-Key": live.key}, timeout=30) as agency:
        assert agency.post("/api/v1/applications/ЗЯ-2000-000001/state", json=change).status_code == 404
        assert agency.post("/api/v1/tickets/ОБ-2000-000001/state", json={"state": "answered"}).status_code == 404
        assert agency.post("/api/v1/tickets/ОБ-2000-000001/state", json={"state": "lost"}).status_code == 422
