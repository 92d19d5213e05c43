"""Fetching citizens' files from a real HTTP server, and the other small parts that messengers share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import requests
from aiohttp import ClientSession, web

from channels.base import Finding, HookCall
from channels.blocking import Crew, guarded_session
from channels.download import Hosts, download
from channels.errors import Rejected, Retry
from channels.findings import clock, clock_of, told, webhook
from channels.hooks import same, signed
from channels.raw import fingerprint, json_object, objects
from channels.recent import Recent
from channels.said import said
from channels.web import Web

CONTENT = bytes(range(256)) * 1000


class Shelf:
    """A server of files: what it was asked for, and with which headers."""

    def __init__(self) -> None:
        self.url, self.asked = "", list[str]()
        self.elsewhere = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        match request.path.split("/")[1:]:
            case ["file"]:
                return web.Response(body=CONTENT)
            case ["status", status]:
                return web.Response(status=int(status), headers={"Retry-After": "7"})
            case ["moved"]:
                raise web.HTTPFound("/file")
            case ["away"]:
                raise web.HTTPFound(self.elsewhere)
            case ["json"]:
                return web.json_response({"given": request.query.get("a")})
        assert request.transport
        request.transport.close()
        return web.Response()


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    server = Shelf()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


async def taken(shelf: Shelf, path: str, limit: int = 1_000_000) -> bytes:
    return b"".join([chunk async for chunk in download(shelf.url + path, Hosts((), shelf.url), limit)])


async def test_a_file_comes_whole_also_by_a_redirect_at_home(shelf: Shelf) -> None:
    assert await taken(shelf, "/file") == await taken(shelf, "/moved") == CONTENT
    assert len(CONTENT) == len(await taken(shelf, "/file", len(CONTENT)))


async def test_a_file_stops_where_it_is_too_much(shelf: Shelf) -> None:
    with pytest.raises(Rejected, match="file_too_big"):
        await taken(shelf, "/file", len(CONTENT) - 1)


@pytest.mark.parametrize(("status", "after"), [(429, 7), (408, 7), (500, 7), (503, 7)])
async def test_what_may_come_later_is_a_retry(shelf: Shelf, status: int, after: float) -> None:
    with pytest.raises(Retry, match=f"http_{status}") as caught:
        await taken(shelf, f"/status/{status}")
    assert caught.value.after == after


@pytest.mark.parametrize("status", [404, 403, 410, 304])
async def test_what_is_gone_is_rejected(shelf: Shelf, status: int) -> None:
    with pytest.raises(Rejected, match=f"http_{status}"):
        await taken(shelf, f"/status/{status}")


async def test_a_broken_line_is_a_retry_without_the_address(shelf: Shelf) -> None:
    with pytest.raises(Retry) as caught:
        await taken(shelf, "/secret-place")
    assert "secret-place" not in f"{caught.value!r}{caught.value.words}" and caught.value.__suppress_context__


async def test_a_redirect_to_another_server_is_not_followed(shelf: Shelf) -> None:
    for target in ("http://127.0.0.1:9/inside", "https://dove.example/", "file:///etc/passwd"):
        shelf.elsewhere = target
        with pytest.raises((Rejected, Retry)):
            await taken(shelf, "/away")
    assert shelf.asked == ["/away"] * 3


OFFICIAL = Hosts(("dove.example", "doves.net"), "https://api.dove.example")


@pytest.mark.parametrize(
    "good", ["https://dove.example/f", "https://a.b.doves.net/x?y=1", "https://CDN.dove.example:443/"]
)
def test_the_platforms_own_hosts_are_asked(good: str) -> None:
    assert OFFICIAL.check(good).scheme == "https"


@pytest.mark.parametrize(
    "bad",
    ["", "нет", "/f", "file:///etc/passwd", "http://dove.example/f", "https://dove.example:8443/f", "https://evildove.example/",
     "https://dove.example.evil.example/", "https://user@dove.example/f", "https://evil.example\\.dove.example/x",
     "https://evil.example#.dove.example/", "https://evil.example/.dove.example", "http://127.0.0.1/", "https://[::1]/f",
     "https://dove.example@evil.example/f"],
)  # fmt: skip
def test_nobody_else_is_asked(bad: str) -> None:
    for hosts in (OFFICIAL, Hosts(OFFICIAL.names, "http://127.0.0.1:5")):
        with pytest.raises(Rejected, match="foreign_host"):
            hosts.check(bad)


def test_an_api_on_this_machine_keeps_to_this_machine() -> None:
    hosts = Hosts(OFFICIAL.names, "http://127.0.0.1:5")
    assert hosts.check("http://127.0.0.1:5/f").port == 5
    for bad in ("https://dove.example/f", "http://127.0.0.1:6/f", "http://localhost:5/f", "https://127.0.0.1:5/f"):
        with pytest.raises(Rejected):
            hosts.check(bad)


async def test_json_of_a_server(shelf: Shelf) -> None:
    client = Web(shelf.url)
    assert await client.json(f"{shelf.url}/json", {"a": "1"}, 5) == {"given": "1"}
    for path in ("/file", "/status/500", "/cut"):
        with pytest.raises(Retry):
            await client.json(shelf.url + path, {}, 5)
    await client.close()


async def test_a_blocking_library_works_in_threads_and_its_sessions_are_guarded(shelf: Shelf) -> None:
    hosts = Hosts(("dove.example",), shelf.url)
    sessions = [guarded_session("https://api.dove.example", hosts) for _ in range(2)]
    crew = Crew("dove", sessions)
    assert await crew.run(lambda session: session.get("https://api.dove.example/json").json()) == {"given": None}
    shelf.elsewhere = "http://127.0.0.1:9/inside"
    for url, error in {
        "https://api.dove.example/status/500": Retry,
        "https://api.dove.example/status/404": Rejected,
        "https://api.dove.example/cut": Retry,
        "https://files.dove.example/f": Rejected,
        "http://127.0.0.1:9/inside": Rejected,
        f"{shelf.url}/away": Rejected,
    }.items():
        with pytest.raises(error):
            await crew.run(lambda session, url=url: session.get(url))
    crew.close(requests.Session.close)
    with pytest.raises(Retry, match="closed"):
        await crew.run(lambda session: None)


async def test_as_many_calls_at_once_as_there_are_clients() -> None:
    crew, both = Crew("dove", ["a", "b"]), asyncio.Barrier(3)
    loop = asyncio.get_running_loop()

    def meet(client: str) -> str:
        asyncio.run_coroutine_threadsafe(both.wait(), loop).result(5)
        return client

    calls = [asyncio.ensure_future(crew.run(meet)) for _ in range(2)]
    async with asyncio.timeout(5):
        await both.wait()
    assert sorted(await asyncio.gather(*calls)) == ["a", "b"]
    crew.close(lambda client: None)


def test_a_wrong_secret_is_not_the_same() -> None:
    assert same("feather", "feather")
    for wrong in (None, "", "feathe", "feather ", "перо", "\udcff", 7, ["feather"]):
        assert not same(wrong, "feather") and not same(wrong, "")


def test_a_signed_call_brings_one_object() -> None:
    assert signed(HookCall({"x-dove": "feather"}, b'{"a": 1}'), "x-dove", "feather").events == ({"a": 1},)
    for body in (b"", b"\xff", b"[]", b"7", b"[" * 100_000):
        assert signed(HookCall({"x-dove": "feather"}, body), "x-dove", "feather").status == 400
    assert signed(HookCall({}, b"{}"), "x-dove", "feather").status == 403
    assert signed(HookCall({"x-dove": ""}, b"{}"), "x-dove", "").status == 403


def test_raw_events_are_objects_and_known_again() -> None:
    assert objects([{"a": 1}, "x", None]) == [{"a": 1}, {"malformed": "x"}, {"malformed": None}] and objects(None) == []
    assert fingerprint({"a": 1, "b": 2}) == fingerprint(json.loads('{"b": 2, "a": 1}')) != fingerprint({"a": 1})
    assert len(fingerprint({"a": "\ud800"})) == 64 and json_object("[1]") is None and json_object(5) is None  # type: ignore[arg-type]


def test_the_kind_follows_from_what_was_said() -> None:
    assert said("7", "1", text="да").kind == "text" and said("7", "1", location=(54.3, 48.4)).kind == "location"
    assert said("7", "1", contact="+7916").kind == "contact" and said("7", "1", "contact").contact is None
    pressed = said("7", "i" * 500, payload="п" * 500)
    assert (pressed.kind, len(pressed.payload or ""), len(pressed.id)) == ("choice", 200, 100)


def test_a_memory_forgets_the_oldest() -> None:
    memory = Recent[str, int](2)
    for name in "abc":
        memory[name] = 1
    memory["c"] = 2
    assert memory == {"b": 1, "c": 2}


async def test_the_doctors_words(shelf: Shelf) -> None:
    assert clock(60).well and clock(-59).well
    late = clock(-600.4)
    assert late.well is False and "-600 с" in late.text
    assert [f.well for f in webhook("https://a", ["https://b", None], None)] == [False]
    assert webhook("", [None, ""], False) == [] and webhook("", ["https://b"], None)[0].well is None

    async def odd() -> list[Finding]:
        raise KeyError("token")

    async def refused() -> list[Finding]:
        raise Rejected("code", "не принял")

    assert [f.well for f in await told(odd())] == [None] and await told(refused()) == [Finding(False, "не принял")]
    async with ClientSession() as session:
        assert [f.well for f in await clock_of(session, f"{shelf.url}/file")] == [True]
        assert await clock_of(session, f"{shelf.url}/cut") == []
