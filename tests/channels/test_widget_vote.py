"""Whether an answer helped, over the widget's lines and the portal API: one vote an answer, by its own citizen only."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import select

from bot.store.conversations import MessageRow
from bot.studio.tables import VoteRow
from tests.channels.fake_rasa import FakeRasa, scripted
from tests.channels.parts import API_KEY, Assistant
from tests.channels.widget_tab import Tab, session_cookie, tab

pytestmark = pytest.mark.asyncio(loop_scope="session")
ANSWER = {"intent": "ask_documents", "answer": "services/passport"}


def answering(text: str) -> list[dict[str, Any]]:
    """Documents are an answer, of which the last message may be judged; a form's question and all else are not."""
    if "документ" in text:
        return [{"text": "Замена паспорта."}, {"custom": {"answered": ANSWER}}, {"text": "Нужны паспорт и фотография."}]
    if "запишите" in text:
        return [{"text": "Нужен паспорт."}, {"custom": {"answered": ANSWER}}, {"text": "Какой центр?"},
                {"custom": {"expected": "centre"}}]  # fmt: skip
    return scripted(text)


@pytest.fixture(autouse=True)
def answers(rasa: FakeRasa) -> None:
    rasa.answering = answering


@pytest_asyncio.fixture(loop_scope="session")
async def line(assistant: Assistant) -> AsyncIterator[Tab]:
    async with tab(assistant, await session_cookie(assistant)) as socket:
        await socket.resume()
        yield socket


async def answer(line: Tab, text: str, count: int = 2) -> dict[str, Any]:
    """Ask; the last message of the answer."""
    await line.say(text)
    said = [await line.next("message") for _ in range(count)]
    return said[-1]


async def vote(line: Tab, seq: Any, value: str = "up", name: str | None = None) -> dict[str, Any]:
    """Vote; the frame that answers it."""
    mine = name or str(uuid.uuid4())
    await line.send(type="vote", id=mine, seq=seq, value=value)
    while (frame := await line.next("ack", "error")).get("id") not in (mine, None):
        pass
    return frame


async def kept(assistant: Assistant) -> list[VoteRow]:
    async with assistant.store.read() as session:
        return list(await session.scalars(select(VoteRow).order_by(VoteRow.message)))


async def conversation_of(assistant: Assistant, message: dict[str, Any]) -> str:
    async with assistant.store.read() as session:
        return str((await session.get_one(MessageRow, message["seq"])).conversation_id)


def read_as(assistant: Assistant, message: int, conversation: str, *ranking: tuple[str, float]) -> None:
    """What Rasa's action call of that turn would show."""
    named = [{"name": name, "confidence": sure} for name, sure in ranking]
    latest = {"text": "какие документы", "intent": named[0], "intent_ranking": named,
              "metadata": {"message": message, "conversation": conversation}}  # fmt: skip
    assistant.readings.heard({"latest_message": latest, "events": []}, "action_ask_documents")


async def test_only_the_last_message_of_an_answer_asks_whether_it_helped(line: Tab) -> None:
    await line.say("какие документы нужны")
    assert [(await line.next("message")).get("vote") for _ in range(2)] == [None, "none"]
    assert "vote" not in await answer(line, "привет", 1)
    assert "vote" not in await answer(line, "запишите меня"), "вопрос формы не оценивают"


async def test_a_vote_says_which_answer_to_which_words_was_meant(line: Tab, assistant: Assistant) -> None:
    judged = await answer(line, "какие документы нужны")
    ack = await vote(line, judged["seq"], "down", "vote-0001")
    assert ack == {"type": "ack", "id": "vote-0001", "seq": judged["seq"]}
    (row,) = await kept(assistant)
    assert (row.message, row.question, row.intent, row.answer, row.helpful) == (
        judged["seq"], judged["reply_to"], "ask_documents", "services/passport", False,
    )  # fmt: skip


async def test_many_presses_are_one_vote_and_the_last_one_counts(line: Tab, assistant: Assistant) -> None:
    judged = await answer(line, "какие документы нужны")
    for value in ("down", "down", "up"):
        await vote(line, judged["seq"], value)
    name = str(uuid.uuid4())
    assert await vote(line, judged["seq"], "down", name) == await vote(line, judged["seq"], "down", name)
    assert [row.helpful for row in await kept(assistant)] == [False]


async def test_a_vote_is_seen_in_another_tab_and_after_a_reload(assistant: Assistant) -> None:
    cookie = await session_cookie(assistant)
    async with tab(assistant, cookie) as first, tab(assistant, cookie) as second:
        await first.resume()
        await second.resume()
        judged = await answer(first, "какие документы нужны")
        await vote(first, judged["seq"], "down")
        assert await second.next("vote") == {"type": "vote", "seq": judged["seq"], "value": "down"}
    async with tab(assistant, cookie) as again:
        assert [m.get("vote") for m in await again.resume()] == [None, None, "down"]
    async with tab(assistant, cookie) as back:
        assert await back.resume(after=judged["seq"]) == []
        assert await back.next("vote") == {"type": "vote", "seq": judged["seq"], "value": "down"}


async def test_hostile_numbers_are_refused_kindly_and_nothing_is_kept(line: Tab, assistant: Assistant) -> None:
    judged = await answer(line, "какие документы нужны")
    for seq in (judged["seq"] - 1, judged["reply_to"], 999_999, 2**31 - 1):
        refused = await vote(line, seq)
        assert refused["type"] == "error" and "оценить не получится" in refused["text"] and "retry_after" not in refused
    for seq in (0, -1, 2**31, 1.5, "1 OR 1=1", None, [judged["seq"]]):
        assert (await vote(line, seq))["type"] == "error"
    assert (await vote(line, judged["seq"], "sideways"))["type"] == "error"
    async with tab(assistant, await session_cookie(assistant)) as stranger:
        await stranger.resume()
        assert (await vote(stranger, judged["seq"]))["type"] == "error"
    assert await kept(assistant) == []


