"""The voice button's end over a real server: recordings in, words and answers out, and nobody hears what is not hers."""

from __future__ import annotations

import asyncio
import io
import json
import uuid
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from channels.widget.recordings import MOST_BYTES
from channels.widget.sessions import COOKIE
from channels.widget.voice import BUSY, NOT_HEARD, VoiceBusy
from tests.channels.fake_rasa import FakeRasa
from tests.channels.widget_tab import session_cookie, tab
from tests.channels.widget_voice import Talking, encoded, hum

pytestmark = pytest.mark.asyncio(loop_scope="session")
WEBM = encoded(hum(1.5), "webm")


class Visitor:
    """A page of the assistant's own host with a session, without a browser."""

    def __init__(self, assistant: Talking, http: aiohttp.ClientSession, cookie: str) -> None:
        self.assistant, self.http, self.cookie = assistant, http, cookie
        self.headers = {"Cookie": f"{COOKIE}={cookie}", "Origin": assistant.url}

    async def call(self, method: str, path: str, **given: Any) -> tuple[int, Any, Any]:
        """Status, headers, and the body (JSON where it is)."""
        given["headers"] = self.headers | given.get("headers", {})
        async with self.http.request(method, f"{self.assistant.url}/widget{path}", **given) as response:
            raw = await response.read()
            is_json = response.content_type == "application/json"
            return response.status, response.headers, json.loads(raw) if is_json else raw

    async def say(self, sound: bytes = WEBM, id: str | None = None) -> tuple[int, Any]:
        """Upload a recording."""
        status, _, body = await self.call("POST", f"/voice?id={id or uuid.uuid4()}", data=io.BytesIO(sound))
        return status, body

    async def messages(self, count: int) -> list[dict[str, Any]]:
        """The first messages of the conversation, waiting for them."""
        async with tab(self.assistant, self.cookie) as line:
            found = await line.resume()
            while len(found) < count:
                found.append(await line.next("message"))
        return found


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def assistant(tmp_path: Path, rasa: FakeRasa) -> AsyncIterator[Talking]:
    running = Talking(tmp_path, rasa)
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(assistant: Talking, http: aiohttp.ClientSession) -> Visitor:
    return Visitor(assistant, http, await session_cookie(assistant))


def kept(assistant: Talking) -> list[Path]:
    return [p for p in (assistant.folder / "files").rglob("*") if p.is_file()]


# --- hearing ---


@pytest.mark.parametrize(
    ("kind", "media_type", "name"),
    [
        ("webm", "audio/webm", "Голосовое сообщение.webm"),
        ("mp4", "audio/mp4", "Голосовое сообщение.m4a"),
        ("ogg", "audio/ogg", "Голосовое сообщение.ogg"),
    ],
)
async def test_a_recording_becomes_words_and_is_answered(
    visitor: Visitor, rasa: FakeRasa, kind: str, media_type: str, name: str
) -> None:
    sound = encoded(hum(1.5), kind)
    status, ack = await visitor.say(sound, id="recording-1")
    assert (status, ack) == (200, {"type": "ack", "id": "recording-1", "seq": ack["seq"]})
    mine, hello, question = await visitor.messages(3)
    assert (mine["text"], mine["voice"], mine["id"]) == ("Хочу записаться на приём", True, "recording-1")
    assert mine["attachments"] == [
        {"name": name, "media_type": media_type, "size": len(sound), "url": f"files/{mine['seq']}/0"}
    ]
    assert hello["reply_to"] == question["reply_to"] == mine["seq"]
    assert "voice" not in question
    assert rasa.seen[-1]["message"] == "Хочу записаться на приём"
    ((seconds, loudness),) = visitor.assistant.heard
    assert 1.3 < seconds < 1.7
    assert loudness > 0.05
    status, headers, body = await visitor.call("GET", f"/files/{mine['seq']}/0")
    assert (status, headers["Content-Type"], body) == (200, media_type, sound)


async def test_one_id_counts_once_and_is_heard_once(visitor: Visitor, rasa: FakeRasa) -> None:
    first = await visitor.say(id="recording-1")
    assert await visitor.say(id="recording-1") == first
    assert len(visitor.assistant.heard) == len(kept(visitor.assistant)) == 1
    await visitor.messages(3)
    assert len(rasa.seen) == 1


async def test_a_recording_without_words_is_answered_beside_the_matter_and_not_kept(
    visitor: Visitor, rasa: FakeRasa
) -> None:
    await visitor.say()
    await visitor.messages(3)
    silent = encoded(hum(1.0, loud=0), "webm")
    status, _ = await visitor.say(silent)
    assert status == 200
    mine, answer = (await visitor.messages(5))[3:]
    assert (mine["text"], mine["voice"], mine.get("attachments")) == ("", True, None)
    assert answer["text"] == NOT_HEARD
    assert [b["title"] for b in answer["buttons"]][:1] == ["На улице Ленина"], "что было предложено, остаётся"
    assert len(rasa.seen) == 1
    assert len(kept(visitor.assistant)) == 1, "лишь первая запись"


