"""The widget's WebSocket over a real server: sessions, origins, resume, several tabs, repeats, floods, restarts."""

from __future__ import annotations

import asyncio
import contextlib
import uuid

import aiohttp
import pytest
import websockets

from channels.widget.sessions import COOKIE
from tests.channels.fake_rasa import FakeRasa
from tests.channels.parts import Assistant
from tests.channels.widget_tab import session_cookie, tab

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_message_is_acknowledged_answered_and_kept(assistant: Assistant) -> None:
    cookie = await session_cookie(assistant)
    async with tab(assistant, cookie) as page:
        assert await page.resume() == []
        name = await page.say("Хочу записаться")
        ack = await page.next("ack", "message")
        assert (ack["type"], ack["id"]) == ("ack", name)
        hello, question = await page.next("message"), await page.next("message")
        assert hello["author"] == "robot"
        assert hello["reply_to"] == ack["seq"] < hello["seq"] < question["seq"]
        assert question["buttons"][0]["title"] == "На улице Ленина"
        assert (await page.next("typing"))["on"] is False
    async with tab(assistant, cookie) as page:
        assert [(m["author"], m["seq"]) for m in await page.resume()] == [
            ("citizen", ack["seq"]), ("robot", hello["seq"]), ("robot", question["seq"]),
        ]  # fmt: skip


async def test_typing_is_shown_while_the_robot_thinks(assistant: Assistant, rasa: FakeRasa) -> None:
    rasa.delay = 0.3
    async with tab(assistant, await session_cookie(assistant)) as page:
        await page.resume()
        await page.say("привет")
        assert (await page.next("typing", "message")) == {"type": "typing", "on": True}
        assert (await page.next("typing", "message"))["type"] == "message"
        assert (await page.next("typing", "message")) == {"type": "typing", "on": False}


async def test_resume_sends_exactly_what_was_missed(assistant: Assistant) -> None:
    cookie = await session_cookie(assistant)
    async with tab(assistant, cookie) as page:
        await page.resume()
        await page.say("раз")
        seen = (await page.next("message"))["seq"]
        await page.say("два")
        await page.next("ack")
    async with tab(assistant, cookie) as page:
        missed = await page.resume(seen) + await page.quiet()
        assert [m["text"] for m in missed] == ["два", "Вы сказали: два"]
        assert await page.resume(missed[-1]["seq"]) == []


async def test_a_repeated_id_has_no_second_effect(assistant: Assistant, rasa: FakeRasa) -> None:
    async with tab(assistant, await session_cookie(assistant)) as page:
        await page.resume()
        name = await page.say("привет")
        for _ in range(3):
            await page.say("привет", id=name)
        acks = [await page.next("ack") for _ in range(4)]
        assert len({a["seq"] for a in acks}) == 1
        await page.quiet()
        assert len(rasa.seen) == 1


async def test_several_tabs_see_one_conversation(assistant: Assistant) -> None:
    cookie = await session_cookie(assistant)
    async with tab(assistant, cookie) as one, tab(assistant, cookie) as two:
        await one.resume()
        await two.resume()
        name = await one.say("привет")
        assert [(m["author"], m["text"]) for m in await one.quiet()] == [("robot", "Вы сказали: привет")]
        other = await two.quiet()
        assert [(m["author"], m["text"]) for m in other] == [("citizen", "привет"), ("robot", "Вы сказали: привет")]
        assert other[0]["id"] == name


async def test_strangers_do_not_see_each_other(assistant: Assistant) -> None:
    async with (
        tab(assistant, await session_cookie(assistant)) as one,
        tab(assistant, await session_cookie(assistant)) as two,
    ):
        await one.resume()
        await two.resume()
        await one.say("моя тайна")
        await one.next("message")
        assert await two.quiet() == []


async def test_a_choice_reads_as_the_title_of_its_button(assistant: Assistant, rasa: FakeRasa) -> None:
    cookie = await session_cookie(assistant)
    async with tab(assistant, cookie) as page:
        await page.say("запись")
        await page.quiet()
        await page.send(type="message", id=str(uuid.uuid4()), choice='/inform{"centre": "mfc_left_bank"}')
        assert "П-104" in (await page.next("message"))["text"]
        assert [m["text"] for m in await page.resume() if m["author"] == "citizen"] == ["запись", "На Заречной"]


async def test_the_mode_is_told(assistant: Assistant) -> None:
    async with tab(assistant, await session_cookie(assistant)) as page:
        await page.send(type="resume", after=0)
        assert await page.next("mode") == {"type": "mode", "mode": "robot"}
        await page.say("привет")
        await page.quiet()
        await assistant.set_mode("queued")
        await page.say("позовите человека")
        assert await page.next("mode") == {"type": "mode", "mode": "queued"}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", None])
async def test_a_foreign_page_is_refused_at_the_upgrade(assistant: Assistant, origin: str | None) -> None:
    cookie = await session_cookie(assistant)
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with tab(assistant, cookie, origin=origin):
            pass
    assert refused.value.response.status_code == 403
    headers = {"Origin": origin} if origin else {}
    async with aiohttp.request("POST", f"{assistant.url}/widget/session", headers=headers) as response:
        assert response.status == 403
        assert COOKIE not in response.cookies


