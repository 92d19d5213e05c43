"""The robot never speaks while a human does, and what a citizen reads around a hand-over makes sense."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from bot.handover.bulletin import News
from bot.handover.watch import Watch
from bot.store.journal import Message
from tests.channels.fake_rasa import FakeRasa
from tests.handover.handover_house import House, inbound


async def talking(house: House) -> str:
    conversation = await house.waiting()
    await house.handovers.take(conversation, await house.operator("Анна"))
    return conversation


@contextlib.asynccontextmanager
async def watched(house: House) -> AsyncIterator[Watch]:
    """The watch runs as in life."""
    watch = Watch(house.handovers, house.bulletin)
    house.people.tell_change(watch.wake)
    house.presences.tell_change(watch.wake)
    house.turns.tell_rest(watch.rested)
    task = asyncio.create_task(watch.run())
    yield watch
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(house: House, conversation: str, mode: str) -> None:
    async with asyncio.timeout(5):
        while await house.mode(conversation) != mode:
            await asyncio.sleep(0.01)


async def test_the_robot_is_silent_while_an_operator_talks(house: House, rasa: FakeRasa) -> None:
    conversation = await talking(house)
    for text in ("Здравствуйте", "Оператор!", "запишите меня"):
        said = await house.says(conversation, text)
        assert (said.replies, said.mode, said.over) == ([], "operator", True)
    assert rasa.seen == []
    assert [m.author for m in await house.history(conversation)] == ["robot", "citizen", "citizen", "citizen"]
    assert await house.events("robot_reply_withheld") == []


async def test_buttons_pressed_in_a_talk_are_words_for_the_operator(house: House) -> None:
    conversation = await talking(house)
    said = await house.says(conversation, "Записаться", "/book_appointment")
    assert said.mode == "operator"
    await house.says(conversation, "", "/robot")
    assert [m.body["text"] for m in await house.history(conversation) if m.author == "citizen"] == [
        "Записаться", house.line("pressed_old_button"),
    ]  # fmt: skip
    assert await house.mode(conversation) == "operator"


async def test_who_waits_hears_once_that_her_words_are_kept(house: House) -> None:
    conversation = await house.waiting()
    first, second = await house.says(conversation, "ещё вот что"), await house.says(conversation, "и ещё")
    assert first.replies[0].body["text"] == house.line("kept_for_operator") and second.replies == []


@pytest.mark.parametrize(("text", "payload"), [("Вернуться к роботу", "/robot"), ("вернуться к роботу", None)])
async def test_who_goes_back_to_the_robot_leaves_the_queue(house: House, text: str, payload: str | None) -> None:
    conversation = await house.waiting()
    await house.says(conversation, "жду")
    said = await house.says(conversation, text, payload)
    assert (said.mode, said.replies[0].body["text"]) == ("robot", house.line("robot_back"))
    assert (await house.row(conversation)).state == "left"
    assert [e["by"] for e in await house.events("returned_to_robot")] == ["citizen"]
    assert [e["abandoned"] for e in await house.events("handover_left")] == [False]


async def test_a_cry_for_help_in_the_queue_is_answered_at_once_and_keeps_the_place(house: House) -> None:
    conversation = await house.waiting()
    said = await house.says(conversation, "я не хочу больше жить")
    assert (said.mode, said.replies[0].body["text"]) == ("queued", "Вы сказали: /crisis")
    assert (await house.row(conversation)).state == "queued"


async def test_a_grade_from_the_queue_is_taken_and_keeps_the_place(house: House) -> None:
    conversation = await talking(house)
    held = await house.handovers.close(conversation, "анна", topic="", result="answered")
    await house.calls(conversation)
    said = await house.says(conversation, "Хорошо")
    assert (said.mode, said.replies[0].body["text"]) == ("queued", house.line("talk_graded"))
    rating = await house.feedback.of(conversation, f"handover:{held.handover_id}")
    assert rating is not None and rating.satisfaction == 3


async def test_what_the_robot_was_about_to_say_is_withheld_when_somebody_has_come(house: House, rasa: FakeRasa) -> None:
    anna = await house.operator("Анна")
    rasa.delay = 0.3
    accepted = await house.turns.accept(inbound("widget", "u", "позовите человека"))
    while not rasa.seen:
        await asyncio.sleep(0.01)
    conversation = accepted.conversation_id
    await house.calls(conversation)
    await house.handovers.take(conversation, anna)
    said = await house.turns.wait(accepted, 5)
    assert (said.replies, said.mode, said.over) == ([], "operator", True)
    assert await house.heard(conversation) == [house.line("operator_joined", name="Анна")]
    assert await house.events("robot_reply_withheld") == [{"replies": 1}]
    assert (await house.conversation(conversation)).buttons == []


async def test_a_turn_that_lost_its_robot_ends_silently_when_somebody_has_come(house: House, rasa: FakeRasa) -> None:
    anna = await house.operator("Анна")
    rasa.delay = 30
    accepted = await house.turns.accept(inbound("widget", "u", "позовите человека"))
    while not rasa.seen:
        await asyncio.sleep(0.01)
    conversation = accepted.conversation_id
    await house.calls(conversation)
    await house.handovers.take(conversation, anna)
    await rasa.stop()
    async with asyncio.timeout(10):
        await house.turns.idle(conversation)
    assert await house.heard(conversation) == [house.line("operator_joined", name="Анна")]


async def test_an_operator_joins_only_after_the_robot_has_finished_its_sentence(house: House, rasa: FakeRasa) -> None:
    await house.operator("Анна")
    rasa.delay = 0.3
    async with watched(house):
        accepted = await house.turns.accept(inbound("widget", "u", "позовите человека"))
        while not rasa.seen:
            await asyncio.sleep(0.01)
        await house.calls(accepted.conversation_id)
        said = await house.turns.wait(accepted, 5)
        assert said.mode == "queued"
        await until(house, accepted.conversation_id, "operator")
    assert await house.heard(accepted.conversation_id) == [
        "Вы сказали: позовите человека", house.line("operator_joined", name="Анна"),
    ]  # fmt: skip


async def test_taken_or_left_but_never_both(house: House) -> None:
    anna = await house.operator("Анна", capacity=100)
    for i in range(12):
        conversation = await house.waiting(f"u{i}")
        taken, said = await asyncio.gather(
            house.handovers.take(conversation, anna),
            house.says(conversation, "Вернуться к роботу", "/robot"),
            return_exceptions=True,
        )
        state, mode = (await house.row(conversation)).state, await house.mode(conversation)
        assert (state, mode) in {("taken", "operator"), ("left", "robot")}
        assert not isinstance(said, BaseException)
        assert bool(said.replies) == (mode == "robot") and isinstance(taken, BaseException) == (mode == "robot")


async def test_open_lines_hear_each_step_and_the_desk_whom_it_concerns(house: House) -> None:
    anna = await house.operator("Анна")
    conversation = await house.waiting()
    async with house.turns.listen(conversation) as line, house.bulletin.listen() as news:
        await house.handovers.take(conversation, anna)
        await house.handovers.close(conversation, anna, topic="", result="answered")
        heard = [line.get_nowait() for _ in range(line.qsize())]
        posted = [news.get_nowait() for _ in range(news.qsize())]
    modes = [one["mode"] for one in heard if isinstance(one, dict)]
    assert modes == ["operator", "robot"] and sum(isinstance(one, Message) for one in heard) == 3
    assert News("queue", conversation, "general") in posted
    assert News("mine", conversation, "general", anna) in posted
    assert News("presence", operator=anna) in posted


async def test_a_citizen_is_assigned_as_soon_as_she_calls(house: House) -> None:
    await house.operator("Анна")
    async with watched(house):
        conversation = await house.waiting()
        await until(house, conversation, "operator")


async def test_a_faulty_look_does_not_end_the_watch(house: House) -> None:
    conversation = await house.waiting()
    colleagues, house.operators = house.operators, None  # type: ignore[assignment]
    async with watched(house) as watch:
        await asyncio.sleep(0.05)
        house.operators = colleagues
        await house.operator("Анна")
        watch.wake()
        await until(house, conversation, "operator")