async def test_a_flood_of_votes_is_slowed_and_loses_none(line: Tab) -> None:
    judged = await answer(line, "какие документы нужны")
    frames = [await vote(line, judged["seq"], ("up", "down")[n % 2]) for n in range(15)]
    slowed = [frame for frame in frames if frame["type"] == "error"]
    assert slowed and all(frame["retry_after"] > 0 and "Ничего не потерялось" in frame["text"] for frame in slowed)


async def test_a_vote_may_be_posted_where_no_socket_gets_through(assistant: Assistant) -> None:
    cookie = await session_cookie(assistant)
    async with tab(assistant, cookie) as line:
        await line.resume()
        judged = await answer(line, "какие документы нужны")
    headers = {"Cookie": f"otklik_session={cookie}", "Origin": assistant.url}
    frame = {"type": "vote", "id": "vote-0002", "seq": judged["seq"], "value": "up"}
    async with aiohttp.request("POST", f"{assistant.url}/widget/frames", json=frame, headers=headers) as response:
        assert await response.json() == {"frames": [{"type": "ack", "id": "vote-0002", "seq": judged["seq"]}]}
    assert [row.helpful for row in await kept(assistant)] == [True]


async def test_no_help_marks_the_citizens_words_offers_another_reading_and_help_takes_it_back(
    line: Tab, assistant: Assistant
) -> None:
    judged = await answer(line, "какие документы нужны")
    conversation = await conversation_of(assistant, judged)
    read_as(assistant, judged["reply_to"], conversation, ("ask_documents", 0.6), ("ask_fee", 0.2))
    ack = await vote(line, judged["seq"], "down")
    assert ack["buttons"] == [{"title": "Сколько это стоит", "payload": "/ask_fee"}]
    (open_one,) = await assistant.readings.open()
    assert (open_one.message, open_one.doubts) == (judged["reply_to"], ("thumbs_down",))
    assert "buttons" not in await vote(line, judged["seq"], "up")
    assert await assistant.readings.open() == []


async def test_a_reading_too_unlikely_or_without_a_name_is_not_offered(line: Tab, assistant: Assistant) -> None:
    for second in (("ask_fee", 0.05), ("withdraw_consent", 0.3), ("thank", 0.3)):
        judged = await answer(line, "какие документы нужны")
        read_as(assistant, judged["reply_to"], await conversation_of(assistant, judged), ("ask_documents", 0.6), second)
        assert "buttons" not in await vote(line, judged["seq"], "down")


# --- the portal ---


async def call(assistant: Assistant, method: str, path: str, **given: Any) -> tuple[int, Any, Any]:
    url = f"{assistant.url}/api/v1/conversations/{path}"
    async with aiohttp.request(method, url, headers={"X-API-Key": API_KEY}, **given) as response:
        return response.status, await response.json(), response.headers


async def test_a_portal_shows_what_may_be_judged_and_sends_the_vote(assistant: Assistant) -> None:
    _, said, _ = await call(assistant, "POST", "anna/messages", json={"text": "какие документы нужны"})
    assert [m.get("vote") for m in said["messages"]] == [None, "none"]
    number = said["messages"][1]["id"]
    for _ in range(2):
        status, body, _ = await call(assistant, "POST", f"anna/messages/{number}/vote", json={"value": "down"})
        assert (status, body) == (200, {"message": number, "value": "down", "buttons": []})
    _, history, _ = await call(assistant, "GET", "anna/messages")
    assert [m["vote"] for m in history["messages"]] == [None, None, "down"]
    assert len(await kept(assistant)) == 1


async def test_a_portal_may_not_vote_for_somebody_else_nor_on_anything_but_an_answer(assistant: Assistant) -> None:
    _, said, _ = await call(assistant, "POST", "anna/messages", json={"text": "какие документы нужны"})
    hello, judged = (m["id"] for m in said["messages"])
    for path in (
        f"boris/messages/{judged}",
        f"anna/messages/{hello}",
        f"anna/messages/{said['received']}",
        "anna/messages/77777",
    ):
        status, body, _ = await call(assistant, "POST", f"{path}/vote", json={"value": "up"})
        assert (status, body["error"]["code"]) == (404, "no_such_answer")
    for number, sent in (
        (judged, {"value": "yes"}),
        (judged, {}),
        (0, {"value": "up"}),
        (2**40, {"value": "up"}),
        ("x", {"value": "up"}),
    ):
        status, body, _ = await call(assistant, "POST", f"anna/messages/{number}/vote", json=sent)
        assert (status, body["error"]["code"]) == (422, "invalid")
    headers = {"X-API-Key": API_KEY, "Content-Type": "application/json"}
    url = f"{assistant.url}/api/v1/conversations/anna/messages/{judged}/vote"
    async with aiohttp.request("POST", url, headers=headers, data=b")\xff\x00{") as response:
        assert (response.status, (await response.json())["error"]["code"]) == (400, "unreadable")
    assert await kept(assistant) == []


async def test_a_portal_that_votes_too_fast_is_told_when_to_come_back(assistant: Assistant) -> None:
    _, said, _ = await call(assistant, "POST", "anna/messages", json={"text": "какие документы нужны"})
    path = f"anna/messages/{said['messages'][1]['id']}/vote"
    answers = await asyncio.gather(*(call(assistant, "POST", path, json={"value": "up"}) for _ in range(20)))
    slowed = [(body["error"]["code"], headers["Retry-After"]) for status, body, headers in answers if status == 429]
    assert slowed and set(slowed) == {("too_often", "1")}
    assert len(await kept(assistant)) == 1
