"""The supervisor's board: figures of today, counted from hand-overs, with the robot's time left out."""

from __future__ import annotations

import pytest

from bot.handover.shown import GroupBoard
from tests.handover.handover_house import House
from tests.handover.seeing import Window

ALL = ("general", "city", "health", "crisis")


@pytest.fixture
def window(house: House) -> Window:
    return Window(house)


async def general(window: Window) -> GroupBoard:
    return next(one for one in (await window.views.board(ALL)).groups if one.group == "general")


async def test_an_empty_day_has_no_shares(window: Window) -> None:
    board = await window.views.board(ALL)
    assert [one.group for one in board.groups] == sorted(ALL)
    one = await general(window)
    assert (one.service_level, one.abandoned, one.csat, one.resolved, one.average_wait) == (None,) * 5
    assert (one.waiting, one.longest_wait, one.talking, one.online, one.taken_today, one.open) == (0, 0, 0, 0, 0, True)


async def test_service_level_counts_those_taken_in_time_of_all_who_were_served_or_gave_up(window: Window) -> None:
    house = window.house
    await house.operator("Анна", capacity=9)
    for seconds in (10, 20, 21):
        conversation = await house.waiting()
        house.clock.forward(seconds=seconds)
        await house.handovers.take(conversation, "анна")
    gone = await house.waiting()
    house.clock.forward(seconds=30)
    await house.people.leave(gone)
    impatient = await house.waiting()
    house.clock.forward(seconds=4)
    await house.people.leave(impatient)
    one = await general(window)
    assert (one.service_level, one.abandoned, one.taken_today) == (50.0, 25.0, 3)
    assert (one.average_wait, one.talking) == (17, 3)


async def test_waiting_and_who_is_at_work_are_of_this_moment(window: Window) -> None:
    house = window.house
    await house.operator("Анна")
    await house.operator("Вера", ("city",))
    await house.waiting(topic="medicine")
    house.clock.forward(minutes=2)
    await house.waiting(topic="medicine")
    board = {one.group: one for one in (await window.views.board(ALL)).groups}
    assert (board["health"].waiting, board["health"].longest_wait, board["health"].online) == (2, 120, 0)
    assert board["general"].online == 1 and board["city"].online == 1


async def test_talk_satisfaction_and_resolution_are_of_talks_that_people_ended(window: Window) -> None:
    house = window.house
    ended, anna = await window.talk()
    house.clock.forward(minutes=5)
    await house.handovers.close(ended, anna, topic="", result="answered", resolved=True)
    house.clock.forward(minutes=1)
    await house.feedback.rate(ended, satisfaction=4)
    robots = await house.citizen()
    await house.feedback.rate(robots, satisfaction=1)
    one = await general(window)
    assert (one.average_talk, one.csat, one.resolved) == (300, 100.0, 100.0)


async def test_yesterday_is_over(window: Window) -> None:
    await window.talk()
    window.house.clock.forward(days=1)
    one = await general(window)
    assert (one.taken_today, one.service_level, one.talking) == (0, None, 1)
    assert (await window.views.board(ALL)).repeat_contact is None


async def test_reasons_and_repeats_are_counted(window: Window) -> None:
    house = window.house
    conversation, anna = await window.talk()
    await house.handovers.close(conversation, anna, topic="", result="answered")
    await house.presences.set(anna, "online")
    house.clock.forward(minutes=5)
    await house.calls(conversation, "anger")
    await house.handovers.take(conversation, anna)
    board = await window.views.board(ALL)
    assert dict(board.reasons) == {"asked": 1, "anger": 1}
    assert board.repeat_contact == 50.0


async def test_only_own_groups_stand_on_the_board(window: Window) -> None:
    await window.house.waiting(topic="roads")
    board = await window.views.board(("general", "нет такой"))
    assert [one.group for one in board.groups] == ["general"] and board.reasons == ()
