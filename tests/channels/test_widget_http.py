"""The widget without WebSockets, over a real server: event streams, frames by POST, files, the transcript."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
import socket
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import aiohttp
import pytest
import pytest_asyncio

from bot.services.people.interface import Handover
from bot.store import journal
from channels.pace import Window
from channels.widget import body as bodies
from channels.widget import stream as streams
from channels.widget.bundle import build
from channels.widget.sessions import COOKIE, Sessions
from channels.widget.settings import WidgetSettings
from channels.widget.visitors import Visitors
from channels.wire import conversation_of_user
from tests.channels.fake_rasa import FakeRasa
from tests.channels.parts import Assistant
from tests.channels.widget_tab import session_cookie, tab

pytestmark = pytest.mark.asyncio(loop_scope="session")

PDF = b"%PDF-1.4\n" + b"x" * 3000
POSTS = ("/events", "/frames", "/files?id=abcdefgh", "/transcript")


class Stream:
    """An open event stream."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self.comments = 0

    async def next(self, *types: str, within: float = 5) -> dict[str, Any]:
        """The next frame of these types; others are passed over."""
        async with asyncio.timeout(within):
            while line := await self.response.content.readline():
                self.comments += line.startswith(b":")
                if line.startswith(b"data: "):
                    frame: dict[str, Any] = json.loads(line[6:])
                    if not types or frame["type"] in types:
                        return frame
        raise EOFError

    async def missed(self) -> list[dict[str, Any]]:
        """The messages up to `resumed`."""
        found = []
        while (frame := await self.next("message", "resumed"))["type"] == "message":
            found.append(frame)
        return found


class Page:
    """A page of the assistant's own host with a session."""

    def __init__(self, assistant: Assistant, http: aiohttp.ClientSession, cookie: str) -> None:
        self.assistant, self.http, self.cookie = assistant, http, cookie
        self.headers = {"Cookie": f"{COOKIE}={cookie}", "Origin": assistant.url}

    async def call(self, method: str, path: str, **given: Any) -> tuple[int, Any, Any]:
        """Status, headers, and the body (JSON where it is)."""
        given["headers"] = self.headers | given.get("headers", {})
        async with self.http.request(method, f"{self.assistant.url}/widget{path}", **given) as response:
            raw = await response.read()
            is_json = response.content_type == "application/json"
            return response.status, response.headers, json.loads(raw) if is_json else raw

    async def post(self, path: str, **given: Any) -> tuple[int, Any]:
        status, _, content = await self.call("POST", path, **given)
        return status, content

    async def frame(self, **frame: Any) -> dict[str, Any]:
        """The one frame that answers a frame."""
        status, content = await self.post("/frames", json=frame)
        assert status == 200
        (answer,) = content["frames"]
        return dict(answer)

    async def say(self, text: str, id: str | None = None) -> dict[str, Any]:
        return await self.frame(type="message", id=id or str(uuid.uuid4()), text=text)

    async def upload(
        self, content: Any = PDF, name: str = "справка.pdf", id: str | None = None, text: str = ""
    ) -> tuple[int, Any]:
        path = f"/files?id={id or uuid.uuid4()}&name={quote(name, safe='')}&text={quote(text)}"
        return await self.post(path, data=content)

    @contextlib.asynccontextmanager
    async def events(self, after: int = 0) -> AsyncIterator[Stream]:
        url = f"{self.assistant.url}/widget/events"
        async with self.http.post(url, json={"after": after}, headers=self.headers) as response:
            assert response.status == 200
            assert response.content_type == "text/event-stream"
            assert response.headers["X-Accel-Buffering"] == "no"
            assert response.headers["Cache-Control"] == "no-store"
            yield Stream(response)


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def quick(tmp_path: Path, rasa: FakeRasa) -> AsyncIterator[Assistant]:
    """An assistant that looks and pings more often than in life."""
    running = Assistant(tmp_path, rasa, ping_every=0.1, place_every=0.1)
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def page(assistant: Assistant, http: aiohttp.ClientSession) -> Page:
    return Page(assistant, http, await session_cookie(assistant))


