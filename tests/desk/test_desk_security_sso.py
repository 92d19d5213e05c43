"""Single sign-on against a real issuer over HTTP: who comes in, and every token that is not quite right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from bot.accounts.interface import Account
from desk.access import COOKIE
from desk.cookies import SSO_COOKIE
from tests.desk.issuer import CLIENT, SECRET, Issuer, shared_secret, unsigned
from tests.desk.world import MONDAY, World

ROLES = "mfc-operators=operator,mfc-heads=supervisor"


class House(World):
    """A world with an issuer."""

    issuer: Issuer


def served(folder: Path, **settings: Any) -> House:
    world = House(folder)
    world.issuer = Issuer(world.clock)
    world._given |= {
        "oidc_issuer": world.issuer.url, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET, "oidc_name": "портал",
        **settings,
    }  # fmt: skip
    world.start()
    return world


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    world = served(tmp_path_factory.mktemp("sso"))
    yield world
    world.stop()
    world.issuer.stop()


@pytest.fixture(scope="module")
def giving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house where the issuer makes accounts and gives roles."""
    world = served(
        tmp_path_factory.mktemp("sso2"), oidc_create="operator", oidc_role_claim="realm.roles", oidc_roles=ROLES,
        oidc_login_claim="employee",
    )  # fmt: skip
    yield world
    world.stop()
    world.issuer.stop()


