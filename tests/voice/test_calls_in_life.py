"""What one call alone cannot show: broken calls, second calls, two lines, transfers counted, a robot that dies."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from app.calling import OneCall, call
from app.problems import Problem
from tests.live import Talk
from tests.voice.phone_house import PhoneHouse
from voice.recording import export as export_recording

pytestmark = pytest.mark.slow
QUEUE = "queue,otklik-general,general"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, weights: Path, festival: str) -> Iterator[PhoneHouse]:
    """The house with its telephone; two lines for calls."""
    found = PhoneHouse(tmp_path_factory.mktemp("life"), weights)
    found.start()
    yield found
    found.stop()


_attempts = itertools.count(10)
_area = "10"


@pytest.fixture(autouse=True)
def _strangers() -> None:
    """Whoever calls in a test that is tried once more has never called before."""
    global _area
    _area = str(next(_attempts))


def ring(house: PhoneHouse, caller: str = "", **told: Any) -> AbstractAsyncContextManager[OneCall]:
    """A call to this house; `caller` is the same person in one try of one test only."""
    return call(house.url, **{"dialled": "122", "caller": caller.replace("+7912", f"+79{_area}"), **told})


async def texts(talk: OneCall, who: str = "robot") -> str:
    """What one side said so far."""
    return " ".join(e["text"] for e in (await talk.transcript())["entries"] if e["who"] == who)


async def said(talk: OneCall, sound: bytes, within: float = 5.0) -> str:
    """What the robot answers to this."""
    before = len(await texts(talk))
    ended = await talk.say(sound)
    await talk.answered(ended + 0.02)
    with contextlib.suppress(TimeoutError):
        # Whoever knows the way talks into the long lists.
        await talk.quiet(within)
    return (await texts(talk))[before:]


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Wait until something has become true."""
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.2)


def test_a_broken_call_leaves_its_draft_in_the_other_channel(
    house: PhoneHouse, caller_voice: Callable[[str], bytes]
) -> None:
    """The caller links her channels by code, hangs up in the middle of a booking, and goes on in writing."""
    written = Talk(house, "draft-reader")

    async def first() -> str:
        async with ring(house, caller="+79120010001") as talk:
            await talk.quiet()
            await said(talk, caller_voice("Мне нужен код связи"))
            looked = await house.look(talk.id)
            code = re.search(r"СВ-(\d{6})", " ".join(text for _, text in looked.messages))
            assert code, looked.messages
            return code[1]

    async def second() -> None:
        async with ring(house, caller="+79120010001") as talk:
            await talk.quiet()
            await said(talk, caller_voice("Запишите меня на замену паспорта"))
            await said(talk, caller_voice("На Заречной улице"))
            assert (await house.look(talk.id)).expected == "appointment_day"

    code = asyncio.run(first())
    assert "помню вас" in written.say(f"СВ-{code}")
    asyncio.run(second())
    draft = asyncio.run(_draft(written))
    assert "прервался" in draft["text"]
    answer = written._post({"choice": draft["buttons"][0]["payload"]})
    assert "Заречной" in answer and "день" in answer


async def _draft(written: Talk) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    async def there() -> bool:
        history = written._client.get(f"/api/v1/conversations/{written.user}/messages").json()
        found[:] = [m for m in history["messages"] if "прервался" in m["text"]]
        return bool(found)

    await until(there)
    return found[-1]


def test_the_next_call_goes_on_where_the_last_one_broke(
    house: PhoneHouse, caller_voice: Callable[[str], bytes]
) -> None:
    """The same number calls again: the robot offers to go on, and does."""

    async def calls() -> None:
        async with ring(house, caller="+79120010002") as talk:
            await talk.quiet()
            await said(talk, caller_voice("Запишите меня на замену паспорта"))
        async with ring(house, caller="+79120010002") as talk:
            await talk.quiet()
            assert "не закончили" in await texts(talk)
            assert "центр" in (await said(talk, caller_voice("Да, продолжим"))).lower()
            assert (await house.look(talk.id)).expected == "centre"

    asyncio.run(calls())


