"""The supervisor's board over HTTP and in a browser: the shift as it is, and every way of stepping in."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.handover.interface import Presence
from bot.store.audit import AuditRow
from tests.desk.looks import sideways, violations
from tests.desk.world import World

in_browser = pytest.mark.asyncio(loop_scope="session")


def presence(world: World, account: Any) -> Presence:
    return world.do(world.assistant.desk.parts.presences.of(account.id))


def talking(world: World, operator: Any, user: str | None = None) -> str:
    """A talk that this operator leads."""
    desk = world.assistant.desk.parts
    conversation = world.citizen("widget", user).call_human(topic="appointments")
    world.do(desk.presences.set(operator.id, "online"))
    world.do(desk.handovers.take_over(conversation, operator.id))
    return conversation


def holder(world: World, conversation: str) -> str:
    talk = world.do(world.assistant.desk.parts.views.talk(conversation))
    assert talk is not None
    return talk.operator


def actions(world: World, subject: str) -> list[str]:
    async def read() -> list[str]:
        async with world.assistant.store.read() as session:
            return list(await session.scalars(select(AuditRow.action).where(AuditRow.subject == subject)))

    return world.do(read())


@pytest.fixture(scope="module")
def boss(world: World) -> Any:
    return world.account("Ирина Павлова", ("supervisor",), ("general",))


@pytest.fixture(scope="module")
def senior(world: World) -> Any:
    """A supervisor too, so that talks can be put into her hands at once."""
    return world.account("Мария Иванова", ("supervisor",), ("general",), capacity=20)


def test_the_board_shows_groups_people_and_talks_of_ones_own_groups(world: World, boss: Any, senior: Any) -> None:
    talking(world, senior)
    stranger = world.account("Чужой Специалист", groups=("health",))
    page = world.browser(boss).get("/desk/board").text
    assert "Специалисты центра" in page and "Мария Иванова" in page and "Послушать" in page
    assert "Группа здравоохранения</th>" not in page and f"status-{stranger.id}" not in page
    assert "?listen=1" in page and "На линии" in page


@pytest.mark.parametrize("role", ["operator", "editor", "administrator", "technician"])
def test_other_roles_have_no_board(world: World, role: str) -> None:
    them = world.browser(world.account(role, (role,)))
    for path in ("/desk/board", "/desk/board/now", "/desk/hours", "/desk/board/calls/1"):
        assert them.get(path).status_code == 403
    for deed in ("status", "whisper", "take", "pass"):
        assert them.post(f"/desk/board/{deed}").status_code == 403


def test_a_status_is_changed_and_noted(world: World, boss: Any, senior: Any) -> None:
    me = world.browser(boss)
    change = {"operator": senior.id, "status": "pause", "reason": "Обед"}
    assert me.post("/desk/board/status", change).status_code == 200
    assert (presence(world, senior).status, presence(world, senior).reason) == ("pause", "Обед")
    assert "presence_set" in actions(world, senior.id)
    assert me.post("/desk/board/status", change | {"status": "wrap_up"}).status_code == 409
    stranger = world.account("Чужой", groups=("health",))
    assert me.post("/desk/board/status", change | {"operator": stranger.id}).status_code == 404


def test_a_whisper_is_a_note_that_the_citizen_never_sees(world: World, boss: Any, senior: Any) -> None:
    conversation = talking(world, senior, "whispered-to")
    me = world.browser(boss)
    answer = me.post("/desk/board/whisper", {"conversation": conversation, "text": "Предложите субботу"})
    assert answer.status_code == 200
    notes = world.do(world.assistant.desk.parts.notes.of(conversation))
    assert [(n.kind, n.text, n.author_name) for n in notes] == [("whisper", "Предложите субботу", "Ирина Павлова")]
    citizen = world.citizen("widget", "whispered-to")
    citizen.conversation = conversation
    assert not any("субботу" in str(message.body) for message in citizen.history())
    assert "whispered" in actions(world, conversation)
    assert me.post("/desk/board/whisper", {"conversation": conversation, "text": " "}).status_code == 409


def test_a_talk_is_taken_over_and_passed_on(world: World, boss: Any, senior: Any) -> None:
    conversation = talking(world, senior)
    me = world.browser(boss)
    taken = me.post("/desk/board/take", {"conversation": conversation})
    assert taken.headers["HX-Redirect"] == f"/desk/talks/{conversation}"
    assert holder(world, conversation) == boss.id
    assert me.post("/desk/board/pass", {"conversation": conversation, "to": ""}).status_code == 409
    assert me.post("/desk/board/pass", {"conversation": conversation, "to": "operator:nobody"}).status_code == 409
    world.do(world.assistant.desk.parts.presences.set(senior.id, "online"))
    passed = me.post("/desk/board/pass", {"conversation": conversation, "to": f"operator:{senior.id}"})
    assert passed.status_code == 200, passed.text
    assert holder(world, conversation) == senior.id
    assert {"taken_over", "reassigned"} <= set(actions(world, conversation))


def test_a_talk_of_another_group_does_not_exist(world: World, senior: Any) -> None:
    conversation = talking(world, senior)
    other = world.browser(world.account("Чужой руководитель", ("supervisor",), ("health",)))
    form = {"conversation": conversation, "text": "тише", "to": f"operator:{senior.id}"}
    for deed in ("whisper", "take", "pass"):
        assert other.post(f"/desk/board/{deed}", form).status_code == 404
        assert other.post(f"/desk/board/{deed}", form | {"conversation": "unknown"}).status_code == 404
    assert conversation not in other.get("/desk/board/now").text


def test_the_week_shows_breaks_nights_and_holidays(world: World, boss: Any) -> None:
    chief = world.browser(world.account("Начальник", ("supervisor",), ("general", "social", "city", "crisis")))
    week = chief.get("/desk/hours").text
    assert (
        '09:00–13:00</span><br><span class="span">14:00–18:00' in week
        and "07:00–02:00 следующего дня" in week
        and "круглые сутки" in week
    )
    assert "сегодня" in week and "✓ сейчас открыто" in week and "выходной" in week
    assert "День народного единства" in chief.get("/desk/hours?week=-2").text
    for nonsense in ("abc", "99999", "-", "--1", "٣"):
        assert chief.get("/desk/hours", params={"week": nonsense}).status_code == 200
    health = world.browser(boss).get("/desk/hours").text
    assert "Специалисты центра" in health and "Группа городского хозяйства" not in health


@in_browser
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
async def test_the_board_is_worked_by_keyboard_and_renews_itself(
    opened: Any, world: World, boss: Any, senior: Any, width: int, height: int
) -> None:
    conversation = talking(world, senior)
    page = await opened(boss, "/desk/board", width, height)
    assert await violations(page) == []
    assert await sideways(page) == 0
    button = page.locator(f"[data-dialog=whisper-dialog][data-conversation='{conversation}']")
    await button.focus()
    await page.keyboard.press("Enter")
    dialog = page.locator("#whisper-dialog")
    await dialog.get_by_label("Подсказка специалисту").fill("Спокойнее")
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Отправить").press("Enter")
    await page.locator("#toast", has_text="Специалист увидит подсказку").wait_for()
    assert not await dialog.is_visible()
    # A new citizen appears without a reload.
    waiting = world.citizen().call_human(topic="appointments")
    await page.locator(f"[data-conversation='{waiting}']").first.wait_for()
    assert await page.evaluate("document.activeElement?.dataset.dialog") == "whisper-dialog"
    await page.goto(world.url + "/desk/hours")
    assert await violations(page) == []
    assert await sideways(page) == 0
