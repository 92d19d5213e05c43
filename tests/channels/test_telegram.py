"""The Telegram channel against a fake Bot API over real HTTP: news, webhook, sends, refusals, files, the doctor's words."""

from __future__ import annotations

import asyncio
import json
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from benchmarks.fakes.base import Fault
from benchmarks.fakes.telegram import FakeTelegram
from bot.messages import Button
from channels.base import Channel, Edited, HookCall, Ignored, OutFile, Part, RemoteFile, Said
from channels.errors import Blocked, ChannelError, Misconfigured, Rejected, Retry
from channels.telegram import build

TOKEN = "123456:AA-very_secret"
SECRET = "hook_secret-1"
ANNA = "771234501"
PUBLIC = "https://mfc.example"
HOOK = f"{PUBLIC}/hooks/telegram"
HEADER = "x-telegram-bot-api-secret-token"

Make = Callable[..., Channel]


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    server = FakeTelegram(TOKEN)
    server.known.add(ANNA)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture
async def make(fake: FakeTelegram, tmp_path: Path) -> AsyncIterator[Make]:
    """Builds channels from settings in a file, and closes them."""
    made: list[Channel] = []

    def channel(public_url: str = PUBLIC, **settings: str) -> Channel:
        given = {"TOKEN": TOKEN, "API_URL": fake.url, "POLL_SECONDS": "0", "TIMEOUT": "15"} | settings
        env = tmp_path / "telegram.env"
        env.write_text("".join(f"OTKLIK_TELEGRAM_{name}={value}\n" for name, value in given.items()), encoding="utf-8")
        found = build(env, public_url)
        assert found is not None
        made.append(found)
        return found

    yield channel
    for each in made:
        await each.close()


@pytest.fixture
def telegram(make: Make) -> Channel:
    return make()


@pytest.fixture
def hooked(make: Make) -> Channel:
    return make(RECEIVE="webhook", WEBHOOK_SECRET=SECRET)


def texts(channel: Channel, events: Any) -> list[str]:
    return [h.text for event in events for h in channel.parse(event) if isinstance(h, Said)]


async def refused(call: Awaitable[Any]) -> ChannelError:
    """The error of a call, without a trace of the token, however it is printed."""
    with pytest.raises(ChannelError) as caught:
        await call
    error = caught.value
    shown = "".join(traceback.format_exception(error)) + error.words + repr(error) + repr(vars(error))
    assert TOKEN not in shown and "very_secret" not in shown
    assert error.__cause__ is None and isinstance(error.__context__, ChannelError | None)
    return error


# --- news by polling ---


async def test_nothing_is_acknowledged_before_the_next_look(fake: FakeTelegram, telegram: Channel) -> None:
    await telegram.open()
    fake.say(ANNA, "раз")
    fake.say(ANNA, "два")
    first = await telegram.receive(None)
    assert texts(telegram, first.events) == ["раз", "два"]
    assert fake.confirmed == 0
    # A crash before the cursor was stored: everything comes again.
    again = await telegram.receive(None)
    assert [telegram.key(e) for e in again.events] == [telegram.key(e) for e in first.events]
    assert (await telegram.receive(first.cursor)).events == []
    assert fake.confirmed == 2


async def test_an_empty_look_keeps_the_cursor(fake: FakeTelegram, telegram: Channel) -> None:
    assert (await telegram.receive("712")).cursor == "712"
    assert (await telegram.receive(None)).cursor is None


async def test_a_look_waits_for_news(fake: FakeTelegram, make: Make) -> None:
    channel = make(POLL_SECONDS="20")
    look = asyncio.create_task(channel.receive(None))
    while not fake.polled:
        await asyncio.sleep(0)
    fake.say(ANNA, "вот и я")
    assert texts(channel, (await asyncio.wait_for(look, 30)).events) == ["вот и я"]


async def test_a_malformed_update_does_not_block_the_next_one(fake: FakeTelegram, telegram: Channel) -> None:
    fake.push({"update_id": 41, "message": {"date": "вчера"}})
    fake.push({"no": "number"})
    got = await telegram.receive(None)
    assert got.cursor == "43"
    for event in got.events:
        with pytest.raises(Exception):  # noqa: B017 - whichever: the inbox keeps it as a dead letter
            telegram.parse(event)
    assert len({telegram.key(e) for e in got.events}) == 2
    fake.say(ANNA, "после них")
    assert texts(telegram, (await telegram.receive(got.cursor)).events) == ["после них"]
    assert fake.confirmed == 2