async def test_what_we_could_not_hear_a_human_may(visitor: Visitor) -> None:
    await visitor.say()
    await visitor.messages(3)
    await visitor.assistant.set_mode("operator")
    visitor.assistant.words = None
    await visitor.say()
    mine = (await visitor.messages(4))[3]
    assert mine["attachments"][0]["media_type"] == "audio/webm"


@pytest.mark.parametrize("trouble", [VoiceBusy(), RuntimeError("the model is gone")])
async def test_a_busy_or_broken_ear_asks_to_come_again_and_keeps_nothing(visitor: Visitor, trouble: Exception) -> None:
    visitor.assistant.trouble.append(trouble)
    status, headers, body = await visitor.call("POST", "/voice?id=recording-1", data=WEBM)
    assert (status, body["id"]) == (503, "recording-1")
    assert int(headers["Retry-After"]) >= body["retry_after"] > 0
    assert "Запись цела" in body["text"]
    assert kept(visitor.assistant) == []
    assert (await visitor.say(id="recording-1"))[0] == 200


async def test_one_recording_of_a_visitor_is_heard_at_a_time(visitor: Visitor) -> None:
    visitor.assistant.may_hear.clear()
    first = asyncio.create_task(visitor.say())
    while not kept(visitor.assistant):
        await asyncio.sleep(0.01)
    status, body = await visitor.say()
    assert (status, body["text"]) == (503, BUSY)
    visitor.assistant.may_hear.set()
    assert (await first)[0] == 200


async def test_what_was_taken_back_while_it_was_heard_is_forgotten(visitor: Visitor, rasa: FakeRasa) -> None:
    visitor.assistant.may_hear.clear()
    with pytest.raises(asyncio.TimeoutError):
        await visitor.call("POST", "/voice?id=recording-1", data=WEBM, timeout=aiohttp.ClientTimeout(total=0.5))
    visitor.assistant.may_hear.set()
    while kept(visitor.assistant):
        await asyncio.sleep(0.01)
    async with tab(visitor.assistant, visitor.cookie) as line:
        assert await line.resume() == []
    assert rasa.seen == []


@pytest.mark.parametrize(
    ("sound", "status", "words"),
    [
        (b"", 422, "пустая"),
        (b"%PDF-1.4 not a sound", 415, "прочитать"),
        (hum(1.0), 415, "прочитать"),
        (b"\x1a\x45\xdf\xa3" + b"\0" * 2000, 415, "прочитать"),
        (b"\0\0\0\x18ftypmp42" + b"\xff" * 2000, 415, "прочитать"),
        (encoded(hum(64), "ogg"), 413, "не дольше минуты"),
        (WEBM + b"\0" * MOST_BYTES, 413, "не дольше минуты"),
    ],
    ids=["empty", "pdf", "wav", "no_webm", "no_mp4", "too_long", "too_large"],
)
async def test_what_is_no_recording_is_refused_kindly(visitor: Visitor, sound: bytes, status: int, words: str) -> None:
    got, body = await visitor.say(sound, id="recording-1")
    assert (got, body["type"], body["id"]) == (status, "error", "recording-1")
    assert words in body["text"]
    assert "retry_after" not in body
    assert kept(visitor.assistant) == []
    assert visitor.assistant.heard == []


