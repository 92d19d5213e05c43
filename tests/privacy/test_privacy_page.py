"""The desk's page of citizens' data: only for whoever has the right, nothing deleted by chance, everything in the log."""

from __future__ import annotations

import asyncio
import io
import os
import zipfile
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe

from tests.desk.conftest import Open, browser, opened, world  # noqa: F401 - fixtures
from tests.desk.world import Browser, Citizen, World

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATHS = ("/desk/privacy", "/desk/privacy/citizens/x")
SHOTS = os.environ.get("OTKLIK_SHOTS", "")
DEEDS = (
    "/desk/privacy/find",
    "/desk/privacy/preview",
    "/desk/privacy/citizens/x/export",
    "/desk/privacy/citizens/x/erase",
)


class Known:
    """A citizen with a name and a demand to delete her data."""

    def __init__(self, world: World, name: str, phone: str) -> None:  # noqa: F811
        self.talk: Citizen = world.citizen("widget")
        self.talk.say(f"Здравствуйте, я {name}")
        self.id = world.do(self._fill(world, name, phone))

    async def _fill(self, world: World, name: str, phone: str) -> str:  # noqa: F811
        from bot.store.conversations import ConversationRow

        house = world.assistant
        async with house.store.read() as session:
            row = await session.get_one(ConversationRow, self.talk.conversation)
        await house.services.profiles.remember(row.citizen_id, surname=name, name="Анна", phone=phone)
        await house.services.consents.give(row.citizen_id, "personal_data", channel="widget")
        self.number = (await house.services.consents.request_deletion(row.citizen_id, channel="widget")).number
        return row.citizen_id


@pytest.fixture(scope="module")
def guard(world: World) -> Browser:  # noqa: F811
    """The administrator's browser."""
    return world.browser(world.account("Ирина Администратор", ("administrator",)))


@pytest.mark.parametrize("role", ["operator", "supervisor", "editor", "technician"])
def test_no_other_role_sees_or_does_anything_here(world: World, role: str) -> None:  # noqa: F811
    other = world.browser(world.account("Ольга", (role,)))
    assert [other.get(path).status_code for path in PATHS] == [403, 403]
    assert [other.post(path).status_code for path in DEEDS] == [403] * 4


def test_nobody_gets_in_without_signing_in(world: World) -> None:  # noqa: F811
    nobody = world.browser()
    assert [nobody.get(path).status_code for path in PATHS] == [303, 303]
    assert all(nobody.post(path).status_code in (401, 403) for path in DEEDS)


def test_a_form_without_its_token_does_nothing(world: World, guard: Browser) -> None:  # noqa: F811
    anna = Known(world, "Безмаркина", "+79120000001")
    answer = guard.http.post(f"/desk/privacy/citizens/{anna.id}/erase", data={"word": anna.number})
    assert answer.status_code == 403 and anna.talk.history()


def test_a_demand_is_shown_with_its_term_and_carried_out_after_the_number_was_typed(
    world: World,  # noqa: F811
    guard: Browser,
) -> None:
    anna = Known(world, "Удаляева", "+79120000002")
    page = guard.get("/desk/privacy").text
    assert anna.number in page and f"/desk/privacy/citizens/{anna.id}" in page
    shown = guard.get(f"/desk/privacy/citizens/{anna.id}").text
    assert "Удаляева" in shown and "152-ФЗ" in shown and "Сообщения" in shown
    refused = guard.post(f"/desk/privacy/citizens/{anna.id}/erase", {"word": "УД-1"})
    assert refused.status_code == 422 and "не совпал" in refused.text and anna.talk.history()
    done = guard.post(f"/desk/privacy/citizens/{anna.id}/erase", {"word": anna.number.lower()})
    assert done.status_code == 303 and anna.talk.history() == []
    assert anna.number not in guard.get("/desk/privacy").text
    assert guard.get(f"/desk/privacy/citizens/{anna.id}").status_code == 200, "what a law keeps can still be seen"
    entries = world.do(world.assistant.desk.parts.audit.page(citizen_id=anna.id))
    assert {"citizen_viewed", "erasure_begun", "citizen_erased"} <= {entry.action for entry in entries}
    assert all(entry.actor_name == "Ирина Администратор" for entry in entries)


