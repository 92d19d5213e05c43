"""The doors around a channel: webhooks, many peers at once, both databases, and one channel's trouble beside another's health."""

from __future__ import annotations

import ast
import asyncio
import io
import random
import tokenize
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select, update

from benchmarks.fakes.base import Fault
from bot.messages import Inbound
from bot.store import journal, outbox
from bot.store.conversations import ConversationRow
from bot.store.outbox import OutboxRow
from bot.store.raw_events import RawEventRow
from channels.registry import CHANNELS, configured
from tests.channels.drivers import DRIVERS
from tests.channels.world import QUICKLY, World, world

HOOKS: dict[str, dict[str, Any]] = {
    "telegram": {"receive": "webhook", "webhook_secret": "s3cret-s3cret"},
    "vk": {"receive": "webhook", "secret": "s3cretS3cret", "confirmation": "c0ff1e42"},
    "max": {"receive": "webhook", "webhook_secret": "s3cret-s3cret"},
}


async def subscribed(live: World) -> None:
    """Let the fake call our address: Telegram and MAX are told by the channel itself, VK by an administrator."""
    if live.driver.name == "vk":
        live.fake.webhook = f"http://127.0.0.1:{live.house.port}/hooks/vk"
        live.fake.secret = HOOKS["vk"]["secret"]  # type: ignore[attr-defined]
    async with asyncio.timeout(QUICKLY):
        while not live.fake.webhook or live.house.doors.all[live.driver.name].receiver.state:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("name", list(HOOKS))
async def test_a_webhook_call_is_answered_once(name: str, tmp_path: Path) -> None:
    async with world(DRIVERS[name], tmp_path, **HOOKS[name]) as live:
        await subscribed(live)
        (sent,) = await live.say("Какие документы нужны?")
        assert "Какие документы нужны?" in sent.text
        await live.house.settled()
        assert await live.house.raw() == {"done": 1}


@pytest.mark.parametrize("name", list(HOOKS))
async def test_an_event_that_cannot_be_stored_is_asked_for_again(name: str, tmp_path: Path) -> None:
    """The platform hears 503 and comes back; nothing is acknowledged that is not safe."""
    async with world(DRIVERS[name], tmp_path, **HOOKS[name]) as live:
        await subscribed(live)
        await live.say("Здравствуйте")
        async with live.house.store.engine.begin() as connection:
            await connection.exec_driver_sql("ALTER TABLE raw_events RENAME TO away")
        live.fake.say(live.peer, "Меня слышно?")
        await asyncio.sleep(0.3)
        assert len(live.fake.sent) == 1
        async with live.house.store.engine.begin() as connection:
            await connection.exec_driver_sql("ALTER TABLE away RENAME TO raw_events")
        sent = await live.fake.until(2, live.peer, QUICKLY)
        assert "Меня слышно?" in sent[1].text
        await live.house.settled()
        assert await live.house.raw() == {"done": 2}


@pytest.mark.parametrize("name", list(HOOKS))
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {}),
        (b"[]", {}),
        (b"{" * 5000, {}),
        ('{"secret": "щ"}'.encode(), {"X-Telegram-Bot-Api-Secret-Token": "щ", "X-Max-Bot-Api-Secret": "щ"}),
        (b"x" * 1_100_000, {}),
    ],
)
async def test_a_stranger_at_the_webhook_gets_nothing_in(
    name: str, body: bytes, headers: dict[str, str], tmp_path: Path
) -> None:
    async with world(DRIVERS[name], tmp_path, **HOOKS[name]) as live:
        address = f"http://127.0.0.1:{live.house.port}/hooks/{name}"
        async with aiohttp.request("POST", address, data=io.BytesIO(body), headers=headers) as answer:
            assert 400 <= answer.status < 500
        async with aiohttp.request("POST", f"{address}x", data=b"{}") as answer:
            assert answer.status == 404
        assert await live.house.raw() == {}


