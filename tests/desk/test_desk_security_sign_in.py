"""Signing in over HTTP: the whole way with a second factor, brute force, session fixation, cookies, one's own page."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp

from desk.access import COOKIE
from tests.desk.world import PASSWORD, World


class Person:
    """Somebody at a browser who types and presses buttons; the browser keeps cookies and sends Origin."""

    def __init__(self, world: World, agent: str = "Firefox") -> None:
        self.world = world
        self.http = httpx.Client(base_url=world.url, headers={"Accept": "text/html", "User-Agent": agent}, timeout=30)
        self.page = ""
        self.status = 0
        self.at = ""

    def open(self, path: str) -> Person:
        """Go to a page, on through every redirect."""
        return self._come(self.http.get(path))

    def send(self, action: str, **fields: str) -> Person:
        """Fill in the form with this action, its hidden fields as they are."""
        form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', self.page, re.S)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0] if form else self.page))
        data = {name: html.unescape(value) for name, value in hidden.items()} | fields
        return self._come(self.http.post(action, data=data, headers={"Origin": self.world.url}))

    def enter(self, login: str, password: str = PASSWORD, going: str = "") -> Person:
        """The password step."""
        return self.open(f"/desk/sign-in?next={going}").send("/desk/sign-in", login=login, password=password)

    def enrol(self) -> pyotp.TOTP:
        """Set up the second factor shown."""
        phone = pyotp.TOTP(re.search(r'class="secret">([A-Z0-9 ]+)<', self.page)[1].replace(" ", ""))  # type: ignore[index]
        action = re.search(r'action="(/desk/[\w/-]*second-factor[\w/-]*)"', self.page)[1]  # type: ignore[index]
        self.send(action, code=phone.at(self.world.clock()))
        return phone

    @property
    def token(self) -> str:
        """The session in this browser."""
        return self.http.cookies.get(COOKIE, "")

    def _come(self, answer: httpx.Response) -> Person:
        while answer.is_redirect:
            answer = self.http.get(answer.headers["location"])
        self.page, self.status, self.at = answer.text, answer.status_code, answer.url.path
        return self


def make(world: World, name: str, roles: tuple[str, ...] = ("operator",), **more: Any) -> Any:
    return world.account(name, roles, **more)


def test_a_plain_role_comes_in_with_a_password_and_goes_where_she_wanted(world: World) -> None:
    account = make(world, "Ольга Ветрова")
    person = Person(world).enter(account.login, going="/desk/me%3Fdone%3D")
    assert (person.status, person.at) == (200, "/desk/me")
    assert "Ольга Ветрова" in person.page
    person.send("/desk/sign-out")
    assert person.at == "/desk/sign-in"
    assert person.open("/desk/me").at == "/desk/sign-in"


def test_an_administrator_sets_up_the_second_factor_then_signs_in_with_codes(world: World) -> None:
    account = make(world, "Ирина Главная", ("administrator",))
    person = Person(world).enter(account.login, going="/desk/health")
    assert person.at == "/desk/sign-in/second-factor"
    assert "<svg" in person.page and 'style="' not in person.page
    for elsewhere in ("/desk/staff", "/desk/home", "/desk/me", "/desk/audit"):
        assert person.open(elsewhere).at == "/desk/sign-in/second-factor"
    phone = person.enrol()
    codes = re.findall(r"<code>([A-Z0-9-]{19})</code>", person.page)
    assert len(codes) == 10
    assert person.open("/desk/health").at == "/desk/health"

    again = Person(world).enter(account.login)
    assert again.at == "/desk/sign-in/code"
    assert again.send("/desk/sign-in/code", code="000000").status == 401
    assert again.send("/desk/sign-in/code", code=phone.at(world.clock())).status == 401  # used to set it up
    world.forward(seconds=30)
    code = phone.at(world.clock())
    assert again.send("/desk/sign-in/code", code=code).at == "/desk/staff"

    replay = Person(world).enter(account.login)
    assert replay.send("/desk/sign-in/code", code=code).status == 401
    assert replay.send("/desk/sign-in/code", code=codes[0]).at == "/desk/staff"


def test_a_one_time_password_is_changed_before_anything_else(world: World) -> None:
    account = make(world, "Новая Коллега", must_change_password=True)
    person = Person(world).enter(account.login)
    assert person.at == "/desk/sign-in/password"
    assert person.open("/desk/me").at == "/desk/sign-in/password"
    assert "не совпали" in person.send("/desk/sign-in/password", password="Дождь над рекой 12", again="другой").page
    assert "известный" in person.send("/desk/sign-in/password", password="qwertyuiop", again="qwertyuiop").page
    person.send("/desk/sign-in/password", password="Дождь над рекой 12", again="Дождь над рекой 12")
    assert person.at != "/desk/sign-in/password"
    assert Person(world).enter(account.login).status == 401
    assert Person(world).enter(account.login, "Дождь над рекой 12").status < 400


def test_brute_force_meets_one_answer_for_everybody_and_then_a_wait(world: World) -> None:
    account = make(world, "Упорная Цель")
    world.forward(minutes=15)  # wrong tries of tests before
    answers = [Person(world).enter(login, "не тот пароль").page for login in (account.login, "nobody-at-all")]
    normal = [re.sub(r'value="[^"]*"|\d{12}', "", page) for page in answers]
    assert normal[0] == normal[1]
    assert "Логин или пароль не подошли" in answers[0]
    for _ in range(4):
        Person(world).enter(account.login, "не тот пароль")
    assert Person(world).enter(account.login).status == 401  # the right one, too late
    for _ in range(13):
        Person(world).enter("nobody-at-all", "не тот пароль")
    refused = Person(world).enter(account.login)
    assert refused.status == 429 and "Подождите, минут" in refused.page
    world.forward(minutes=16)
    assert Person(world).enter(account.login).status == 200


def test_a_session_planted_before_the_sign_in_opens_nothing(world: World) -> None:
    thief, victim = make(world, "Вор Чужой"), make(world, "Жертва Честная")
    planted = Person(world).enter(thief.login)
    person = Person(world)
    person.http.cookies.set(COOKIE, planted.token, domain="127.0.0.1", path="/desk")
    # A colleague who finds a stranger's window open signs out of it, and in as herself.
    person.open("/desk/me").send("/desk/sign-out")
    person.enter(victim.login)
    assert "Жертва Честная" in person.open("/desk/me").page
    assert person.token != planted.token
    assert planted.open("/desk/me").at == "/desk/sign-in"


def test_every_step_of_the_way_in_has_a_token_of_its_own(world: World) -> None:
    account = make(world, "Шаг Зашагом", ("supervisor",))
    person = Person(world).enter(account.login)
    first = person.token
    person.enrol()
    assert person.token != first
    stale = Person(world)
    stale.http.cookies.set(COOKIE, first, domain="127.0.0.1", path="/desk")
    assert stale.open("/desk/me").at == "/desk/sign-in"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(world: World) -> None:
    account = make(world, "Печенье Крепкое")
    answer = httpx.post(
        f"{world.url}/desk/sign-in",
        data={"login": account.login, "password": PASSWORD},
        headers={"Origin": world.url},
        timeout=30,
    )
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/desk" in cookie
    assert "max-age" not in cookie and "secure" not in cookie


def test_a_house_with_https_sends_its_cookies_over_it_only(tmp_path: Path) -> None:
    world = World(tmp_path, secure_cookies=True, public_url="https://desk.agency.example/")
    world.start()
    try:
        account = world.account("Печенье Тайное")
        for origin in (world.url, "https://desk.agency.example"):
            answer = httpx.post(
                f"{world.url}/desk/sign-in",
                data={"login": account.login, "password": PASSWORD},
                headers={"Origin": origin},
                timeout=30,
            )
            assert answer.status_code == 303
            assert "secure" in answer.headers["set-cookie"].lower()
    finally:
        world.stop()


def test_ones_own_password_is_changed_with_the_present_one(world: World) -> None:
    account = make(world, "Смена Пароля")
    person, elsewhere = Person(world).enter(account.login), Person(world, "Chromium").enter(account.login)
    person.open("/desk/me")
    assert "Chromium" in person.page and "Firefox" in person.page
    new = "Дождь над рекой 12"
    assert "не подошёл" in person.send("/desk/me/password", present="не тот", new=new, again=new).page
    person.send("/desk/me/password", present=PASSWORD, new=new, again=new)
    assert "Пароль изменён" in person.page
    assert elsewhere.open("/desk/me").at == "/desk/sign-in"
    assert person.open("/desk/me").at == "/desk/me"


def test_ones_own_second_factor_is_set_replaced_and_removed(world: World) -> None:
    account = make(world, "Второй Фактор")
    person = Person(world).enter(account.login).open("/desk/me")
    assert "не подошёл" in person.send("/desk/me/second-factor", present="не тот").page
    person.send("/desk/me/second-factor", present=PASSWORD)
    sealed = re.search(r'name="sealed" value="([^"]+)"', person.page)[1]  # type: ignore[index]
    assert "не подошёл" in person.send("/desk/me/second-factor/confirm", code="000000").page
    assert re.search(r'name="sealed" value="([^"]+)"', person.page)[1] == sealed  # type: ignore[index]
    phone = person.enrol()
    assert "Запасные коды" in person.page
    assert "включён" in person.open("/desk/me").page
    codes = re.findall(r"<code>([A-Z0-9-]{19})</code>", person.send("/desk/me/recovery-codes", present=PASSWORD).page)
    assert len(codes) == 10
    world.forward(seconds=60)
    again = Person(world).enter(account.login)
    assert again.send("/desk/sign-in/code", code=phone.at(world.clock())).at == "/desk"
    again.open("/desk/me").send("/desk/me/second-factor/remove", present=PASSWORD)
    assert Person(world).enter(account.login).at == "/desk"


def test_windows_are_closed_one_by_one_and_all(world: World) -> None:
    account, other = make(world, "Много Окон"), make(world, "Чужое Окно")
    here, there, stranger = (
        Person(world).enter(account.login),
        Person(world).enter(account.login),
        Person(world).enter(other.login),
    )
    theirs = re.search(r'name="window" value="(\w+)"', stranger.open("/desk/me").page)[1]  # type: ignore[index]
    here.open("/desk/me")
    assert here.send("/desk/me/windows/end", window=theirs).status == 404
    assert stranger.open("/desk/me").at == "/desk/me"
    mine = re.findall(r'name="window" value="(\w+)"', here.open("/desk/me").page)
    assert len(mine) == 2
    there.open("/desk/me").send("/desk/me/windows/end-all")
    assert there.at == "/desk/sign-in"
    assert here.open("/desk/me").at == "/desk/sign-in"


def test_the_address_to_go_on_to_survives_every_step(world: World) -> None:
    account = make(world, "Дальняя Дорога", ("administrator",))
    person = Person(world).enter(account.login, going="/desk/audit%3Faction%3Dsigned_in")
    assert parse_qs(urlsplit(str(person.http.get("/desk/sign-in?next=/desk/audit").headers["location"])).query) == {
        "next": ["/desk/audit"]
    }
    person.enrol()
    assert 'href="/desk/audit?action=signed_in"' in person.page