async def until(holds: Callable[[], bool], within: float = 5) -> None:
    """For what nobody announces: a file that goes, a task that ends."""
    deadline = asyncio.get_running_loop().time() + within
    while not holds():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)


def kept_files(assistant: Assistant) -> list[Path]:
    return [p for p in (assistant.folder / "files").rglob("*") if p.is_file()]


def listened_to(assistant: Assistant) -> int:
    return sum(len(queues) for queues in assistant.turns._listeners.values())


# --- streams and frames ---


async def test_a_stream_brings_what_a_socket_brings_in_the_same_order(page: Page) -> None:
    async with page.events() as stream:
        assert await stream.next() == {"type": "mode", "mode": "robot"}
        assert await stream.next() == {"type": "resumed", "seq": 0}
        ack = await page.say("Хочу записаться", id="first-message")
        assert ack == {"type": "ack", "id": "first-message", "seq": ack["seq"]}
        mine, hello, question = [await stream.next("message") for _ in range(3)]
        assert (mine["author"], mine["id"], mine["seq"]) == ("citizen", "first-message", ack["seq"])
        assert hello["reply_to"] == ack["seq"]
        assert question["buttons"][0]["title"] == "На улице Ленина"
        assert (await stream.next("typing"))["on"] is False
    async with tab(page.assistant, page.cookie) as socket, page.events() as stream:
        assert await socket.resume() == await stream.missed() == [mine, hello, question]
    async with page.events(after=hello["seq"]) as stream:
        assert await stream.missed() == [question]


async def test_one_id_counts_once_over_socket_and_posts(page: Page, rasa: FakeRasa) -> None:
    async with tab(page.assistant, page.cookie) as socket:
        await socket.resume()
        name = await socket.say("привет")
        ack = await socket.next("ack")
        assert await page.say("привет", id=name) == ack
        assert await page.say("привет", id=name) == ack
        assert [m["author"] for m in await socket.quiet()] == ["robot"]
    assert len(rasa.seen) == 1


async def test_what_is_posted_appears_in_every_open_line(page: Page) -> None:
    async with tab(page.assistant, page.cookie) as socket, page.events() as stream:
        await socket.resume()
        await stream.missed()
        await page.say("привет")
        for line in (socket, stream):
            assert [(await line.next("message"))["text"] for _ in range(2)] == ["привет", "Вы сказали: привет"]


async def test_the_limit_of_messages_is_that_of_the_session(page: Page) -> None:
    async with tab(page.assistant, page.cookie) as socket:
        for n in range(4):
            await socket.say(f"раз {n}")
            assert (await socket.next("ack", "error"))["type"] == "ack"
            assert (await page.say(f"два {n}"))["type"] == "ack"
        refused = await page.say("ещё", id="one-too-many")
        assert (refused["type"], refused["id"]) == ("error", "one-too-many")
        assert refused["retry_after"] > 0


async def test_a_mad_client_is_told_to_wait(page: Page) -> None:
    answers = await asyncio.gather(*(page.post("/frames", json={"type": "typing"}) for _ in range(150)))
    assert {status for status, _ in answers} == {200, 429}
    assert all(a["retry_after"] > 0 for status, a in answers if status == 429)
    assert all(a == {"frames": []} for status, a in answers if status == 200)


async def test_ping_is_answered(page: Page) -> None:
    assert await page.frame(type="ping") == {"type": "pong"}


async def test_a_quiet_stream_is_kept_alive(quick: Assistant, http: aiohttp.ClientSession) -> None:
    page = Page(quick, http, await session_cookie(quick))
    async with page.events() as stream:
        async with asyncio.timeout(30):
            while stream.comments < 3:
                stream.comments += (await stream.response.content.readline()).startswith(b":")
        assert not stream.response.content.at_eof()


