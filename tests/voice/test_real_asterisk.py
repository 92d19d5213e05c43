"""Real calls through a real Asterisk with deploy/asterisk: SIP and RTP on one side, the whole house on the other.

Needs `asterisk` on PATH, or in a chroot that OTKLIK_ASTERISK_ROOT names (and root); else it is skipped.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import aiohttp
import pytest
import pytest_asyncio

from bot.accounts.accounts import Accounts
from bot.handover.tables import PresenceRow
from bot.services.calls.tables import CallRow
from tests.voice import sipp_call
from tests.voice.exchange import TOKEN, WITHIN, Exchange, Talk, so, until
from tests.voice.fake_ami import FakeAmi
from tests.voice.real_asterisk import RealAsterisk, where
from tests.voice.sip_phone import SipPhone
from tests.voice.test_desk_calls_live import Shift, _accepted
from tests.voice.test_outgoing_live import Town, now
from voice.ami import AmiClient, AmiSettings

ROOT = where()
by_ear = pytest.mark.flaky(reruns=2)
"""Whether the small model hears a word right hangs on where its frames begin, and on a busy machine a pause on its length."""
Speak = Callable[[str], bytes]
if ROOT is None:
    pytest.skip("настоящая АТС не проверена: нет asterisk (OTKLIK_ASTERISK_ROOT, root)", allow_module_level=True)
pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def exchange(tmp_path_factory: pytest.TempPathFactory, weights: Path, festival: str) -> AsyncIterator[Exchange]:
    """Everything runs, the trunk is registered, one operator's telephone is on."""
    assert ROOT is not None
    pbx = RealAsterisk(ROOT, TOKEN)
    manager = SimpleNamespace(port=pbx.ami_port, user="otklik", secret=pbx.secrets["ami"], answered=None)
    try:
        town = Town(tmp_path_factory.mktemp("pbx"), weights, cast(FakeAmi, manager), voice_token=TOKEN)
        made = Exchange(pbx, town, weights)
        await made.city.open(5060)
        await asyncio.to_thread(
            pbx.start, town.house.url, int(town.house._environ["OTKLIK_VOICE_PORT"]), {"wrapuptime=10": "wrapuptime=0"}
        )
        await made.operator.open()
        async with town:
            yield made
            await made.close()
    finally:
        await asyncio.to_thread(pbx.stop)


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def _afterwards_everybody_hangs_up(exchange: Exchange) -> AsyncIterator[None]:
    yield
    exchange.operator.rings = exchange.city.rings = "answer"
    for phone in (exchange.city, exchange.operator):
        await phone.hang_up()


# --- what an administrator sees ---


async def test_the_files_load_without_a_complaint_and_every_check_of_the_guide_shows_what_it_says(
    exchange: Exchange,
) -> None:
    pbx = exchange.pbx
    at_load = pbx.log().partition("Asterisk Ready")[0]
    assert [line for line in at_load.splitlines() if "WARNING" in line or "ERROR" in line] == []
    for module in ("app_audiosocket", "res_audiosocket", "func_curl", "res_curl", "chan_pjsip", "app_queue"):
        assert re.search(rf"{module}\.so .* Running", pbx.cli(f"module show like {module}"))
    assert "DTMF" in pbx.cli("core show application AudioSocket")
    steps = pbx.cli("dialplan show otklik-robot")
    assert "Answer()" in steps and "Goto(otklik-after,s,1)" in steps
    assert len(re.findall(r"^otklik-\w+ has", pbx.cli("queue show"), re.MULTILINE)) == 6
    assert "OTKLIK_URL=http" in pbx.cli("dialplan show globals")
    await until(lambda: so("  Registered" in pbx.cli("pjsip show registrations")))
    await until(lambda: so(bool(re.search(r"Endpoint:  otklik-trunk .*Not in use", pbx.cli("pjsip show endpoints")))))
    await until(lambda: so("otklik" in pbx.cli("manager show connected")))


# --- calls ---