@pytest.mark.parametrize("name", ["telegram", "vk"])
async def test_many_citizens_are_answered_each_in_order(name: str, tmp_path: Path, database: str) -> None:
    """Thirty write five times each, through a server that now and then fails, and everyone reads her answers in order."""
    async with world(DRIVERS[name], tmp_path, database) as live:
        peers = [str(8000 + number) for number in range(30)]
        for peer in peers:
            live.fake.say(peer, "Здравствуйте")
        await live.fake.until(30, None, 30)
        live.fake.faults.append(Fault("500", "send", times=3))
        live.fake.faults.append(Fault("500", "receive", times=1))
        chance = random.Random(5)
        for number in range(4):
            chance.shuffle(peers)
            for peer in peers:
                live.fake.say(peer, f"вопрос {number} от {peer}")
        await live.arrived(150)
        await live.house.settled(60)
        for peer in peers:
            text = "\n".join(sent.text for sent in live.fake.to(peer))
            places = [text.find(f"вопрос {number} от {peer}") for number in range(4)]
            assert -1 not in places and places == sorted(places), (peer, text)
            assert all(text.count(f"вопрос {number} от {peer}") == 1 for number in range(4))


async def test_a_restart_takes_up_what_was_left_on_both_databases(tmp_path: Path, database: str) -> None:
    async with world(DRIVERS["vk"], tmp_path, database) as live:
        live.rasa.delay = 0.4
        for number in range(3):
            live.fake.say("8001", f"до остановки {number}")
        await live.arrived(1)
        await live.house.stop()
        live.house.channel = live.driver.channel(live.fake, tmp_path)
        await live.house.start()
        await live.arrived(3)
        await live.house.settled(20)
        text = "\n".join(sent.text for sent in live.fake.to("8001"))
        assert all(text.count(f"до остановки {number}") == 1 for number in range(3))


async def test_a_part_that_may_have_arrived_is_sent_again_and_counted(tmp_path: Path) -> None:
    """A crash between Telegram's answer and our note of it: said at least once, and the doubt is on record."""
    async with world(DRIVERS["telegram"], tmp_path) as live:
        await live.say("Здравствуйте")
        await live.house.settled()
        await live.house.stop()
        store = live.house.store
        async with store.write() as session:
            await session.execute(update(OutboxRow).values(state="waiting", part=0, remote=[]))
        live.house.channel = live.driver.channel(live.fake, tmp_path)
        await live.house.start()
        await live.fake.until(2, live.peer, QUICKLY)
        await live.house.settled()
        async with live.house.store.read() as session:
            assert (await session.scalars(select(OutboxRow.unsure))).all() == [1]


async def test_a_message_of_somebody_else_is_sent_in_its_turn(tmp_path: Path) -> None:
    """A reminder, or an operator's word: stored with an outbox row, it goes out by itself, after its due time."""
    async with world(DRIVERS["vk"], tmp_path) as live:
        await live.say("Здравствуйте")
        now = datetime.now(UTC)
        async with live.house.store.write() as session:
            row = (await session.scalars(select(ConversationRow))).one()
            body = {"text": "Напоминаю о визите", "buttons": [{"title": "Приду", "payload": "/affirm"}]}
            message = await journal.add_message(session, live.house.vault, row.id, "robot", body, now)
            outbox.enqueue(session, row.channel, row.user, message.seq, now)
        await live.house.doors.all["vk"].outbox.look()
        sent = await live.fake.until(2, live.peer, QUICKLY)
        assert (sent[1].text, sent[1].buttons[0][0]["title"]) == ("Напоминаю о визите", "Приду")


async def test_a_channel_with_a_wrong_token_leaves_the_others_alone(tmp_path: Path) -> None:
    async with world(DRIVERS["vk"], tmp_path) as live:
        broken = DRIVERS["max"].fake()
        await broken.start()
        other = DRIVERS["max"].channel(broken, tmp_path, token="wrong-token")
        await live.say("Здравствуйте")
        await live.house.stop()
        live.house.more = [other]
        live.house.channel = live.driver.channel(live.fake, tmp_path)
        await live.house.start()
        assert "Слышно?" in (await live.say("Слышно?"))[-1].text
        async with asyncio.timeout(QUICKLY):
            while live.house.doors.state()["max"] in ("", "подключается"):
                await asyncio.sleep(0.02)
        assert live.house.doors.state()["vk"] == ""
        live.house.more = []
        await broken.stop()