async def test_a_quiet_week_does_not_make_the_channel_deaf(fake: FakeTelegram, telegram: Channel) -> None:
    """Telegram numbers anew then, maybe lower (go-telegram-bot-api issue 156): the cursor must follow."""
    fake.push({"update_id": 117, "message": json.loads(_plain())["message"]})
    got = await telegram.receive("727334708")
    assert len(got.events) == 1 and got.cursor == "118"
    assert (await telegram.receive(got.cursor)).events == []
    assert fake.confirmed == 1


async def test_updates_that_were_not_asked_for_do_not_come(fake: FakeTelegram, telegram: Channel) -> None:
    await telegram.receive(None)
    assert fake.allowed == ["message", "edited_message", "callback_query", "my_chat_member"]


# --- what updates mean, beyond the payload corpus ---


def _plain() -> str:
    path = Path(__file__).with_name("payloads") / "telegram" / "plain.json"
    return json.dumps(json.loads(path.read_text("utf-8"))["events"][0])


def test_names_of_citizens_are_not_passed_on(telegram: Channel) -> None:
    assert "Клавдия" in json.dumps(json.loads(_plain()), ensure_ascii=False)
    assert "Клавдия" not in repr(telegram.parse(json.loads(_plain())))


def test_new_fields_of_any_shape_break_nothing(telegram: Channel) -> None:
    event = json.loads(_plain())
    event["message"] |= {
        "reply_to_message": 5,
        "entities": "?",
        "quote": [],
        "checklist_tasks_done": {"x": None},
        "new": 1,
    }
    event["message"]["from"] |= {"is_premium": "очень"}
    del event["message"]["from"]["first_name"]
    assert isinstance(telegram.parse(event)[0], Said)


def test_a_press_under_an_old_message_counts(telegram: Channel) -> None:
    """Telegram tells such a message as inaccessible, or not at all."""
    press = {
        "id": "33",
        "from": {"id": 7, "is_bot": False, "first_name": "А"},
        "chat_instance": "-1",
        "data": "m1.0" + "я" * 400,
    }
    old = {"message_id": 5, "date": 0, "chat": {"id": 7, "type": "private"}}
    for body in (press | {"message": old}, press | {"inline_message_id": "x"}):
        (said,) = telegram.parse({"update_id": 1, "callback_query": body})
        assert isinstance(said, Said) and (said.peer, said.id, said.callback) == ("7", "cb33", "33")
        assert said.payload is not None and said.payload.startswith("m1.0") and len(said.payload) == 200


def test_a_game_button_is_answered_but_no_message(telegram: Channel) -> None:
    press = {"id": "34", "from": {"id": 7, "is_bot": False}, "chat_instance": "-1", "game_short_name": "chess"}
    assert telegram.parse({"update_id": 1, "callback_query": press}) == [Ignored("service", "34")]


@pytest.mark.parametrize(
    ("text", "heard", "link"),
    [
        ("/start", "/start", None),
        ("/start@otklik_bot tok_1-A", "/start", "tok_1-A"),
        ("/start   ", "/start", None),
        ("/start две строки", "/start две строки", None),
        ("/start " + "a" * 65, "/start " + "a" * 65, None),
        ("/started", "/started", None),
    ],
)
def test_the_start_command_may_bring_a_link(telegram: Channel, text: str, heard: str, link: str | None) -> None:
    event = json.loads(_plain())
    event["message"]["text"] = text
    (said,) = telegram.parse(event)
    assert isinstance(said, Said) and (said.text, said.link) == (heard, link)


def test_two_edits_of_one_message_have_different_versions(telegram: Channel) -> None:
    message = json.loads(_plain())["message"]
    edits = [telegram.parse({"update_id": n, "edited_message": message | {"text": f"{n}"}})[0] for n in (1, 2)]
    assert all(isinstance(e, Edited) for e in edits)
    assert len({e.version for e in edits if isinstance(e, Edited)}) == 2


