"""The MAX channel against a fake MAX server, over real HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from maxapi.types.updates import UpdateUnionAdapter

from benchmarks.fakes.base import Fault
from benchmarks.fakes.max import FakeMax
from bot.messages import Button
from channels.base import HookCall, OutFile, Part, RemoteFile, Said
from channels.download import Hosts
from channels.errors import Blocked, Misconfigured, Rejected, Retry
from channels.max import build
from channels.max.channel import MaxChannel
from channels.max.client import HOSTS
from channels.max.parse import key_of, parse

TOKEN = "f9LHodD0cOJ-secret-token"
SECRET = "hook-secret_1"
PAYLOADS = Path(__file__).parent / "payloads" / "max"
ANNA, BORIS = "501", "502"
VOICE_OF_NOBODY = {"timestamp": 1784114462472, "user_locale": "ru", "update_type": "message_created"}


@pytest.fixture
async def server() -> AsyncIterator[FakeMax]:
    fake = FakeMax(TOKEN)
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def channel(server: FakeMax) -> AsyncIterator[MaxChannel]:
    made = MaxChannel(TOKEN, server.url, "", "")
    yield made
    await made.close()


@pytest.fixture
async def hooked(server: FakeMax) -> AsyncIterator[MaxChannel]:
    made = MaxChannel(TOKEN, server.url, "http://127.0.0.1:9/hooks/max", SECRET)
    yield made
    await made.close()


def meet(server: FakeMax, *peers: str) -> None:
    server.known.update(peers)


@dataclass(frozen=True)
class Served:
    """A server of a test's own: its address, and how to stop it."""

    name: str
    cleanup: Callable[[], Awaitable[None]]


@contextlib.asynccontextmanager
async def at(app: web.Application) -> AsyncIterator[tuple[str, MaxChannel]]:
    """A server of a test's own in MAX's place: its address, and a polling channel that takes it for MAX."""
    served = await serve(app)
    channel = MaxChannel(TOKEN, served.name, "", "")
    try:
        yield served.name, channel
    finally:
        await channel.close()
        await served.cleanup()


async def serve(app: web.Application) -> Served:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    return Served(f"http://{host}:{port}", runner.cleanup)


# --- settings ---


def settings(tmp_path: Path, **values: str) -> Path:
    file = tmp_path / "max.env"
    file.write_text("".join(f"OTKLIK_MAX_{name}={value}\n" for name, value in values.items()))
    return file


def test_without_a_token_there_is_no_channel(tmp_path: Path) -> None:
    assert build(None, "https://otklik.example") is None
    assert build(settings(tmp_path, TOKEN="", RECEIVE="webhook"), "") is None


def test_polling_needs_nothing_but_a_token(tmp_path: Path) -> None:
    channel = build(settings(tmp_path, TOKEN=TOKEN, API_URL=""), "")
    assert channel is not None and channel.polls and channel.name == "max" and channel.features.personal_data


@pytest.mark.parametrize(
    ("values", "public_url", "word"),
    [
        ({"RECEIVE": "pull"}, "", "RECEIVE"),
        ({"TOKEN": "токен"}, "", "TOKEN"),
        ({"API_URL": "http://platform-api2.max.ru"}, "", "API_URL"),
        ({"API_URL": "http://127.0.0.1.evil.example"}, "", "API_URL"),
        ({"RECEIVE": "webhook", "WEBHOOK_SECRET": SECRET}, "http://otklik.example", "https://"),
        ({"RECEIVE": "webhook"}, "https://otklik.example", "WEBHOOK_SECRET"),
        ({"RECEIVE": "webhook", "WEBHOOK_SECRET": "abcd"}, "https://otklik.example", "WEBHOOK_SECRET"),
        ({"RECEIVE": "webhook", "WEBHOOK_SECRET": "секрет-секрет"}, "https://otklik.example", "WEBHOOK_SECRET"),
    ],
)
def test_settings_that_cannot_work_are_named(
    tmp_path: Path, values: dict[str, str], public_url: str, word: str
) -> None:
    with pytest.raises(Misconfigured) as caught:
        build(settings(tmp_path, **({"TOKEN": TOKEN} | values)), public_url)
    assert word in caught.value.words
    assert TOKEN not in caught.value.words and "секрет-секрет" not in caught.value.words


