"""Tickets over HTTP and in a browser: seen by their group, changed with words, the contact on purpose, files only downloaded."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from bot.store.audit import AuditRow
from bot.store.due import DueMessageRow
from desk.tickets import tickets_router
from tests.desk.looks import sideways, violations
from tests.desk.world import World

in_browser = pytest.mark.asyncio(loop_scope="session")
EVIL = "<script>alert(1)</script>"
PDF = b"%PDF-1.4 nothing"


def filed(world: World, topic: str = "roads", text: str = "Яма у дома 5", **more: Any) -> str:
    """A ticket of a citizen; its number."""
    citizen = world.citizen()
    citizen.say("Здравствуйте")
    tickets = world.assistant.services.tickets

    async def ask() -> str:
        from bot.store.conversations import ConversationRow

        async with world.assistant.store.read() as session:
            who = (await session.get_one(ConversationRow, citizen.conversation)).citizen_id
        contact = more.pop("contact", {"name": "Анна Петрова", "phone": "+79161234567"})
        ticket = await tickets.file(
            who, text, topic, "улица Мира, 5", contact=contact, channel="vk", key=citizen.user, **more
        )
        return ticket.number

    return world.do(ask())


def url(number: str, deed: str = "") -> str:
    return f"/desk/tickets/{quote(number)}" + (f"/{deed}" if deed else "")


def rows(world: World, query: Any) -> list[Any]:
    async def read() -> list[Any]:
        async with world.assistant.store.read() as session:
            return list(await session.scalars(query))

    return world.do(read())


@pytest.fixture(scope="module")
def maria(world: World) -> Any:
    return world.account("Мария Иванова", groups=("city",))


def test_a_ticket_is_found_and_its_looks_are_noted(world: World, maria: Any) -> None:
    number, me = filed(world), world.browser(maria)
    assert number in me.get("/desk/tickets").text
    assert number in me.get("/desk/tickets", params={"number": number.lower()}).text
    page = me.get(url(number)).text
    assert "Яма у дома 5" in page and "улица Мира, 5" in page and "+79161234567" not in page
    shown = me.post(url(number, "contact")).text
    assert "Имя: Анна Петрова" in shown and "Телефон: +79161234567" in shown
    noted = rows(world, select(AuditRow).where(AuditRow.subject == number).order_by(AuditRow.id))
    assert [(row.action, row.data["what"]) for row in noted] == [
        ("citizen_viewed", "ticket"),
        ("citizen_viewed", "contact"),
    ]


def test_a_ticket_of_another_group_does_not_exist(world: World) -> None:
    number = filed(world)
    other = world.browser(world.account("Пётр", ("operator", "supervisor"), groups=("general",)))
    assert number not in other.get("/desk/tickets?show=all").text
    assert number not in other.get("/desk/tickets", params={"number": number}).text.replace(f'value="{number}"', "")
    assert other.get(url(number)).status_code == 404
    assert other.get(url(number, "files/0")).status_code == 404
    for deed in ("contact", "state", "owner", "escalate"):
        assert other.post(url(number, deed)).status_code == 404
    assert rows(world, select(AuditRow).where(AuditRow.subject == number)) == []


@pytest.mark.parametrize("role", ["editor", "administrator", "technician"])
def test_other_roles_have_no_tickets(world: World, role: str) -> None:
    number = filed(world)
    them = world.browser(world.account(role, (role,), groups=("city",)))
    assert [them.get("/desk/tickets").status_code, them.get(url(number)).status_code] == [403, 403]
    assert them.post(url(number, "state")).status_code == 403


def test_an_answer_reaches_the_citizen(world: World, maria: Any) -> None:
    number, me = filed(world), world.browser(maria)
    empty = me.post(url(number, "state"), {"state": "answered", "note": "", "seen": "registered"})
    assert empty.status_code == 409 and "гражданин получит" in empty.json()["detail"]
    done = me.post(url(number, "state"), {"state": "answered", "note": "Засыпали.", "seen": "registered"})
    assert done.status_code == 200 and "Мария Иванова" in done.text and "Засыпали." in done.text
    stale = me.post(url(number, "state"), {"state": "rejected", "note": "Нет.", "seen": "registered"})
    assert stale.status_code == 409
    news = rows(world, select(DueMessageRow).where(DueMessageRow.ref == f"ticket:{number}"))
    assert len(news) == 1 and "Засыпали." in news[0].payload["text"]


def test_owner_and_escalation(world: World, maria: Any) -> None:
    number, me = filed(world), world.browser(maria)
    olga = world.account("Ольга Смирнова", groups=("city",))
    boss = world.browser(world.account("Ирина", ("supervisor",), groups=("city",)))
    assert me.post(url(number, "owner"), {"owner": maria.id}).status_code == 200
    assert number in me.get("/desk/tickets?who=mine").text
    assert me.post(url(number, "owner"), {"owner": olga.id}).status_code == 409
    stranger = world.account("Чужой", groups=("health",))
    assert boss.post(url(number, "owner"), {"owner": stranger.id}).status_code == 404
    assert "Ольга Смирнова" in boss.post(url(number, "owner"), {"owner": olga.id}).text
    assert me.post(url(number, "escalate"), {"reason": ""}).status_code == 409
    assert "у руководителя" in me.post(url(number, "escalate"), {"reason": "Подрядчик молчит"}).text
    assert number in boss.get("/desk/tickets?show=escalated").text


def test_what_a_citizen_wrote_is_only_ever_text_and_her_files_only_downloads(world: World, maria: Any) -> None:
    file = world.do(world.assistant.files.save_bytes("справка.pdf", PDF))
    attachment = {"name": f"{EVIL}.pdf", "media_type": file.media_type, "size": file.size, "ref": file.ref}
    number = filed(world, text=EVIL, attachments=[attachment], details={EVIL: EVIL}, contact={"name": EVIL})
    me = world.browser(maria)
    for page in (me.get(url(number)).text, me.post(url(number, "contact")).text):
        assert EVIL not in page and "&lt;script&gt;" in page
    given = me.get(url(number, "files/0"))
    assert given.content == PDF
    assert given.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in given.headers["Content-Security-Policy"]
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    assert "\n" not in given.headers["Content-Disposition"] and "<" not in given.headers["Content-Disposition"]
    assert [me.get(url(number, f"files/{n}")).status_code for n in ("1", "-1")] == [404, 404]


def test_an_agency_that_keeps_its_tickets_itself_is_named(world: World, maria: Any) -> None:
    from dataclasses import replace

    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    parts = replace(world.assistant.desk.parts, ticket_desk=None)
    app = FastAPI()

    @app.middleware("http")
    async def signed(request: Any, go_on: Any) -> Any:
        request.state.signed = who
        return await go_on(request)

    who = world.do(parts.accounts.signed(world.browser(maria).token))
    app.include_router(tickets_router(parts), prefix="/desk")
    answer = TestClient(app).get("/desk/tickets")
    assert answer.status_code == 200 and "хранит система ведомства" in answer.text


@in_browser
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
async def test_a_ticket_is_answered_in_the_window(opened: Any, world: World, width: int, height: int) -> None:
    number = filed(world, "animals", text="Собака без хозяина " + "очень " * 60)
    account = world.account("Анна Клавишина", groups=("city",))
    page = await opened(account, "/desk/tickets?topic=animals", width, height)
    assert await violations(page) == []
    assert await sideways(page) == 0
    await page.get_by_role("link", name=number).press("Enter")
    await page.get_by_role("heading", name=f"Обращение {number}").wait_for()
    assert await sideways(page) == 0
    await page.get_by_role("button", name="Показать контакт").press("Enter")
    await page.get_by_text("Анна Петрова").wait_for()
    await page.get_by_role("button", name="Беру").press("Enter")
    await page.get_by_text("Обращение ведёте вы.").wait_for()
    await page.get_by_label("Новое состояние").select_option("answered")
    await page.get_by_role("button", name="Сохранить").press("Enter")
    await page.locator("#alert", has_text="гражданин получит").wait_for()
    await page.get_by_label("Ответ или пояснение").fill("Собаку увезли в приют.")
    await page.get_by_role("button", name="Сохранить").press("Enter")
    await page.locator(".steps", has_text="Собаку увезли в приют.").wait_for()
    assert await violations(page) == []
    await page.emulate_media(media="print")
    assert not await page.get_by_role("button", name="Сохранить").is_visible()
    assert await page.get_by_text("Собаку увезли").is_visible()