@pytest.fixture(autouse=True)
def honest(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    for name in ("house", "giving"):
        if name in request.fixturenames:
            request.getfixturevalue(name).issuer.honest()


def known(house: House, login: str, **more: Any) -> Account:
    """An account an administrator made, without a password."""
    accounts = house.assistant.desk.accounts
    return house.do(accounts.add(login, "Анна Ветрова", more.pop("roles", ("operator",)), **more))


def person(subject: str, email: str = "", **more: Any) -> dict[str, Any]:
    return {"sub": subject, "email": email or None, "email_verified": bool(email), "name": "Анна Ветрова", **more}


class Coming:
    """A browser on its way through the issuer."""

    def __init__(self, house: House) -> None:
        self.http = httpx.Client(timeout=30)
        self.house = house

    def go(self, going: str = "/desk/me") -> str:
        """From the desk to the issuer; the address it sends the browser back to."""
        answer = self.http.get(f"{self.house.url}/desk/sso", params={"next": going})
        assert answer.status_code == 303, answer.text
        return self.http.get(answer.headers["location"]).headers["location"]

    def come(self, back: str) -> httpx.Response:
        """Back at the desk."""
        return self.http.get(
            back.replace(str(httpx.URL(back).copy_with(path="/", query=None)).rstrip("/"), self.house.url)
        )

    @property
    def token(self) -> str:
        return self.http.cookies.get(COOKIE, "")


def sign_in(house: House, claims: dict[str, Any], going: str = "/desk/me") -> tuple[Coming, httpx.Response]:
    house.issuer.claims = claims
    coming = Coming(house)
    return coming, coming.come(coming.go(going))


def refused(answer: httpx.Response, words: str) -> None:
    assert answer.status_code == 403, answer.text
    assert words in answer.text
    assert COOKIE not in answer.headers.get("set-cookie", "")


def test_the_button_is_on_the_sign_in_page(house: House) -> None:
    page = house.browser().get("/desk/sign-in?next=/desk/me").text
    assert "Войти через портал" in page and 'href="/desk/sso?next=/desk/me"' in page


def test_a_known_person_comes_in_by_verified_mail_and_later_by_her_subject(house: House) -> None:
    account = known(house, "anna@agency.example")
    coming, answer = sign_in(house, person("s-1", "Anna@agency.example"), "/desk/me?done=")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/me?done=")
    assert house.do(house.assistant.desk.accounts.signed(coming.token)).account.id == account.id  # type: ignore[union-attr]
    assert house.issuer.asked["code_challenge_method"] == "S256"
    assert house.issuer.asked["scope"] == "openid email profile"
    # Her address changed; she is still the same.
    _, answer = sign_in(house, person("s-1", "vetrova@agency.example"))
    assert answer.status_code == 303
    deeds = [e.action for e in house.do(house.assistant.desk.parts.audit.page(actor=account.id))]
    assert deeds == ["signed_in", "signed_in", "sso_linked"]


@pytest.mark.parametrize(
    "claims",
    [
        person("s-unknown", "stranger@agency.example"),
        person("s-2"),
        {"sub": "s-3", "email": "boris@agency.example", "email_verified": False},
        {"sub": "s-3", "email": "boris@agency.example"},
        {"sub": "s-3", "email": "boris@agency.example", "email_verified": "true"},
        person("s-4", preferred_username="boris@agency.example"),
        person("s-5", "anna2@agency.example"),
        person("s-6", "closed@agency.example"),
    ],
)
def test_whom_nobody_made_an_account_for_stays_outside(house: House, claims: dict[str, Any]) -> None:
    accounts = house.assistant.desk.accounts
    if house.do(accounts.by_login("boris@agency.example")) is None:
        known(house, "boris@agency.example")
        known(house, "anna2@agency.example")
        sign_in(house, person("s-anna2", "anna2@agency.example"))
        house.do(accounts.disable(known(house, "closed@agency.example").id, None))
    _, answer = sign_in(house, claims)
    refused(answer, "Попросите администратора")


def test_a_closed_account_does_not_come_in_by_its_subject(house: House) -> None:
    account = known(house, "dora@agency.example")
    sign_in(house, person("s-dora", "dora@agency.example"))
    house.do(house.assistant.desk.accounts.disable(account.id, None))
    _, answer = sign_in(house, person("s-dora", "dora@agency.example"))
    refused(answer, "закрыта")


LIES: list[tuple[str, dict[str, Any]]] = [
    ("another nonce", {"nonce": "другой"}), ("no nonce", {"nonce": None}), ("another audience", {"aud": "other"}),
    ("no audience", {"aud": None}), ("two audiences without azp", {"aud": [CLIENT, "other"]}),
    ("another azp", {"azp": "other"}), ("another issuer", {"iss": "https://evil.example"}), ("no issuer", {"iss": None}),
    ("no subject", {"sub": None}), ("no end", {"exp": None}),
    ("expired", {"exp": int((MONDAY - timedelta(days=1)).timestamp())}),
    ("from the future", {"iat": int((MONDAY + timedelta(days=9)).timestamp())}),
    ("not yet", {"nbf": int((MONDAY + timedelta(days=9)).timestamp())}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "lie"), LIES, ids=[what for what, _ in LIES])
def test_a_token_with_a_wrong_claim_is_refused(house: House, what: str, lie: dict[str, Any]) -> None:
    house.issuer.lie = lie
    _, answer = sign_in(house, person("s-1", "anna@agency.example"))
    refused(answer, "не прошёл проверку")


def test_a_token_signed_by_another_key_is_refused(house: House) -> None:
    for kid in ("k1", "k2"):
        house.issuer.key, house.issuer.header = RSAKey.generate_key(2048, {"kid": kid}), {"alg": "RS256", "kid": kid}
        _, answer = sign_in(house, person("s-1", "anna@agency.example"))
        refused(answer, "не прошёл проверку")


def test_a_token_signed_with_our_own_secret_or_not_at_all_is_refused(house: House) -> None:
    house.issuer.key, house.issuer.header = shared_secret(SECRET), {"alg": "HS256"}
    _, answer = sign_in(house, person("s-1", "anna@agency.example"))
    refused(answer, "не прошёл проверку")
    now = int(house.clock().timestamp())
    coming = Coming(house)
    back = coming.go()
    house.issuer.plain = unsigned(
        {"iss": house.issuer.url, "aud": CLIENT, "iat": now, "exp": now + 300, "sub": "s-1",
         "nonce": house.issuer.asked["nonce"]}
    )  # fmt: skip
    refused(coming.come(back), "не прошёл проверку")
    for garbage in ("garbage", "a.b.c", "", "a.b.c.d.e"):
        house.issuer.plain = garbage or " "
        _, answer = sign_in(house, person("s-1", "anna@agency.example"))
        refused(answer, "не прошёл проверку")


def test_a_new_key_of_the_issuer_is_taken_after_a_while(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    account = known(house, "keys@agency.example")
    assert account
    sign_in(house, person("s-keys", "keys@agency.example"))
    house.issuer.published = house.issuer.key = RSAKey.generate_key(2048, {"kid": "k9"})
    house.issuer.header = {"alg": "RS256", "kid": "k9"}
    monkeypatch.setattr("desk.oidc.KEYS_AGAIN", 0.0)
    _, answer = sign_in(house, person("s-keys", "keys@agency.example"))
    assert answer.status_code == 303


def test_an_answer_that_nobody_asked_for_is_refused(house: House) -> None:
    house.issuer.claims = person("s-1", "anna@agency.example")
    victim, thief = Coming(house), Coming(house)
    theirs = thief.go()
    refused(victim.come(theirs), "Начните ещё раз")  # no cookie: a stranger's answer pushed into her browser
    victim.go()
    refused(victim.come(theirs), "Начните ещё раз")  # another state than the one of her cookie
    own = victim.go()
    refused(victim.come(f"{own}&error=access_denied"), "не прошёл проверку")
    own = victim.go()
    refused(victim.come(f"{own}&iss=https%3A%2F%2Fevil.example"), "не прошёл проверку")
    own = victim.go()
    house.forward(minutes=11)
    refused(victim.come(own), "Начните ещё раз")


def test_an_answer_counts_once(house: House) -> None:
    account = known(house, "once@agency.example")
    assert account
    house.issuer.claims = person("s-once", "once@agency.example")
    coming = Coming(house)
    back = coming.go()
    assert coming.come(back).status_code == 303
    assert SSO_COOKIE not in coming.http.cookies
    refused(coming.come(back), "Начните ещё раз")


def test_the_way_on_stays_in_the_house(house: House) -> None:
    known(house, "way@agency.example")
    _, answer = sign_in(house, person("s-way", "way@agency.example"), "https://evil.example")
    assert answer.headers["location"] == "/desk/home"


def test_an_issuer_that_is_away_is_told_and_the_password_stays(tmp_path: Path) -> None:
    world = served(tmp_path)
    world.issuer.stop()
    try:
        answer = world.browser().get("/desk/sso")
        assert answer.status_code == 503
        assert "войдите по паролю" in answer.text and 'name="password"' in answer.text
    finally:
        world.stop()


def test_accounts_are_made_by_themselves_only_where_the_settings_say_so(giving: House) -> None:
    claims = person("g-1", "new@agency.example", realm={"roles": ["offline", "mfc-heads", "operator"]})
    coming, answer = sign_in(giving, claims)
    assert answer.status_code == 303
    me = giving.do(giving.assistant.desk.accounts.signed(coming.token))
    assert me is not None and me.account.roles == {"supervisor", "operator"} and not me.account.has_password


def test_roles_follow_the_issuer_and_without_any_nobody_comes_in(giving: House) -> None:
    known(giving, "roles@agency.example", roles=("supervisor",))
    coming, _ = sign_in(giving, person("g-2", "roles@agency.example", realm={"roles": "mfc-operators"}))
    me = giving.do(giving.assistant.desk.accounts.signed(coming.token))
    assert me is not None and me.account.roles == {"operator"}
    for realm in ({"roles": []}, {"roles": ["guest"]}, {}, None):
        _, answer = sign_in(giving, person("g-2", "roles@agency.example", realm=realm))
        refused(answer, "не дана роль")


def test_a_claim_that_people_cannot_change_may_name_the_login(giving: House) -> None:
    account = known(giving, "e-1047")
    coming, _ = sign_in(giving, person("g-3", employee="E-1047", realm={"roles": ["operator"]}))
    me = giving.do(giving.assistant.desk.accounts.signed(coming.token))
    assert me is not None and me.account.id == account.id


def test_the_last_administrator_stays_one_whatever_the_issuer_says(giving: House) -> None:
    known(giving, "boss@agency.example", roles=("administrator",))
    coming, _ = sign_in(giving, person("g-4", "boss@agency.example", realm={"roles": ["operator"]}))
    me = giving.do(giving.assistant.desk.accounts.signed(coming.token))
    assert me is not None and me.account.roles == {"administrator"}