async def test_a_session_has_six_streams_and_gets_their_places_back(page: Page) -> None:
    url = f"{page.assistant.url}/widget/events"
    tasks = len(asyncio.all_tasks())
    opened = await asyncio.gather(*(page.http.post(url, json={}, headers=page.headers) for _ in range(50)))
    assert sorted(r.status for r in opened) == [200] * 6 + [429] * 44
    refused = next(r for r in opened if r.status == 429)
    assert refused.headers["Retry-After"]
    assert "вкладках" in (await refused.json())["text"]
    await until(lambda: listened_to(page.assistant) == 6)
    for response in opened:
        response.close()
    await until(lambda: listened_to(page.assistant) == 0)
    async with page.events() as stream:
        assert await stream.missed() == []
    await until(lambda: len(asyncio.all_tasks()) <= tasks)


async def test_a_reader_who_takes_nothing_is_let_go(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SEND_WITHIN", 0.3)
    await page.say("привет")
    house = page.assistant
    async with house.store.write() as session:
        row = await conversation_of_user(session, "widget", user_of(page))
        assert row is not None
        for _ in range(150):
            body = {"text": "x" * 100_000}
            await journal.add_message(session, house.vault, row.id, "robot", body, datetime.now(UTC))
    _, writer = await asyncio.open_connection("127.0.0.1", house.port, limit=1024)
    writer.write(
        f"POST /widget/events HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nOrigin: {house.url}\r\n"
        f"Cookie: {COOKIE}={page.cookie}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    )
    await until(lambda: listened_to(house) == 1)
    await until(lambda: listened_to(house) == 0)
    writer.close()


async def test_a_stop_ends_streams_in_good_order(page: Page, caplog: pytest.LogCaptureFixture) -> None:
    async with page.events() as stream:
        await stream.missed()
        await page.say("привет")
        await stream.next("typing")
        await page.assistant.stop()
        with pytest.raises((EOFError, aiohttp.ClientError)):
            await stream.next("nothing")
    await page.assistant.start()
    assert not [r for r in caplog.records if r.exc_info]
    async with page.events() as stream:
        assert len(await stream.missed()) == 2


async def test_a_lost_database_breaks_no_line_and_loses_nothing(page: Page) -> None:
    def rename(old: str, new: str) -> None:
        with contextlib.closing(sqlite3.connect(page.assistant.folder / "otklik.db", timeout=30)) as database:
            database.execute(f"ALTER TABLE {old} RENAME TO {new}")

    async with page.events() as stream:
        await stream.missed()
        rename("messages", "away")
        refused = await page.say("важное", id="said-in-vain")
        assert (refused["type"], refused["id"], refused["retry_after"]) == ("error", "said-in-vain", 2)
        status, answer = await page.upload()
        assert (status, answer["retry_after"]) == (503, 2)
        status, headers, _ = await page.call("GET", "/files/1/0")
        assert (status, headers["Access-Control-Allow-Origin"]) == (503, page.assistant.url)
        rename("away", "messages")
        assert (await page.say("важное", id="said-in-vain"))["type"] == "ack"
        assert [(await stream.next("message"))["text"] for _ in range(2)] == ["важное", "Вы сказали: важное"]
    assert kept_files(page.assistant) == []


def user_of(page: Page) -> str:
    user = Sessions(page.assistant.settings).user({COOKIE: page.cookie})
    assert user is not None
    return user


async def test_a_window_counts_and_a_rested_visitor_is_forgotten() -> None:
    now = [0.0]
    window = Window(2, 10, lambda: now[0])
    assert [window.ask(), window.ask(), window.ask()] == [0, 0, 10]
    now[0] = 10
    assert window.ask() == 0
    visitors = Visitors(WidgetSettings(secret="s"), lambda: now[0])
    resting, reading = visitors.of("resting"), visitors.of("reading")
    with reading.line():
        now[0] += 1000
        visitors.of("new")
        assert visitors.of("reading") is reading
        assert visitors.of("resting") is not resting


# --- the queue ---


async def test_the_place_in_the_queue_is_told_when_it_changes(quick: Assistant, http: aiohttp.ClientSession) -> None:
    page = Page(quick, http, await session_cookie(quick))
    await page.say("позовите человека")
    async with page.events() as stream:
        await stream.missed()
        quick.place = Handover(1, "queued", "line", "специалисты", position=3, wait_minutes=8)
        await quick.set_mode("queued")
        await page.say("вы тут?")
        assert await stream.next("mode") == {"type": "mode", "mode": "queued", "position": 3, "wait_minutes": 8}
        quick.place = Handover(1, "queued", "line", "специалисты", position=2, wait_minutes=None)
        assert await stream.next("mode") == {"type": "mode", "mode": "queued", "position": 2, "wait_minutes": None}
        quick.place = None
        await quick.set_mode("operator")
        assert await stream.next("mode") == {"type": "mode", "mode": "operator"}


# --- who may call ---


@pytest.mark.parametrize("path", POSTS)
async def test_foreign_pages_and_strangers_are_refused(page: Page, path: str) -> None:
    for origin in ("https://evil.example", "null"):
        status, headers, content = await page.call("POST", path, json={}, headers={"Origin": origin})
        assert (status, content["type"]) == (403, "error")
        assert "Access-Control-Allow-Origin" not in headers
    del page.headers["Origin"]
    assert (await page.post(path, json={}))[0] == 403
    page.headers = {"Origin": "https://ok.example", "Cookie": f"{COOKIE}=ImEi.aaaa.bbbb"}
    status, headers, content = await page.call("POST", path, json={})
    assert (status, content["type"]) == (401, "error")
    assert headers["Access-Control-Allow-Origin"] == "https://ok.example"
    status, headers, _ = await page.call("OPTIONS", path)
    assert status == 204
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert (await page.call("OPTIONS", path, headers={"Origin": "https://evil.example"}))[0] == 403


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("/events", b"", 422), ("/events", b"{", 422), ("/events", b"[]", 422), ("/events", b'{"after": -1}', 422),
        ("/events", b'{"after": 1e30}', 422), ("/events", b"\xff\xfe\x00", 422), ("/events", b"[" * 4000, 422),
        ("/events", b"x" * 100_000, 413), ("/frames", b"x" * 800_000, 413),
    ],
)  # fmt: skip
async def test_a_bad_body_is_told(page: Page, path: str, content: bytes, expected: int) -> None:
    status, answer = await page.post(path, data=content, headers={"Content-Type": "application/json"})
    assert (status, answer["type"]) == (expected, "error")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b'{"type": "dance"}', b'{"type": "resume", "after": 0}', b"\xff", b"[" * 100_000]
)
async def test_a_bad_frame_is_answered_like_over_a_socket(page: Page, content: bytes) -> None:
    status, answer = await page.post("/frames", data=content, headers={"Content-Type": "application/json"})
    assert status == 200
    assert [f["type"] for f in answer["frames"]] == ["error"]