def test_a_webhook_over_loopback_may_be_http(tmp_path: Path) -> None:
    file = settings(tmp_path, TOKEN=TOKEN, RECEIVE="webhook", WEBHOOK_SECRET=SECRET)
    channel = build(file, "http://127.0.0.1:8000/")
    assert channel is not None and not channel.polls


# --- opening ---


async def test_polling_removes_every_webhook(server: FakeMax, channel: MaxChannel) -> None:
    server.subscriptions = {"https://old.example/a": {"time": 1}, "https://old.example/b": {"time": 2}}
    await channel.open()
    assert server.subscriptions == {}


async def test_the_webhook_is_the_only_subscription(server: FakeMax, hooked: MaxChannel) -> None:
    server.subscriptions = {"https://old.example/a": {"time": 1}}
    await hooked.open()
    await hooked.open()
    (url,) = server.subscriptions
    assert url == "http://127.0.0.1:9/hooks/max"
    assert (
        server.subscriptions[url]["secret"] == SECRET and "message_created" in server.subscriptions[url]["update_types"]
    )


async def test_a_webhook_that_max_dislikes_is_a_matter_of_settings(server: FakeMax) -> None:
    channel = MaxChannel(TOKEN, server.url, "http://otklik.example/hooks/max", SECRET)
    with pytest.raises(Misconfigured, match="webhook"):
        await channel.open()
    await channel.close()


async def test_a_wrong_token_is_said_without_telling_it(server: FakeMax) -> None:
    channel = MaxChannel("wrong-token", server.url, "", "")
    for call in (channel.open(), channel.receive(None), channel.send(ANNA, Part("Да"), 1)):
        with pytest.raises(Misconfigured) as caught:
            await call
        told = f"{caught.value!r} {caught.value.words} {caught.value.__cause__} {caught.value.__context__}"
        assert "wrong-token" not in told and "TOKEN" in caught.value.words
    assert "wrong-token" not in repr(channel)
    await channel.close()


# --- receiving ---


async def test_nothing_is_acknowledged_before_its_cursor_comes_back(server: FakeMax, channel: MaxChannel) -> None:
    server.say(ANNA, "раз")
    server.say(ANNA, "два")
    first = await channel.receive(None)
    again = await channel.receive(None)
    assert [e["message"]["body"]["text"] for e in first.events] == ["раз", "два"]
    assert first == again and server.committed == 0
    server.say(ANNA, "три")
    news = await channel.receive(first.cursor)
    assert [e["message"]["body"]["text"] for e in news.events] == ["три"]
    assert str(server.committed) == first.cursor != news.cursor


async def test_waiting_ends_with_the_first_message(server: FakeMax, channel: MaxChannel) -> None:
    looking = asyncio.create_task(channel.receive(None))
    done, _ = await asyncio.wait([looking], timeout=0.1)
    assert not done
    server.say(ANNA, "наконец")
    assert len((await looking).events) == 1


async def test_one_broken_event_does_not_hold_up_the_others(server: FakeMax, channel: MaxChannel) -> None:
    server.say(ANNA, "до")
    server.push({"update_type": "message_created", "timestamp": "вчера", "message": {"sender": 5}})
    server.push("мусор")  # type: ignore[arg-type]
    server.push(None)  # type: ignore[arg-type]
    server.say(ANNA, "после")
    received = await channel.receive(None)
    read: list[Any] = []
    for event in received.events:
        assert 1 <= len(channel.key(event)) <= 120
        try:
            read += channel.parse(event)
        except Exception:
            read.append(None)
    assert [said and said.text for said in read] == ["до", None, None, None, "после"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("429", "receive", after=3), Retry),
        (Fault("500", "receive"), Retry),
        # aiohttp itself asks once more where asking changes nothing.
        (Fault("timeout", "receive", times=2, after=0.1), Retry),
        (Fault("cut", "receive", times=2), Retry),
    ],
)
async def test_a_failed_look_is_tried_again_from_the_same_place(
    server: FakeMax, channel: MaxChannel, fault: Fault, error: type[Retry]
) -> None:
    server.say(ANNA, "не пропасть")
    server.faults.append(fault)
    with pytest.raises(error) as caught:
        await channel.receive(None)
    assert caught.value.after == (3 if fault.kind == "429" else None)
    assert len((await channel.receive(None)).events) == 1


