"""Who may do what: every address of the desk for every role, and for nobody. Nothing is reachable that is not in the table."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from app.web import application
from bot.accounts.interface import RIGHTS, ROLES
from bot.accounts.policy import Policy
from desk.access import COOKIE
from tests.desk.desk_routes import CONDITIONAL, HALF, OPEN, ROUTES, SIGNED, address, routes_of
from tests.desk.world import PASSWORD, Browser, World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("matrix"))
    made.start()
    yield made
    made.stop()


def status(browser: Browser, route: str) -> tuple[int, str]:
    """What an address answers (an endless stream, too), and where it leads."""
    method, path = address(route)
    headers = {"X-CSRF": browser.csrf, "Origin": browser.world.url, "Accept": "text/html"}
    with browser.http.stream(method, path, headers=headers) as answer:
        return answer.status_code, answer.headers.get("location", "")


def test_every_address_is_in_the_table_and_the_table_names_no_other(world: World) -> None:
    served = routes_of(application(world.assistant))
    assert served - ROUTES.keys() == set(), "add these to tests/desk/desk_routes.py with the right that opens them"
    assert ROUTES.keys() - served - CONDITIONAL == set()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_what_its_rights_open_and_nothing_else(world: World, role: str) -> None:
    account = world.account(f"Проверка {role}", (role,), ("general", "city"))
    wrong, asked = [], 0
    browser = world.browser(account)
    for route, who in sorted(ROUTES.items()):
        if route in CONDITIONAL:
            continue
        asked += 1
        if asked % (Policy().changes_a_minute // 2) == 0:
            world.forward(minutes=1)
        code, leads = status(browser, route)
        if "/me/" in route or "/sign-out" in route:
            browser = world.browser(account)  # these end or renew the session
        signed_out = code == 401 or (code == 303 and leads.startswith("/desk/sign-in?"))
        if who == HALF:
            right = signed_out  # she has come in: there is nothing half about it
        elif who == OPEN:
            right = code != 403
        elif who == SIGNED or who in RIGHTS[role]:
            right = code != 403 and not signed_out
        else:
            right = code == 403
        if not right or code >= 500:
            wrong.append(f"{route} ({who}): {code} {leads}")
    assert wrong == []


@pytest.mark.parametrize("stage", ["nobody", "half"])
def test_nothing_opens_before_everything_is_shown(world: World, stage: str) -> None:
    """`half`: the password was right, the second factor is still to come."""
    browser = world.browser()
    if stage == "half":
        account = world.account("Полпути", ("administrator", "supervisor", "operator", "editor"))
        answer = httpx.post(
            f"{world.url}/desk/sign-in", data={"login": account.login, "password": PASSWORD},
            headers={"Origin": world.url}, timeout=30,
        )  # fmt: skip
        token = answer.cookies[COOKIE]
        found = world.do(world.assistant.desk.accounts.sessions.find(token))
        assert found is not None and world.do(world.assistant.desk.accounts.signed(token)) is None
        browser.http.cookies.set(COOKIE, token)
        browser.csrf = found.csrf
    wrong = []
    for route, who in sorted(ROUTES.items()):
        if who == OPEN or (who == HALF and stage == "half"):
            continue
        code, leads = status(browser, route)
        if code != 401 and not (code == 303 and leads.startswith("/desk/sign-in")):
            wrong.append(f"{route}: {code} {leads}")
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_the_bar_shows_exactly_the_rooms_that_open(world: World, role: str) -> None:
    browser = world.browser(world.account(f"Полоса {role}", (role,), ("general",)))
    page = browser.get("/desk/me").text
    from desk.pages import NAV

    shown = {url for _, url, _ in NAV if f'<li><a href="{url}"' in page}
    assert shown == {url for right, url, _ in NAV if right in RIGHTS[role]}
    assert all(browser.get(url).status_code == 200 for url in shown)


def test_rights_are_the_least_that_do(world: World) -> None:
    assert "talk" not in RIGHTS["administrator"] | RIGHTS["technician"] | RIGHTS["editor"]
    assert {"staff", "audit", "privacy"} & (RIGHTS["operator"] | RIGHTS["supervisor"] | RIGHTS["technician"]) == set()