@by_ear
async def test_a_caller_hears_the_robot_is_understood_and_reaches_an_operator_by_zero(
    exchange: Exchange, caller_voice: Speak
) -> None:
    talk = await exchange.call()
    greeting = await talk.quiet()
    assert "робот" in greeting and "записывается" in greeting
    heard = await exchange.words(talk.leg.sound())
    assert "122" in heard and "записывается" in heard
    answer = await talk.answers(caller_voice("До скольки вы сегодня работаете"))
    assert re.search(r"час|круглосуточно|работа", answer)
    talk.leg.press("0")
    other = await exchange.picks_up()
    assert exchange.operator.last_invite is not None
    met = time.monotonic()
    other.say(caller_voice("Добрый день. Чем помочь?"))
    await other.said()
    talk.leg.say(caller_voice("Разговор записывается?"))
    await talk.leg.said()
    await talk.leg.quiet()
    assert "день" in await exchange.words(talk.leg.sound(met))
    assert "записывается" in await exchange.words(other.sound(met))
    await other.hang_up()
    await asyncio.wait_for(talk.leg.ended.wait(), WITHIN)
    assert talk.leg.ended_by == "other"
    await exchange.looked(talk.id, "call_transferred")


@by_ear
async def test_speech_stops_the_greeting_and_a_key_has_it_repeated(exchange: Exchange, caller_voice: Speak) -> None:
    talk = await exchange.call()
    began = await talk.leg.heard_since(0)
    # A line has to prove for a second that it has no echo before a short word stops the robot.
    await talk.leg.heard_since(began + 2)
    talk.leg.say(caller_voice("До скольки вы сегодня работаете"))
    await until(lambda: _event(exchange, talk, "barge_in"))
    await talk.quiet()
    pressed = time.monotonic()
    talk.leg.press("*")
    await until(lambda: _pressed(talk, "*"))
    await talk.leg.heard_since(pressed)
    await talk.leg.hang_up()
    ended = await exchange.looked(talk.id, "call_ended")
    assert "call_transferred" not in ended.events


async def _pressed(talk: Talk, key: str) -> bool:
    return key in await talk.entries("key")


async def _event(exchange: Exchange, talk: Talk, name: str) -> bool:
    return name in (await exchange.house.look(talk.id)).events


@by_ear
async def test_a_telephone_that_sends_no_silence_is_answered_and_not_given_up(
    exchange: Exchange, caller_voice: Speak
) -> None:
    # Silence suppression: Asterisk hands on nothing at all between two sentences.
    talk = await exchange.call()
    talk.leg.sends_silence = False
    await talk.quiet()
    answer = await talk.answers(caller_voice("До скольки вы сегодня работаете"))
    assert answer and not talk.leg.ended.is_set() and exchange.operator.picked_up.empty()
    await talk.leg.hang_up()


@by_ear
async def test_a_caller_on_hold_stays_with_the_robot(exchange: Exchange, caller_voice: Speak) -> None:
    talk = await exchange.call()
    await talk.quiet()
    talk.leg.sends_silence = False
    await talk.leg.hold(True)
    await until(lambda: _event(exchange, talk, "no_input"))
    await talk.leg.hold(False)
    talk.leg.sends_silence = True
    assert await talk.answers(caller_voice("До скольки вы сегодня работаете"))
    await talk.leg.hang_up()


@by_ear
async def test_the_robot_says_good_bye_and_hangs_up(exchange: Exchange, caller_voice: Speak) -> None:
    talk = await exchange.call()
    await talk.quiet()
    for _ in range(3):
        if not talk.leg.ended.is_set():
            talk.leg.say(caller_voice("До свидания"))
            await talk.leg.said()
            await talk.quiet()
    await asyncio.wait_for(talk.leg.ended.wait(), WITHIN)
    assert talk.leg.ended_by == "other" and "свидания" in (await talk.robot()).casefold()


async def test_an_operator_passes_a_caller_on_to_the_other_line_and_it_is_one_call(
    exchange: Exchange, caller_voice: Speak
) -> None:
    talk = await exchange.call("122")
    await talk.quiet()
    talk.leg.press("0")
    other = await exchange.picks_up()
    # Only who is connected can be passed on.
    await until(lambda: so(len(other.received) > 25))
    legs = len(exchange.calls())
    await other.transfer("1220")
    await until(lambda: so(len(exchange.calls()) > legs))
    second = Talk(exchange, talk.leg, exchange.calls()[-1])
    assert "снова с вами" in await second.quiet()
    async with exchange.town.store.read() as session:
        both = [await session.get_one(CallRow, call) for call in (talk.id, second.id)]
    assert [leg.line for leg in both] == ["line122", "dokumenty"]
    assert len({leg.conversation_id for leg in both}) == len({leg.linked_id for leg in both}) == 1
    await talk.leg.hang_up()


