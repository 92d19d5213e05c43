"""The portal API over real HTTP: answers, repeats, limits, refusals, a slow and a broken robot."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from typing import Any

import aiohttp
import pytest

from tests.channels.fake_rasa import FakeRasa
from tests.channels.parts import API_KEY, Assistant

pytestmark = pytest.mark.asyncio(loop_scope="session")
PDF = b"%PDF-1.7 " + b"x" * 1000


async def call(
    assistant: Assistant, method: str, path: str, headers: dict[str, str] | None = None, **kwargs: Any
) -> tuple[int, Any]:
    given = {"X-API-Key": API_KEY} if headers is None else headers
    async with aiohttp.request(method, assistant.url + path, headers=given, **kwargs) as response:
        return response.status, await response.json()


async def send(assistant: Assistant, body: dict[str, Any], user: str = "anna") -> tuple[int, Any]:
    # As a stream: aiohttp warns about a large body in one piece.
    data = io.BytesIO(json.dumps(body).encode())
    headers = {"X-API-Key": API_KEY, "Content-Type": "application/json"}
    return await call(assistant, "POST", f"/api/v1/conversations/{user}/messages", data=data, headers=headers)


async def history(assistant: Assistant, query: str = "", user: str = "anna") -> Any:
    status, body = await call(assistant, "GET", f"/api/v1/conversations/{user}/messages{query}")
    assert status == 200
    return body


async def test_a_message_is_answered_in_the_response(assistant: Assistant) -> None:
    status, answer = await send(assistant, {"text": "Хочу записаться на приём"})
    assert status == 200
    assert [m["text"] for m in answer["messages"]] == [
        "Здравствуйте! Помогу записаться на приём.",
        "Какой центр вам удобнее?",
    ]
    assert answer["messages"][1]["buttons"][1] == {
        "title": "На Заречной",
        "payload": '/inform{"centre": "mfc_left_bank"}',
    }
    assert answer["mode"] == "robot"
    assert answer["messages"][0]["id"] > answer["received"]


async def test_a_pressed_button_is_a_choice_and_reads_as_its_title(assistant: Assistant, rasa: FakeRasa) -> None:
    await send(assistant, {"text": "запись"})
    _, answer = await send(assistant, {"choice": '/inform{"centre": "mfc_left_bank"}'})
    assert "П-104" in answer["messages"][0]["text"]
    assert [m["text"] for m in (await history(assistant))["messages"] if m["author"] == "citizen"] == [
        "запись",
        "На Заречной",
    ]


async def test_a_repeated_message_id_has_no_second_effect(assistant: Assistant, rasa: FakeRasa) -> None:
    answers = await asyncio.gather(*(send(assistant, {"text": "привет", "message_id": "m-1"}) for _ in range(5)))
    assert {status for status, _ in answers} == {200}
    assert len({answer["messages"][0]["id"] for _, answer in answers}) == 1
    assert len(rasa.seen) == 1


async def test_history_pages_forward_and_gives_the_newest_without_after(assistant: Assistant) -> None:
    for n in range(3):
        await send(assistant, {"text": f"вопрос {n}"})
    newest = await history(assistant, "?limit=2")
    assert [m["author"] for m in newest["messages"]] == ["citizen", "robot"]
    assert not newest["more"]
    first = (await history(assistant))["messages"][0]["id"]
    page = await history(assistant, f"?after={first}&limit=4")
    assert len(page["messages"]) == 4
    assert page["more"]
    assert not (await history(assistant, f"?after={page['messages'][-1]['id']}"))["more"]


async def test_an_unknown_user_has_an_empty_history(assistant: Assistant) -> None:
    assert await history(assistant, user="nobody") == {
        "messages": [],
        "mode": "robot",
        "conversation": None,
        "more": False,
    }


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "wrong"}, {"X-API-Key": ""}])
async def test_without_the_key_nothing_is_told(assistant: Assistant, headers: dict[str, str]) -> None:
    status, body = await call(assistant, "GET", "/api/v1/conversations/anna/messages", headers=headers)
    assert status == 401
    assert body["error"]["code"] == "unauthorized"
    status, _ = await call(
        assistant, "POST", "/api/v1/conversations/anna/messages", headers=headers, json={"text": "a"}
    )
    assert status == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"text": None}, "body"),
        ({"text": 5}, "text"),
        ({"text": "a", "colour": "red"}, "colour"),
        ({"text": "a", "profile": {"segment": "king"}}, "profile.segment"),
        ({"text": "a", "profile": {"birth_date": "31.02.1990"}}, "profile.birth_date"),
        ({"text": "a", "profile": {"birth_date": "1700-01-01"}}, "profile.birth_date"),
        ({"text": "a", "profile": {"phone": "позвоните мне"}}, "profile.phone"),
        ({"text": "a", "message_id": "a b"}, "message_id"),
        ({"choice": ""}, "choice"),
        ({"choice": "a", "file": {"name": "a", "content": "aa"}}, "body"),
    ],
)
async def test_a_wrong_request_is_told_which_field(assistant: Assistant, body: dict[str, Any], field: str) -> None:
    status, answer = await send(assistant, body)
    assert status == 422
    assert answer["error"]["fields"][0]["field"] == field
    assert answer["error"]["message"]


@pytest.mark.parametrize(
    ("data", "media_type", "status"),
    [
        (b"{", "application/json", 422),
        (b'{"text": "\\ud800"}', "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b"[]", "application/json", 422),
        (b"text=a", "application/x-www-form-urlencoded", 415),
        (b"garbage", "multipart/form-data; boundary=x", 400),
        (b"garbage", "multipart/form-data", 400),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(
    assistant: Assistant, data: bytes, media_type: str, status: int
) -> None:
    headers = {"X-API-Key": API_KEY, "Content-Type": media_type}
    got, answer = await call(assistant, "POST", "/api/v1/conversations/anna/messages", headers=headers, data=data)
    assert got == status
    assert answer["error"]["message"]


@pytest.mark.parametrize(
    "text", ["", "😀😀", "\u200b\u200b", "...", "'; DROP TABLE messages; --", "<script>alert(1)</script>", "а\x00б"]
)
async def test_odd_words_get_a_kind_answer(assistant: Assistant, text: str) -> None:
    status, answer = await send(assistant, {"text": text})
    assert status == 200
    assert answer["messages"][0]["text"]


async def test_a_hundred_kilobytes_are_answered_kindly_and_more_is_refused(assistant: Assistant) -> None:
    status, answer = await send(assistant, {"text": "о" * 51_200})
    assert status == 200
    assert "длинное" in answer["messages"][0]["text"]
    status, answer = await send(assistant, {"text": "о" * 140_000})
    assert status == 413
    assert answer["error"]["code"] == "too_large"
    status, answer = await send(assistant, {"text": "a" * 9_000_000})
    assert status == 413


@pytest.mark.parametrize("user", ["a b", "а", "x" * 129, "a%0Ab"])
async def test_a_user_name_has_plain_letters_only(assistant: Assistant, user: str) -> None:
    status, answer = await send(assistant, {"text": "a"}, user=user)
    assert status == 422
    assert answer["error"]["fields"][0]["field"] == "user"


async def test_a_file_comes_in_json_and_in_multipart(assistant: Assistant, rasa: FakeRasa) -> None:
    content = base64.b64encode(PDF).decode()
    status, _ = await send(
        assistant, {"file": {"name": "справка.pdf", "media_type": "application/pdf", "content": content}}
    )
    assert status == 200
    assert rasa.seen[-1]["message"] == '/inform{"attachment": "file"}'
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", PDF, filename="../../паспорт.exe", content_type="application/pdf")
    form.add_field("text", "Вот справка")
    form.add_field("profile", '{"name": "Анна"}')
    status, _ = await call(assistant, "POST", "/api/v1/conversations/anna/messages", data=form)
    assert status == 200
    assert rasa.seen[-1]["metadata"]["attachments"][0]["media_type"] == "application/pdf"
    shown = [m for m in (await history(assistant))["messages"] if m["author"] == "citizen"]
    assert [m["attachments"][0]["name"] for m in shown] == ["справка.pdf", "паспорт.exe.pdf"]
    assert "ref" not in shown[0]["attachments"][0]


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"MZ evil", 415), (b"", 422), (b"%PDF-" + b"x" * 6_000_000, 413), (b"%PDF-" + b"x" * 9_000_000, 413)],
)
async def test_a_wrong_file_is_refused(assistant: Assistant, content: bytes, status: int) -> None:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(content), filename="a.pdf")
    got, answer = await call(assistant, "POST", "/api/v1/conversations/anna/messages", data=form)
    assert got == status
    assert answer["error"]["message"]
    assert not [p for p in assistant.folder.rglob("files/*/*") if p.is_file()]


async def test_a_repeated_upload_is_kept_once(assistant: Assistant) -> None:
    body = {"file": {"name": "a.pdf", "content": base64.b64encode(PDF).decode()}, "message_id": "f-1"}
    await send(assistant, body)
    await send(assistant, body)
    assert len([p for p in assistant.folder.rglob("files/*/*") if p.is_file()]) == 1


async def test_a_profile_is_remembered(assistant: Assistant, rasa: FakeRasa) -> None:
    await send(
        assistant, {"text": "привет", "profile": {"name": "Анна", "birth_date": "1950-05-01", "segment": "pensioner"}}
    )
    assert rasa.seen[-1]["metadata"]["segment"] == "pensioner"
    await send(assistant, {"text": "ещё"})
    assert rasa.seen[-1]["metadata"]["segment"] == "pensioner"


async def test_a_slow_robot_gives_202_and_the_answer_can_be_fetched(assistant: Assistant, rasa: FakeRasa) -> None:
    await assistant.stop()
    assistant.wait_seconds = 0.2
    await assistant.start()
    rasa.delay = 1.0
    status, answer = await send(assistant, {"text": "привет", "message_id": "slow-1"})
    assert (status, answer["messages"], answer["retry_after"]) == (202, [], 2)
    await asyncio.sleep(1.2)
    later = await history(assistant, f"?after={answer['received']}")
    assert [m["text"] for m in later["messages"]] == ["Вы сказали: привет"]
    status, again = await send(assistant, {"text": "привет", "message_id": "slow-1"})
    assert (status, len(again["messages"]), len(rasa.seen)) == (200, 1, 1)


@pytest.mark.parametrize("mood", ["broken", "garbage", "not_a_list", "dead"])
async def test_a_robot_that_fails_loses_nothing(assistant: Assistant, rasa: FakeRasa, mood: Any) -> None:
    if mood == "dead":
        await rasa.stop()
    else:
        rasa.mood = mood
    status, answer = await send(assistant, {"text": "привет"})
    assert status == 202
    rasa.mood = "well"
    if mood == "dead":
        await rasa.start()
    for _ in range(40):
        await asyncio.sleep(0.1)
        said = (await history(assistant, f"?after={answer['received']}"))["messages"]
        if said and said[-1]["text"] == "Вы сказали: привет":
            return
    pytest.fail(f"не отвечено: {said}")


async def test_a_robot_without_words_gives_the_fallback(assistant: Assistant, rasa: FakeRasa) -> None:
    rasa.mood = "silent"
    status, answer = await send(assistant, {"text": "привет"})
    assert status == 200
    assert answer["messages"][0]["buttons"][0]["payload"] == "/request_operator"


async def test_while_an_operator_answers_the_mode_says_so(assistant: Assistant) -> None:
    await send(assistant, {"text": "привет"})
    await assistant.set_mode("operator")
    status, answer = await send(assistant, {"text": "вы тут?"})
    assert (status, answer["mode"]) == (200, "operator")


async def test_health_ready_and_metrics(assistant: Assistant, rasa: FakeRasa) -> None:
    assert await call(assistant, "GET", "/health") == (200, {"status": "ok"})
    assert await call(assistant, "GET", "/ready") == (
        200,
        {"ready": True, "parts": {"db": True, "rasa": True}, "channels": {}},
    )
    await rasa.stop()
    assert await call(assistant, "GET", "/ready") == (
        503,
        {"ready": False, "parts": {"db": True, "rasa": False}, "channels": {}},
    )
    async with aiohttp.request("GET", assistant.url + "/metrics") as response:
        assert "otklik_messages_total" in await response.text()


async def test_the_docs_page_reaches_no_foreign_server(assistant: Assistant) -> None:
    for path in ("/docs", "/docs/docs.js", "/docs/docs.css"):
        async with aiohttp.request("GET", assistant.url + path) as response:
            assert response.status == 200
            assert "http" not in (await response.text()).replace("http-equiv", "")
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    _, spec = await call(assistant, "GET", "/openapi.json")
    body = spec["paths"]["/api/v1/conversations/{user}/messages"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json", "multipart/form-data"}
