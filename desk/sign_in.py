"""The pages of signing in and out: password, code, the first second factor, a password of one's own, single sign-on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote

import segno
from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from bot.accounts.entrance import Entered, Entrance, NotAdmitted
from bot.accounts.interface import BadAccount, Signed
from bot.accounts.own import Own
from bot.accounts.second_factor import Pending
from bot.accounts.sessions import Half, Stage
from bot.accounts.single_sign_on import KnownPeople
from desk.access import COOKIE, half, signed
from desk.cookies import SSO_COOKIE, forget_sso, let_in, let_out, remember_sso
from desk.pages import NAV
from desk.parts import Parts
from desk.refusals import SIGN_IN, own_path

STAGES: dict[Stage, str] = {
    "code": f"{SIGN_IN}/code", "enrol": f"{SIGN_IN}/second-factor", "change": f"{SIGN_IN}/password",
    "open": "/desk/home",
}  # fmt: skip
"""Where somebody goes who lacks this."""
Text = Annotated[str, Form()]
Next = Annotated[str, Query(alias="next")]
NextField = Annotated[str, Form(alias="next")]
Waiting = Annotated[Half, Depends(half)]


def sign_in_router(parts: Parts) -> APIRouter:
    """`sign-in` and its steps, `sso`, `sign-out`, and `home`, which leads to the first room of an account."""
    router = APIRouter()
    entrance = Entrance(parts.store, parts.vault, parts.clock, parts.accounts)
    own = Own(parts.store, parts.vault, parts.clock, parts.accounts)
    draw = parts.pages.page

    def login_page(request: Request, going: str, status: int = 200, wrong: str = "", login: str = "") -> Response:
        sso = parts.sso.client.name if parts.sso else ""
        return draw(request, "sign_in.html", status, next=own_path(going), wrong=wrong, login=login, sso=sso)

    def onward(entered: Entered, going: str) -> Response:
        return _let_in(parts, entered, going)

    def refused(request: Request, error: NotAdmitted, show: Callable[[str, int], Response]) -> Response:
        if error.start_again:
            return login_page(request, "", 401, error.text)
        response = show(error.text, 429 if error.wait else 401)
        if error.wait:
            response.headers["Retry-After"] = str(error.wait)
        return response

    def at(request: Request, stage: Stage) -> Half:
        found = half(request)
        if found.stage != stage:
            raise HTTPException(401)
        return found

    @router.get("/sign-in")
    async def login(request: Request, going: Next = "") -> Response:
        if request.state.signed is not None:
            return RedirectResponse(own_path(going) or "/desk/home", 303)
        if request.state.half is not None:
            return RedirectResponse(_with_next(STAGES[request.state.half.stage], going), 303)
        return login_page(request, going)

    @router.post("/sign-in")
    async def enter(request: Request, login: Text = "", password: Text = "", going: NextField = "") -> Response:
        try:
            entered = await entrance.password(
                login, password, _ip(request), _agent(request), request.cookies.get(COOKIE, "")
            )
        except NotAdmitted as error:
            return refused(request, error, lambda text, status: login_page(request, going, status, text, login[:80]))
        return onward(entered, going)

    @router.post("/sign-in/again")
    async def begin_again(who: Waiting) -> Response:
        async with parts.store.write() as session:
            await parts.accounts.sessions.end(session, who.session_id, who.account.id)
        response = RedirectResponse(SIGN_IN, 303)
        let_out(response)
        return response

    @router.get("/sign-in/code")
    async def ask_code(request: Request, going: Next = "") -> Response:
        return draw(request, "sign_in_code.html", half=at(request, "code"), next=own_path(going), wrong="")

    @router.post("/sign-in/code")
    async def take_code(request: Request, code: Text = "", going: NextField = "") -> Response:
        who = at(request, "code")
        try:
            return onward(await entrance.code(who, code, _agent(request)), going)
        except NotAdmitted as error:
            return refused(
                request, error,
                lambda text, status: draw(
                    request, "sign_in_code.html", status, half=who, next=own_path(going), wrong=text
                ),
            )  # fmt: skip

    def factor_page(request: Request, who: Half, pending: Pending, going: str, wrong: str = "") -> Response:
        return draw(
            request, "sign_in_factor.html", 422 if wrong else 200, half=who, pending=pending, qr=qr(pending.uri),
            next=own_path(going), wrong=wrong, action=STAGES["enrol"], csrf=who.csrf,
        )  # fmt: skip

    @router.get("/sign-in/second-factor")
    async def begin_factor(request: Request, going: Next = "") -> Response:
        who = at(request, "enrol")
        return factor_page(request, who, entrance.begin_second_factor(who), going)

    @router.post("/sign-in/second-factor")
    async def take_factor(request: Request, code: Text = "", sealed: Text = "", going: NextField = "") -> Response:
        who = at(request, "enrol")
        try:
            entered, codes = await entrance.enrol(who, sealed, code, _agent(request))
        except NotAdmitted as error:
            return login_page(request, going, 401, error.text)
        except BadAccount as error:
            try:
                pending = entrance.begin_second_factor(who, sealed)
            except BadAccount:
                pending = entrance.begin_second_factor(who)
            return factor_page(request, who, pending, going, error.text)
        onto = _with_next(STAGES[entered.stage], going) if entered.stage != "open" else own_path(going) or "/desk/home"
        response = draw(request, "sign_in_codes.html", codes=codes, onto=onto)
        let_in(parts, response, entered.token)
        return response

    def password_page(request: Request, who: Half, going: str, wrong: str = "") -> Response:
        return draw(
            request, "sign_in_password.html", 422 if wrong else 200, half=who, next=own_path(going), wrong=wrong,
            length=parts.accounts.policy.password_length,
        )  # fmt: skip

    @router.get("/sign-in/password")
    async def ask_password(request: Request, going: Next = "") -> Response:
        return password_page(request, at(request, "change"), going)

    @router.post("/sign-in/password")
    async def take_password(request: Request, password: Text = "", again: Text = "", going: NextField = "") -> Response:
        who = at(request, "change")
        if password != again:
            return password_page(request, who, going, "Пароли не совпали. Введите новый пароль дважды.")
        try:
            return onward(await entrance.choose_password(who, password, _agent(request)), going)
        except NotAdmitted as error:
            return login_page(request, going, 401, error.text)
        except BadAccount as error:
            return password_page(request, who, going, error.text)

    @router.post("/sign-out")
    async def sign_out(me: Annotated[Signed, Depends(signed)]) -> Response:
        await own.end_window(me, me.session_id)
        if me.may("talk") and not await parts.accounts.sessions.of(me.account.id):
            # Nobody is at the desk any more: no citizen may be sent to an empty chair.
            await parts.presences.set(me.account.id, "offline")
        response = RedirectResponse(SIGN_IN, 303)
        let_out(response)
        return response

    @router.get("/home")
    async def home(me: Annotated[Signed, Depends(signed)]) -> Response:
        return RedirectResponse(next((url for right, url, _ in NAV if me.may(right)), "/desk/me"), 303)  # type: ignore[arg-type]

    router.include_router(_sso_router(parts, entrance, login_page))
    return router


def _sso_router(parts: Parts, entrance: Entrance, login_page: Callable[..., Response]) -> APIRouter:
    router = APIRouter()
    sso = parts.sso
    if sso is None:
        return router
    people = KnownPeople(parts.store, parts.clock, parts.accounts, sso.client.create)

    @router.get("/sso")
    async def go(request: Request, going: Next = "") -> Response:
        try:
            address, cookie = await sso.begin(own_path(going))
        except NotAdmitted as error:
            return login_page(request, going, 503, error.text)
        response = RedirectResponse(address, 303)
        remember_sso(parts, response, cookie)
        return response

    @router.get("/sso/back")
    async def back(request: Request) -> Response:
        ip = _ip(request)
        try:
            returned = await sso.finish(request.cookies.get(SSO_COOKIE, ""), request.query_params)
            account_id = await people.account_id(returned.person, ip)
            entered = await entrance.known(account_id, ip, _agent(request), request.cookies.get(COOKIE, ""))
            response = _let_in(parts, entered, returned.next)
        except NotAdmitted as error:
            response = login_page(request, "", 403, error.text)
        forget_sso(response)
        return response

    return router


def qr(uri: str) -> Markup:
    """A QR code as an SVG element; it is made of numbers only, whatever the text."""
    return Markup(segno.make(uri, error="m").svg_inline(scale=5, border=3, dark="#000", light="#fff"))  # noqa: S704


def _let_in(parts: Parts, entered: Entered, going: str) -> Response:
    if entered.stage == "open":
        response = RedirectResponse(own_path(going) or "/desk/home", 303)
    else:
        response = RedirectResponse(_with_next(STAGES[entered.stage], going), 303)
    let_in(parts, response, entered.token)
    return response


def _with_next(path: str, going: str) -> str:
    return f"{path}?next={quote(own_path(going), safe='')}" if own_path(going) else path


def _ip(request: Request) -> str:
    return request.client.host if request.client else ""


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")
