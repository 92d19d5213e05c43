"""The PBX announces calls and asks where they go, over real HTTP, as Asterisk's CURL() and as JSON clients do."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from cryptography.fernet import Fernet
from fastapi import FastAPI

from bot.services.calls.interface import After
from bot.services.calls.lines import load_lines
from bot.services.calls.registry import Calls
from bot.store import Store, Vault
from voice.gateway import LARGEST, gateway_router

CONTENT = Path(__file__).parents[2] / "bot" / "content"
GROUPS = ("crisis", "general", "social", "city", "health", "technical")
TOKEN = "секрет АТС"


@pytest.fixture
async def calls(tmp_path: Path) -> AsyncIterator[Calls]:
    store = Store(f"sqlite+aiosqlite:///{tmp_path}/calls.db")
    await store.create_all()
    yield Calls(
        store, Vault(Fernet.generate_key()), lambda: datetime.now(UTC), load_lines(CONTENT / "lines.yml", GROUPS), 2
    )
    await store.close()


@asynccontextmanager
async def serving(calls: Calls, token: str = "", host: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    """The router under a real uvicorn on a port of its own, and a client of it."""
    app = FastAPI()
    app.include_router(gateway_router(calls, token, lambda: "127.0.0.1:9092"))
    listening = socket.create_server((host, 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve([listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    port = listening.getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}", trust_env=False) as client:
        yield client
    server.should_exit = True
    await task
    listening.close()


@pytest.fixture
async def http(calls: Calls) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(calls) as client:
        yield client


async def test_a_dialplan_gets_the_bare_uuid(http: httpx.AsyncClient, calls: Calls) -> None:
    answer = await http.post("/voice/calls", data={"caller": "+79123456789", "dialled": "1220", "linkedid": "1763.7"})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    assert str(uuid.UUID(answer.text)) == answer.text and await calls.known(answer.text)
    call = await calls.get(answer.text)
    assert call is not None and (call.line, call.caller, call.linked_id) == ("dokumenty", "+79123456789", "1763.7")


async def test_a_plus_that_was_not_escaped_is_still_the_number(http: httpx.AsyncClient, calls: Calls) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await http.post("/voice/calls", content="caller=+79123456789&dialled=122", headers=headers)
    call = await calls.get(answer.text)
    assert call is not None and call.caller == "+79123456789"


async def test_a_json_client_gets_json(http: httpx.AsyncClient) -> None:
    own = str(uuid.uuid4())
    answer = await http.post("/voice/calls", json={"caller": "anonymous", "dialled": "122", "uuid": own, "more": 1})
    assert answer.json() == {"uuid": own, "admitted": True, "audiosocket": "127.0.0.1:9092"}


async def test_a_full_robot_answers_nothing_so_that_the_queue_follows(http: httpx.AsyncClient) -> None:
    for number in range(2):
        assert (await http.post("/voice/calls", data={"caller": f"8912345678{number}"})).text
    full = await http.post("/voice/calls", data={"caller": "89123456789"})
    assert (full.status_code, full.text) == (200, "")
    told = (await http.post("/voice/calls", json={"caller": "89123456789"})).json()
    assert told["admitted"] is False
    assert (await http.get(f"/voice/after/{told['uuid']}")).text == "queue,otklik-general,general"


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (After("queue", "otklik-city", "city"), "queue,otklik-city,city"),
        (After("extension", "101"), "extension,101"),
        (After("line", "dokumenty"), "line,dokumenty"),
        (After("hangup"), "hangup"),
        (None, ""),
    ],
)
async def test_the_dialplan_hears_where_the_caller_goes(
    http: httpx.AsyncClient, calls: Calls, way: After | None, words: str
) -> None:
    call = await calls.register("89123456789", "122")
    await calls.begin(call.id)
    assert (await http.get(f"/voice/after/{call.id}")).text == ""
    await calls.finish(call.id, "done", way)
    assert (await http.get(f"/voice/after/{call.id}")).text == words
    assert (await http.post(f"/voice/after/{call.id.upper()}", data={"x": "1"})).text == words
    told = (await http.get(f"/voice/after/{call.id}", headers={"accept": "application/json"})).json()
    assert told["kind"] == (way.kind if way else "queue")


@pytest.mark.parametrize("call_id", [str(uuid.uuid4()), "нет", "x" * 3000, "%00", "'; drop table calls; --"])
async def test_an_unknown_call_goes_to_the_queue(http: httpx.AsyncClient, call_id: str) -> None:
    answer = await http.get(f"/voice/after/{call_id}")
    assert (answer.status_code, answer.text) == (200, "")


FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (FORM, b"uuid=17", 400),
        (FORM, b"linkedid=a%0D%0Ab", 400),
        (FORM, b"caller=" + b"1" * 300, 400),
        (FORM, b"\xff\xfe\x00", 400),
        (FORM, b"&".join([b"a=1"] * 200), 400),
        (FORM, b"a" * (LARGEST + 1), 413),
        ("text/xml", b"<call/>", 415),
        (JSON, b"{", 400),
        (JSON, b"[1]", 400),
        (JSON, b'{"caller": 89123456789}', 400),
        (JSON, b"\x00" * (LARGEST + 1), 413),
        (JSON, b'{"uuid": "17"}', 400),
    ],
)
async def test_garbage_is_refused_and_a_dialplan_never_takes_an_error_for_a_uuid(
    http: httpx.AsyncClient, kind: str, body: bytes, status: int
) -> None:
    answer = await http.post("/voice/calls", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    if kind == JSON:
        assert any("а" <= letter <= "я" for letter in answer.json()["error"])
    else:
        assert answer.text == ""


async def test_an_empty_announcement_is_a_withheld_call_to_the_default_line(
    http: httpx.AsyncClient, calls: Calls
) -> None:
    answer = await http.post("/voice/calls")
    call = await calls.get(answer.text)
    assert call is not None and (call.line, call.caller) == ("line122", None)


async def test_a_uuid_in_use_is_a_conflict(http: httpx.AsyncClient, calls: Calls) -> None:
    own = str(uuid.uuid4())
    assert (await http.post("/voice/calls", data={"uuid": own})).text == own
    assert (await http.post("/voice/calls", data={"uuid": own})).text == own
    await calls.begin(own)
    again = await http.post("/voice/calls", data={"uuid": own})
    assert (again.status_code, again.text) == (409, "")


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({"Authorization": f"Bearer {TOKEN}"}, "", 200),
        ({"authorization": f"bearer  {TOKEN}"}, "", 200),
        ({"X-Otklik-Token": TOKEN}, "", 200),
        ({}, f"?token={TOKEN}", 200),
        ({}, "", 403),
        ({"X-Otklik-Token": "не тот"}, "", 403),
        ({"Authorization": TOKEN}, "", 403),
        ({}, "?token=", 403),
    ],
)
async def test_a_token_is_asked_for_even_on_this_machine(
    calls: Calls, headers: dict[str, str], query: str, status: int
) -> None:
    raw = {name: value.encode() for name, value in headers.items()}
    async with serving(calls, TOKEN) as http:
        answer = await http.post(f"/voice/calls{query}", data={"caller": ""}, headers=raw)
        after = await http.get(f"/voice/after/{uuid.uuid4()}{query}", headers=raw)
    assert (answer.status_code, after.status_code) == (status, status)
    assert bool(answer.text) is (status == 200)


async def test_without_a_token_only_this_machine_may_call(calls: Calls) -> None:
    outside = _own_address()
    if outside is None:
        pytest.skip("у машины нет адреса, кроме 127.0.0.1: отказ чужим без ключа не проверен")
    async with serving(calls, "", outside) as http:
        answer = await http.post("/voice/calls", data={"caller": ""})
        assert (answer.status_code, answer.text) == (403, "")
        told = await http.post("/voice/calls", json={})
        assert "OTKLIK_VOICE_TOKEN" in told.json()["error"]


async def test_a_database_that_is_away_means_the_queue(http: httpx.AsyncClient, calls: Calls, tmp_path: Path) -> None:
    await calls._store.close()
    _spoil(tmp_path / "calls.db")
    answer = await http.post("/voice/calls", data={"caller": "89123456789"})
    assert (answer.status_code, answer.text) == (503, "")
    after = await http.get(f"/voice/after/{uuid.uuid4()}")
    assert (after.status_code, after.text) == (503, "")
    told: Any = (await http.post("/voice/calls", json={})).json()
    assert "очередь" in told["error"]


def _spoil(database: Path) -> None:
    """Put a folder where the database was, which no restart of a connection can open."""
    for path in database.parent.glob(f"{database.name}*"):
        path.unlink()
    database.mkdir()


def _own_address() -> str | None:
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # A datagram socket only looks up the route; nothing is sent. 192.0.2.1 belongs to nobody (RFC 5737).
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") else address
