"""The list of promised calls over HTTP and in a browser: own groups only, the telephone on purpose, an outcome for each."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from bot.store.audit import AuditRow
from tests.desk.looks import sideways, violations
from tests.desk.world import World

in_browser = pytest.mark.asyncio(loop_scope="session")


def promised(world: World, topic: str = "appointments", phone: str = "+79161234567") -> str:
    """A citizen who wants to be called; the number of the call."""
    citizen = world.citizen()
    citizen.say("Здравствуйте")
    conversation = citizen.conversation

    async def ask() -> str:
        from bot.store.conversations import ConversationRow

        async with world.assistant.store.read() as session:
            who = (await session.get_one(ConversationRow, conversation)).citizen_id
        people = world.assistant.services.people
        return (await people.request_callback(who, phone, None, topic, conversation)).number

    return world.do(ask())


def audited(world: World, subject: str) -> list[tuple[str, str]]:
    """Actions and their kind noted about one subject."""

    async def read() -> list[tuple[str, str]]:
        async with world.assistant.store.read() as session:
            rows = await session.scalars(select(AuditRow).where(AuditRow.subject == subject).order_by(AuditRow.id))
            return [(row.action, str((row.data or {}).get("what", ""))) for row in rows]

    return world.do(read())


def url(number: str, deed: str) -> str:
    return f"/desk/callbacks/{quote(number)}/{deed}"


@pytest.fixture(scope="module")
def maria(world: World) -> Any:
    return world.account("Мария Иванова")


def test_a_telephone_is_masked_until_it_is_looked_at_and_the_look_is_noted(world: World, maria: Any) -> None:
    number, me = promised(world), world.browser(maria)
    page = me.get("/desk/callbacks").text
    assert number in page and "9161234567" not in page and "••-67" in page
    shown = me.post(url(number, "phone"))
    assert 'href="tel:+79161234567"' in shown.text
    assert audited(world, number) == [("citizen_viewed", "phone")]


def test_a_call_is_taken_by_one(world: World, maria: Any) -> None:
    number = promised(world)
    first, second = world.browser(maria), world.browser(world.account("Ольга"))
    assert "Мария Иванова" in first.post(url(number, "take")).text
    late = second.post(url(number, "take"))
    assert (late.status_code, late.json()["detail"]) == (409, "Этот звонок уже взял другой специалист.")
    assert "Беру" not in second.get("/desk/callbacks?who=all").text.split(number)[1].split("</li>")[0]
    assert second.post(url(number, "release")).status_code == 409


def test_every_outcome_is_written_down(world: World, maria: Any) -> None:
    me = world.browser(maria)
    reached, missed, cancelled = promised(world), promised(world), promised(world)
    assert me.post(url(reached, "reached"), {"result": "answered", "note": "<b>Всё</b> ясно"}).status_code == 200
    closed = me.get("/desk/callbacks?state=done").text
    assert reached in closed and "&lt;b&gt;Всё&lt;/b&gt; ясно" in closed
    answer = me.post(url(missed, "missed"), {"tries": "0"})
    assert "1 из 3" in answer.text and "said" in answer.headers["HX-Trigger"]
    assert me.post(url(missed, "missed"), {"tries": "0"}).status_code == 409
    assert me.post(url(cancelled, "cancel"), {"reason": ""}).status_code == 409
    assert me.post(url(cancelled, "cancel"), {"reason": "asked"}).status_code == 200
    assert cancelled in me.get("/desk/callbacks?state=cancelled").text


def test_after_three_tries_the_citizen_reads_it_in_her_channel(world: World, maria: Any) -> None:
    number, me = promised(world), world.browser(maria)
    for tries in range(3):
        assert me.post(url(number, "missed"), {"tries": str(tries)}).status_code == 200
    assert number in me.get("/desk/callbacks?state=failed").text

    async def due() -> list[str]:
        from bot.store.due import DueMessageRow

        async with world.assistant.store.read() as session:
            query = select(DueMessageRow).where(DueMessageRow.ref == f"callback:{number}")
            return [row.payload["text"] for row in await session.scalars(query)]

    assert len(world.do(due())) == 1


def test_calls_of_another_group_do_not_exist(world: World) -> None:
    number = promised(world)
    city = world.browser(world.account("Пётр", groups=("city",)))
    assert number not in city.get("/desk/callbacks").text
    for deed in ("phone", "take", "release", "reached", "missed", "cancel"):
        assert city.post(url(number, deed)).status_code == 404
        assert city.post(url("ПЗ-2026-999999", deed)).status_code == 404


@pytest.mark.parametrize("role", ["editor", "administrator", "technician"])
def test_other_roles_have_no_list_of_calls(world: World, role: str) -> None:
    number = promised(world)
    them = world.browser(world.account(role, (role,)))
    assert them.get("/desk/callbacks").status_code == 403
    assert them.post(url(number, "phone")).status_code == 403
    assert audited(world, number) == []


def test_a_late_call_stands_first_and_is_on_the_board(world: World, maria: Any) -> None:
    number = promised(world)
    world.forward(minutes=61)
    fresh, me = promised(world), world.browser(maria)
    page = me.get("/desk/callbacks").text
    assert page.index(number) < page.index(fresh) and "Опоздали:" in page
    late = me.get("/desk/callbacks?when=late").text
    assert number in late and fresh not in late
    world.do(world.assistant.desk.callbacks.escalate())
    assert "Руководитель знает" in me.get("/desk/callbacks?when=late").text


def test_a_video_visit_carries_its_link(world: World, maria: Any) -> None:
    citizen = world.citizen()
    citizen.say("Здравствуйте")

    async def ask() -> Any:
        from bot.store.conversations import ConversationRow

        async with world.assistant.store.read() as session:
            who = (await session.get_one(ConversationRow, citizen.conversation)).citizen_id
        return await world.assistant.services.people.request_video(who, None, "appointments", citizen.conversation)

    visit = world.do(ask())
    page = world.browser(maria).get("/desk/callbacks").text
    assert visit.number in page and visit.link is not None and visit.link.replace("&", "&amp;") in page


@in_browser
async def test_the_page_is_worked_by_keyboard_and_renews_itself(opened: Any, world: World) -> None:
    account = world.account("Анна Клавишина", groups=("social",))
    number = promised(world, "social_support")
    page = await opened(account, "/desk/callbacks")
    assert await violations(page) == []
    card = page.locator(f"[id='call-{number}']")
    await card.get_by_role("button", name="Беру").focus()
    await page.keyboard.press("Enter")
    await card.get_by_text("Анна Клавишина").wait_for()
    assert await page.locator("#toast").inner_text() == "Звонок ваш."
    assert await page.evaluate("document.activeElement !== document.body")
    await card.locator("summary").focus()
    await page.keyboard.press("Enter")
    await card.get_by_label("Итог").select_option("answered")
    assert await violations(page) == []
    await card.get_by_role("button", name="Записать итог").press("Enter")
    await card.get_by_text("Дозвонились", exact=True).wait_for()
    # A colleague's deed is seen without a reload.
    await page.evaluate("document.activeElement.blur()")
    second = promised(world, "social_support")
    other = world.browser(world.account("Коллега", groups=("social",)))
    assert other.post(url(second, "take")).status_code == 200
    await page.locator(f"[id='call-{second}']").get_by_text("Коллега").wait_for()


@in_browser
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
async def test_the_page_fits_its_window(opened: Any, world: World, width: int, height: int) -> None:
    promised(world, "medicine")
    account = world.account("Широкова", groups=("health",))
    page = await opened(account, "/desk/callbacks", width, height)
    await page.locator("summary").first.click()
    assert await sideways(page) == 0
    assert await violations(page) == []
