"""What every channel owes: each row of the abuse list, through its own server, against the real inbox, turns and outbox."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from benchmarks.fakes.base import Fault, Sent
from channels.base import Channel
from tests.channels.drivers import DRIVERS, PAYLOADS, Row, row
from tests.channels.world import QUICKLY, World, world

ROWS = re.findall(
    r"[a-z_]+", " ".join(re.findall(r"^\| ([a-z_, ]+) \|", (PAYLOADS / "README.md").read_text("utf-8"), re.M))
)
ROWS = [name for name in ROWS if name != "row"]
BOTH = [(channel, name) for channel in DRIVERS for name in ROWS]


@pytest_asyncio.fixture(params=list(DRIVERS))
async def live(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with world(DRIVERS[request.param], tmp_path) as made:
        yield made


def needed(live: World, name: str) -> Row:
    payload = row(live.driver.name, name)
    assert payload is not None, "a channel without this row is not asked (tests/channels/conftest.py)"
    return payload


def absent(channel: str) -> dict[str, str]:
    path = PAYLOADS / channel / "absent.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}  # type: ignore[no-any-return]


def says(expected: Any, found: Any) -> bool:
    """Whether what was found says what was expected; of an object only the named fields are compared."""
    if isinstance(expected, dict):
        if dataclasses.is_dataclass(found):
            named = {k: v for k, v in expected.items() if k != "type"}
            kind = expected.get("type", type(found).__name__)
            return type(found).__name__ == kind and all(says(v, getattr(found, k)) for k, v in named.items())
        return isinstance(found, dict) and all(says(v, found.get(k)) for k, v in expected.items())
    if isinstance(expected, list):
        return len(expected) == len(found) and all(says(a, b) for a, b in zip(expected, found, strict=True))
    return bool(expected == found)


# --- the payload corpus ---


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Channel]:
    """Every channel without its server: what is pure needs none."""
    folder = tmp_path_factory.mktemp("quiet")
    made = {}
    for driver in DRIVERS.values():
        fake = driver.fake()
        fake.url = "http://127.0.0.1:9"
        fake.imap_port = fake.smtp_port = 9  # type: ignore[attr-defined]
        made[driver.name] = driver.channel(fake, folder)
    return made


@pytest.mark.parametrize(("channel", "name"), BOTH)
def test_a_row_is_there_or_its_absence_explained(channel: str, name: str) -> None:
    assert (row(channel, name) is None) == (name in absent(channel))


@pytest.mark.parametrize(("channel", "name"), [b for b in BOTH if b[1] not in absent(b[0])])
def test_events_mean_what_their_row_says(channel: str, name: str, quiet: dict[str, Channel]) -> None:
    payload = row(channel, name)
    assert payload is not None and len(payload.events) == len(payload.means)
    for event, means in zip(payload.events, payload.means, strict=True):
        key = quiet[channel].key(event)
        assert 0 < len(key) <= 120 and key == quiet[channel].key(json.loads(json.dumps(event)))
        if means is None:
            with pytest.raises(Exception):  # noqa: B017 - whichever: the inbox keeps it as a dead letter
                quiet[channel].parse(event)
        else:
            found = quiet[channel].parse(event)
            assert says(means, found), found


@pytest.mark.parametrize("channel", list(DRIVERS))
@pytest.mark.parametrize("event", [{}, {"a": None}, {"message": 5}, {"update_id": "x"}, {"type": []}, {"object": "?"}])
def test_the_key_of_nonsense_is_a_key_too(channel: str, event: dict[str, Any], quiet: dict[str, Channel]) -> None:
    assert 0 < len(quiet[channel].key(event)) <= 120


@pytest.mark.parametrize("channel", list(DRIVERS))
def test_limits_and_features_fit_together(channel: str, quiet: dict[str, Channel]) -> None:
    limits, features = quiet[channel].limits, quiet[channel].features
    assert limits.text >= 1000 and limits.per_second > 0 and limits.per_peer > 0
    assert features.buttons == bool(limits.rows and limits.per_row and limits.buttons and limits.label)
    assert features.files == bool(limits.file)
    assert features.personal_data != (channel == "telegram")


# --- in life ---


async def test_a_message_is_answered(live: World) -> None:
    (sent,) = await live.say("Какие документы нужны?")
    assert "Вы сказали: Какие документы нужны?" in sent.text
    await live.house.settled()
    assert await live.house.raw() == {"done": 1}
    assert await live.house.outbox() == [("sent", None)]


@pytest.mark.row("duplicate")
async def test_a_repeated_event_counts_once(live: World) -> None:
    await live.push(needed(live, "duplicate"))
    assert len(live.rasa.seen) == 1 and len(live.fake.sent) == 1


@pytest.mark.row("out_of_order")
async def test_messages_out_of_order_are_both_answered_once(live: World) -> None:
    await live.push(needed(live, "out_of_order"))
    assert len(await live.house.heard(_peer_of(live, "out_of_order"))) in (1, 2)
    assert (await live.house.raw()) == {"done": 2}
    assert 1 <= len(live.fake.sent) <= 2


@pytest.mark.parametrize("name", ["malformed", "unknown_type"])
async def test_a_bad_event_is_a_dead_letter_and_blocks_nobody(live: World, name: str) -> None:
    payload = needed(live, name)
    await live.push(payload)
    dead = len({live.channel.key(e) for e, m in zip(payload.events, payload.means, strict=True) if m is None})
    assert dead > 0 and (await live.house.raw())["dead"] == dead
    (sent,) = await live.say("Вы тут?")
    assert "Вы тут?" in sent.text


@pytest.mark.row("edit")
async def test_an_edit_before_reading_changes_the_message(live: World) -> None:
    payload = needed(live, "edit")
    first = payload.means[0][0]  # type: ignore[index]
    live.rasa.delay = 0.6
    live.fake.say(first["peer"], "Здравствуйте")
    async with asyncio.timeout(QUICKLY):
        while not live.rasa.seen:
            await asyncio.sleep(0.01)
    for event in payload.events:
        live.fake.push(event)
    await live.arrived(1 + len(payload.events))
    await live.house.settled()
    heard = [body["text"] for body in await live.house.heard(first["peer"])]
    assert len(heard) == 2 and payload.means[1][0]["text"] in str(heard[1])  # type: ignore[index]


@pytest.mark.row("edit")
async def test_an_edit_of_the_last_message_is_answered_anew_and_both_are_kept(live: World) -> None:
    payload = needed(live, "edit")
    before, after = payload.means[0][0], payload.means[1][0]  # type: ignore[index]
    live.fake.push(payload.events[0])
    await live.fake.until(1, None, QUICKLY)
    await live.house.settled()
    live.fake.push(payload.events[1])
    await live.fake.until(2, None, QUICKLY)
    assert [b["text"] for b in await live.house.heard(before["peer"])] == [before["text"], after["text"]]


@pytest.mark.parametrize("name", ["sticker", "emoji_only", "gif"])
async def test_a_message_without_words_is_answered_kindly(live: World, name: str) -> None:
    await live.push(needed(live, name))
    assert len(live.fake.sent) == 1
    assert not (await live.house.raw()).get("dead")


@pytest.mark.row("invisible")
async def test_invisible_signs_are_taken_out(live: World) -> None:
    await live.push(needed(live, "invisible"))
    (body,) = await live.house.heard(_peer_of(live, "invisible"))
    assert "запись" in str(body["text"]).replace("запись" * 2, "запись")
    assert not re.search("[\u200b-\u200f\u202a-\u202e\u2060\u0000\ufeff]", str(body["text"]))


@pytest.mark.row("huge_text")
async def test_a_huge_text_is_cut_with_a_word(live: World) -> None:
    await live.push(needed(live, "huge_text"))
    bodies = await live.house.heard(_peer_of(live, "huge_text"))
    assert bodies and all(len(str(body["text"])) <= 16_000 for body in bodies)
    assert all(len(asked["message"]) <= 2_000 for asked in live.rasa.seen)
    assert live.fake.sent


@pytest.mark.parametrize("name", ["forwarded", "via_bot"])
async def test_somebody_elses_words_are_marked(live: World, name: str) -> None:
    await live.push(needed(live, name))
    assert live.rasa.seen and live.rasa.seen[0]["metadata"]["forwarded"] is True


@pytest.mark.parametrize("name", ["from_bot", "own_echo", "group_chat"])
async def test_what_is_not_for_the_robot_is_left_alone(live: World, name: str) -> None:
    await live.push(needed(live, name))
    assert set(await live.house.raw()) == {"ignored"}
    assert not live.rasa.seen and not live.fake.sent


@pytest.mark.row("blocked")
async def test_a_citizen_who_left_is_noted_and_may_come_back(live: World) -> None:
    left, back = needed(live, "blocked"), row(live.driver.name, "allowed")
    peer = left.means[0][0]["peer"]  # type: ignore[index]
    live.fake.say(peer, "Здравствуйте")
    await live.fake.until(1, peer, QUICKLY)
    await live.push(left)
    await live.house.settled()
    assert (await live.house.events()).count("citizen_blocked") == 1
    if back is not None:
        await live.push(back)
    else:
        live.fake.say(peer, "Я снова тут")
        await live.fake.until(2, peer, QUICKLY)
    assert (await live.house.events()).count("citizen_unblocked") == 1


async def test_nobody_writes_again_to_a_citizen_who_blocked_us(live: World) -> None:
    await live.say("Здравствуйте")
    live.fake.blocked.add(live.peer)
    live.fake.say(live.peer, "И ещё вопрос")
    await live.arrived(2)
    await live.house.settled()
    assert [state for state, _ in await live.house.outbox()] == ["sent", "skipped"]
    assert "citizen_blocked" in await live.house.events()
    live.fake.blocked.discard(live.peer)
    sent = await live.say("Разблокировал")
    await live.house.settled()
    assert len(sent) == 2 and "Разблокировал" in sent[-1].text
    assert "citizen_unblocked" in await live.house.events()


async def test_a_flood_is_read_together_and_told_once_to_slow_down(live: World) -> None:
    live.rasa.delay = 0.05
    for number in range(150):
        live.fake.say(live.peer, f"вопрос {number}")
    await live.arrived(150)
    await live.house.settled(60)
    texts = [sent.text for sent in live.fake.to(live.peer)]
    assert sum("Помедленнее" in text for text in texts) <= 1
    assert len(texts) <= 12
    heard = " ".join(str(body["text"]) for body in await live.house.heard(live.peer))
    assert "вопрос 0" in heard and "вопрос 149" in heard


@pytest.mark.row("album")
async def test_pieces_of_an_album_are_one_message(live: World) -> None:
    await live.push(needed(live, "album"))
    (body,) = await live.house.heard(_peer_of(live, "album"))
    assert len(body["attachments"]) == 3 and body["text"]  # type: ignore[arg-type]
    assert len(live.fake.sent) == 1


async def test_a_pressed_button_brings_its_payload(live: World) -> None:
    sent = (await live.say("нужна запись", answers=2))[-1]
    await _choose(live, sent, 1)
    await live.fake.until(3, live.peer, QUICKLY)
    assert live.rasa.seen[-1]["message"] == '/inform{"centre": "mfc_left_bank"}'
    answered = getattr(live.fake, "answered", None)
    assert answered is None or live.driver.name == "vk" or len(answered) == 1


@pytest.mark.row("button")
async def test_an_old_button_changes_nothing(live: World) -> None:
    old = (await live.say("нужна запись", answers=2))[-1]
    await live.say("ещё одна запись", answers=2)
    asked = len(live.rasa.seen)
    await _choose(live, old, 0)
    last = (await live.fake.until(5, live.peer, QUICKLY))[-1]
    assert len(live.rasa.seen) == asked
    assert "прежнего вопроса" in last.text and last.buttons


@pytest.mark.row("button")
async def test_a_hostile_payload_is_no_command(live: World) -> None:
    await live.push(needed(live, "button"))
    assert not live.rasa.seen or live.rasa.seen[-1]["message"] == "/inform"
    assert len(live.fake.sent) == 1


@pytest.mark.parametrize(("name", "media_type"), [("document", "application/pdf"), ("photo_caption", "image/jpeg")])
async def test_files_are_fetched_and_kept(live: World, name: str, media_type: str) -> None:
    await live.push(needed(live, name))
    (body,) = await live.house.heard(_peer_of(live, name))
    (kept,) = body["attachments"]  # type: ignore[misc, attr-defined]
    assert kept["media_type"] == media_type and kept["size"] > 0
    assert len(live.house.files.read(kept["ref"])) == kept["size"]


@pytest.mark.parametrize(("name", "words"), [("file_too_big", "больше 5 МБ"), ("file_wrong_magic", "принять не могу")])
async def test_a_file_that_cannot_be_taken_is_refused_in_words(live: World, name: str, words: str) -> None:
    await live.push(needed(live, name))
    assert any(words in sent.text for sent in live.fake.sent)
    assert not list((live.house.folder / "files").rglob("[0-9a-f]" * 32))


@pytest.mark.row("file_hostile_name")
async def test_a_hostile_file_name_is_made_harmless(live: World) -> None:
    await live.push(needed(live, "file_hostile_name"))
    (body,) = await live.house.heard(_peer_of(live, "file_hostile_name"))
    (kept,) = body["attachments"]  # type: ignore[misc, attr-defined]
    assert not re.search(r"[/\\\x00-\x1f\u202e]|\.\.", kept["name"]) and len(kept["name"]) <= 105


@pytest.mark.row("document")
async def test_a_file_that_comes_late_is_fetched_again(live: World) -> None:
    live.fake.faults.append(Fault("500", "fetch", times=2))
    await live.push(needed(live, "document"))
    (body,) = await live.house.heard(_peer_of(live, "document"))
    assert len(body["attachments"]) == 1  # type: ignore[arg-type]


@pytest.mark.row("voice")
async def test_a_voice_message_without_a_recogniser_is_asked_for_in_writing(live: World) -> None:
    await live.push(needed(live, "voice"))
    assert any("словами" in sent.text for sent in live.fake.sent)


@pytest.mark.row("location")
async def test_a_place_names_the_nearest_centre(live: World) -> None:
    await live.push(needed(live, "location"))
    assert live.rasa.seen[-1]["message"] == '/ask_address{"centre": "mfc_left_bank"}'
    assert "54.34 43.86" in live.fake.sent[0].text


@pytest.mark.row("contact_own", "contact_other")
async def test_ones_own_number_is_taken_and_anothers_is_not(live: World) -> None:
    await live.push(needed(live, "contact_own"))
    assert live.rasa.seen[-1]["message"] == "+79161234567"
    await live.push(needed(live, "contact_other"))
    assert len(live.rasa.seen) == 1


# --- the server in trouble ---


async def test_an_answer_survives_a_server_in_trouble(live: World) -> None:
    await live.say("Здравствуйте")
    live.fake.faults.append(Fault("500", "send", times=2))
    sent = await live.say("А теперь?")
    assert len(sent) == 2 and "А теперь?" in sent[-1].text
    await live.house.settled()


async def test_a_server_that_asks_to_wait_is_waited_for(live: World) -> None:
    await live.say("Здравствуйте")
    live.fake.faults.append(Fault("429", "send", after=1.0))
    begun = asyncio.get_running_loop().time()
    sent = await live.say("А теперь?")
    assert len(sent) == 2 and asyncio.get_running_loop().time() - begun >= 0.9


async def test_a_cut_line_doubles_nothing_where_the_server_can_tell(live: World) -> None:
    await live.say("Здравствуйте")
    live.fake.faults.append(Fault("cut", "send"))
    live.fake.say(live.peer, "А теперь?")
    await live.arrived(2)
    await live.house.settled(20)
    copies = sum("А теперь?" in sent.text for sent in live.fake.to(live.peer))
    assert copies == 1 if live.channel.features.idempotent_send else 1 <= copies <= 2


async def test_receiving_survives_a_server_in_trouble(live: World) -> None:
    live.fake.faults.append(Fault("500", "receive", times=2))
    (sent,) = await live.say("Слышно?")
    assert "Слышно?" in sent.text


async def test_a_restart_loses_and_repeats_nothing(live: World) -> None:
    live.rasa.delay = 0.3
    for number in range(3):
        live.fake.say(live.peer, f"До остановки {number}")
    await live.arrived(1)
    await live.house.stop()
    live.fake.say(live.peer, "Пока никого нет")
    live.house.channel = live.channel = live.driver.channel(live.fake, live.house.folder)
    await live.house.start()
    await live.arrived(4)
    await live.house.settled(20)
    said = "\n".join(str(body["text"]) for body in await live.house.heard(live.peer))
    heard = [line for line in said.splitlines() if line]
    assert sorted(heard) == sorted([*(f"До остановки {n}" for n in range(3)), "Пока никого нет"])
    answers = "\n".join(sent.text for sent in live.fake.to(live.peer))
    assert all(answers.count(line) == 1 for line in heard)


async def test_rasas_absence_delays_and_loses_nothing(live: World) -> None:
    await live.rasa.stop()
    live.fake.say(live.peer, "Есть кто?")
    await live.arrived(1)
    await live.rasa.start()
    async with asyncio.timeout(QUICKLY):
        while not any("Вы сказали: Есть кто?" in sent.text for sent in live.fake.to(live.peer)):
            await asyncio.sleep(0.05)
    await live.house.settled()
    assert await live.house.raw() == {"done": 1}


@pytest.mark.parametrize("channel", list(DRIVERS))
async def test_a_wrong_token_is_told_in_words_and_shown_nowhere(channel: str, tmp_path: Path) -> None:
    driver = DRIVERS[channel]
    key = "password" if channel == "email" else "token"
    wrong = "99999:wrong-token-SECRET" if channel == "telegram" else "wrong-token-SECRET"
    async with world(driver, tmp_path, **{key: wrong}) as live:
        async with asyncio.timeout(QUICKLY):
            while live.house.doors.state()[channel] in ("", "подключается"):
                await asyncio.sleep(0.05)
        words = live.house.doors.state()[channel]
        assert re.search("[а-я]{4}", words) and "SECRET" not in words
        findings = await live.channel.check()
        assert any(finding.well is False for finding in findings)
        assert "SECRET" not in " ".join(finding.text for finding in findings)


async def _choose(live: World, sent: Sent, place: int) -> None:
    flat = [(r, c) for r, buttons in enumerate(sent.buttons) for c in range(len(buttons))]
    if live.channel.features.buttons:
        live.fake.press(sent, *flat[place])
    else:
        live.fake.say(live.peer, str(place + 1))


def _peer_of(live: World, name: str) -> str:
    payload = row(live.driver.name, name)
    assert payload is not None
    return next(h["peer"] for means in payload.means if means for h in means if h.get("peer"))  # type: ignore[no-any-return]