@by_ear
async def test_two_calls_at_once_from_the_town_and_from_an_operators_telephone(
    exchange: Exchange, caller_voice: Speak
) -> None:
    one, two = await exchange.call("122"), await exchange.call("1220", exchange.operator)
    await asyncio.gather(one.quiet(), two.quiet())
    answers = await asyncio.gather(
        one.answers(caller_voice("До скольки вы сегодня работаете")),
        two.answers(caller_voice("Как получить загранпаспорт")),
    )
    assert all(answers)
    greetings = [(await talk.entries("robot"))[0] for talk in (one, two)]
    assert ["Мои документы" in greeting for greeting in greetings] == [False, True]
    for talk in (one, two):
        await talk.leg.hang_up()


@by_ear
async def test_a_call_by_sipp_is_understood_and_its_key_arrives(exchange: Exchange, caller_voice: Speak) -> None:
    pbx, legs = exchange.pbx, len(exchange.calls())
    if not pbx.has("sipp"):
        pytest.skip("чужой телефон не проверен: нет sipp (apt-get install sip-tester)")
    said = caller_voice("До скольки вы сегодня работаете")
    command = sipp_call.command(pbx.folder, pbx.inside, said, pbx.trunk, f"{pbx.host}:{pbx.port}", "122")
    with (pbx.folder / "sipp.out").open("wb") as out:
        sipp = await asyncio.create_subprocess_exec(*pbx.enter, *command, stdout=out, stderr=out)
    try:
        await until(lambda: so(len(exchange.calls()) > legs))
        call_id = exchange.calls()[-1]
        other = await exchange.picks_up()
        entries = (await exchange.transcript(call_id))["entries"]
        assert "работаете" in " ".join(one["text"] for one in entries if one["who"] == "caller").casefold()
        assert "0" in [one["text"] for one in entries if one["who"] == "key"]
        await other.hang_up()
        assert await asyncio.wait_for(sipp.wait(), WITHIN) == 0
    finally:
        if sipp.returncode is None:
            sipp.terminate()
            await sipp.wait()


# --- the manager interface ---


async def test_whom_the_pbx_rings_for_us_answers_is_busy_or_is_not_there(exchange: Exchange) -> None:
    ami = AmiClient(AmiSettings("127.0.0.1", exchange.pbx.ami_port, "otklik", exchange.pbx.secrets["ami"]))
    await ami.start()
    try:
        await asyncio.wait_for(ami.wait_connected(), WITHIN)
        outcomes = {}
        for way in ("answer", "busy", "ring"):
            exchange.city.rings = way
            outcomes[way] = await ami.originate(
                "Local/+79125550000@otklik-outgoing", application="Wait", data="1", ring_seconds=3
            )
        assert outcomes == {"answer": "answered", "busy": "busy", "ring": "no_answer"}
    finally:
        await ami.stop()


@by_ear
async def test_a_reminder_is_dialled_through_the_trunk_and_confirmed(exchange: Exchange, caller_voice: Speak) -> None:
    citizen, number = await exchange.town.citizen()
    legs = len(exchange.calls())
    visit = await exchange.town.visit(citizen)
    leg = await asyncio.wait_for(exchange.city.picked_up.get(), WITHIN)
    assert exchange.city.last_invite is not None and number in exchange.city.last_invite.first
    await until(lambda: so(len(exchange.calls()) > legs))
    talk = Talk(exchange, leg, exchange.calls()[-1])
    assert "звонит робот" in await talk.quiet()
    assert "ждём вас" in await talk.answers(caller_voice("Да, приду."))
    await leg.hang_up()
    plan = await exchange.town.plan(citizen, until=lambda row: row.state == "done")
    assert plan.outcome == "confirmed"
    assert (await exchange.town.appointments.find(visit.number)) is not None