async def test_a_wrong_type_of_body_is_refused(page: Page) -> None:
    for path in ("/events", "/frames"):
        assert (await page.post(path, data={"after": "1"}))[0] == 415


async def test_a_body_that_drips_is_given_up(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "READ_WITHIN", 0.2)
    monkeypatch.setattr(bodies, "CHUNK_WITHIN", 0.2)

    async def drip() -> AsyncIterator[bytes]:
        yield b"%PDF-"
        await asyncio.sleep(1)

    assert (await page.post("/frames", data=drip()))[0] == 408
    assert (await page.upload(drip()))[0] == 408
    assert kept_files(page.assistant) == []


# --- files ---


async def test_a_file_is_a_message_that_can_be_fetched(page: Page, rasa: FakeRasa) -> None:
    async with page.events() as stream:
        await stream.missed()
        status, ack = await page.upload(text="вот справка", id="a-file-of-mine")
        assert (status, ack["type"], ack["id"]) == (200, "ack", "a-file-of-mine")
        shown = await stream.next("message")
        assert (shown["id"], shown["text"]) == ("a-file-of-mine", "вот справка")
        (file,) = shown["attachments"]
        assert file == {
            "name": "справка.pdf", "media_type": "application/pdf", "size": len(PDF), "url": f"files/{ack['seq']}/0",
        }  # fmt: skip
        assert (await stream.next("message"))["author"] == "robot"
    assert rasa.seen[-1]["metadata"]["attachments"][0]["name"] == "справка.pdf"
    status, headers, content = await page.call("GET", f"/{file['url']}")
    assert (status, content) == (200, PDF)
    assert headers["Content-Type"] == "application/pdf"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"].startswith("attachment")
    assert unquote(headers["Content-Disposition"].split("''")[1]) == "справка.pdf"


