"""The VK channel against a fake VK over real HTTP: news, webhook calls, sends and refusals, files, the doctor's words."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from benchmarks.fakes.base import Fault
from benchmarks.fakes.vk import FakeVk
from bot.messages import Button
from channels.base import Channel, Edited, HookCall, Ignored, OutFile, Part, RemoteFile, Said
from channels.errors import Blocked, ChannelError, Misconfigured, Rejected, Retry
from channels.vk import build

TOKEN = "vk1.a.very-secret-token"
SECRET = "Sdvig2026"
ANNA = "731200145"
PUBLIC = "https://mfc.example"

Make = Callable[..., Channel]


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeVk]:
    server = FakeVk(TOKEN)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture
async def make(fake: FakeVk, tmp_path: Path) -> AsyncIterator[Make]:
    """Builds channels from settings in a file, and closes them."""
    made: list[Channel] = []

    def channel(public_url: str = PUBLIC, **settings: str) -> Channel:
        given = {"TOKEN": TOKEN, "GROUP_ID": "240000001", "API_URL": fake.url, "WAIT": "1"} | settings
        env = tmp_path / "vk.env"
        env.write_text("".join(f"OTKLIK_VK_{name}={value}\n" for name, value in given.items()), encoding="utf-8")
        found = build(env, public_url)
        assert found is not None
        made.append(found)
        return found

    yield channel
    for each in made:
        await each.close()


@pytest.fixture
def vk(make: Make) -> Channel:
    return make()


@pytest.fixture
def hook(make: Make) -> Channel:
    return make(RECEIVE="webhook", CONFIRMATION="c0ff1e42", SECRET=SECRET)


def call(body: Any) -> HookCall:
    return HookCall(
        {"content-type": "application/json"}, body if isinstance(body, bytes) else json.dumps(body).encode()
    )


async def refusal(vk: Channel, part: Part, key: int = 1) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await vk.send(ANNA, part, key)
    assert TOKEN not in repr(caught.value) + str(caught.value.__cause__) + caught.value.words
    return caught.value


# News by long poll


async def test_news_come_after_the_cursor_and_are_acknowledged_by_the_next_look_only(vk: Channel, fake: FakeVk) -> None:
    await vk.open()
    start = await vk.receive(None)
    fake.say(ANNA, "Здравствуйте")
    fake.say(ANNA, "Как заменить паспорт?")
    first = await vk.receive(start.cursor)
    # We died before storing them: the same cursor brings the same events again.
    again = await vk.receive(start.cursor)
    assert [e["event_id"] for e in first.events] == [e["event_id"] for e in again.events]
    assert len(first.events) == 2
    assert (await vk.receive(first.cursor)).events == []
    assert fake.polls[-1] == first.cursor


async def test_waiting_ends_as_soon_as_a_citizen_writes(make: Make, fake: FakeVk) -> None:
    vk = make(WAIT="60")
    looking = asyncio.ensure_future(vk.receive(None))
    await fake.polled.wait()
    fake.say(ANNA, "Вы тут?")
    async with asyncio.timeout(5):
        assert len((await looking).events) == 1


async def test_stopping_does_not_wait_for_the_long_poll(make: Make, fake: FakeVk) -> None:
    vk = make(WAIT="60")
    looking = asyncio.ensure_future(vk.receive(None))
    await fake.polled.wait()
    async with asyncio.timeout(5):
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking


async def test_a_malformed_event_does_not_hold_up_its_batch(vk: Channel, fake: FakeVk) -> None:
    start = await vk.receive(None)
    fake.say(ANNA, "раз")
    fake.push({"type": "message_new", "group_id": fake.group_id, "object": {"message": {"peer_id": "?"}}})
    fake.events.append("не словарь")  # type: ignore[arg-type]
    fake.say(ANNA, "два")
    news = await vk.receive(start.cursor)
    assert len(news.events) == 4
    assert len({vk.key(e) for e in news.events}) == 4
    good, bad = [], 0
    for event in news.events:
        try:
            good += vk.parse(event)
        except Exception:
            bad += 1
    assert [said.text for said in good if isinstance(said, Said)] == ["раз", "два"]
    assert bad == 2


async def test_an_aged_key_loses_nothing(vk: Channel, fake: FakeVk) -> None:
    start = await vk.receive(None)
    fake.expire_key()
    fake.say(ANNA, "ещё здесь")
    assert len((await vk.receive(start.cursor)).events) == 1


async def test_when_older_events_are_gone_it_goes_on_from_what_is_left(vk: Channel, fake: FakeVk) -> None:
    start = await vk.receive(None)
    for text in ("пропало", "осталось"):
        fake.say(ANNA, text)
    fake.forget(1)
    gone = await vk.receive(start.cursor)
    assert gone.events == [] and gone.cursor != start.cursor
    assert [e["object"]["message"]["text"] for e in (await vk.receive(gone.cursor)).events] == ["осталось"]


async def test_a_lost_history_starts_anew_and_endless_refusal_is_a_retry(vk: Channel, fake: FakeVk) -> None:
    fake.failed.append(3)
    assert (await vk.receive("17")).cursor == "1000"
    fake.failed.extend([2, 2])
    with pytest.raises(Retry):
        await vk.receive("1000")


@pytest.mark.parametrize("kind", ["500", "cut", "429"])
async def test_a_failing_long_poll_is_a_retry_and_loses_nothing(vk: Channel, fake: FakeVk, kind: str) -> None:
    start = await vk.receive(None)
    fake.say(ANNA, "слышно?")
    # Twice: aiohttp itself repeats a GET once when a kept connection turns out dead.
    fake.faults.append(Fault(kind, "receive", times=2))
    with pytest.raises(Retry):
        await vk.receive(start.cursor)
    fake.faults.clear()
    assert len((await vk.receive(start.cursor)).events) == 1


async def test_long_poll_switched_off_is_told_in_words(vk: Channel, fake: FakeVk) -> None:
    fake.long_poll = False
    with pytest.raises(Misconfigured) as caught:
        await vk.open()
    assert "Long Poll API" in caught.value.words


# The Callback API


async def test_the_callback_api_is_confirmed_and_stored_events_are_taken(hook: Channel, fake: FakeVk) -> None:
    stored: list[dict[str, Any]] = []
    taken, down = asyncio.Event(), 1

    async def answer(request: web.Request) -> web.Response:
        nonlocal down
        reply = hook.webhook(HookCall({k.lower(): v for k, v in request.headers.items()}, await request.read()))
        if reply.events and down:
            down -= 1
            return web.Response(status=503)
        if reply.events:
            stored.extend(reply.events)
            taken.set()
        return web.Response(status=reply.status, text=reply.body)

    app = web.Application()
    app.router.add_post("/hooks/vk", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.webhook, fake.secret = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/vk", SECRET
    try:
        await hook.open()
        assert await fake.confirm() == "c0ff1e42" and fake.callback_status == "ok"
        fake.say(ANNA, "Здравствуйте")
        async with asyncio.timeout(5):
            await taken.wait()
    finally:
        await runner.cleanup()
    assert [status for status, _ in fake.posts] == [200, 503, 200]
    assert "secret" not in stored[0]
    assert isinstance(hook.parse(stored[0])[0], Said)


async def test_a_wrong_secret_is_refused(hook: Channel) -> None:
    event = {"type": "message_new", "group_id": 240000001, "event_id": "e", "object": {}}
    for secret in ("wrong", "", "Сдвиг", "\ud800", 7, None, [SECRET], SECRET + "x"):
        reply = hook.webhook(call(event | {"secret": secret}))
        assert (reply.status, reply.events) == (403, ())


async def test_strangers_and_garbage_are_refused(hook: Channel, vk: Channel) -> None:
    event = {"type": "message_new", "group_id": 240000001, "event_id": "e", "object": {}}
    assert hook.webhook(call(event)).status == 403
    assert hook.webhook(call(event | {"secret": SECRET})).body == "ok"
    assert hook.webhook(call(event | {"secret": SECRET, "group_id": 5})).status == 403
    assert hook.webhook(call({"type": "confirmation", "group_id": 5})).body == ""
    for body in (b"", b"{", b"[]", b"7", b'"x"', b"\xff\xfe", b"[" * 100_000, b"null"):
        assert hook.webhook(call(body)).status == 400
    # A channel that polls takes no calls, whatever they know.
    assert vk.webhook(call(event | {"secret": ""})).status == 403


# Sending


async def test_a_message_with_buttons_is_sent_and_a_press_comes_back(vk: Channel, fake: FakeVk) -> None:
    fake.say(ANNA, "Запишите меня")
    start = await vk.receive(None)
    rows = ((Button("Да", "m17.0"), Button("Нет", "m17.1")), (Button("Госуслуги", "", "https://www.gosuslugi.ru"),))
    await vk.send(ANNA, Part("Завтра в 10?\n<b>не жирно</b> & «так»", rows), 2**62 + 17)
    sent = fake.to(ANNA)[0]
    assert sent.text == "Завтра в 10?\n<b>не жирно</b> & «так»"
    assert sent.buttons[0][1] == {"title": "Нет", "payload": "m17.1"}
    assert sent.buttons[1][0] == {"title": "Госуслуги", "url": "https://www.gosuslugi.ru"}
    fake.press(sent, 0, 1)
    said = vk.parse((await vk.receive(start.cursor)).events[-1])[0]
    assert isinstance(said, Said) and (said.kind, said.text, said.payload) == ("choice", "Нет", "m17.1")


@pytest.mark.parametrize("media_type", ["image/jpeg", "application/pdf"])
async def test_a_file_travels_with_its_words(vk: Channel, fake: FakeVk, tmp_path: Path, media_type: str) -> None:
    fake.peers.add(ANNA)
    path = tmp_path / "5f3a"
    path.write_bytes(b"\xff\xd8\xff" + b"x" * 70_000)
    name = "Памятка о приёме.jpg" if media_type == "image/jpeg" else "Памятка о приёме.pdf"
    await vk.send(ANNA, Part("Вот памятка", file=OutFile(path, name, media_type)), 3)
    sent = fake.to(ANNA)[0]
    assert sent.text == "Вот памятка" and sent.file is not None and sent.file[1] == path.read_bytes()
    assert media_type == "image/jpeg" or sent.file[0] == name


async def test_a_vanished_or_disliked_file_is_rejected(vk: Channel, fake: FakeVk, tmp_path: Path) -> None:
    fake.peers.add(ANNA)
    (tmp_path / "page").write_bytes(b"<html>")
    for name, media in (("gone", "application/pdf"), ("page", "image/jpeg")):
        found = await refusal(vk, Part("Вот", file=OutFile(tmp_path / name, "a.pdf", media)))
        assert isinstance(found, Rejected)


async def test_the_same_key_is_sent_once_and_gives_the_same_id(vk: Channel, fake: FakeVk) -> None:
    fake.peers.add(ANNA)
    fake.faults.append(Fault("cut"))
    assert isinstance(await refusal(vk, Part("Вы записаны"), 5), Retry)
    ids = {await vk.send(ANNA, Part("Вы записаны"), 5) for _ in range(3)}
    assert len(fake.sent) == 1 and ids == {fake.sent[0].id}
    await vk.send(ANNA, Part("Ждём вас"), 6)
    assert len(fake.sent) == 2


async def test_keys_stay_apart_and_fit() -> None:
    from channels.vk.channel import random_id

    keys = [*range(1, 1000), 2**31 - 1, 2**31, 2**32 - 3, 2**63 - 99]
    found = [random_id(key) for key in keys]
    assert len(set(found)) == len(keys) and 0 not in found and all(-(2**31) <= value < 2**31 for value in found)
    assert random_id(2**32 - 1) != 0 and random_id(2**32 - 2) != 0


WIDE = (tuple(Button(str(i), "m1.0") for i in range(6)),)
MANY = tuple((Button(str(i), "m1.0"), Button(f"{i}!", "m1.1")) for i in range(6))


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (Part("д" * 4097), "vk_914"),
        (Part(""), "vk_100"),
        (Part("а", WIDE), "vk_911"),
        (Part("а", MANY), "vk_911"),
        (Part("а", ((Button("д" * 41, "m1.0"),),)), "vk_911"),
        (Part("а", ((Button("", "m1.0"),),)), "vk_911"),
        (Part("а", ((Button("д", "x" * 255),),)), "vk_911"),
        (Part("а", ((Button("д", "", "javascript:alert(1)"),),)), "vk_911"),
    ],
)
async def test_what_vk_does_not_take_is_rejected(vk: Channel, fake: FakeVk, part: Part, code: str) -> None:
    fake.peers.add(ANNA)
    found = await refusal(vk, part)
    assert isinstance(found, Rejected) and found.code == code
    assert fake.sent == []


async def test_a_message_at_the_limits_is_taken(vk: Channel, fake: FakeVk) -> None:
    fake.peers.add(ANNA)
    rows = tuple(tuple(Button("д" * 40, "m" + "1" * 39) for _ in range(5)) for _ in range(2))
    await vk.send(ANNA, Part("д" * 4096, rows), 7)
    await vk.send(ANNA, Part("д", tuple((Button("а", "m1.0"),) for _ in range(6))), 8)
    assert len(fake.sent) == 2


@pytest.mark.parametrize(
    ("fault", "code", "peer_only"),
    [("429", "vk_6", False), ("flood", "vk_9", True), ("500", "http_500", False), ("cut", "connection", False)],
)
async def test_trouble_is_a_retry_at_once(vk: Channel, fake: FakeVk, fault: str, code: str, peer_only: bool) -> None:
    fake.peers.add(ANNA)
    fake.faults.append(Fault(fault))
    async with asyncio.timeout(10):
        found = await refusal(vk, Part("Здравствуйте"))
    assert isinstance(found, Retry) and (found.code, found.peer_only, found.after) == (code, peer_only, None)


async def test_silence_is_a_timeout(vk: Channel, fake: FakeVk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.blocking.TIMEOUT", (1, 0.2))
    fake.peers.add(ANNA)
    fake.faults.append(Fault("timeout", after=1.0))
    found = await refusal(vk, Part("Здравствуйте"))
    assert isinstance(found, Retry) and found.code == "timeout"


async def test_citizens_who_do_not_want_us_are_blocked(vk: Channel, fake: FakeVk) -> None:
    assert isinstance(await refusal(vk, Part("Здравствуйте")), Blocked)
    fake.peers.add(ANNA)
    fake.blocked.add(ANNA)
    assert isinstance(await refusal(vk, Part("Здравствуйте")), Blocked)


async def test_a_wrong_token_and_lacking_rights_are_told(make: Make, fake: FakeVk) -> None:
    fake.peers.add(ANNA)
    wrong = make(TOKEN="vk1.a.other")
    found = await refusal(wrong, Part("Здравствуйте"))
    assert isinstance(found, Misconfigured) and "ключ доступа" in found.words
    fake.rights = {"manage"}
    found = await refusal(make(), Part("Здравствуйте"))
    assert isinstance(found, Misconfigured) and "прав" in found.words


async def test_ten_sends_do_not_queue_behind_one_lock(vk: Channel, fake: FakeVk) -> None:
    fake.peers.add(ANNA)
    fake.faults.append(Fault("timeout", after=4.0))
    slow = asyncio.ensure_future(vk.send(ANNA, Part("медленно"), 1))
    await fake.met.wait()
    async with asyncio.timeout(3.8):
        await asyncio.gather(*(vk.send(ANNA, Part("быстро"), key) for key in range(2, 12)))
    with pytest.raises(Retry):
        await slow
    assert len(fake.sent) == 10


async def test_typing_is_shown_and_answered_asks_nothing(vk: Channel, fake: FakeVk) -> None:
    fake.peers.add(ANNA)
    await vk.typing(ANNA)
    assert fake.typed == [ANNA]
    await vk.answered("stale")


async def test_after_closing_calls_are_a_retry(vk: Channel) -> None:
    await vk.close()
    with pytest.raises(Retry):
        await vk.typing(ANNA)


# Files


async def test_a_file_is_fetched_in_chunks(vk: Channel, fake: FakeVk) -> None:
    fake.files["file-1"] = b"z" * 200_000
    chunks = [chunk async for chunk in vk.fetch(RemoteFile(f"{fake.url}/file/file-1"))]
    assert len(chunks) > 1 and b"".join(chunks) == fake.files["file-1"]


async def test_a_too_big_file_is_dropped_on_the_way(vk: Channel, fake: FakeVk) -> None:
    fake.files["file-1"] = b"z" * (vk.limits.fetch + 1)
    sizes: list[int] = []

    async def read() -> None:
        async for chunk in vk.fetch(RemoteFile(f"{fake.url}/file/file-1")):
            sizes.append(len(chunk))

    with pytest.raises(Rejected) as caught:
        await read()
    assert caught.value.code == "file_too_big" and sum(sizes) <= vk.limits.fetch


async def test_a_missing_file_is_rejected_and_a_broken_line_is_a_retry(vk: Channel, fake: FakeVk) -> None:
    with pytest.raises(Rejected):
        [chunk async for chunk in vk.fetch(RemoteFile(f"{fake.url}/file/file-9"))]
    fake.files["file-1"] = b"z"
    for kind in ("500", "cut"):
        # Twice: aiohttp itself repeats a GET once.
        fake.faults.append(Fault(kind, "fetch", times=2))
        with pytest.raises(Retry):
            [chunk async for chunk in vk.fetch(RemoteFile(f"{fake.url}/file/file-1"))]
        fake.faults.clear()


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://evil.example/file",
        "https://vk.com.evil.example/file",
        "https://evilvk.com/file",
        "https://vk.com:8443/file",
        "https://vk.com@evil.example/file",
        "https://evil.example\\@vk.com/file",
        "http://vk.com/file",
        "http://127.0.0.1:1/file",
        "http://[::1]/file",
        "file:///etc/passwd",
        "ftp://vk.com/file",
        "nonsense",
    ],
)
@pytest.mark.parametrize("official", [True, False])
async def test_no_foreign_host_is_asked(make: Make, address: str, official: bool) -> None:
    vk = make(API_URL="https://api.vk.ru") if official else make()
    with pytest.raises(ChannelError) as caught:
        [chunk async for chunk in vk.fetch(RemoteFile(address))]
    assert caught.value.code in ("foreign_host", "connection")


async def test_a_redirect_to_a_foreign_host_is_not_followed(vk: Channel, fake: FakeVk) -> None:
    asked = []

    async def away(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(text="secret")

    app = web.Application()
    app.router.add_get("/{any:.*}", away)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.redirects["file-1"] = f"http://127.0.0.1:{runner.addresses[0][1]}/inside"
    fake.redirects["file-2"] = f"{fake.url}/file/file-3"
    fake.files["file-3"] = b"ours"
    try:
        with pytest.raises(Rejected):
            [chunk async for chunk in vk.fetch(RemoteFile(f"{fake.url}/file/file-1"))]
        assert [chunk async for chunk in vk.fetch(RemoteFile(f"{fake.url}/file/file-2"))] == [b"ours"]
    finally:
        await runner.cleanup()
    assert asked == []


# What events mean, beyond the payload corpus


def message(**more: Any) -> dict[str, Any]:
    body = {"date": 1763805600, "from_id": 7, "peer_id": 7, "conversation_message_id": 3, "text": "да", "out": 0}
    return {"type": "message_new", "group_id": 240000001, "event_id": "e1", "object": {"message": body | more}}


@pytest.mark.parametrize(
    ("given", "payload"),
    [
        ('{"p": "m17.0"}', "m17.0"),
        ('{"p": "' + "x" * 500 + '"}', "x" * 200),
        ('{"p": 5}', '{"p": 5}'),
        ('{"button": "admin"}', '{"button": "admin"}'),
        ("[" * 5_000, "[" * 200),
        ("не JSON", "не JSON"),
        ("", None),
        (None, None),
    ],
)
async def test_payloads_are_references_or_cut_strings(vk: Channel, given: Any, payload: str | None) -> None:
    said = vk.parse(message(payload=given))[0]
    assert isinstance(said, Said) and said.payload == payload


async def test_entities_are_decoded_once_and_nothing_else(vk: Channel) -> None:
    said = vk.parse(message(text="&lt;b&gt; &amp;lt; &quot;да&quot; &copy &#39;"))[0]
    assert isinstance(said, Said) and said.text == '<b> &lt; "да" &copy \''


async def test_words_of_her_own_beside_a_forward_or_a_reply_are_hers(vk: Channel) -> None:
    stranger = {"date": 1, "from_id": 8, "peer_id": 7, "conversation_message_id": 1, "text": "Мой СНИЛС 112-233-445 95"}
    alone = vk.parse(message(text="", fwd_messages=[stranger]))[0]
    beside = vk.parse(message(text="Это что?", fwd_messages=[stranger]))[0]
    reply = vk.parse(message(text="Да", reply_message=stranger))[0]
    assert isinstance(alone, Said) and (alone.text, alone.forwarded) == (stranger["text"], True)
    assert isinstance(beside, Said) and (beside.text, beside.forwarded) == ("Это что?", False)
    assert isinstance(reply, Said) and (reply.text, reply.forwarded) == ("Да", False)


@pytest.mark.parametrize(
    ("ref", "link"),
    [("otk-tok-1", "tok-1"), ("otk-", None), ("tok-1", None), ("otk-<b>", None), (None, None), (5, None)],
)
async def test_only_our_own_ref_is_a_link(vk: Channel, ref: Any, link: str | None) -> None:
    said = vk.parse(message(ref=ref))[0]
    assert isinstance(said, Said) and said.link == link


async def test_an_edit_has_the_id_of_the_original_and_its_own_version(vk: Channel) -> None:
    original = vk.parse(message())[0]
    edit = {"type": "message_edit", "event_id": "e2", "group_id": 1, "object": message()["object"]["message"]}
    found, later = vk.parse(edit)[0], vk.parse(edit | {"event_id": "e3"})[0]
    assert isinstance(original, Said) and isinstance(found, Edited) and isinstance(later, Edited)
    assert found.id == original.id and found.version != later.version


@pytest.mark.parametrize("kind", ["message_event", "message_typing_state", "wall_post_new", "group_join", "like_add"])
async def test_known_types_that_are_not_for_us_are_ignored(vk: Channel, kind: str) -> None:
    assert vk.parse({"type": kind, "object": {}}) == [Ignored("service")]


async def test_keys_are_short_and_never_fail(vk: Channel) -> None:
    events: list[dict[str, Any]] = [
        {},
        {"event_id": 5},
        {"event_id": "x" * 500},
        {"event_id": ""},
        {"a": "\ud800"},
        {"a": {1: 2}},
    ]
    keys = [vk.key(event) for event in events]
    assert len(set(keys)) == len(events) and all(0 < len(key) <= 120 for key in keys)
    assert vk.key({"event_id": "abc", "object": 1}) == vk.key({"event_id": "abc", "object": 2}) == "abc"


# The doctor, and settings


async def words(channel: Channel, well: bool | None = False) -> str:
    return " ".join(finding.text for finding in await channel.check() if finding.well is well)


async def test_the_doctor_finds_all_well(vk: Channel) -> None:
    assert await words(vk) == ""
    assert "Мои документы" in await words(vk, True)


async def test_the_doctor_says_what_is_wrong(make: Make, fake: FakeVk) -> None:
    vk = make()
    fake.rights = {"manage", "messages"}
    assert "фотографии, документы" in await words(vk)
    fake.settings["message_deny"] = 0
    assert "запрет сообщений" in await words(vk)
    fake.long_poll = False
    assert "Long Poll API выключен" in await words(vk)
    fake.ahead = 600
    assert "часы этого компьютера расходятся" in await words(vk)
    fake.faults.append(Fault("500", "any"))
    assert "не отвечает" in await words(vk)
    wrong = await words(make(TOKEN="vk1.a.other"))
    assert "ключ доступа" in wrong and "vk1.a.other" not in wrong
    assert "другого сообщества" in await words(make(GROUP_ID="5"))


async def test_the_doctor_looks_at_the_callback_server(hook: Channel, fake: FakeVk) -> None:
    assert f"{PUBLIC}/hooks/vk в Callback API не указан" in await words(hook)
    fake.callback_url = f"{PUBLIC}/hooks/vk"
    assert "не подтверждён" in await words(hook)
    fake.callback_status = "ok"
    assert await words(hook) == ""


async def test_nothing_listens_and_the_doctor_still_speaks(make: Make) -> None:
    assert "не отвечает" in await words(make(API_URL="http://127.0.0.1:1"))


async def test_no_token_and_no_address_with_a_key_in_logs(
    make: Make, fake: FakeVk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    vk = make()
    await vk.open()
    await vk.receive(None)
    fake.peers.add(ANNA)
    await vk.send(ANNA, Part("Здравствуйте"), 1)
    fake.faults.append(Fault("cut"))
    await refusal(vk, Part("Здравствуйте"), 2)
    assert TOKEN not in caplog.text and fake._key not in caplog.text
    assert TOKEN not in repr(vk) + repr(vars(vk))


def test_off_without_a_token(tmp_path: Path) -> None:
    (tmp_path / "empty.env").write_text("OTKLIK_VK_TOKEN=\nOTKLIK_VK_RECEIVE=webhook\n")
    assert build(tmp_path / "empty.env", PUBLIC) is None
    assert build(None, PUBLIC) is None


@pytest.mark.parametrize(
    ("settings", "public", "said"),
    [
        ({"GROUP_ID": ""}, PUBLIC, "GROUP_ID"),
        ({"GROUP_ID": "club240000001"}, PUBLIC, "GROUP_ID"),
        ({"GROUP_ID": "-5"}, PUBLIC, "GROUP_ID"),
        ({"RECEIVE": "push"}, PUBLIC, "RECEIVE"),
        ({"API_URL": "http://api.vk.ru"}, PUBLIC, "API_URL"),
        ({"API_URL": "http://127.0.0.1.evil.example"}, PUBLIC, "API_URL"),
        ({"WAIT": "0"}, PUBLIC, "WAIT"),
        ({"RECEIVE": "webhook", "SECRET": SECRET}, PUBLIC, "CONFIRMATION"),
        ({"RECEIVE": "webhook", "CONFIRMATION": "a1"}, PUBLIC, "SECRET"),
        ({"RECEIVE": "webhook", "CONFIRMATION": "a1", "SECRET": "Секретный"}, PUBLIC, "SECRET"),
        ({"RECEIVE": "webhook", "CONFIRMATION": "a1", "SECRET": "x" * 51}, PUBLIC, "SECRET"),
        ({"RECEIVE": "webhook", "CONFIRMATION": "a1", "SECRET": SECRET}, "http://mfc.example", "https://"),
    ],
)
def test_settings_that_cannot_work_are_told(make: Make, settings: dict[str, str], public: str, said: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        make(public, **settings)
    assert said in caught.value.words and TOKEN not in caught.value.words


async def test_a_webhook_on_this_machine_may_be_plain_http(make: Make, fake: FakeVk) -> None:
    hook = make("http://127.0.0.1:8080", RECEIVE="webhook", CONFIRMATION="a1", SECRET=SECRET)
    assert not hook.polls
    async with aiohttp.ClientSession() as session, session.get(f"{fake.url}/lp/wh") as response:
        assert (await response.json()) == {"failed": 2}