async def test_an_operator_takes_a_call_in_the_desk_and_ends_it_there(exchange: Exchange) -> None:
    town = exchange.town
    accounts = Accounts(town.store, town.vault, now)
    anna = await accounts.add(
        "anna", "Анна Белова", ("operator",), ("general",), password="Ромашки на балконе 47", extension="101"
    )
    async with town.store.write() as session:
        session.add(PresenceRow(operator=anna.id, status="online", since=now(), seen_at=now()))
    token = await accounts.open_session(anna.id)
    desk = Shift(exchange.house, cast(FakeAmi, None), town.store, town.vault, anna, token)
    hers = SipPhone(exchange.pbx.phones, (exchange.pbx.host, exchange.pbx.port), "101", exchange.pbx.secrets["101"])
    await hers.open()
    exchange.operator.rings = hers.rings = "ring"
    try:
        talk = await exchange.call()
        await talk.quiet()
        talk.leg.press("0")
        row = await desk.until(lambda row: row.state == "queued")
        assert row.conversation_id == (await exchange.house.look(talk.id)).conversation
        # The queue's own ringing must not be answered before the desk's.
        await until(lambda: so("Called PJSIP/" in exchange.pbx.log()))
        hers.rings = "answer"
        window = await desk.page("/desk")
        csrf = re.search(r'X-CSRF"?:\s*"?([\w.-]{16,})|X-CSRF&#34;: &#34;([\w.-]{16,})', window)
        assert csrf
        where_ = f"/desk/talks/{row.conversation_id}"
        accepted = await _accepted(desk, where_, csrf[1] or csrf[2])
        assert accepted.status_code == 200, accepted.text
        await asyncio.wait_for(hers.picked_up.get(), WITHIN)
        row = await desk.until(lambda row: row.state == "taken")
        assert row.operator == anna.id
        ended = await desk.press(f"{where_}/call/hang-up", csrf[1] or csrf[2])
        assert ended.status_code == 200, ended.text
        await asyncio.wait_for(talk.leg.ended.wait(), WITHIN)
        row = await desk.until(lambda row: row.state == "wrap_up")
    finally:
        await desk.browser.aclose()
        await hers.close()


# --- when something is broken ---


async def test_a_robot_that_dies_in_mid_call_or_is_not_there_costs_no_caller(exchange: Exchange) -> None:
    exchange.operator.rings = "ring"
    talk = await exchange.call()
    await talk.quiet()
    exchange.house.kill_assistant()
    exchange.operator.rings = "answer"
    other = await exchange.picks_up()
    assert not talk.leg.ended.is_set()
    await talk.leg.hang_up()
    await asyncio.wait_for(other.ended.wait(), WITHIN)
    # Nobody listens at all: the first question has no answer.
    leg = await exchange.ring()
    other = await exchange.picks_up()
    await leg.hang_up()
    await asyncio.wait_for(other.ended.wait(), WITHIN)


async def test_without_robot_and_out_of_hours_a_caller_is_toldso(exchange: Exchange) -> None:
    """Runs after the one before: the robot is away."""
    never = "GotoIfTime(00:00-00:01,sat,31,feb?default)"
    exchange.pbx.write(
        "extensions.conf", {"GotoIfTime(*,*,*,*?default)": never, "GotoIfTime(09:00-17:00,sat,*,*?default)": never}
    )
    exchange.pbx.cli("dialplan reload")
    leg = await exchange.ring()
    await asyncio.wait_for(leg.ended.wait(), WITHIN)
    assert leg.ended_by == "other"
    assert "попробуйте" in await exchange.words(leg.sound())


async def test_above_the_robots_places_a_caller_goes_straight_to_people(exchange: Exchange) -> None:
    """Runs last: the places stay taken for a minute."""
    exchange.pbx.write("extensions.conf")
    exchange.pbx.cli("dialplan reload")
    await asyncio.to_thread(exchange.house.restart_assistant)
    places = int(exchange.house._environ["OTKLIK_VOICE_CALLS"])
    headers = {"X-Otklik-Token": TOKEN, "Content-Type": "application/json"}
    async with aiohttp.ClientSession(headers=headers) as client:
        for _ in range(places):
            async with client.post(f"{exchange.house.url}/voice/calls", json={"dialled": "122"}) as answer:
                assert answer.status == 200
    legs = len(exchange.calls())
    leg = await exchange.ring()
    other = await exchange.picks_up()
    assert len(exchange.calls()) == legs
    await other.hang_up()
    await asyncio.wait_for(leg.ended.wait(), WITHIN)