async def test_a_file_is_given_to_its_own_conversation_only(page: Page) -> None:
    _, ack = await page.upload()
    url = f"/files/{ack['seq']}/0"
    del page.headers["Origin"]
    assert (await page.call("GET", url, headers={"Sec-Fetch-Site": "same-origin"}))[0] == 200
    assert (await page.call("GET", url, headers={"Sec-Fetch-Site": "cross-site"}))[0] == 403
    assert (await page.call("GET", url, headers={"Origin": "https://evil.example"}))[0] == 403
    allowed = {"Origin": "https://ok.example", "Sec-Fetch-Site": "cross-site"}
    assert (await page.call("GET", url, headers=allowed))[0] == 200
    for wrong in (f"/files/{ack['seq']}/1", f"/files/{ack['seq'] + 1}/0", "/files/0/0", "/files/x/0", "/files/1/-1",
                  "/files/9999999999/0", "/files/2147483648/0", "/files/%D9%A1/0", "/files/..%2f1/0"):  # fmt: skip
        assert (await page.call("GET", wrong))[0] == 404, wrong
    stranger = Page(page.assistant, page.http, await session_cookie(page.assistant))
    assert (await stranger.call("GET", url))[0] == 404
    await stranger.say("привет")
    assert (await stranger.call("GET", url))[0] == 404
    assert (await page.call("GET", url, headers={"Cookie": ""}))[0] == 401


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"), ("C:\\tmp\\a.exe", "a.exe.pdf"), ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie: x=1.pdf"),
        ("\u202efdp.exe", "fdp.exe.pdf"), ("", "file.pdf"), ("\x00", "file.pdf"), ('";rm -rf.pdf', '";rm -rf.pdf'),
        ("я" * 3000, "я" * 90 + ".pdf"),
    ],
)  # fmt: skip
async def test_hostile_names_are_tamed(page: Page, name: str, kept: str) -> None:
    status, ack = await page.upload(name=name)
    assert status == 200
    async with page.events() as stream:
        (file,) = (await stream.missed())[0]["attachments"]
    assert file["name"] == kept
    status, headers, _ = await page.call("GET", f"/files/{ack['seq']}/0")
    assert status == 200
    assert "Set-Cookie" not in headers


async def test_wrong_files_are_refused_in_words_and_leave_nothing(page: Page) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"%PDF-"
        for _ in range(100):
            yield b"x" * 100_000

    for content, expected in (
        (b"", 422), (b"MZ\x90\x00" + b"x" * 100, 415), (b"PK\x03\x04" + b"x" * 100, 415),
        (io.BytesIO(b"%PDF-" + b"x" * 5 * 1024 * 1024), 413), (endless(), 413),
    ):  # fmt: skip
        status, answer = await page.upload(content, id="refused-file")
        assert (status, answer["type"], answer["id"]) == (expected, "error", "refused-file")
        assert re.search("[а-я]", answer["text"])
    assert (await page.post("/files?name=a.pdf", data=PDF))[0] == 422
    assert (await page.post("/files?id=!&name=a.pdf", data=PDF))[0] == 422
    assert kept_files(page.assistant) == []
    async with page.events() as stream:
        assert await stream.missed() == []


async def test_a_size_is_believed_before_anything_is_read(page: Page) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", page.assistant.port)
    writer.write(upload_head(page, 6_000_000))
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 30)
    writer.close()
    await writer.wait_closed()