async def test_a_clock_that_is_off_is_told_at_the_start(tmp_path: Path) -> None:
    fake = DRIVERS["vk"].fake()
    fake.ahead = 900.0  # type: ignore[attr-defined]
    async with world(DRIVERS["vk"], tmp_path, fake=fake) as live:
        async with asyncio.timeout(QUICKLY):
            while "час" not in live.house.doors.state()["vk"]:
                await asyncio.sleep(0.02)
        assert (await live.say("Слышно?"))[0].text


async def test_a_message_over_another_door_does_not_reach_the_messenger(tmp_path: Path) -> None:
    async with world(DRIVERS["vk"], tmp_path) as live:
        accepted = await live.house.turns.accept(Inbound("widget", "w-1", "m-1", text="Здравствуйте"))
        await live.house.turns.wait(accepted, 5)
        assert await live.house.outbox() == []


async def test_old_events_are_forgotten_and_dead_ones_kept(tmp_path: Path) -> None:
    async with world(DRIVERS["vk"], tmp_path) as live:
        await live.say("Здравствуйте")
        live.fake.push({"type": "from_the_future", "event_id": "e1", "group_id": 240000001})
        await live.arrived(2)
        await live.house.settled()
        await live.house.stop()
        async with live.house.store.write() as session:
            await session.execute(update(RawEventRow).values(received_at=datetime(2026, 1, 1, tzinfo=UTC)))
        live.house.channel = live.driver.channel(live.fake, tmp_path)
        await live.house.start()
        async with asyncio.timeout(QUICKLY):
            while await live.house.raw() != {"dead": 1}:
                await asyncio.sleep(0.02)


def test_without_tokens_no_channel_is_built(tmp_path: Path) -> None:
    found = configured(tmp_path / "none.env", "http://127.0.0.1:8080")
    assert found.channels == () and found.wrong == {}


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("telegram", "OTKLIK_TELEGRAM_TOKEN=not-a-token"),
        (
            "telegram",
            "OTKLIK_TELEGRAM_TOKEN=1:abc\nOTKLIK_TELEGRAM_RECEIVE=webhook\nOTKLIK_TELEGRAM_WEBHOOK_SECRET=aaaaaa",
        ),
        ("vk", "OTKLIK_VK_TOKEN=abc"),
        ("max", "OTKLIK_MAX_TOKEN=abc\nOTKLIK_MAX_RECEIVE=webhook\nOTKLIK_MAX_WEBHOOK_SECRET=aaaaaa"),
        ("email", "OTKLIK_EMAIL_ADDRESS=not an address"),
    ],
)
def test_impossible_settings_are_told_in_words(name: str, lines: str, tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text(lines + "\n", "utf-8")
    found = configured(tmp_path / "a.env", "http://assistant.example")
    assert list(found.wrong) == [name]
    assert any("а" <= letter <= "я" for letter in found.wrong[name])


def test_every_registered_channel_has_payloads_and_a_page() -> None:
    root = Path(__file__).parents[2]
    for name in CHANNELS:
        assert list((root / "tests/channels/payloads" / name).glob("*.json"))
        assert (root / "docs/channels" / f"{name}.md").exists()


@pytest.mark.parametrize("name", list(CHANNELS))
def test_a_channel_is_small(name: str) -> None:
    """At most 250 lines of code, docstrings and comments not counted: what channels do alike is written once beside them."""
    files = (Path(__file__).parents[2] / "channels" / name).glob("*.py")
    assert sum(lines_of_code(path.read_text("utf-8")) for path in files) <= 250


def lines_of_code(source: str) -> int:
    """Lines that hold code."""
    words: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            words.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    blank = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return len({t.start[0] for t in tokens if t.type not in blank} - words)
