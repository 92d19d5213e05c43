"""Lists of the window: in which order citizens stand there, and what a row says of them."""

from __future__ import annotations

import pytest

from tests.handover.handover_house import House
from tests.handover.seeing import Window

ALL = ("general", "city", "health", "crisis")


@pytest.fixture
def window(house: House) -> Window:
    return Window(house)


async def test_the_next_one_stands_first(window: Window) -> None:
    first, second = await window.house.waiting(), await window.house.waiting()
    urgent = await window.house.waiting(priority=100)
    assert [one.conversation_id for one in await window.views.queue(ALL)] == [urgent, first, second]


async def test_only_own_groups_are_seen_and_no_more_than_asked_for(window: Window) -> None:
    await window.house.waiting(topic="roads")
    mine = await window.house.waiting()
    await window.house.waiting()
    assert [one.conversation_id for one in await window.views.queue(("general",), 1)] == [mine]
    assert await window.views.queue(()) == []


async def test_a_row_says_who_where_why_and_since_when(window: Window) -> None:
    conversation = await window.house.citizen("u1", "vk", surname="Петрова", name="Нина")
    await window.house.calls(conversation, "misunderstood", "roads")
    await window.writes(conversation, "Яма на дороге,\nуже третья неделя")
    await window.set(conversation, mood=[{"name": "anger", "intensity": 0.8}])
    window.house.clock.forward(seconds=90)
    [row] = await window.views.queue(ALL)
    assert (row.name, row.channel, row.state, row.operator) == ("Петрова Нина", "vk", "queued", "")
    assert (row.group, row.group_title) == ("city", "Город")
    assert (row.topic, row.topic_title) == ("roads", "Дороги")
    assert (row.reason, row.reason_title) == ("misunderstood", "робот дважды не понял")
    assert (row.mood, row.mood_title) == ("anger", "гнев")
    assert (row.last, row.last_by, row.unread) == ("Яма на дороге, уже третья неделя", "citizen", 1)
    assert row.waited_seconds == 90 and not row.blocked


async def test_nobody_knows_the_name_of_a_new_citizen(window: Window) -> None:
    await window.house.waiting()
    assert (await window.views.queue(ALL))[0].name == "Гражданин"


async def test_a_long_message_is_cut_and_a_file_is_named(window: Window) -> None:
    long, file = await window.house.waiting(), await window.house.waiting()
    await window.writes(long, "очень " * 100)
    await window.writes(
        file, "", attachments=[{"name": "скан.pdf", "media_type": "application/pdf", "size": 1, "ref": "r"}]
    )
    rows = {one.conversation_id: one.last for one in await window.views.queue(ALL)}
    assert len(rows[long]) <= 120 and rows[long].endswith("…")
    assert rows[file] == "файл: скан.pdf"


async def test_history_before_the_wish_is_not_unread(window: Window) -> None:
    conversation = await window.house.citizen()
    for text in ("раз", "два"):
        await window.writes(conversation, text)
    window.house.clock.forward(seconds=5)
    await window.house.calls(conversation)
    assert (await window.views.queue(ALL))[0].unread == 0
    await window.writes(conversation, "вы где?")
    assert (await window.views.queue(ALL))[0].unread == 1


async def test_what_the_operator_has_seen_is_read(window: Window) -> None:
    conversation, anna = await window.talk()
    first = await window.writes(conversation, "первое")
    await window.writes(conversation, "второе")
    assert (await window.views.mine(anna))[0].unread == 2
    await window.speaking.read(conversation, anna, first)
    assert (await window.views.mine(anna))[0].unread == 1


async def test_unread_messages_are_counted_up_to_thirty(window: Window) -> None:
    conversation, anna = await window.talk()
    for number in range(40):
        await window.writes(conversation, f"и ещё {number}")
    assert (await window.views.mine(anna))[0].unread == 30


async def test_the_wait_of_a_talk_counts_from_the_unanswered_message(window: Window) -> None:
    house = window.house
    conversation, anna = await window.talk()
    house.clock.forward(seconds=40)
    assert (await window.views.mine(anna))[0].waited_seconds == 40, "nobody has answered yet"
    await window.speaking.say(conversation, anna, "Анна", "Здравствуйте!", key="k1")
    house.clock.forward(seconds=60)
    assert (await window.views.mine(anna))[0].waited_seconds == 0, "the citizen's turn"
    await window.writes(conversation, "спасибо, а ещё вопрос")
    house.clock.forward(seconds=15)
    await window.writes(conversation, "вот такой")
    await window.writes(conversation, "Передал специалисту", "robot")
    house.clock.forward(seconds=15)
    assert (await window.views.mine(anna))[0].waited_seconds == 30


async def test_who_waits_longest_stands_first_and_wrap_ups_last(window: Window) -> None:
    house = window.house
    closed, anna = await window.talk()
    answered, _ = await window.talk()
    house.clock.forward(seconds=30)
    waits, _ = await window.talk()
    await window.speaking.say(answered, anna, "Анна", "Ответ", key="k1")
    house.clock.forward(seconds=20)
    await house.handovers.close(closed, anna, topic="", result="answered")
    rows = await window.views.mine(anna)
    assert [one.conversation_id for one in rows] == [waits, answered, closed]
    assert [one.state for one in rows] == ["taken", "taken", "wrap_up"]
    assert rows[2].since == house.clock() and rows[2].waited_seconds == 0


async def test_supervisors_see_all_talks_of_their_groups(window: Window) -> None:
    conversation, _ = await window.talk()
    await window.house.waiting()
    assert [one.conversation_id for one in await window.views.talks(ALL)] == [conversation]
    assert await window.views.talks(("health",)) == []