async def test_a_visitor_who_leaves_in_mid_upload_leaves_nothing(page: Page, caplog: pytest.LogCaptureFixture) -> None:
    # Waits for the server's own signs: a task that takes the bytes appears, and goes with the visitor.
    reader, writer = await asyncio.open_connection("127.0.0.1", page.assistant.port)
    tasks = len(asyncio.all_tasks())
    writer.write(upload_head(page, 4_000_000) + PDF)
    await writer.drain()
    await until(lambda: len(asyncio.all_tasks()) > tasks)
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    writer.close()
    await until(lambda: len(asyncio.all_tasks()) <= tasks)
    assert kept_files(page.assistant) == []
    assert not caplog.records
    del reader


def upload_head(page: Page, length: int) -> bytes:
    return (
        f"POST /widget/files?id=abcdefgh&name=a.pdf HTTP/1.1\r\nHost: 127.0.0.1:{page.assistant.port}\r\n"
        f"Origin: {page.assistant.url}\r\nCookie: {COOKIE}={page.cookie}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


async def test_a_repeated_file_is_stored_once(page: Page, rasa: FakeRasa) -> None:
    answers = await asyncio.gather(*(page.upload(id="same-file-id") for _ in range(3)))
    answers.append(await page.upload(b"", id="same-file-id"))
    assert len({a["seq"] for _, a in answers}) == 1
    assert [status for status, _ in answers] == [200] * 4
    assert len(kept_files(page.assistant)) == 1
    assert len(rasa.seen) == 1


async def test_ten_files_in_ten_minutes_are_enough(page: Page) -> None:
    for _ in range(10):
        assert (await page.upload())[0] == 200
    status, answer = await page.upload(id="the-eleventh")
    assert (status, answer["id"]) == (429, "the-eleventh")
    assert 0 < answer["retry_after"] <= 601
    assert len(kept_files(page.assistant)) == 10


# --- what can be kept ---


async def test_the_transcript_is_the_whole_conversation_in_words(page: Page) -> None:
    await page.say("Хочу записаться\n00:00  Специалист:\nвсё одобрено")
    await page.upload(text="держите")
    async with page.events() as stream:
        while (await stream.next("message"))["reply_to"] is None:
            pass
    status, headers, content = await page.call("POST", "/transcript")
    assert status == 200
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Content-Disposition" in headers["Access-Control-Expose-Headers"]
    assert re.search(r"attachment; .*filename\*=UTF-8''\S+\.txt$", headers["Content-Disposition"])
    text = content.decode()
    assert text.startswith("Отклик — ")
    assert re.search(r"сохранено \d+ \w+ \d{4} года в \d+:\d\d \(время местное, UTC\+03\)", text)
    assert "    [файл: справка.pdf, 2 КБ]\n" in text
    assert "    [на выбор: «На улице Ленина», «На Заречной», «На Металлургов»]\n" in text
    assert "    00:00  Специалист:\n" in text
    assert not re.search(r"^\d+:\d\d  Специалист:", text, re.M)
    assert len(re.findall(r"^\d+:\d\d  Вы:$", text, re.M)) == 2


async def test_a_transcript_of_nothing_and_too_many_of_them(page: Page) -> None:
    _, _, content = await page.call("POST", "/transcript")
    assert "ещё не начинался" in content.decode()
    statuses = [(await page.post("/transcript"))[0] for _ in range(4)]
    assert statuses == [200, 200, 429, 429]


async def test_the_session_speaks_english_when_asked(page: Page) -> None:
    _, russian = await page.post("/session", data=b"{broken", headers={"Content-Type": "application/json"})
    _, english = await page.post("/session", json={"lang": "en-GB"})
    assert (russian["lang"], english["lang"]) == ("ru", "en")
    assert "Russian" in english["greeting"]
    assert english["starters"] != russian["starters"]
    assert (await page.post("/session", json={"lang": "de"}))[1] == russian


async def test_the_script_tells_its_checksum(page: Page) -> None:
    _, headers, _ = await page.call("GET", "/otklik.js")
    assert headers["X-Integrity"] == build().integrity
    assert "X-Integrity" in headers["Access-Control-Expose-Headers"]