@pytest.mark.parametrize(
    ("content", "kind", "files"),
    [
        ({"video_note": {"file_id": "v", "file_unique_id": "u", "length": 240, "duration": 3}}, "file", 1),
        ({"video": {"file_id": "v", "file_unique_id": "u", "width": 1, "height": 1, "duration": 3}}, "file", 1),
        ({"audio": {"file_id": "v", "file_unique_id": "u", "duration": 3, "file_name": "a.mp3"}}, "file", 1),
        ({"dice": {"emoji": "🎲", "value": 3}}, "text", 0),
        ({"poll": {"id": "1", "question": "Да?"}}, "text", 0),
    ],
)
def test_other_contents_are_said_too(telegram: Channel, content: dict[str, Any], kind: str, files: int) -> None:
    message = {k: v for k, v in json.loads(_plain())["message"].items() if k != "text"}
    (said,) = telegram.parse({"update_id": 1, "message": message | content})
    assert isinstance(said, Said) and said.kind == kind and len(said.files) == files and not said.text


def test_a_notice_of_the_service_is_ignored(telegram: Channel) -> None:
    message = {k: v for k, v in json.loads(_plain())["message"].items() if k != "text"}
    pinned = message | {"pinned_message": json.loads(_plain())["message"]}
    assert telegram.parse({"update_id": 1, "message": pinned}) == [Ignored("service")]


# --- the webhook ---


def test_a_call_with_the_secret_brings_its_event(hooked: Channel) -> None:
    reply = hooked.webhook(HookCall({HEADER: SECRET}, _plain().encode()))
    assert reply.status == 200 and reply.events == (json.loads(_plain()),)


@pytest.mark.parametrize("headers", [{}, {HEADER: ""}, {HEADER: "wrong"}, {HEADER: "пароль"}, {HEADER: "\udcff\xff"}])
def test_a_call_without_the_secret_is_refused(hooked: Channel, headers: dict[str, str]) -> None:
    reply = hooked.webhook(HookCall(headers, _plain().encode()))
    assert reply.status == 403 and reply.events == ()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b"\xff\xfe", b"[" * 100_000])
def test_garbage_with_the_secret_is_refused(hooked: Channel, body: bytes) -> None:
    reply = hooked.webhook(HookCall({HEADER: SECRET}, body))
    assert reply.status == 400 and reply.events == ()


def test_while_polling_nobody_may_call(telegram: Channel) -> None:
    assert telegram.webhook(HookCall({HEADER: ""}, _plain().encode())).status == 403


async def test_opening_sets_the_webhook_or_takes_it_away(fake: FakeTelegram, hooked: Channel, make: Make) -> None:
    fake.say(ANNA, "ждало до запуска")
    await hooked.open()
    assert (fake.webhook, fake.secret) == (HOOK, SECRET) and "callback_query" in fake.allowed
    polling = make()
    assert (await refused(polling.receive(None))).code == "conflict"
    await polling.open()
    assert fake.webhook is None
    assert texts(polling, (await polling.receive(None)).events) == ["ждало до запуска"]


async def test_an_unanswered_call_is_repeated(fake: FakeTelegram, make: Make) -> None:
    """The fake's own promise, and that what it sends passes our check."""
    answers, got = [503, 200], asyncio.Event()
    calls: list[HookCall] = []

    async def hook(request: web.Request) -> web.Response:
        calls.append(HookCall({k.lower(): v for k, v in request.headers.items()}, await request.read()))
        status = answers.pop(0)
        if not answers:
            got.set()
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/hooks/telegram", hook)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    channel = make(f"http://127.0.0.1:{runner.addresses[0][1]}", RECEIVE="webhook", WEBHOOK_SECRET=SECRET)
    await channel.open()
    fake.say(ANNA, "через вебхук")
    await asyncio.wait_for(got.wait(), 30)
    await runner.cleanup()
    replies = [channel.webhook(call) for call in calls]
    assert [texts(channel, reply.events) for reply in replies] == [["через вебхук"]] * 2
    assert channel.key(replies[0].events[0]) == channel.key(replies[1].events[0])


# --- sending ---


async def test_text_buttons_and_links_arrive_as_given(fake: FakeTelegram, telegram: Channel) -> None:
    rows = ((Button("Да", "m17.0"), Button("Нет", "m17.1")), (Button("Открыть", "", "https://mfc.example/c?t=1"),))
    number = await telegram.send(ANNA, Part("Записать <b>вас</b> & *сына*? https://mfc.example", rows), 1)
    (sent,) = fake.sent
    assert (sent.id, sent.text) == (number, "Записать <b>вас</b> & *сына*? https://mfc.example")
    assert sent.buttons == (
        ({"title": "Да", "payload": "m17.0"}, {"title": "Нет", "payload": "m17.1"}),
        ({"title": "Открыть", "url": "https://mfc.example/c?t=1"},),
    )
    assert fake.previewed == []


