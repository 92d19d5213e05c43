"""The door of the desk: who comes in, whose forms count, what every answer carries, and how a refusal is said."""

from __future__ import annotations

import re
import socket
from typing import Any

import httpx
import pytest

from bot.accounts.policy import Policy
from desk.access import COOKIE
from desk.limits import FORM, UPLOAD
from desk.refusals import own_path
from tests.desk.world import Browser, World


@pytest.fixture(scope="module")
def operator(world: World) -> Any:
    return world.account("Ольга Ветрова")


@pytest.fixture
def browser_of(world: World, operator: Any) -> Browser:
    return world.browser(operator)


def csp(answer: httpx.Response) -> dict[str, str]:
    """The parts of a content security policy."""
    pieces = (piece.strip().partition(" ") for piece in answer.headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in pieces}


def test_a_page_without_a_session_leads_to_the_sign_in_and_back(world: World) -> None:
    answer = world.browser().get("/desk/me?done=password")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/desk/sign-in?next=%2Fdesk%2Fme%3Fdone%3Dpassword"


@pytest.mark.parametrize(
    "headers",
    [
        {"HX-Request": "true"},
        {"Accept": "application/json"},
        {"Accept": "text/event-stream"},
        {"Sec-Fetch-Mode": "cors"},
    ],
)
def test_a_script_without_a_session_gets_json(world: World, headers: dict[str, str]) -> None:
    answer = world.browser().get("/desk/events", headers=headers)
    assert answer.status_code == 401
    assert "Войдите" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/desk/нет", "/desk/x/../y", "/desk//me", "/desk/static/../app.py", "/desk/static/нет.css"]
)
def test_paths_that_are_not_there_tell_nothing_to_strangers(world: World, path: str) -> None:
    assert world.browser().get(path).status_code in (303, 404)


@pytest.mark.parametrize("token", ["x", "0" * 43, "'; --", "ы" * 20, "a" * 4000])
def test_a_made_up_token_is_nobody(world: World, token: str) -> None:
    answer = httpx.get(f"{world.url}/desk/me", headers={"Cookie": f"{COOKIE}={token}".encode()})
    assert answer.status_code == 303


def test_every_answer_carries_the_headers(world: World, browser_of: Browser) -> None:
    answers = [browser_of.get(path) for path in ("/desk/me", "/desk/nothing", "/desk/static/desk.css")]
    answers += [world.browser().get("/desk/sign-in"), world.browser().get("/desk/me")]
    for answer in answers:
        policy = csp(answer)
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "permissions-policy" in answer.headers
    assert {a.headers["cache-control"] for a in answers if "static" not in str(a.url)} == {"no-store"}


def test_other_rooms_of_the_house_keep_their_own_headers_and_refusals(world: World) -> None:
    other = world.browser().get("/no-such-page")
    assert (other.status_code, other.json()) == (404, {"detail": "Not Found"})
    assert "content-security-policy" not in other.headers


# Forms


@pytest.mark.parametrize("token", [None, "", "wrong", "ы"])
def test_a_form_without_our_token_changes_nothing(browser_of: Browser, token: str | None) -> None:
    headers = {"Origin": browser_of.world.url}
    if token is not None:
        headers["X-CSRF"] = token.encode()  # type: ignore[assignment]
    answer = browser_of.http.post("/desk/me/extension", data={"extension": "204"}, headers=headers)
    assert answer.status_code == 403
    answer = browser_of.http.post(
        "/desk/me/extension", data={"extension": "204", "csrf": token or ""}, headers={"Origin": browser_of.world.url}
    )
    assert answer.status_code == 403
    assert 'value="204"' not in browser_of.get("/desk/me").text


def test_the_token_of_another_session_does_not_count(world: World, operator: Any, browser_of: Browser) -> None:
    other = world.browser(operator)
    assert other.csrf != browser_of.csrf
    answer = browser_of.post("/desk/me/extension", {"extension": "204"}, headers={"X-CSRF": other.csrf})
    assert answer.status_code == 403


def test_the_token_may_stand_in_the_form(browser_of: Browser) -> None:
    data = {"extension": "311", "csrf": browser_of.csrf}
    answer = browser_of.http.post("/desk/me/extension", data=data, headers={"Origin": browser_of.world.url})
    assert answer.status_code == 303
    assert 'value="311"' in browser_of.get("/desk/me").text