@pytest.mark.parametrize("cookie", ["", "w-" + "0" * 32, "ImEi.aaaa.bbbb"])
async def test_without_a_signed_session_there_is_no_socket(assistant: Assistant, cookie: str) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with tab(assistant, cookie):
            pass
    assert refused.value.response.status_code == 403


async def test_a_listed_site_may_embed_the_widget(assistant: Assistant) -> None:
    url, headers = f"{assistant.url}/widget/session", {"Origin": "https://ok.example"}
    async with aiohttp.request("POST", url, headers=headers) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "https://ok.example"
        cookie = response.cookies[COOKIE]
        assert cookie["httponly"]
        assert cookie["samesite"] == "lax"
        assert cookie["path"] == "/widget"
        assert cookie.value not in await response.text()
    async with tab(assistant, cookie.value, origin="https://ok.example") as page:
        assert await page.resume() == []


async def test_a_session_stays_the_same_person(assistant: Assistant) -> None:
    first = await session_cookie(assistant)
    async with tab(assistant, first) as page:
        await page.say("привет")
        await page.next("message")
    async with tab(assistant, await session_cookie(assistant, first)) as page:
        assert len(await page.resume()) == 2


@pytest.mark.parametrize(
    "raw",
    [
        "", "{", "[]", "null", '{"type": "dance"}', '{"type": "message"}', '{"type": "message", "id": "abcdefgh"}',
        '{"type": "message", "id": "!", "text": "a"}', '{"type": "resume", "after": -1}',
        '{"type": "resume", "after": 1e30}',
        '{"type": "message", "id": "abcdefgh", "text": "\\ud800"}', b"\x00\x01",
    ],
)  # fmt: skip
async def test_a_bad_frame_is_told_and_the_socket_lives_on(assistant: Assistant, raw: str | bytes) -> None:
    async with tab(assistant, await session_cookie(assistant)) as page:
        await page.socket.send(raw)
        assert (await page.next())["type"] == "error"
        await page.say("привет")
        assert (await page.next("message"))["text"] == "Вы сказали: привет"


async def test_a_frame_too_large_is_told_kindly(assistant: Assistant) -> None:
    async with tab(assistant, await session_cookie(assistant)) as page:
        await page.say("о" * 160_000)
        assert "длинное" in (await page.next("error"))["text"]
        await page.say("о" * 100_000)
        assert "длинное" in (await page.next("message"))["text"]


async def test_a_flood_is_slowed_down_and_nothing_of_it_is_lost(assistant: Assistant, rasa: FakeRasa) -> None:
    async with tab(assistant, await session_cookie(assistant)) as page:
        await page.resume()
        names = [await page.say(f"сообщение {n}") for n in range(12)]
        refused = []
        for _ in names:
            frame = await page.next("ack", "error")
            if frame["type"] == "error":
                assert frame["retry_after"] > 0
                assert "быстро" in frame["text"]
                refused.append(frame["id"])
        assert refused == names[8:]
        await asyncio.sleep(1.6)
        await page.say("сообщение 8", id=refused[0])
        assert (await page.next("ack", "error"))["type"] == "ack"


async def test_a_mad_client_is_cut_off(assistant: Assistant) -> None:
    async with tab(assistant, await session_cookie(assistant)) as page:
        with contextlib.suppress(websockets.ConnectionClosed):
            for _ in range(400):
                await page.send(type="typing")
                await asyncio.sleep(0)
        await asyncio.wait_for(page.socket.wait_closed(), 30)
        assert page.socket.close_code == 1008


async def test_ping_is_answered(assistant: Assistant) -> None:
    async with tab(assistant, await session_cookie(assistant)) as page:
        await page.send(type="ping")
        assert await page.next() == {"type": "pong"}


async def test_a_restart_in_mid_turn_loses_nothing_and_repeats_nothing(assistant: Assistant, rasa: FakeRasa) -> None:
    cookie = await session_cookie(assistant)
    rasa.delay = 1.5
    async with tab(assistant, cookie) as page:
        await page.resume()
        name = await page.say("важное")
        await page.next("ack")
        await assistant.stop()
    rasa.delay = 0
    await assistant.start()
    async with tab(assistant, cookie) as page:
        shown = await page.resume()
        await page.say("важное", id=name)
        shown += await page.quiet(1.5)
        assert [m["text"] for m in shown] == ["важное", "Вы сказали: важное"]
        assert len({m["seq"] for m in shown}) == 2


async def test_a_robot_that_was_away_answers_when_it_is_back(assistant: Assistant, rasa: FakeRasa) -> None:
    await rasa.stop()
    async with tab(assistant, await session_cookie(assistant)) as page:
        await page.resume()
        await page.say("привет")
        assert "сохранено" in (await page.next("message"))["text"]
        await rasa.start()
        assert (await page.next("message"))["text"] == "Вы сказали: привет"