async def test_a_press_comes_back_with_its_reference(fake: FakeTelegram, telegram: Channel) -> None:
    await telegram.send(ANNA, Part("Да?", ((Button("Да", "m17.0"),),)), 1)
    fake.press(fake.sent[0])
    (said,) = telegram.parse((await telegram.receive(None)).events[0])
    assert isinstance(said, Said) and said.payload == "m17.0" and said.callback
    await telegram.answered(said.callback)
    assert fake.answered == [said.callback]


async def test_a_stale_press_is_answered_without_complaint(fake: FakeTelegram, telegram: Channel) -> None:
    await telegram.answered("never-heard-of")
    assert fake.answered == []


async def test_typing_is_shown(fake: FakeTelegram, telegram: Channel) -> None:
    await telegram.typing(ANNA)
    assert fake.typed == [ANNA]


async def test_the_longest_text_counts_in_utf16(fake: FakeTelegram, telegram: Channel) -> None:
    await telegram.send(ANNA, Part("😊" * (telegram.limits.text // 2)), 1)
    assert (await refused(telegram.send(ANNA, Part("😊" * (telegram.limits.text // 2) + "!"), 2))).code == "too_long"


@pytest.mark.parametrize(
    ("name", "media_type", "content"),
    [
        ("справка «о доходах».pdf", "application/pdf", b"%PDF-1.7"),
        ("скан.jpg", "image/jpeg", b"\xff\xd8\xff\xe0" + b"\x00" * 100),
        ("ответ.ogg", "audio/ogg", b"OggS" + b"\x00" * 100),
    ],
)
async def test_files_arrive_whole(
    fake: FakeTelegram, telegram: Channel, tmp_path: Path, name: str, media_type: str, content: bytes
) -> None:
    path = tmp_path / "0123456789"
    path.write_bytes(content)
    await telegram.send(ANNA, Part("Вот она", file=OutFile(path, name, media_type)), 1)
    assert fake.sent[0].file == (name, content) and fake.sent[0].text == "Вот она"


async def test_a_picture_that_telegram_cannot_draw_goes_as_a_document(
    fake: FakeTelegram, telegram: Channel, tmp_path: Path
) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"not a picture")
    await telegram.send(ANNA, Part(file=OutFile(path, 'a"b\r\n.jpg', "image/jpeg")), 1)
    assert [s.file for s in fake.sent] == [("a_b__.jpg", b"not a picture")]


async def test_files_that_cannot_go_are_rejected(fake: FakeTelegram, telegram: Channel, tmp_path: Path) -> None:
    gone = OutFile(tmp_path / "gone", "a.pdf", "application/pdf")
    assert (await refused(telegram.send(ANNA, Part(file=gone), 1))).code == "file_missing"
    (tmp_path / "empty").write_bytes(b"")
    empty = OutFile(tmp_path / "empty", "a.pdf", "application/pdf")
    assert isinstance(await refused(telegram.send(ANNA, Part(file=empty), 1)), Rejected)
    assert fake.sent == []


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (Part(""), "empty"),
        (Part("Да?", ((Button("Да", "x" * 65),),)), "keyboard"),
        (Part("Да?", ((Button("Да", ""),),)), "keyboard"),
        (Part("Да?", ((Button("Да", "", "no-address?secret=1"),),)), "keyboard"),
        (Part("Да?", (tuple(Button(str(n), "m1.0") for n in range(9)),)), "keyboard"),
    ],
)
async def test_a_message_telegram_dislikes_is_rejected(
    fake: FakeTelegram, telegram: Channel, part: Part, code: str
) -> None:
    error = await refused(telegram.send(ANNA, part, 1))
    assert isinstance(error, Rejected) and error.code == code
    assert "secret" not in error.words
    assert fake.sent == []


async def test_a_citizen_who_blocked_us_or_is_gone(fake: FakeTelegram, telegram: Channel) -> None:
    fake.blocked.add(ANNA)
    error = await refused(telegram.send(ANNA, Part("?"), 1))
    assert isinstance(error, Blocked) and error.code == "blocked"
    error = await refused(telegram.send("5", Part("?"), 1))
    assert isinstance(error, Blocked) and error.code == "gone"


async def test_too_many_requests_name_their_pause(fake: FakeTelegram, telegram: Channel) -> None:
    fake.faults.append(Fault("429", after=7))
    error = await refused(telegram.send(ANNA, Part("?"), 1))
    assert isinstance(error, Retry) and error.after == 7.0 and fake.sent == []


@pytest.mark.parametrize(
    ("kind", "code"), [("500", "server"), ("html", "server"), ("timeout", "timeout"), ("cut", "network")]
)
async def test_a_server_in_trouble_is_asked_again(fake: FakeTelegram, make: Make, kind: str, code: str) -> None:
    telegram = make(TIMEOUT="1" if kind == "timeout" else "15")
    fake.faults.append(Fault(kind, "send", after=3))
    error = await refused(telegram.send(ANNA, Part("?"), 1))
    assert isinstance(error, Retry) and error.after is None and error.code == code
    assert len(fake.sent) == (1 if kind == "cut" else 0)
    await telegram.send(ANNA, Part("?"), 1)


async def test_nobody_at_the_other_end(telegram: Channel, make: Make) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"127.0.0.1:{free.getsockname()[1]}"
    for settings in (
        {"API_URL": f"http://{nowhere}"},
        {"PROXY": f"socks5://{nowhere}"},
        {"PROXY": f"http://{nowhere}"},
    ):
        error = await refused(make(**settings).send(ANNA, Part("?"), 1))
        assert isinstance(error, Retry), settings
        assert "PROXY" in error.words


async def test_a_proxy_is_used(fake: FakeTelegram, make: Make) -> None:
    """A CONNECT proxy of a few lines: what matters is that the call goes through it, with the password."""
    seen: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).decode())
        host, port = seen[-1].split()[1].split(":")
        inner_reader, inner_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(pipe(reader, inner_writer), pipe(inner_reader, writer))

    async def pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while chunk := await source.read(65536):
            target.write(chunk)
        target.close()

    proxy = await asyncio.start_server(serve, "127.0.0.1", 0)
    channel = make(PROXY=f"http://user:pass@127.0.0.1:{proxy.sockets[0].getsockname()[1]}", TIMEOUT="5")
    await channel.send(ANNA, Part("через прокси"), 1)
    await channel.close()
    proxy.close()
    await proxy.wait_closed()
    assert [s.text for s in fake.sent] == ["через прокси"]
    assert "Proxy-Authorization: Basic dXNlcjpwYXNz" in seen[0]


async def test_a_wrong_token_is_misconfigured(make: Make) -> None:
    channel = make(TOKEN="654321:other_very_secret")
    for call in (channel.open(), channel.receive(None), channel.send(ANNA, Part("?"), 1)):
        assert isinstance(await refused(call), Misconfigured)


async def test_two_programs_with_one_token_are_told_apart(fake: FakeTelegram, make: Make) -> None:
    first, second = make(POLL_SECONDS="20"), make(POLL_SECONDS="0")
    look = asyncio.create_task(first.receive(None))
    while not fake.polled:
        await asyncio.sleep(0)
    await second.receive(None)
    error = await refused(look)
    assert isinstance(error, Misconfigured) and "другая программа" in error.words


async def test_a_webhook_telegram_refuses_is_misconfigured(fake: FakeTelegram, make: Make) -> None:
    fake.refuses_hooks = True
    error = await refused(make(RECEIVE="webhook", WEBHOOK_SECRET=SECRET).open())
    assert isinstance(error, Misconfigured) and HOOK in error.words


# --- fetching files ---


async def test_a_file_is_fetched(fake: FakeTelegram, telegram: Channel) -> None:
    fake.files["file-1"] = bytes(range(256)) * 1000
    chunks = [chunk async for chunk in telegram.fetch(RemoteFile("file-1"))]
    assert b"".join(chunks) == fake.files["file-1"] and len(chunks) > 1


async def test_a_file_that_is_too_big_is_not_fetched_to_the_end(fake: FakeTelegram, telegram: Channel) -> None:
    limit = telegram.limits.fetch
    assert (await refused(anext(telegram.fetch(RemoteFile("?", size=limit + 1))))).code == "file_too_big"
    fake.files["big"] = b"x" * (limit + 10)
    assert (await refused(anext(telegram.fetch(RemoteFile("big"))))).code == "file_too_big"
    fake.unsized.add("big")
    taken = 0

    async def take() -> None:
        nonlocal taken
        async for chunk in telegram.fetch(RemoteFile("big")):
            taken += len(chunk)

    assert (await refused(take())).code == "file_too_big"
    assert 0 < taken <= limit


async def test_a_file_that_does_not_come(fake: FakeTelegram, telegram: Channel) -> None:
    assert isinstance(await refused(anext(telegram.fetch(RemoteFile("unknown")))), Rejected)
    fake.files["f"] = b"x" * 1_000_000

    async def take() -> None:
        async for _ in telegram.fetch(RemoteFile("f")):
            pass

    for kind in ("500", "cut"):
        fake.faults.append(Fault(kind, "fetch"))
        assert isinstance(await refused(take()), Retry)
    await take()


# --- the doctor ---


async def test_the_doctor_is_content(fake: FakeTelegram, telegram: Channel, hooked: Channel) -> None:
    found = await telegram.check()
    assert [f.well for f in found] == [True, True] and "@otklik_test_bot" in found[0].text
    await hooked.open()
    found = await hooked.check()
    assert [f.well for f in found] == [True, True, True] and HOOK in found[1].text


async def test_the_doctor_names_what_is_wrong(
    fake: FakeTelegram, telegram: Channel, hooked: Channel, make: Make
) -> None:
    fake.webhook, fake.last_error = "http://127.0.0.1:9/other", "Connection refused"
    fake.ahead = 600
    fake.say(ANNA, "ждёт")
    token, hook, waiting, clock = await hooked.check()
    assert (token.well, hook.well, clock.well) == (True, False, False)
    assert "Connection refused" in waiting.text and "1" in waiting.text and "600" in clock.text.replace("599", "600")
    assert any(f.well is None and "вебхук" in f.text for f in await telegram.check())
    wrong = await make(TOKEN="654321:other_very_secret").check()
    assert [f.well for f in wrong] == [False] and "very_secret" not in wrong[0].text
    fake.faults.append(Fault("500", "any"))
    assert [f.well for f in await telegram.check()] == [False]


# --- settings ---


def test_without_a_token_there_is_no_channel(tmp_path: Path) -> None:
    env = tmp_path / "empty.env"
    env.write_text("OTKLIK_TELEGRAM_TOKEN=\nOTKLIK_TELEGRAM_RECEIVE=webhook\n")
    assert build(env, PUBLIC) is None
    assert build(None, PUBLIC) is None


@pytest.mark.parametrize(
    ("settings", "public", "word"),
    [
        ({"TOKEN": "very_secret"}, PUBLIC, "TOKEN"),
        ({"TOKEN": "1:very_secret/../x"}, PUBLIC, "TOKEN"),
        ({"RECEIVE": "pigeon"}, PUBLIC, "RECEIVE"),
        ({"TIMEOUT": "0", "POLL_SECONDS": "51"}, PUBLIC, "POLL_SECONDS"),
        ({"API_URL": "very_secret"}, PUBLIC, "API_URL"),
        ({"PROXY": "ftp://user:very_secret@proxy:1"}, PUBLIC, "PROXY"),
        ({"RECEIVE": "webhook"}, PUBLIC, "SECRET"),
        ({"RECEIVE": "webhook", "WEBHOOK_SECRET": "пароль"}, PUBLIC, "SECRET"),
        ({"RECEIVE": "webhook", "WEBHOOK_SECRET": "a" * 257}, PUBLIC, "SECRET"),
        ({"RECEIVE": "webhook", "WEBHOOK_SECRET": SECRET}, "http://mfc.example", "https"),
        ({"RECEIVE": "webhook", "WEBHOOK_SECRET": SECRET}, "https://mfc.example:8080", "8443"),
        ({"RECEIVE": "webhook", "WEBHOOK_SECRET": SECRET}, "https://mfc.example:port", "https"),
        ({"RECEIVE": "webhook", "WEBHOOK_SECRET": SECRET}, "", "https"),
    ],
)
def test_impossible_settings_are_told_in_words(make: Make, settings: dict[str, str], public: str, word: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        make(public, **settings)
    assert word in caught.value.words
    assert "very_secret" not in "".join(traceback.format_exception(caught.value)) + caught.value.words


def test_personal_data_is_off_until_allowed(telegram: Channel, make: Make) -> None:
    assert not telegram.features.personal_data
    assert make(PERSONAL_DATA="true").features.personal_data


def test_secrets_are_not_shown(make: Make) -> None:
    channel = make(RECEIVE="webhook", WEBHOOK_SECRET=SECRET, PROXY="socks5://user:very_secret@127.0.0.1:1")
    assert "very_secret" not in repr(channel) + repr(vars(channel)["_settings"])