def test_both_lines_are_one_call_and_the_third_transfer_becomes_a_call_back(
    house: PhoneHouse, caller_voice: Callable[[str], bytes]
) -> None:
    """122, then «Мои документы» with the same LINKEDID: one conversation; whoever was passed on twice is called back."""

    async def calls() -> None:
        conversations = set()
        for leg, dialled in enumerate(("122", "1220", "122")):
            async with ring(house, caller="+79120010003", linked_id="pbx-1.7", dialled=dialled) as talk:
                await talk.quiet()
                if leg:
                    assert "снова с вами" in await texts(talk)
                await said(talk, caller_voice("Соедините меня с человеком"), 60)
                conversations.add((await house.look(talk.id)).conversation)
                if leg < 2:
                    assert talk.socket.hung_up and await talk.after() == QUEUE
                else:
                    assert "дважды" in await texts(talk)
                    assert not talk.socket.hung_up
        assert len(conversations) == 1

    asyncio.run(calls())


def test_a_call_is_recorded_sealed_with_both_voices(house: PhoneHouse, tmp_path: Path) -> None:
    """The caller's on the left, the robot's on the right; nothing of it lies open."""

    async def recorded() -> str:
        async with ring(house, caller="+79120010004") as talk:
            await talk.quiet()
            return talk.id

    call_id = asyncio.run(recorded())
    path = house.folder / "recordings" / f"{call_id}.rec"

    async def there() -> bool:
        return path.exists() and "call_ended" in (await house.look(call_id)).events

    asyncio.run(until(there))
    from bot.store import Vault

    vault = Vault.from_file(house.folder / "secret.key")
    assert export_recording(path, vault, tmp_path / "call.wav") > 4
    assert b"RIFF" not in path.read_bytes()[:200]


def test_a_dead_robot_sends_the_caller_to_people(house: PhoneHouse, caller_voice: Callable[[str], bytes]) -> None:
    """Killed in mid-call: the line closes at once, and the dialplan's question has no answer or says queue."""

    async def killed() -> str:
        async with ring(house, caller="+79120010005") as talk:
            await talk.quiet()
            house.kill_assistant()
            async with asyncio.timeout(5):
                await talk.socket.ended()
            return talk.id

    call_id = asyncio.run(killed())
    house.restart_assistant()

    async def after() -> None:
        import aiohttp

        async with aiohttp.ClientSession(house.url) as client, client.get(f"/voice/after/{call_id}") as answer:
            assert (await answer.text()).strip() in ("", QUEUE)
        # And the house takes calls again, on the same conversation.
        async with ring(house, caller="+79120010005") as talk:
            await talk.quiet()
            assert "робот" in await texts(talk)

    asyncio.run(after())


def test_a_hundred_half_open_sockets_hinder_no_caller(house: PhoneHouse) -> None:
    """Connections that never say who they are neither answer nor slow a call."""

    async def flooded() -> None:
        port = int(house._environ["OTKLIK_VOICE_PORT"])
        sockets = [await asyncio.open_connection("127.0.0.1", port) for _ in range(100)]
        try:
            async with ring(house, caller="+79120010006") as talk:
                await talk.quiet()
                assert not talk.socket.violations
        finally:
            for _, writer in sockets:
                writer.close()

    asyncio.run(flooded())


def test_calls_above_the_robots_places_are_not_admitted(house: PhoneHouse) -> None:
    """The ninth call of eight goes to the queue at once."""

    async def full() -> None:
        from contextlib import AsyncExitStack

        async with AsyncExitStack() as stack:
            for number in range(8):
                await stack.enter_async_context(ring(house, caller=f"+7912002000{number}"))
            with pytest.raises(Problem, match="заняты"):
                await stack.enter_async_context(ring(house, caller="+79120020009"))

    asyncio.run(full())


def test_before_a_long_wait_a_call_back_is_offered(house: PhoneHouse, caller_voice: Callable[[str], bytes]) -> None:
    """Operators took five citizens in the last hour: a quarter of an hour to wait, or a call back."""

    async def offered() -> None:
        async with ring(house, caller="+79120010007") as talk:
            await talk.quiet()
            await house.let_operators_take(5, (await house.look(talk.id)).conversation)
            answer = await said(talk, caller_voice("Соедините меня с человеком"), 60)
            assert "пятнадцати минут" in answer and not talk.socket.hung_up
            await said(talk, caller_voice("Перезвоните"), 60)
            looked = await house.look(talk.id)
            assert looked.expected in ("personal_data_consent", "phone", "callback_time")
            assert not talk.socket.hung_up

    asyncio.run(offered())