async def test_a_minute_is_taken_and_a_recording_cut_off_too(visitor: Visitor) -> None:
    assert (await visitor.say(encoded(hum(60), "webm")))[0] == 200
    assert (await visitor.say(WEBM[: len(WEBM) * 2 // 3]))[0] == 200
    (whole, _), (part, _) = visitor.assistant.heard
    assert whole == pytest.approx(60, abs=0.5)
    assert 0.3 < part < 1.5


async def test_a_size_that_lies_is_cut_off_while_it_streams(visitor: Visitor) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"\x1a\x45\xdf\xa3" + b"\0" * 99_996

    status, _, body = await visitor.call("POST", "/voice?id=recording-1", data=endless())
    assert (status, body["type"]) == (413, "error")
    assert kept(visitor.assistant) == []


async def test_too_many_recordings_wait(tmp_path: Path, rasa: FakeRasa, http: aiohttp.ClientSession) -> None:
    assistant = Talking(tmp_path, rasa, voices=2)
    await assistant.start()
    visitor = Visitor(assistant, http, await session_cookie(assistant))
    assert [(await visitor.say())[0] for _ in range(3)] == [200, 200, 429]
    await assistant.stop()


# --- speaking ---


async def test_a_message_of_the_robot_is_read_aloud(visitor: Visitor) -> None:
    await visitor.say()
    question = (await visitor.messages(3))[2]
    status, headers, body = await visitor.call("GET", f"/speech/{question['seq']}")
    assert (status, headers["Content-Type"]) == (200, "audio/wav")
    assert headers["Cache-Control"] == "private, max-age=600"
    with wave.open(io.BytesIO(body)) as sound:
        assert sound.getnframes() == 8000
    assert visitor.assistant.said == ["Какой центр вам удобнее?"]


async def test_nobody_hears_what_is_not_hers_or_not_the_robots(visitor: Visitor, http: aiohttp.ClientSession) -> None:
    await visitor.say()
    mine, _, question = await visitor.messages(3)
    stranger = Visitor(visitor.assistant, http, await session_cookie(visitor.assistant))
    assert (await stranger.call("GET", f"/speech/{question['seq']}"))[0] == 404
    await stranger.say()
    for seq in (question["seq"], mine["seq"]):
        assert (await stranger.call("GET", f"/speech/{seq}"))[0] == 404
        assert (await stranger.call("GET", f"/files/{seq}/0"))[0] == 404
    for seq in (mine["seq"], 999_999, 0, -1, 2**31, "9" * 40, "a", "%D9%A1", "1.0"):
        status, _, body = await visitor.call("GET", f"/speech/{seq}")
        assert (status, body["type"]) == (404, "error"), seq
    assert visitor.assistant.said == []


@pytest.mark.parametrize("trouble", [VoiceBusy(), RuntimeError("the voice is gone")])
async def test_a_busy_or_broken_voice_says_so(visitor: Visitor, trouble: Exception) -> None:
    await visitor.say()
    question = (await visitor.messages(3))[2]
    visitor.assistant.trouble.append(trouble)
    status, headers, body = await visitor.call("GET", f"/speech/{question['seq']}")
    assert (status, "Retry-After" in headers, body["text"][:10]) == (503, True, "Прослушать")


async def test_listening_has_a_limit(visitor: Visitor) -> None:
    await visitor.say()
    question = (await visitor.messages(3))[2]
    statuses = {(await visitor.call("GET", f"/speech/{question['seq']}"))[0] for _ in range(40)}
    assert statuses == {200, 429}


# --- who may ---


async def test_only_pages_of_allowed_origins_with_a_session(visitor: Visitor) -> None:
    evil, none, listed = {"Origin": "https://evil.example"}, {"Cookie": ""}, {"Origin": "https://ok.example"}
    for method, path in (("POST", "/voice?id=recording-1"), ("GET", "/speech/1")):
        sent = {"data": WEBM} if method == "POST" else {}
        assert (await visitor.call(method, path, headers=evil, **sent))[0] == 403
        assert (await visitor.call(method, path, headers=none, **sent))[0] == 401
        status, headers, _ = await visitor.call(method, path, headers=listed, **sent)
        assert status in (200, 404)
        assert headers["Access-Control-Allow-Origin"] == "https://ok.example"
        status, headers, _ = await visitor.call("OPTIONS", path, headers=listed)
        assert (status, headers["Access-Control-Allow-Credentials"]) == (204, "true")
        assert (await visitor.call("OPTIONS", path, headers=evil))[0] == 403
    assert (await visitor.call("GET", "/speech/1", headers={"Origin": "", "Sec-Fetch-Site": "cross-site"}))[0] == 403
    assert (await visitor.say(id="short"))[0] == 422


@pytest.mark.parametrize(("hears", "speaks"), [(False, False), (True, False), (False, True), (True, True)])
async def test_only_what_is_there_is_offered(
    tmp_path: Path, rasa: FakeRasa, http: aiohttp.ClientSession, hears: bool, speaks: bool
) -> None:
    assistant = Talking(tmp_path, rasa)
    assistant.hears, assistant.speaks = hears, speaks
    await assistant.start()
    visitor = Visitor(assistant, http, await session_cookie(assistant))
    _, _, session = await visitor.call("POST", "/session")
    offered = [*(["hear"] if hears else []), *(["speak"] if speaks else [])]
    assert session.get("voice", []) == offered
    assert ("voice" in session) == bool(offered)
    status, body = await visitor.say()
    assert status == (200 if hears else 404)
    status, _, body = await visitor.call("GET", "/speech/1")
    assert (status, "type" in body) == (404, speaks), "без голоса и адреса такого нет"
    await assistant.stop()


async def test_the_transcript_tells_what_was_said_by_voice(visitor: Visitor) -> None:
    await visitor.say()
    await visitor.messages(3)
    _, _, body = await visitor.call("POST", "/transcript", json={})
    text = body.decode()
    assert "[сказано голосом]\n    Хочу записаться на приём\n    [файл: Голосовое сообщение.webm" in text
