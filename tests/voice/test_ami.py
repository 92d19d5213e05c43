"""The manager interface over real TCP: logging in, asking, being refused, and coming back after the PBX was away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.voice.fake_ami import FakeAmi
from voice.ami import AmiAway, AmiClient, AmiRefused, AmiSettings, QueueStatus
from voice.ami.codec import Decoder, Garbage, Message, encode
from voice.ami.connection import Connection
from voice.ami.interface import WrongSecret


@pytest.fixture
async def pbx() -> AsyncIterator[FakeAmi]:
    server = FakeAmi()
    await server.start()
    yield server
    await server.stop()


@asynccontextmanager
async def client_of(pbx: FakeAmi, **more: Any) -> AsyncIterator[AmiClient]:
    known: dict[str, Any] = {"secret": pbx.secret, "patience": 2.0, "pauses": (0.01, 0.05)}
    client = AmiClient(AmiSettings("127.0.0.1", pbx.port, pbx.user, **known | more))
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


@pytest.fixture
async def ami(pbx: FakeAmi) -> AsyncIterator[AmiClient]:
    async with client_of(pbx) as client:
        await asyncio.wait_for(client.wait_connected(), 30)
        yield client


@pytest.mark.parametrize("md5", [True, False])
async def test_it_logs_in_by_challenge_or_plainly(pbx: FakeAmi, md5: bool) -> None:
    async with client_of(pbx, md5=md5) as client:
        await asyncio.wait_for(client.wait_connected(), 30)
        assert client.connected and (await client.action("Ping")).get("ping") == "Pong"
    assert pbx.logins == 1 and not client.connected


@pytest.mark.parametrize("md5", [True, False])
async def test_a_wrong_secret_is_told_apart(pbx: FakeAmi, md5: bool) -> None:
    with pytest.raises(WrongSecret, match="Authentication failed"):
        await Connection.open("127.0.0.1", pbx.port, pbx.user, "не та", md5=md5, patience=2)


async def test_a_corrected_secret_lets_the_client_in_without_a_restart(pbx: FakeAmi) -> None:
    right, pbx.secret = pbx.secret, "другая"
    async with client_of(pbx, secret=right) as client:
        with pytest.raises(AmiAway):
            await client.action("Ping")
        pbx.secret = right
        await asyncio.wait_for(client.wait_connected(), 30)


async def test_every_byte_may_come_alone(pbx: FakeAmi) -> None:
    pbx.dribble = True
    async with client_of(pbx) as client:
        await asyncio.wait_for(client.wait_connected(), 30)
        assert (await client.queue_status("otklik-city"))["otklik-city"].waiting == 2


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("Nonsense", {}, "Invalid/unknown command: Nonsense"),
        ("Originate", {}, "Channel not specified"),
        ("Originate", {"Channel": "PJSIP/1@t"}, "requires 'Context'"),
        ("Originate", {"Channel": "PJSIP/1@t", "Timeout": "x"}, "Invalid timeout"),
        ("Command", {"Command": "core show channels"}, "Permission denied"),
        ("Hangup", {}, "No channel specified"),
    ],
)
async def test_the_pbx_refuses_with_its_own_words(
    ami: AmiClient, name: str, fields: dict[str, str], message: str
) -> None:
    with pytest.raises(AmiRefused, match=message):
        await ami.action(name, fields)


async def test_repeated_and_empty_lines_of_a_command_stay(pbx: FakeAmi, ami: AmiClient) -> None:
    pbx.write.add("command")
    output = (await ami.action("Command", {"Command": "core show version"})).all("output")
    assert output == ["one", "", "  two: with a colon"]


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        (4, "answered"),
        (5, "busy"),
        (1, "no_answer"),
        (3, "no_answer"),
        (8, "congestion"),
        (0, "failed"),
        (99, "failed"),
    ],
)
async def test_how_a_dial_ends(pbx: FakeAmi, ami: AmiClient, reason: int, outcome: str) -> None:
    pbx.reasons["PJSIP/+79123456789@trunk"] = reason
    found = await ami.originate(
        "PJSIP/+79123456789@trunk", context="otklik-out", caller_id="122", ring_seconds=20,
        variables={"__OTKLIK_UUID": "8f1", "OTKLIK_LINE": "line122"},
    )  # fmt: skip
    assert found == outcome
    [asked] = pbx.originated
    assert (asked["exten"], asked["priority"], asked["timeout"], asked["async"]) == ("s", "1", "20000", "true")
    assert asked["variables"] == "__OTKLIK_UUID=8f1;OTKLIK_LINE=line122" and asked["callerid"] == "122"


async def test_a_dial_may_lead_straight_to_an_application(pbx: FakeAmi, ami: AmiClient) -> None:
    await ami.originate("PJSIP/1@t", application="AudioSocket", data="8f1,127.0.0.1:9092")
    assert pbx.originated[0]["application"] == "AudioSocket" and "context" not in pbx.originated[0]


async def test_many_dials_at_once_get_their_own_outcomes(pbx: FakeAmi, ami: AmiClient) -> None:
    pbx.reasons = {f"PJSIP/{n}@t": (4, 5, 8, 1)[n % 4] for n in range(20)}
    found = await asyncio.gather(*(ami.originate(f"PJSIP/{n}@t", context="c") for n in range(20)))
    assert found == ["answered", "busy", "congestion", "no_answer"] * 5


async def test_a_dial_needs_the_right(pbx: FakeAmi, ami: AmiClient) -> None:
    pbx.write.discard("originate")
    with pytest.raises(AmiRefused, match="Permission denied"):
        await ami.originate("PJSIP/1@t", context="c")


@pytest.mark.parametrize(
    "wrong",
    [
        {"context": "c", "variables": {"A": "1,B=2"}},
        {"context": "c", "variables": {"A\r\nAction": "1"}},
        {"context": "c\r\nAction: Command"},
        {"context": "c", "application": "System"},
        {},
    ],
)
async def test_nothing_can_be_smuggled_into_an_action(pbx: FakeAmi, ami: AmiClient, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        await ami.originate("PJSIP/1@t", **wrong)
    assert pbx.originated == []


async def test_a_connection_lost_while_it_rings_is_noticed_at_once_and_made_again(pbx: FakeAmi, ami: AmiClient) -> None:
    pbx.ringing.clear()
    dial = asyncio.create_task(ami.originate("PJSIP/1@t", context="c"))
    await asyncio.wait_for(pbx.asked.wait(), 30)
    pbx.drop()
    with pytest.raises(AmiAway):
        await asyncio.wait_for(dial, 30)
    await until(lambda: pbx.logins == 2 and ami.connected)
    assert (await ami.action("Ping")).get("Ping") == "Pong"


async def test_a_restarted_pbx_is_found_again(pbx: FakeAmi, ami: AmiClient) -> None:
    await pbx.stop()
    await until(lambda: not ami.connected)
    with pytest.raises(AmiAway):
        await ami.originate("PJSIP/1@t", context="c")
    await pbx.start()
    await asyncio.wait_for(ami.wait_connected(), 30)
    assert await ami.originate("PJSIP/1@t", context="c") == "answered"


async def test_a_pbx_that_is_still_loading_is_waited_for(pbx: FakeAmi) -> None:
    pbx.loading = 3
    async with client_of(pbx, loading=0.01) as client:
        await asyncio.wait_for(client.wait_connected(), 30)
        assert await client.queue_status()
    assert pbx.loading == 0 and pbx.logins == 1


async def test_a_pbx_that_falls_silent_counts_as_lost(pbx: FakeAmi) -> None:
    async with client_of(pbx, keepalive=0.05, patience=0.2) as client:
        await asyncio.wait_for(client.wait_connected(), 30)
        pbx.mute = True
        with pytest.raises(AmiAway):
            await client.action("Ping")
        await until(lambda: not client.connected)
        pbx.mute = False
        await until(lambda: client.connected)


async def test_hang_up_and_redirect(pbx: FakeAmi, ami: AmiClient) -> None:
    await ami.originate("PJSIP/1@t", context="c")
    [channel] = pbx.channels
    await ami.redirect(channel, "otklik-queue", "general")
    await ami.hangup(channel)
    assert [a["action"] for a in pbx.actions] == ["Originate", "Redirect", "Hangup"]
    with pytest.raises(AmiRefused, match="No such channel"):
        await ami.hangup(channel)
    with pytest.raises(AmiRefused, match="does not exist"):
        await ami.redirect(channel, "otklik-queue", "general")


async def test_queues_tell_who_waits_and_who_is_free(ami: AmiClient) -> None:
    found = await ami.queue_status()
    assert found == {
        "otklik-general": QueueStatus("otklik-general", 0, 0, 75, 4, 1),
        "otklik-city": QueueStatus("otklik-city", 2, 95, 75, 4, 0),
    }
    assert await ami.queue_status("нет") == {}


@pytest.mark.parametrize("banner", ["HTTP/1.1 400 Bad Request", "x" * 500, ""])
async def test_something_else_on_the_port_is_no_pbx(pbx: FakeAmi, banner: str) -> None:
    pbx.banner = banner
    with pytest.raises(AmiAway):
        await Connection.open("127.0.0.1", pbx.port, pbx.user, pbx.secret, md5=True, patience=0.5)


async def test_nobody_on_the_port_is_away(pbx: FakeAmi) -> None:
    await pbx.stop()
    with pytest.raises(AmiAway):
        await Connection.open("127.0.0.1", pbx.port, pbx.user, pbx.secret, md5=True, patience=2)
    await pbx.start()


def test_a_message_without_an_end_is_garbage() -> None:
    decoder = Decoder()
    assert decoder.feed(b"Asterisk Call Manager/9.0.0\r\nEvent: X\r\nA: b: c\r\n\r\nEv") == [
        Message((("Event", "X"), ("A", "b: c")))
    ]
    with pytest.raises(Garbage):
        decoder.feed(b"x" * 300_000)


def test_an_action_as_bytes() -> None:
    assert encode([("Action", "Ping"), ("ActionID", "1")]) == b"Action: Ping\r\nActionID: 1\r\n\r\n"


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what the other side of a socket does."""
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.005)
