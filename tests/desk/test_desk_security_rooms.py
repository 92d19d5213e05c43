"""The rooms of administrators: colleagues, the audit log, the state of the house; and that their pages are for everybody."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.accounts.deeds import DEEDS
from bot.accounts.interface import ROLES
from tests.desk.looks import sideways, violations
from tests.desk.world import PASSWORD, Browser, World

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("rooms"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def chief(world: World) -> Any:
    return world.account("Ирина Главная", ("administrator",))


@pytest.fixture
def desk(world: World, chief: Any) -> Browser:
    return world.browser(chief)


def deeds(world: World, subject: str) -> list[tuple[str, dict[str, Any]]]:
    return [(e.action, e.data) for e in world.do(world.assistant.desk.parts.audit.page()) if e.subject == subject]


def form(**more: Any) -> dict[str, Any]:
    return {"name": "Олег Новиков", "roles": ["operator"], "groups": ["general"], "languages": "ru, en", "lines": "",
            "capacity": "3", "extension": "204", **more}  # fmt: skip


def test_a_colleague_is_added_with_a_password_shown_once(world: World, desk: Browser) -> None:
    page = desk.post("/desk/staff/new", form(login="oleg"))
    assert page.status_code == 200
    password = re.search(r"<code>([a-z2-9-]{19})</code>", page.text)[1]  # type: ignore[index]
    account = world.do(world.assistant.desk.accounts.by_login("oleg"))
    assert account is not None and account.must_change_password
    assert (account.groups, account.languages, account.capacity, account.extension) == (
        {"general"},
        {"ru", "en"},
        3,
        "204",
    )
    for path in (f"/desk/staff/{account.id}", "/desk/staff", "/desk/audit"):
        assert password not in desk.get(path).text
    signed_in = world.browser().post("/desk/sign-in", {"login": "oleg", "password": password})
    assert signed_in.headers["location"] == "/desk/sign-in/password"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"login": ""}, "Логин"), ({"name": ""}, "Имя"), ({"roles": []}, "роль"), ({"roles": ["boss"]}, "роль"),
        ({"groups": ["нет такой"]}, "нет такой"), ({"capacity": "много"}, "Разговоров"), ({"capacity": "-1"}, "Разговоров"),
        ({"extension": "двести"}, "номер"), ({"languages": "русский"}, "Языки"),
    ],
)  # fmt: skip
def test_a_form_that_makes_no_sense_says_why_and_keeps_what_was_typed(
    desk: Browser, given: dict[str, Any], words: str
) -> None:
    page = desk.post("/desk/staff/new", form(login="nobody-new") | given)
    assert page.status_code == 422
    alert = re.search(r'role="alert">([^<]+)<', page.text)[1]  # type: ignore[index]
    assert words in alert
    assert given.get("name", "Олег Новиков") in page.text


def test_a_change_is_in_the_log_with_its_old_and_new_values(world: World, desk: Browser, chief: Any) -> None:
    account = world.account("Пётр Сменный")
    changed = form(
        name="Пётр Сменный", roles=["operator", "editor"], groups=["general", "city"], capacity="4", extension=""
    )
    assert desk.post(f"/desk/staff/{account.id}", changed).status_code == 303
    action, data = deeds(world, account.id)[0]
    assert action == "account_changed"
    assert data["roles"] == {"old": ["operator"], "new": ["operator", "editor"]}
    assert data["groups"] == {"old": ["general"], "new": ["city", "general"]}
    page = desk.get(f"/desk/audit?actor={chief.id}").text
    assert "роли: Специалист → Специалист, Редактор" in page and "Изменена учётная запись" in page


def test_closing_opening_unlocking_and_resetting(world: World, desk: Browser) -> None:
    account = world.account("Света Закрытая")
    theirs = world.browser(account)
    here = f"/desk/staff/{account.id}"
    assert desk.post(f"{here}/disable").headers["location"] == f"{here}?done=disabled"
    assert theirs.get("/desk/me").status_code == 303
    assert "закрыт" in desk.get("/desk/staff").text
    desk.post(f"{here}/enable")
    for _ in range(5):
        world.browser().post("/desk/sign-in", {"login": account.login, "password": "не тот пароль"})
    assert "Открыть вход сейчас" in desk.get(here).text
    desk.post(f"{here}/unlock")
    assert "Открыть вход сейчас" not in desk.get(here).text
    desk.post(f"{here}/reset-totp")
    given = re.search(r"<code>([a-z2-9-]{19})</code>", desk.post(f"{here}/password").text)[1]  # type: ignore[index]
    assert world.browser().post("/desk/sign-in", {"login": account.login, "password": PASSWORD}).status_code == 401
    assert world.browser().post("/desk/sign-in", {"login": account.login, "password": given}).status_code == 303
    did = [action for action, _ in deeds(world, account.id)]
    assert [deed for deed in did if deed != "sign_in_refused"][:2] == ["password_reset", "second_factor_reset"]
    assert {"account_disabled", "account_enabled", "account_unlocked", "account_locked"} <= set(did)


def test_the_last_administrator_can_neither_go_nor_step_down(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.start()
    try:
        only = world.account("Одна Осталась", ("administrator",))
        desk = world.browser(only)
        refused = desk.post(f"/desk/staff/{only.id}/disable")
        assert refused.status_code == 409 and "последний администратор" in refused.text
        refused = desk.post(f"/desk/staff/{only.id}", form(name="Одна Осталась"))
        assert refused.status_code == 422 and "последний администратор" in refused.text
        assert desk.get("/desk/staff").status_code == 200
    finally:
        world.stop()


# The log


def test_the_log_is_found_by_who_what_whom_and_when_and_page_by_page(world: World, desk: Browser, chief: Any) -> None:
    audit = world.assistant.desk.parts.audit

    async def write() -> None:
        for number in range(130):
            await audit.write("тест", "citizen_viewed", f"talk-{number}", f"citizen-{number % 2}")

    world.do(write())
    first = desk.get("/desk/audit?action=citizen_viewed&citizen=citizen-1").text
    assert first.count("<td>Открыты данные гражданина</td>") == 65
    page = desk.get("/desk/audit?action=citizen_viewed").text
    assert page.count("<td>Открыты данные гражданина</td>") == 100
    older = re.search(r'href="(/desk/audit\?[^"]*before=\d+)"', page)[1]  # type: ignore[index]
    assert desk.get(older.replace("&amp;", "&")).text.count("<td>Открыты данные гражданина</td>") == 30
    assert "Таких записей нет" in desk.get("/desk/audit?since=2031-01-01").text
    assert "Таких записей нет" in desk.get("/desk/audit?until=2001-01-01").text
    assert "talk-129" in desk.get("/desk/audit?since=2026-11-16&until=2026-11-16").text
    for odd in (
        "since=вчера",
        "before=-5",
        "before=99999999999999999999",
        "since=9999-12-31&until=9999-12-31",
        "actor=%00",
    ):
        assert desk.get(f"/desk/audit?{odd}").status_code == 200


def test_the_log_is_exported_as_a_table_and_the_export_is_in_the_log(world: World, desk: Browser) -> None:
    world.do(world.assistant.desk.parts.audit.write("=cmd|' /C calc'!A0", "citizen_viewed", "+7", why='"; =1+1'))
    answer = desk.post("/desk/audit/export", {"since": "2026-11-16", "until": "2026-11-16"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert rows[0][0] == "Номер" and len(rows) > 100
    numbers = [int(row[0]) for row in rows[1:]]
    assert numbers == sorted(numbers)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert "audit_exported" in [e.action for e in world.do(world.assistant.desk.parts.audit.page(limit=2))]


def test_the_chain_is_checked_on_request(world: World, desk: Browser) -> None:
    assert "Цепочка цела" in desk.post("/desk/audit/check").text
    number, seal = world.do(world.assistant.desk.parts.audit.seal())
    assert seal in desk.get("/desk/audit").text and number > 0


def test_every_deed_that_is_written_down_has_a_russian_name() -> None:
    written = set()
    for room in ("bot", "desk", "app", "voice", "channels"):
        for path in (ROOT / room).rglob("*.py"):
            written |= set(deeds_in(ast.parse(path.read_text("utf-8"))))
    assert written - DEEDS.keys() == set()
    assert len(written) > 30


def deeds_in(tree: ast.Module) -> Iterator[str]:
    """Names given to `audit.write(who, name, …)`, `audit.add(session, who, name, …)` and `written(parts, me, talk, name, …)`."""
    places = {"write": 1, "add": 2, "written": 3}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        about = "audit" in ast.unparse(call.func) or name == "written"
        if about and name in places and len(call.args) > places[name]:
            given = call.args[places[name]]
            yield from (n.value for n in ast.walk(given) if isinstance(n, ast.Constant) and isinstance(n.value, str))


# The state of the house


def test_the_state_of_the_house_names_no_citizen(world: World) -> None:
    citizen = world.citizen()
    citizen.say("Меня зовут Аполлинария Редкая, телефон +7 910 123-45-67")
    citizen.call_human()
    page = world.browser(world.account("Техник Честный", ("technician",))).get("/desk/health").text
    assert "База данных" in page and "работает" in page and "Rasa" in page
    assert re.search(r"Граждан ждут специалиста</th><td[^>]*>[1-9]", page)
    for secret in ("Аполлинария", "910", citizen.conversation, citizen.user, str(world.folder)):
        assert secret not in page


# Pages for everybody

PAGES = (
    "/desk/sign-in",
    "/desk/me",
    "/desk/staff",
    "/desk/staff/new",
    "/desk/staff/{me}",
    "/desk/audit",
    "/desk/health",
    "/desk/nothing",
)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("path", PAGES)
async def test_a_page_has_no_barriers_in_light_and_dark_on_wide_and_narrow_screens(
    world: World, chief: Any, opened: Any, path: str
) -> None:
    for scheme in ("light", "dark"):
        who = None if path == "/desk/sign-in" else chief
        page = await opened(who, path.replace("{me}", chief.id), color_scheme=scheme)
        assert await violations(page) == []
    for width in (390, 1920):
        await page.set_viewport_size({"width": width, "height": 844})
        assert await sideways(page) == 0


@pytest.mark.asyncio(loop_scope="session")
async def test_the_whole_way_in_is_done_by_keyboard_and_without_barriers(world: World, opened: Any) -> None:
    account = world.account("Клава Клавишина", ("administrator",), must_change_password=True)
    page = await opened(None, "/desk/sign-in?next=/desk/health")
    await page.keyboard.type(account.login)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/second-factor?*")
    assert await violations(page) == []
    import pyotp

    secret = (await page.locator(".secret").inner_text()).replace(" ", "")
    await page.keyboard.type(pyotp.TOTP(secret).at(world.clock()))
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Запасные коды").wait_for()
    assert await violations(page) == []
    await page.get_by_role("link", name="Коды у меня, дальше").press("Enter")
    await page.wait_for_url("**/sign-in/password*")
    assert await violations(page) == []
    await page.keyboard.type("Дождь над рекой 12")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Дождь над рекой 12")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk/health")


def test_all_roles_are_offered(desk: Browser) -> None:
    page = desk.get("/desk/staff/new").text
    assert set(re.findall(r'name="roles" value="(\w+)"', page)) == set(ROLES)
