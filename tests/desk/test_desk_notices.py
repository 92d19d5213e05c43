"""Notices and incidents over HTTP and in browsers: written by whoever may, told by robot and widget at once, and taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest

from tests.channels.widget_page import WidgetPage
from tests.desk.looks import sideways, violations
from tests.desk.world import World

in_browser = pytest.mark.asyncio(loop_scope="session")
MOSCOW = ZoneInfo("Europe/Moscow")
EVIL = "<img src=x onerror=alert(1)>"


def field(world: World, **shift: float) -> str:
    """A moment from now as a form sends it."""
    return f"{(world.clock() + timedelta(**shift)).astimezone(MOSCOW):%Y-%m-%dT%H:%M}"


def publish(world: World, editor: Any, text: str, *channels: str, hours: float = 2) -> int:
    """Publish a notice from a minute ago on; its number."""
    answer = world.browser(editor).post(
        "/desk/notices",
        {
            "text": text,
            "starts_at": field(world, minutes=-1),
            "ends_at": field(world, hours=hours),
            "channels": channels,
        },
    )
    assert answer.status_code == 200, answer.text
    return world.do(world.assistant.desk.parts.notices.all())[0].id


@pytest.fixture(scope="module")
def editor(world: World) -> Any:
    return world.account("Елена Редакторова", ("editor",), ())


@pytest.fixture(autouse=True)
def quiet(world: World) -> Any:
    """No notice of one test is told in another."""
    yield
    notices = world.assistant.desk.parts.notices
    for notice in world.do(notices.all()):
        world.do(notices.withdraw(notice.id, "test"))


def test_the_robot_says_a_notice_first_and_once(world: World, editor: Any) -> None:
    citizen = world.citizen("vk")
    publish(world, editor, "Мост закрыт до вечера")
    first, second = citizen.say("Здравствуйте"), citizen.say("Запишите меня")
    assert first.replies[0].body["text"] == "Важно: Мост закрыт до вечера"
    assert len(first.replies) >= 2
    assert not any("Мост закрыт" in reply.body["text"] for reply in second.replies)
    publish(world, editor, "Мост открыт")
    assert citizen.say("А теперь?").replies[0].body["text"] == "Важно: Мост открыт"


def test_a_notice_for_the_phone_is_said_on_the_phone_only(world: World, editor: Any) -> None:
    publish(world, editor, "На линии много звонков", "phone")
    assert "Важно" not in world.citizen("telegram").say("Здравствуйте").replies[0].body["text"]
    assert world.citizen("phone").say("Здравствуйте").replies[0].body["text"] == "Важно: На линии много звонков"


def test_whoever_is_in_danger_hears_no_news_first(world: World, editor: Any) -> None:
    publish(world, editor, "Мост закрыт")
    citizen = world.citizen()
    usual = world.rasa.answering
    world.rasa.answering = lambda _text: [{"text": "Я рядом.", "custom": {"situation": "crisis"}}]
    assert [reply.body["text"] for reply in citizen.say("мне плохо").replies] == ["Я рядом."]
    world.rasa.answering = usual
    assert "Мост" in citizen.say("Здравствуйте").replies[0].body["text"]


def test_a_withdrawn_notice_is_said_no_more(world: World, editor: Any) -> None:
    number = publish(world, editor, "Мост закрыт")
    answer = world.browser(editor).post(f"/desk/notices/{number}/withdraw")
    assert answer.status_code == 200 and "Снято" in answer.text
    assert "Важно" not in world.citizen().say("Здравствуйте").replies[0].body["text"]
    assert world.browser(editor).post("/desk/notices/999999/withdraw").status_code == 404


def test_a_notice_that_cannot_be_is_refused_with_the_reason(world: World, editor: Any) -> None:
    me = world.browser(editor)
    whole = {"text": "Мост", "starts_at": field(world), "ends_at": field(world, hours=1)}
    for wrong in (
        {"text": ""},
        {"text": "а" * 501},
        {"starts_at": ""},
        {"ends_at": "завтра"},
        {"ends_at": field(world, hours=-1)},
    ):
        answer = me.post("/desk/notices", whole | wrong)
        assert answer.status_code == 409 and answer.json()["detail"]


def test_a_notice_is_text_wherever_it_is_shown(world: World, editor: Any) -> None:
    publish(world, editor, EVIL)
    page = world.browser(editor).get("/desk/notices").text
    assert EVIL not in page and "&lt;img" in page


@pytest.mark.parametrize("role", ["operator", "administrator", "technician"])
def test_other_roles_write_no_notices_and_no_incidents(world: World, role: str) -> None:
    them = world.browser(world.account(role, (role,)))
    for path in (
        "/desk/notices",
        "/desk/incidents",
        "/desk/incidents/new",
        "/desk/incidents/try",
        "/desk/incidents/АВ-1041",
    ):
        assert them.get(path).status_code == 403
    for path in ("/desk/notices", "/desk/notices/1/withdraw", "/desk/incidents", "/desk/incidents/АВ-1041/close"):
        assert them.post(path).status_code == 403


def test_an_incident_is_told_at_once_and_its_end_too(world: World, editor: Any) -> None:
    me, incidents = world.browser(editor), world.assistant.services.incidents
    assert "не найдёт" in me.get("/desk/incidents/try", params={"text": "нет воды, Чехова"}).text
    form = {
        "title": f"Нет воды {EVIL}", "kind": "water", "reason": "авария", "text": "Подвоз у школы.",
        "started": field(world, minutes=-5), "forecast": field(world, hours=3), "streets": ["улица Чехова"],
    }  # fmt: skip
    for wrong in ({"title": ""}, {"kind": "x"}, {"streets": []}, {"streets": ["Лунная"]}, {"started": "сегодня"}):
        assert me.post("/desk/incidents", form | wrong).status_code == 409
    assert me.post("/desk/incidents", form).headers["HX-Redirect"].startswith("/desk/incidents?said=")
    answer = me.get("/desk/incidents/try", params={"text": "нет воды, Чехова"}).text
    assert "авария. Подвоз у школы" in answer and EVIL not in answer
    found = world.do(incidents.at("на Чехова нет воды"))
    assert found is not None
    assert EVIL not in me.get("/desk/incidents").text
    one = f"/desk/incidents/{quote(found.id)}"
    assert "улица Чехова" in me.get(one).text
    assert me.post(one, form | {"streets": ["улица Гоголя"]}).status_code == 200
    assert world.do(incidents.at("на Гоголя нет воды")) is not None
    world.do(incidents.subscribe("citizen-1", found.id))
    assert me.post(f"{one}/close").headers["HX-Redirect"] == "/desk/incidents?said=closed-1"
    assert "Сообщим подписавшимся: 1" in me.get("/desk/incidents?said=closed-1").text
    assert me.post(f"{one}/close").status_code == 409
    assert me.post(one, form).status_code == 409
    assert me.get("/desk/incidents/АВ-9999").status_code == 404


@in_browser
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
async def test_the_pages_can_be_worked_by_everybody(
    opened: Any, world: World, editor: Any, width: int, height: int
) -> None:
    page = await opened(editor, "/desk/notices", width, height)
    await page.get_by_label("Текст").fill("Линия 122 работает с перебоями")
    assert await page.locator("#n-preview").inner_text() == "Важно: Линия 122 работает с перебоями"
    assert await page.locator("#n-count").inner_text() == "30 из 500"
    await page.get_by_role("button", name="Опубликовать").press("Enter")
    await page.locator("#list li", has_text="Линия 122").first.wait_for()
    await page.locator("#n-count", has_text="0 из 500").wait_for()
    assert await violations(page) == [] and await sideways(page) == 0
    await page.locator("#list").get_by_role("button", name="Снять").first.press("Enter")
    await page.locator("#list li", has_text="Снято").first.wait_for()
    await page.goto(world.url + "/desk/incidents")
    await page.get_by_label("Проверить, что ответит робот").fill("нет воды, Садовая")
    await page.keyboard.press("Enter")
    await page.locator("#trial", has_text="АВ-1041").wait_for()
    assert await violations(page) == [] and await sideways(page) == 0
    await page.get_by_role("link", name="Добавить").press("Enter")
    await page.get_by_label("Найти улицу").fill("чехов")
    assert await page.locator("#i-streets label:visible").count() == 1
    await page.get_by_label("улица Чехова").check()
    await page.get_by_label("Что случилось и где").fill("Нет света на Чехова")
    await page.get_by_label("Вид").select_option("power")
    assert await violations(page) == [] and await sideways(page) == 0
    await page.get_by_role("button", name="Сохранить").press("Enter")
    await page.get_by_text("Авария сохранена.").wait_for()
    await page.goto(world.url + "/desk/incidents/АВ-1041")
    await page.get_by_label("Что случилось и где").wait_for()
    assert await violations(page) == [] and await sideways(page) == 0


@in_browser
async def test_the_widget_shows_a_notice_until_it_is_put_away(opened: Any, world: World, editor: Any) -> None:
    publish(world, editor, f"Мост закрыт {EVIL}")
    page = await opened(None, "/chat")
    widget = WidgetPage(page)
    banner = page.locator("#otklik .news")
    await banner.get_by_text(f"Мост закрыт {EVIL}").wait_for()
    assert await banner.get_attribute("role") == "status"
    await widget.online()
    assert await widget.violations() == []
    await banner.get_by_role("button", name="Убрать объявление").press("Enter")
    assert await banner.inner_text() == ""
    await page.reload()
    await widget.online()
    assert await banner.inner_text() == ""