def test_a_token_in_the_address_or_in_a_form_with_files_does_not_count(browser_of: Browser) -> None:
    csrf = browser_of.csrf
    assert browser_of.http.post(f"/desk/me/extension?csrf={csrf}", data={"extension": "1"}).status_code == 403
    files = {"csrf": (None, csrf), "extension": (None, "22")}
    assert browser_of.http.post("/desk/me/extension", files=files).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    ],
)  # fmt: skip
def test_a_request_of_another_site_is_refused_even_with_the_token(browser_of: Browser, headers: dict[str, str]) -> None:
    answer = browser_of.post("/desk/me/extension", {"extension": "205"}, headers=headers)
    assert answer.status_code == 403
    assert "другого сайта" in answer.json()["detail"]


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_another_site_cannot_sign_a_browser_in(world: World, headers: dict[str, str]) -> None:
    """A stranger's account in a colleague's window would collect what she writes."""
    answer = world.browser().http.post("/desk/sign-in", data={"login": "a", "password": "b"}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_reading_never_changes_anything(world: World, browser_of: Browser) -> None:
    for path in ("/desk/me/extension", "/desk/sign-out", "/desk/me/windows/end-all"):
        assert browser_of.get(path).status_code in (404, 405)
    assert browser_of.get("/desk/me").status_code == 200


# Sizes and pace


def test_too_much_is_refused_before_it_is_read(browser_of: Browser) -> None:
    big = "x" * (FORM + 1)
    assert browser_of.post("/desk/me/extension", {"extension": big}).status_code == 413
    headers = {"X-CSRF": browser_of.csrf, "Origin": browser_of.world.url}

    def pieces() -> Any:
        for _ in range(5):
            yield b"x" * (FORM // 4)

    endless = headers | {"Content-Type": "application/x-www-form-urlencoded"}
    assert browser_of.http.post("/desk/me/extension", content=pieces(), headers=endless).status_code == 413
    promise = f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {UPLOAD + 1}"
    assert raw_post(browser_of, promise).startswith("HTTP/1.1 413")


@pytest.mark.parametrize("length", ["-1", "ten", "9" * 40, "1, 2"])
def test_a_length_that_is_none_is_no_accident(browser_of: Browser, length: str) -> None:
    assert re.match(r"HTTP/1.1 4\d\d", raw_post(browser_of, f"Content-Length: {length}"))


def raw_post(browser: Browser, headers: str) -> str:
    """The first answer to a head without a body, which no client of HTTP would send."""
    host = browser.world.url.removeprefix("http://")
    with socket.create_connection((host.split(":")[0], int(host.split(":")[1])), timeout=30) as line:
        head = f"POST /desk/me/extension HTTP/1.1\r\nHost: {host}\r\nCookie: {COOKIE}={browser.token}\r\n"
        line.sendall(f"{head}X-CSRF: {browser.csrf}\r\n{headers}\r\n\r\n".encode())
        return line.recv(4096).decode("utf-8", "replace")


def test_an_account_that_hammers_has_to_wait_and_others_do_not(world: World) -> None:
    fast, other = (world.browser(world.account(name)) for name in ("Быстрая Рука", "Спокойная Рука"))
    statuses = [fast.post("/desk/me/here").status_code for _ in range(Policy().changes_a_minute + 2)]
    assert statuses[:3] == [204] * 3 and statuses[-1] == 429
    refused = fast.post("/desk/me/here")
    assert int(refused.headers["retry-after"]) > 0
    assert "Подождите" in refused.json()["detail"]
    assert other.post("/desk/me/here").status_code == 204
    assert fast.get("/desk/me").status_code == 200
    world.forward(minutes=1)
    assert fast.post("/desk/me/here").status_code == 204


# Sessions over HTTP


def test_only_a_persons_own_doing_keeps_a_window_open(world: World, operator: Any) -> None:
    active, idle = world.browser(operator), world.browser(operator)
    for _ in range(4):
        world.forward(minutes=8)
        active.post("/desk/me/here")
        idle.get("/desk/session", headers={"HX-Request": "true"})
        idle.get("/desk/me", headers={"HX-Request": "true"})
    assert active.get("/desk/me").status_code == 200
    assert idle.get("/desk/me").status_code == 303


def test_a_closed_account_is_out_at_once(world: World) -> None:
    account = world.account("Уволенный Человек")
    here = world.browser(account)
    assert here.get("/desk/me").status_code == 200
    world.do(world.assistant.desk.accounts.disable(account.id, None))
    assert here.get("/desk/me").status_code == 303


def test_an_open_stream_is_cut_when_its_session_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.access.LOOK_AGAIN", 0.0)
    monkeypatch.setattr("desk.events.BEAT_EVERY", 0.05)
    account = world.account("Уволенный Слушатель")
    here = world.browser(account)
    with here.http.stream("GET", "/desk/events", headers={"Accept": "text/event-stream"}) as stream:
        lines = stream.iter_lines()
        assert stream.status_code == 200
        next(lines)
        world.do(world.assistant.desk.accounts.disable(account.id, None))
        rest = list(lines)  # it ends by itself
    assert len(rest) < 200


# Ways out of the house


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "/desk//evil.example", "/desk/..//evil.example",
        "\\\\evil.example", "/desk\r\nSet-Cookie: a=b", "javascript:alert(1)", "/deskevil", "desk", "", "/desk@evil.example",
        "https:///desk", "/desk\t", "/\x00desk", "http:/desk", "/desk/%0d%0a" + "\n", "/widget", "ＨＴＴＰ://desk",
    ],
)  # fmt: skip
def test_no_address_but_the_desks_own_is_gone_to(world: World, browser_of: Browser, wanted: str) -> None:
    assert own_path(wanted) == ""
    answer = browser_of.get("/desk/sign-in", params={"next": wanted})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/desk/home"


@pytest.mark.parametrize("wanted", ["/desk", "/desk/me", "/desk/audit?actor=a&before=3", "/desk/talks/1#end"])
def test_the_desks_own_addresses_are(wanted: str) -> None:
    assert own_path(wanted) == wanted


def test_a_refusal_leads_back_to_our_own_page_only(browser_of: Browser) -> None:
    host = browser_of.world.url
    data = {"csrf": "wrong"}
    for referer, back in ((f"{host}/desk/me", "/desk/home"), ("https://evil.example/desk/me", "/desk/home")):
        page = browser_of.http.post("/desk/me/extension", data=data, headers={"Origin": host, "Referer": referer}).text
        assert re.search(r'class="button" href="([^"]+)"', page)[1] == back  # type: ignore[index]


def test_home_leads_to_the_first_room_of_each_role(world: World) -> None:
    first = {
        "operator": "/desk", "supervisor": "/desk", "editor": "/desk/studio", "administrator": "/desk/staff",
        "technician": "/desk/health",
    }  # fmt: skip
    for role, room in first.items():
        there = world.browser(world.account("Кто-то Там", (role,))).get("/desk/home")
        assert (there.status_code, there.headers["location"]) == (303, room)