def test_the_citizen_is_told_before_it_happens(world: World, guard: Browser) -> None:  # noqa: F811
    anna = Known(world, "Прощаева", "+79120000003")
    told: list[str] = []
    announce = world.assistant.turns.announce
    world.assistant.turns.announce = lambda said, *to: (told.append(said.body["text"]), announce(said, *to))  # type: ignore[assignment]
    try:
        guard.post(f"/desk/privacy/citizens/{anna.id}/erase", {"word": anna.number})
    finally:
        world.assistant.turns.announce = announce  # type: ignore[method-assign]
    assert len(told) == 1 and anna.number in told[0] and "согласия" in told[0]


def test_an_archive_is_given_out_and_noted(world: World, guard: Browser) -> None:  # noqa: F811
    anna = Known(world, "Выгружаева", "+79120000004")
    answer = guard.post(f"/desk/privacy/citizens/{anna.id}/export")
    assert answer.headers["content-type"] == "application/zip" and "no-store" in answer.headers["cache-control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "Выгружаева" in archive.read("overview.html").decode()
    actions = [e.action for e in world.do(world.assistant.desk.parts.audit.page(citizen_id=anna.id))]
    assert actions == ["citizen_exported"]


@pytest.mark.parametrize("citizen", ["x", "../../etc", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_citizen_is_not_found(guard: Browser, citizen: str) -> None:
    assert guard.get(f"/desk/privacy/citizens/{citizen}").status_code == 404
    assert guard.post(f"/desk/privacy/citizens/{citizen}/export").status_code == 404
    assert guard.post(f"/desk/privacy/citizens/{citizen}/erase", {"word": citizen[:8]}).status_code == 404


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"phone": "8 912 000-00-05"}, "Искаева"),
        ({"name": "искаева"}, "Искаева"),
        ({"name": "Ктоева"}, "Никого не нашлось"),
        ({}, "Напишите телефон или имя"),
        ({"phone": "сто"}, "Это не телефон"),
    ],
)
def test_people_are_searched(world: World, guard: Browser, given: dict[str, str], words: str) -> None:  # noqa: F811
    if given == {"phone": "8 912 000-00-05"}:
        Known(world, "Искаева", "+79120000005")
    assert words in guard.post("/desk/privacy/find", given).text


def test_what_a_citizen_calls_herself_is_no_markup(world: World, guard: Browser) -> None:  # noqa: F811
    anna = Known(world, "<img src=x onerror=alert(1)>", "+79120000006")
    for page in (guard.get(f"/desk/privacy/citizens/{anna.id}"), guard.post("/desk/privacy/find", {"name": "<img"})):
        assert "<img" not in page.text and "&lt;img" in page.text


def test_what_is_due_is_counted_and_shown(world: World, guard: Browser) -> None:  # noqa: F811
    assert guard.post("/desk/privacy/preview").status_code == 303
    page = guard.get("/desk/privacy").text
    assert "Пора удалить граждан целиком" in page and "через 30 дн." in page


@pytest_asyncio.fixture(loop_scope="session")
async def pages(opened: Open, world: World) -> Any:  # noqa: F811
    """Both pages in a browser, with everything on them."""

    anna = await asyncio.to_thread(Known, world, "Видимая", "+79120000007")
    account = await asyncio.to_thread(world.account, "Ирина", ("administrator",))
    guard = await asyncio.to_thread(world.browser, account)
    await asyncio.to_thread(guard.post, "/desk/privacy/preview")
    return account, anna


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_pages_can_be_used_by_everybody(opened: Open, pages: Any, scheme: str) -> None:  # noqa: F811
    account, anna = pages
    for number, path in enumerate(("/desk/privacy", f"/desk/privacy/citizens/{anna.id}")):
        page = await opened(account, path, color_scheme=scheme)
        found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
        assert found.response["violations"] == [], found.generate_report()
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0
        await page.set_viewport_size({"width": 390, "height": 844})
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        if SHOTS:
            for size in ((1366, 768), (1920, 1080), (390, 844)):
                await page.set_viewport_size({"width": size[0], "height": size[1]})
                await page.screenshot(path=f"{SHOTS}/{scheme}-{number}-{size[0]}.png", full_page=True)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_demand_is_carried_out_by_keyboard_only(opened: Open, pages: Any) -> None:  # noqa: F811
    account, anna = pages
    page = await opened(account, f"/desk/privacy/citizens/{anna.id}")
    await page.focus("#word")
    await page.keyboard.type(anna.number)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk/privacy?done=1")
    assert "Данные удалены" in await page.inner_text("[role=status]")