async def test_a_webhook_in_the_way_asks_for_a_new_opening() -> None:
    async def not_allowed(request: web.Request) -> web.Response:
        return web.json_response({"code": "not.allowed", "message": "Webhook is set"}, status=405)

    app = web.Application()
    app.router.add_get("/updates", not_allowed)
    async with at(app) as (_, channel):
        with pytest.raises(Misconfigured):
            await channel.receive(None)


# --- webhook ---


def called(secret: str | None, body: bytes) -> HookCall:
    return HookCall({"x-max-bot-api-secret": secret} if secret is not None else {}, body)


def test_only_max_itself_may_call(hooked: MaxChannel) -> None:
    event = {"update_type": "message_created"}
    body = json.dumps(event).encode()
    assert hooked.webhook(called(SECRET, body)).events == (event,)
    for wrong in (None, "", "x" * 300, "секрет", "\udcff", SECRET + "\n"):
        reply = hooked.webhook(called(wrong, body))
        assert reply.status == 403 and reply.events == ()


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[]", b"5", b'"text"', b"{", b"[" * 200_000])
def test_garbage_is_refused_and_never_raises(hooked: MaxChannel, body: bytes) -> None:
    reply = hooked.webhook(called(SECRET, body))
    assert reply.status == 400 and reply.events == ()


def test_a_polling_channel_takes_no_calls(channel: MaxChannel) -> None:
    assert channel.webhook(called("", b"{}")).status == 403


async def test_max_repeats_a_call_that_was_not_answered(server: FakeMax) -> None:
    replies: list[int] = []
    channel: MaxChannel

    async def hook(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        reply = channel.webhook(HookCall(headers, await request.read()))
        status = 503 if not replies else reply.status
        replies.append(status)
        if status == 200:
            arrived.set_result(reply.events[0])
        return web.Response(status=status)

    arrived: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    app = web.Application()
    app.router.add_post("/hooks/max", hook)
    ours = await serve(app)
    channel = MaxChannel(TOKEN, server.url, f"{ours.name}/hooks/max", SECRET)
    await channel.open()
    server.say(ANNA, "слышно?")
    (said,) = channel.parse(await asyncio.wait_for(arrived, 30))
    assert isinstance(said, Said) and said.text == "слышно?" and replies == [503, 200]
    await channel.close()
    await ours.cleanup()


# --- meaning ---


def rows() -> list[tuple[str, dict[str, Any], Any]]:
    found = []
    for file in sorted(PAYLOADS.glob("*.json")):
        row = json.loads(file.read_text())
        found += [(file.stem, *pair) for pair in zip(row["events"], row["means"], strict=True)]
    return found


def test_every_payload_means_what_its_file_says() -> None:
    for name, event, means in rows():
        if means == "error":
            with pytest.raises((ValueError, TypeError, LookupError, AttributeError)):
                parse(event)
            continue
        happenings = parse(event)
        assert [type(h).__name__ for h in happenings] == [m["type"] for m in means], name
        for happening, meant in zip(happenings, means, strict=True):
            shown = json.loads(json.dumps(vars(happening), default=str))
            assert {n: shown[n] for n in meant if n != "type"} == {n: v for n, v in meant.items() if n != "type"}, name


def test_the_payloads_have_the_shape_that_maxapi_knows() -> None:
    for name, event, means in rows():
        if means != "error" and name != "group_chat":
            UpdateUnionAdapter.validate_python(event)


def test_keys_tell_events_apart_and_repeats_not() -> None:
    seen: dict[str, str] = {}
    for name, event, _ in rows():
        shown = json.dumps(event, sort_keys=True)
        assert seen.setdefault(key_of(event), shown) == shown, name
        assert key_of(json.loads(shown)) == key_of(event) and len(key_of(event)) <= 120
    assert key_of({}) and key_of({"message": 5, "callback": [], "user": "x", "update_type": {"a": "\ud800"}})


def test_a_second_press_of_the_same_keyboard_counts() -> None:
    event = json.loads((PAYLOADS / "button.json").read_text())["events"][0]
    later = {**event, "callback": {**event["callback"], "timestamp": event["callback"]["timestamp"] + 1}}
    assert key_of(event) != key_of(later) and parse(event)[0] != parse(later)[0]


def test_a_press_without_its_message_and_with_a_hostile_payload() -> None:
    event = json.loads((PAYLOADS / "button.json").read_text())["events"][0]
    event |= {"message": None, "callback": {**event["callback"], "payload": "я" * 5000}}
    (said,) = parse(event)
    assert isinstance(said, Said) and said.payload == "я" * 200 and len(said.id) <= 100


def test_a_voice_message_that_max_does_not_hand_over() -> None:
    (ignored,) = parse(VOICE_OF_NOBODY)
    assert ignored == parse(VOICE_OF_NOBODY)[0] and vars(ignored)["reason"] == "empty"
    assert key_of(VOICE_OF_NOBODY) != key_of({**VOICE_OF_NOBODY, "timestamp": 1784114462473})


def test_a_forwarded_card_is_nobodys_own_number() -> None:
    event = json.loads((PAYLOADS / "contact_own.json").read_text())["events"][0]
    body = event["message"].pop("body")
    event["message"]["link"] = {"type": "forward", "message": body}
    (said,) = parse(event)
    assert isinstance(said, Said) and said.forwarded and said.contact is None and said.id == key_of(event)


def test_files_keep_name_size_and_address() -> None:
    (said,) = parse(json.loads((PAYLOADS / "document.json").read_text())["events"][0])
    assert isinstance(said, Said)
    (file,) = said.files
    assert file.name == "Справка о составе семьи.pdf" and file.size == 104661 and not file.voice
    assert file.id.startswith("https://fd.oneme.ru/getfile?")


# --- sending ---


async def test_a_text_with_buttons_and_a_press(server: FakeMax, channel: MaxChannel) -> None:
    meet(server, ANNA)
    yes, site = Button("Да", "m17.0"), Button("Сайт", "", "https://mfc.example")
    sent_id = await channel.send(ANNA, Part("Вы **согласны**?", ((yes, Button("Нет", "m17.1")), (site,) * 4)), 7)
    (sent,) = server.to(ANNA)
    assert sent.id == sent_id and sent.text == "Вы **согласны**?"
    assert sent.buttons[0] == ({"title": "Да", "payload": "m17.0"}, {"title": "Нет", "payload": "m17.1"})
    assert [len(row) for row in sent.buttons] == [2, 3, 1]
    server.press(sent, 0, 1)
    (event,) = (await channel.receive(None)).events
    (said,) = channel.parse(event)
    assert isinstance(said, Said) and (said.peer, said.payload) == (ANNA, "m17.1")
    await channel.answered(said.callback or "")
    assert server.answered == [said.callback]


async def test_the_longest_text_and_the_widest_keyboard_pass(server: FakeMax, channel: MaxChannel) -> None:
    meet(server, ANNA)
    limits = channel.limits
    rows = ((Button("я" * limits.label, "m1.0"),) * limits.per_row,) * limits.rows
    await channel.send(ANNA, Part("ы" * limits.text, rows), 1)
    with pytest.raises(Rejected, match=r"proto\.payload"):
        await channel.send(ANNA, Part("😀" * 2001), 2)
    for wrong in ((), ((Button("", "m1.0"),),), ((Button("я" * 129, "m1.0"),),), ((Button("Да", "п" * 1025),),)):
        with pytest.raises(Rejected):
            await channel.send(ANNA, Part("" if wrong == () else "Выберите", wrong), 3)
    with pytest.raises(Rejected):
        await channel.send(ANNA, Part("Выберите", ((Button("Да", "m1.0"),),) * 31), 4)
    assert len(server.sent) == 1


async def test_a_file_keeps_its_name_and_a_photo_stays_a_photo(
    server: FakeMax, channel: MaxChannel, tmp_path: Path
) -> None:
    meet(server, ANNA)
    stored = tmp_path / "5f3e0d"
    stored.write_bytes(b"%PDF-1.7 ...")
    await channel.send(ANNA, Part("Ваш талон", file=OutFile(stored, "Талон № 5.pdf", "application/pdf")), 1)
    await channel.send(ANNA, Part(file=OutFile(stored, "Схема.png", "image/png")), 2)
    assert [sent.file for sent in server.sent] == [
        ("Талон № 5.pdf", b"%PDF-1.7 ..."),
        ("Схема.png", b"%PDF-1.7 ..."),
    ]
    assert server.sent[0].text == "Ваш талон"
    with pytest.raises(Rejected, match="file_missing"):
        await channel.send(ANNA, Part(file=OutFile(tmp_path / "gone", "a.pdf", "application/pdf")), 3)


async def test_a_file_still_being_digested_is_not_uploaded_again(
    server: FakeMax, channel: MaxChannel, tmp_path: Path
) -> None:
    meet(server, ANNA)
    server.unready = 2
    stored = tmp_path / "5f3e0d"
    stored.write_bytes(b"%PDF-1.7 ...")
    part = Part(file=OutFile(stored, "Талон.pdf", "application/pdf"))
    for _ in range(2):
        with pytest.raises(Retry) as caught:
            await channel.send(ANNA, part, 1)
        assert caught.value.after == 1 and caught.value.peer_only
    await channel.send(ANNA, part, 1)
    assert len(server.sent) == 1 and len(server._uploaded) == 1


@pytest.mark.parametrize("kind", ["500", "timeout", "cut"])
async def test_an_upload_that_fails_is_tried_again(
    server: FakeMax, channel: MaxChannel, tmp_path: Path, kind: str
) -> None:
    meet(server, ANNA)
    stored = tmp_path / "5f3e0d"
    stored.write_bytes(b"%PDF-1.7 ...")
    server.faults += [Fault(kind, "upload", after=0.1), Fault(kind, "fetch", after=0.1)]
    part = Part(file=OutFile(stored, "Талон.pdf", "application/pdf"))
    for _ in range(2):  # first the address for it is not given, then the file server fails
        with pytest.raises(Retry):
            await channel.send(ANNA, part, 1)
    await channel.send(ANNA, part, 1)
    assert len(server.sent) == 1


async def test_a_citizen_who_left_is_not_tried_again(server: FakeMax, channel: MaxChannel) -> None:
    meet(server, ANNA)
    server.blocked.add(ANNA)
    for peer in (ANNA, BORIS):
        with pytest.raises(Blocked):
            await channel.send(peer, Part("Здравствуйте"), 1)
    with pytest.raises(Rejected):
        await channel.send("не число", Part("Здравствуйте"), 1)
    assert server.sent == []


@pytest.mark.parametrize(
    ("fault", "after"),
    [
        (Fault("429", after=2), 2.0),
        (Fault("429", after=0.5), 0.5),
        (Fault("500"), None),
        (Fault("timeout", after=0.1), None),
        (Fault("cut"), None),
    ],
)
async def test_what_may_pass_is_worth_another_try(
    server: FakeMax, channel: MaxChannel, fault: Fault, after: float | None
) -> None:
    meet(server, ANNA)
    server.faults.append(fault)
    with pytest.raises(Retry) as caught:
        await channel.send(ANNA, Part("Здравствуйте"), 1)
    assert caught.value.after == after and TOKEN not in f"{caught.value!r}{caught.value.words}"
    assert len(server.sent) == (fault.kind == "cut")
    await channel.send(ANNA, Part("Здравствуйте"), 1)
    # MAX has no idempotency key: what was cut off is said twice.
    assert len(server.sent) == 1 + (fault.kind == "cut")


async def test_a_server_that_is_away_is_worth_another_try(server: FakeMax, channel: MaxChannel) -> None:
    meet(server, ANNA)
    await server.stop()
    with pytest.raises(Retry):
        await channel.send(ANNA, Part("Здравствуйте"), 1)


async def test_a_page_of_a_proxy_is_no_answer_of_max() -> None:
    async def page(request: web.Request) -> web.Response:
        status = 302 if request.path == "/me" else 200
        return web.Response(text="<html>", status=status, headers={"Location": "https://elsewhere.example/"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", page)
    async with at(app) as (_, channel):
        for call in (channel.open(), channel.receive(None), channel.send(ANNA, Part("Да"), 1)):
            with pytest.raises(Retry):
                await call


async def test_a_proxy_that_knows_no_max_blocks_nobody() -> None:
    async with at(web.Application()) as (_, channel):  # 404 for everything
        for call in (channel.open(), channel.receive(None), channel.send(ANNA, Part("Да"), 1)):
            with pytest.raises(Misconfigured, match="http_404"):
                await call


async def test_typing_is_shown_once_the_dialog_is_known(server: FakeMax, channel: MaxChannel) -> None:
    meet(server, ANNA)
    await channel.typing(ANNA)
    assert server.typed == []
    await channel.send(ANNA, Part("Здравствуйте"), 1)
    await channel.typing(ANNA)
    assert server.typed == [ANNA]


async def test_a_stale_press_is_answered_in_vain_and_quietly(server: FakeMax, channel: MaxChannel) -> None:
    server.stale.add("old")
    server.faults.append(Fault("500", "answered"))
    for callback in ("fails", "old", "", "fresh"):
        await channel.answered(callback)
    assert server.answered == ["fresh"]


# --- files ---


async def fetched(channel: MaxChannel, file: str) -> bytes:
    return b"".join([chunk async for chunk in channel.fetch(RemoteFile(file))])


async def test_a_file_is_fetched_without_our_token(server: FakeMax, channel: MaxChannel) -> None:
    server.files["file-1"] = b"\xff\xd8\xff" * 100_000
    server.push(json.loads((PAYLOADS / "photo_caption.json").read_text())["events"][0])
    (said,) = channel.parse((await channel.receive(None)).events[0])
    assert isinstance(said, Said) and said.files[0].id.startswith(server.url)
    assert await fetched(channel, said.files[0].id) == server.files["file-1"]
    assert server.leaks == 0


async def test_fetching_stops_when_it_is_too_much(server: FakeMax, channel: MaxChannel) -> None:
    server.files["file-1"] = b"x" * 3_000_000
    channel.limits = replace(channel.limits, fetch=1_000_000)
    got: list[int] = []

    async def read() -> None:
        async for chunk in channel.fetch(RemoteFile(f"{server.url}/cdn/getfile?id=file-1")):
            got.append(len(chunk))

    with pytest.raises(Rejected, match="file_too_big"):
        await read()
    assert 0 < sum(got) <= 1_000_000


@pytest.mark.parametrize(
    "address",
    [
        "", "нет", "file:///etc/passwd", "http://fd.oneme.ru/x", "https://127.0.0.1/", "https://oneme.ru.evil.example/x",
        "https://eviloneme.ru/x", "https://evil.example/.oneme.ru/", "https://user@fd.oneme.ru/x",
        "https://evil.example#.oneme.ru/", "https://fd.oneme.ru:8443/x", "http://127.0.0.1:1/x", "http://localhost/x",
        "https://evil.example\\.oneme.ru/x", "https://[::1]/x",
    ],
)  # fmt: skip
async def test_only_max_is_asked_for_files(channel: MaxChannel, address: str) -> None:
    with pytest.raises(Rejected, match="foreign_host"):
        await fetched(channel, address)


def test_the_hosts_of_max_are_known() -> None:
    for good in (
        "https://fd.oneme.ru/getfile?id=1",
        "https://i.oneme.ru/i?r=1",
        "https://vu.okcdn.ru/a",
        "https://a.b.max.ru/",
    ):
        assert str(Hosts(HOSTS, "https://platform-api2.max.ru").check(good)) == good


async def test_a_redirect_leads_nowhere_else(server: FakeMax) -> None:
    async def away(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": request.query["to"]})

    app = web.Application()
    app.router.add_get("/cdn", away)
    async with at(app) as (url, channel):
        with pytest.raises(Rejected, match="foreign_host"):
            await fetched(channel, f"{url}/cdn?to={server.url}/me")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("429", "fetch"), Retry),
        (Fault("500", "fetch"), Retry),
        (Fault("timeout", "fetch", times=2, after=0.1), Retry),
    ],
)
async def test_a_file_that_does_not_come_now(
    server: FakeMax, channel: MaxChannel, fault: Fault, error: type[Exception]
) -> None:
    server.faults.append(fault)
    with pytest.raises(error):
        await fetched(channel, f"{server.url}/cdn/getfile?id=file-1")
    with pytest.raises(Rejected):
        await fetched(channel, f"{server.url}/cdn/getfile?id=file-1")


# --- the doctor ---


async def test_the_doctor_says_what_is_right_and_wrong(
    server: FakeMax, channel: MaxChannel, hooked: MaxChannel
) -> None:
    good, advice = await channel.check()
    assert good.well and "Отклик" in good.text and advice.well is None
    assert [f.well for f in await hooked.check()] == [True, False]
    await hooked.open()
    assert [f.well for f in await hooked.check()] == [True, True]
    assert [f.well for f in await channel.check()] == [True, False, None]
    wrong = MaxChannel("wrong-token", server.url, "", "")
    (found,) = await wrong.check()
    assert found.well is False and "OTKLIK_MAX_TOKEN" in found.text and "wrong-token" not in found.text
    await wrong.close()
    await server.stop()
    (away,) = await channel.check()
    assert away.well is False and "не отвечает" in away.text
