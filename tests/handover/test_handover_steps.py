"""Every step between robot and people: what it changes, what the citizen hears, and why it is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from bot.handover.interface import (
    AlreadyTaken,
    Gone,
    NoRoom,
    NotAtWork,
    NoteMissing,
    NotYours,
    Refusal,
    TargetAway,
    TooManyTransfers,
)
from bot.handover.tables import NoteRow
from bot.services.people.tables import TransferRow
from tests.handover.handover_house import House
from tests.services.conftest import Clock


async def talking(house: House, operator: str, **more: Any) -> str:
    """A citizen who talks with this operator."""
    conversation = await house.waiting(**more)
    await house.handovers.take(conversation, operator)
    return conversation


async def close(house: House, conversation: str, operator: str, **more: Any) -> Any:
    given = {"topic": "passport", "result": "answered", "resolved": True} | more
    return await house.handovers.close(conversation, operator, **given)


# taking


async def test_an_operator_takes_who_waits_and_the_citizen_hears_her_name(house: House, clock: Clock) -> None:
    anna = await house.operator("Анна")
    conversation = await house.waiting(topic="passport")
    clock.forward(seconds=40)
    held = await house.handovers.take(conversation, anna)
    assert (held.state, held.operator, held.group) == ("taken", anna, "general")
    assert await house.mode(conversation) == "operator"
    assert await house.heard(conversation) == [house.line("operator_joined", name="Анна")]
    [joined] = await house.events("operator_joined")
    assert joined == {
        "handover": held.handover_id, "group": "general", "operator": anna, "waited_seconds": 40, "assigned": False,
    }  # fmt: skip


async def test_what_was_taken_cannot_be_taken_again(house: House) -> None:
    anna, boris = await house.operator("Анна"), await house.operator("Борис")
    conversation = await talking(house, anna)
    with pytest.raises(AlreadyTaken, match="уже взял другой специалист"):
        await house.handovers.take(conversation, boris)
    with pytest.raises(AlreadyTaken, match="Вы уже ведёте этот разговор"):
        await house.handovers.take(conversation, anna)


async def test_nobody_takes_what_does_not_wait(house: House) -> None:
    anna = await house.operator("Анна")
    with pytest.raises(Gone, match="уже закончен или вернулся к роботу"):
        await house.handovers.take(await house.citizen(), anna)
    with pytest.raises(Gone):
        await house.handovers.take("нет такого", anna)


async def test_another_groups_citizen_is_not_taken(house: House) -> None:
    zoya = await house.operator("Зоя", ["city"])
    with pytest.raises(NotYours, match="другой группы"):
        await house.handovers.take(await house.waiting(), zoya)
    with pytest.raises(NotYours, match="не ведёт разговоры"):
        await house.handovers.take(await house.waiting(), "никто")


@pytest.mark.parametrize("status", ["offline", "pause"])
async def test_who_is_not_on_line_takes_nobody(house: House, status: Any) -> None:
    anna = await house.operator("Анна")
    conversation = await house.waiting()
    await house.presences.set(anna, status, "Обед")
    with pytest.raises(NotAtWork, match="Вы не на линии"):
        await house.handovers.take(conversation, anna)


async def test_capacity_counts_talks_and_wrap_ups(house: House, clock: Clock) -> None:
    anna = await house.operator("Анна", capacity=1)
    first = await talking(house, anna)
    second = await house.waiting(user="second")
    with pytest.raises(NoRoom, match="столько разговоров"):
        await house.handovers.take(second, anna)
    await close(house, first, anna)
    with pytest.raises(NoRoom):
        await house.handovers.take(second, anna)
    clock.forward(seconds=61)
    await house.handovers.take(second, anna)


async def test_of_twenty_who_grab_one_conversation_one_gets_it(house: House) -> None:
    operators = [await house.operator(f"О{i}") for i in range(20)]
    conversation = await house.waiting()
    results = await asyncio.gather(
        *(house.handovers.take(conversation, one) for one in operators), return_exceptions=True
    )
    won = [r for r in results if not isinstance(r, BaseException)]
    assert len(won) == 1 and sum(isinstance(r, AlreadyTaken) for r in results) == 19
    assert (await house.row(conversation)).operator == won[0].operator
    assert len(await house.events("operator_joined")) == 1
    assert len(await house.heard(conversation)) == 1


async def test_an_operator_who_grabs_twenty_at_once_gets_no_more_than_she_can_hold(house: House) -> None:
    anna = await house.operator("Анна", capacity=3)
    waiting = [await house.waiting(f"u{i}") for i in range(20)]
    results = await asyncio.gather(*(house.handovers.take(c, anna) for c in waiting), return_exceptions=True)
    assert sum(not isinstance(r, BaseException) for r in results) == 3
    assert sum(isinstance(r, NoRoom) for r in results) == 17
    assert (await house.presences.of(anna)).holding == 3


async def test_assigning_twice_at_once_gives_nobody_twice(house: House) -> None:
    for name in ("Анна", "Борис", "Вера"):
        await house.operator(name, capacity=2)
    waiting = [await house.waiting(f"u{i}") for i in range(10)]
    given = [one for run in await asyncio.gather(*(house.handovers.assign_waiting() for _ in range(5))) for one in run]
    assert len({held.conversation_id for held in given}) == len(given) == 6
    assert [await house.mode(c) for c in waiting] == ["operator"] * 6 + ["queued"] * 4


# passing on


async def test_a_talk_goes_to_a_colleague_with_a_note_and_the_citizen_hears_to_whom(house: House, clock: Clock) -> None:
    anna, boris = await house.operator("Анна"), await house.operator("Борис")
    conversation = await talking(house, anna)
    held = await house.handovers.transfer(conversation, anna, " Нужен юрист ", to_operator=boris)
    assert (held.state, held.transfers) == ("queued", 1)
    row = await house.row(conversation)
    assert (row.state, row.operator, row.wanted_operator) == ("taken", boris, None)
    assert await house.heard(conversation) == [
        house.line("operator_joined", name="Анна"),
        house.line("operator_passes_on", to="Борис"),
        house.line("operator_joined", name="Борис"),
    ]
    async with house.store.read() as session:
        kept = (await session.scalars(select(TransferRow))).one()
    assert house.vault.open(kept.note) == "Нужен юрист" and "юрист" not in kept.note
    assert (kept.kind, kept.from_operator, kept.to_operator) == ("transfer", anna, boris)
    [event] = await house.events("transferred")
    assert (event["from_operator"], event["to_operator"], event["transfers"]) == (anna, boris, 1)


async def test_only_the_colleague_may_take_what_was_passed_on_to_her(house: House) -> None:
    anna, boris = await house.operator("Анна"), await house.operator("Борис", capacity=0)
    vera = await house.operator("Вера")
    conversation = await talking(house, anna)
    await house.handovers.transfer(conversation, anna, "вам", to_operator=boris)
    with pytest.raises(NotYours, match="передан другому специалисту"):
        await house.handovers.take(conversation, vera)
    assert await house.mode(conversation) == "queued"


async def test_a_talk_goes_to_a_group_and_not_back_to_whom_it_came_from(house: House) -> None:
    anna, boris = await house.operator("Анна"), await house.operator("Борис", capacity=5)
    for i in range(3):
        await talking(house, boris, user=f"busy{i}")
    conversation = await talking(house, anna)
    await house.handovers.transfer(conversation, anna, "кто может?", to_group="general")
    assert (await house.row(conversation)).operator == boris
    assert house.line("operator_passes_on", to="Общая") in await house.heard(conversation)


async def test_two_transfers_and_no_more(house: House) -> None:
    anna, boris = await house.operator("Анна"), await house.operator("Борис")
    conversation = await talking(house, anna)
    await house.handovers.transfer(conversation, anna, "раз", to_operator=boris)
    await house.handovers.transfer(conversation, boris, "два", to_operator=anna)
    with pytest.raises(TooManyTransfers, match="уже передавали дважды"):
        await house.handovers.transfer(conversation, anna, "три", to_operator=boris)
    boss = await house.operator("Глава", supervisor=True)
    await house.handovers.take_over(conversation, boss)
    await house.handovers.reassign(conversation, boss, to_operator=boris)
    row = await house.row(conversation)
    assert (row.operator, row.transfers) == (boris, 2)


@pytest.mark.parametrize("note", ["", "  \n"])
async def test_a_transfer_needs_a_note(house: House, note: str) -> None:
    anna, boris = await house.operator("Анна"), await house.operator("Борис")
    conversation = await talking(house, anna)
    with pytest.raises(NoteMissing, match="Напишите коллеге пару слов"):
        await house.handovers.transfer(conversation, anna, note, to_operator=boris)
    assert (await house.row(conversation)).transfers == 0


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({"to_operator": "борис"}, "Этого специалиста сейчас нет на линии"),
        ({"to_operator": "вера"}, "Этого специалиста сейчас нет на линии"),
        ({"to_operator": "никто"}, "Этого специалиста сейчас нет на линии"),
        ({"to_group": "city"}, "там сейчас никого нет на линии"),
        ({"to_group": "general"}, "там сейчас никого нет на линии"),
        ({"to_group": "нет такой"}, "там сейчас никого нет на линии"),
    ],
)
async def test_nobody_is_passed_on_to_somebody_who_is_away(house: House, target: Any, text: str) -> None:
    anna = await house.operator("Анна")
    await house.operator("Борис", online=False)
    vera = await house.operator("Вера")
    await house.presences.set(vera, "pause", "Обед")
    conversation = await talking(house, anna)
    with pytest.raises(TargetAway, match=text):
        await house.handovers.transfer(conversation, anna, "кому-нибудь", **target)
    assert await house.mode(conversation) == "operator"


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({}, "Выберите, кому передать"),
        ({"to_operator": "анна", "to_group": "general"}, "Выберите, кому передать"),
        ({"to_operator": "анна"}, "уже у вас"),
    ],
)
async def test_a_transfer_needs_one_other_target(house: House, target: Any, text: str) -> None:
    anna = await house.operator("Анна")
    conversation = await talking(house, anna)
    with pytest.raises(Refusal, match=text):
        await house.handovers.transfer(conversation, anna, "кому-нибудь", **target)


async def test_only_she_who_talks_may_pass_on_close_or_give_back(house: House) -> None:
    anna, boris = await house.operator("Анна"), await house.operator("Борис")
    conversation = await talking(house, anna)
    with pytest.raises(NotYours, match="ведёт другой специалист"):
        await house.handovers.transfer(conversation, boris, "моё", to_operator=anna)
    with pytest.raises(NotYours):
        await close(house, conversation, boris)
    with pytest.raises(NotYours):
        await house.handovers.give_back(conversation, boris)
    other = await house.waiting("other")
    with pytest.raises(Gone):
        await close(house, other, anna)


async def test_of_a_transfer_a_close_and_a_hand_back_at_once_one_happens(house: House) -> None:
    anna, boris = await house.operator("Анна"), await house.operator("Борис")
    for turn in range(4):
        conversation = await talking(house, anna, user=f"u{turn}")
        results = await asyncio.gather(
            house.handovers.transfer(conversation, anna, "вам", to_operator=boris),
            close(house, conversation, anna),
            house.handovers.give_back(conversation, anna),
            house.people.leave(conversation),
            return_exceptions=True,
        )
        won = [r for r in results[:3] if not isinstance(r, BaseException)]
        assert len(won) >= 1 and all(isinstance(r, Refusal) for r in results[:3] if isinstance(r, BaseException))
        row, mode = await house.row(conversation), await house.mode(conversation)
        assert (row.state, mode) in {("taken", "operator"), ("wrap_up", "robot"), ("left", "robot")}
        await house.handovers.wrapped_up(anna)
        if row.state == "taken":
            await close(house, conversation, boris)
            await house.handovers.wrapped_up(boris)


# the end


async def test_closing_brings_the_robot_back_and_asks_how_it_was(house: House, clock: Clock) -> None:
    anna = await house.operator("Анна")
    conversation = await house.waiting(topic="passport")
    clock.forward(seconds=30)
    await house.handovers.take(conversation, anna)
    clock.forward(minutes=4)
    held = await close(house, conversation, anna, topic="", result="done", note="  Записали на среду ")
    assert held.state == "wrap_up" and await house.mode(conversation) == "robot"
    done, rating = (await house.history(conversation))[-2:]
    assert done.body["text"] == house.line("operator_done") and "робот" in done.body["text"]
    assert rating.body["form"]["type"] == "rating" and len(rating.body["buttons"]) == 4
    row = await house.row(conversation)
    assert (row.closing_topic, row.result, row.resolved) == ("passport", "done", True)
    [closed] = await house.events("talk_closed")
    assert (closed["talk_seconds"], closed["wait"], closed["result"], closed["resolved"]) == (240, 30, "done", True)
    async with house.store.read() as session:
        note = (await session.scalars(select(NoteRow))).one()
    assert house.vault.open(note.text) == "Записали на среду" and note.author_name == "Анна"


@pytest.mark.parametrize(("reason", "result"), [("crisis", "answered"), ("asked", "abuse")])
async def test_some_talks_are_not_rated(house: House, reason: str, result: str) -> None:
    anna = await house.operator("Анна")
    conversation = await house.citizen()
    await house.calls(conversation, reason)
    await house.handovers.take(conversation, anna)
    await close(house, conversation, anna, result=result)
    assert (await house.heard(conversation))[-1] == house.line("operator_done")


async def test_an_unknown_result_is_refused(house: House) -> None:
    anna = await house.operator("Анна")
    conversation = await talking(house, anna)
    with pytest.raises(Refusal, match="чем закончился разговор"):
        await close(house, conversation, anna, result="выдумка")
    assert await house.mode(conversation) == "operator"


async def test_the_grade_and_the_answer_whether_it_is_settled_are_kept(house: House) -> None:
    anna = await house.operator("Анна")
    conversation = await talking(house, anna)
    held = await close(house, conversation, anna)
    graded = await house.says(conversation, "Отлично")
    assert graded.replies[0].body["text"] == house.line("talk_graded")
    settled = await house.says(conversation, "нет")
    assert settled.replies[0].body["buttons"][0]["payload"] == "/request_operator"
    rating = await house.feedback.of(conversation, f"handover:{held.handover_id}")
    assert rating is not None and rating.satisfaction == 4
    [given] = await house.events("resolution_given")
    assert (given["resolved"], given["handover"], given["operator"]) == (False, held.handover_id, anna)
    assert (await house.row(conversation)).resolved is True


async def test_a_pressed_grade_counts_late_and_by_number_too(house: House) -> None:
    anna = await house.operator("Анна")
    conversation = await talking(house, anna)
    held = await close(house, conversation, anna)
    worst = (await house.history(conversation))[-1].body["buttons"][0]["payload"]
    await house.says(conversation, "а ещё вопрос")
    said = await house.says(conversation, "Плохо", worst)
    assert said.replies[0].body["text"] == house.line("talk_graded_low")
    rating = await house.feedback.of(conversation, f"handover:{held.handover_id}")
    assert rating is not None and rating.satisfaction == 1


@pytest.mark.parametrize(
    "payload",
    [
        '/rate_talk{"handover": 1, "grade": 4}', '/rate_talk{"handover": 99, "grade": 4}', "/rate_talk{}",
        '/rate_talk{"handover": "1", "grade": 4}', '/rate_talk{nonsense}', '/talk_resolved{"handover": 1}',
    ],
)  # fmt: skip
async def test_a_forged_grade_of_somebody_elses_talk_counts_nothing(house: House, payload: str) -> None:
    anna = await house.operator("Анна")
    victim = await talking(house, anna, user="victim")
    assert (await close(house, victim, anna)).handover_id == 1
    said = await house.says(await house.citizen("stranger"), "", payload)
    assert said.replies[0].body["text"] == house.line("stale_choice")
    assert await house.events("feedback_given") == [] and await house.events("resolution_given") == []


async def test_a_grade_out_of_range_counts_nothing(house: House) -> None:
    anna = await house.operator("Анна")
    conversation = await talking(house, anna)
    await close(house, conversation, anna)
    for grade in ("0", "5", "true", '"4"', "null"):
        await house.says(conversation, "", f'/rate_talk{{"handover": 1, "grade": {grade}}}')
    assert await house.events("feedback_given") == []


async def test_giving_back_with_a_task_lets_the_robot_ask_its_next_question(house: House) -> None:
    anna = await house.operator("Анна")
    conversation = await talking(house, anna)
    held = await house.handovers.give_back(conversation, anna, "/book_appointment")
    await house.turns.idle(conversation)
    assert held.state == "wrap_up" and await house.mode(conversation) == "robot"
    told, wish, answer = (await house.history(conversation))[-3:]
    assert told.body["text"] == house.line("operator_gives_task")
    assert (wish.author, wish.body["payload"], wish.body["by"]) == ("citizen", "/book_appointment", anna)
    assert wish.body["text"] == "Записать на приём" and answer.reply_to == wish.seq
    [event] = await house.events("returned_to_robot")
    assert (event["by"], event["task"]) == ("operator", "/book_appointment")


async def test_giving_back_without_a_task_and_with_an_unknown_one(house: House) -> None:
    anna = await house.operator("Анна")
    conversation = await talking(house, anna)
    with pytest.raises(Refusal, match="Такого задания у робота нет"):
        await house.handovers.give_back(conversation, anna, "/delete_my_data")
    await house.handovers.give_back(conversation, anna)
    assert (await house.heard(conversation))[-1] == house.line("operator_done")


async def test_what_came_of_a_talk_given_back_is_written_up_once(house: House, clock: Clock) -> None:
    anna = await house.operator("Анна")
    conversation = await talking(house, anna)
    await house.handovers.give_back(conversation, anna)
    clock.forward(minutes=3)
    await house.handovers.tick()
    held = await close(house, conversation, anna, result="directed", resolved=False)
    assert held.state == "closed" and (await house.row(conversation)).result == "directed"
    with pytest.raises(Gone):
        await close(house, conversation, anna)
    assert len(await house.events("talk_closed")) == 1


async def test_a_wrap_up_that_ends_early_drains_the_queue_at_once(house: House) -> None:
    anna = await house.operator("Анна", capacity=1)
    first = await talking(house, anna)
    second = await house.waiting("second")
    await close(house, first, anna)
    assert await house.mode(second) == "queued"
    assert (await house.presences.of(anna)).status == "wrap_up"
    await house.handovers.wrapped_up(anna)
    assert (await house.row(second)).operator == anna
    [ended] = await house.events("wrap_up_ended")
    assert ended["early"] is True


# supervisors


async def test_a_supervisor_takes_over_without_room_and_the_citizen_hears_who_goes_on(house: House) -> None:
    anna = await house.operator("Анна")
    boss = await house.operator("Глава", supervisor=True, online=False, capacity=0)
    conversation = await talking(house, anna)
    held = await house.handovers.take_over(conversation, boss)
    assert (held.state, held.operator) == ("taken", boss)
    assert (await house.heard(conversation))[-1] == house.line("operator_continues", name="Глава")
    [event] = await house.events("taken_over")
    assert (event["from_operator"], event["operator"]) == (anna, boss)
    assert (await house.presences.of(anna)).holding == 0
    await house.handovers.tick()
    assert (await house.row(conversation)).operator == boss


async def test_a_supervisor_takes_one_who_waits_and_nobody_who_does_not(house: House) -> None:
    boss = await house.operator("Глава", ["general", "crisis"], supervisor=True)
    conversation = await house.waiting(priority=100)
    assert (await house.handovers.take_over(conversation, boss)).operator == boss
    assert await house.events("taken_over") == []
    with pytest.raises(Gone):
        await house.handovers.take_over(await house.citizen(), boss)


async def test_only_supervisors_of_the_group_take_over_or_reassign(house: House) -> None:
    anna, boris = await house.operator("Анна"), await house.operator("Борис")
    foreign = await house.operator("Чужая", ["city"], supervisor=True)
    conversation = await talking(house, anna)
    for one in (boris, foreign):
        with pytest.raises(NotYours):
            await house.handovers.take_over(conversation, one)
        with pytest.raises(NotYours):
            await house.handovers.reassign(conversation, one, to_operator=boris)


async def test_a_supervisor_gives_a_talk_and_a_waiting_citizen_to_somebody_else(house: House) -> None:
    anna, boris = await house.operator("Анна"), await house.operator("Борис")
    zoya = await house.operator("Зоя", ["city"])
    boss = await house.operator("Глава", supervisor=True, capacity=0)
    conversation = await talking(house, anna)
    await house.handovers.reassign(conversation, boss, to_operator=boris)
    row = await house.row(conversation)
    assert (row.operator, row.transfers) == (boris, 0)
    with pytest.raises(Refusal, match="уже ведёт разговор"):
        await house.handovers.reassign(conversation, boss, to_operator=boris)
    waiting = await house.waiting("other")
    await house.handovers.reassign(waiting, boss, to_group="city")
    row = await house.row(waiting)
    assert (row.operator, row.group) == (zoya, "city")
    assert [e["to_group"] for e in await house.events("reassigned")] == ["general", "city"]
    # Who only waited hears nothing of it before somebody is there.
    assert await house.heard(waiting) == [house.line("operator_joined", name="Зоя")]


# the telephone


async def test_a_caller_is_put_through_by_the_exchange_and_never_assigned(house: House) -> None:
    anna = await house.operator("Анна", capacity=1)
    caller = await house.waiting("caller", channel="phone")
    assert await house.handovers.assign_waiting() == []
    await talking(house, anna, user="writes")
    held = await house.handovers.taken_by_phone(caller, anna)
    assert (held.state, held.operator) == ("taken", anna)
    assert (await house.presences.of(anna)).holding == 2
    assert (await house.handovers.taken_by_phone(caller, anna)).operator == anna
    assert await house.heard(caller) == []
    ended = await house.handovers.call_ended(caller)
    assert ended.state == "wrap_up" and await house.mode(caller) == "robot"
    with pytest.raises(Gone):
        await house.handovers.call_ended(caller)
    assert (await close(house, caller, anna)).state == "wrap_up"
    assert await house.heard(caller) == []


async def test_a_caller_who_hangs_up_in_the_queue_has_left(house: House, clock: Clock) -> None:
    caller = await house.waiting("caller", channel="phone")
    clock.forward(seconds=30)
    assert (await house.handovers.call_ended(caller)).state == "left"
    [left] = await house.events("handover_left")
    assert (left["abandoned"], left["waited_seconds"]) == (True, 30)


async def test_a_call_that_the_exchange_moves_goes_on_with_the_next_operator(house: House) -> None:
    anna, boris = await house.operator("Анна"), await house.operator("Борис", online=False)
    caller = await house.waiting("caller", channel="phone")
    await house.handovers.taken_by_phone(caller, anna)
    assert (await house.handovers.taken_by_phone(caller, boris)).operator == boris
    assert (await house.row(caller)).transfers == 0


async def test_who_is_on_the_telephone_is_given_nobody_to_write_with(house: House) -> None:
    anna = await house.operator("Анна")
    caller = await house.waiting("caller", channel="phone")
    await house.handovers.taken_by_phone(caller, anna)
    writer = await house.waiting("writer")
    assert await house.handovers.assign_waiting() == []
    await house.handovers.call_ended(caller)
    assert [held.conversation_id for held in await house.handovers.assign_waiting()] == [writer]
