"""One's own account: password, second factor, open windows, telephone; and the sign that somebody is still there."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from bot.accounts.interface import ROLE_TITLES, BadAccount, Signed
from bot.accounts.own import Own
from bot.accounts.second_factor import Pending
from desk.access import signed
from desk.cookies import let_in, let_out
from desk.parts import Parts
from desk.refusals import SIGN_IN
from desk.sign_in import qr

DONE = {
    "password": "Пароль изменён. Остальные окна закрыты.",
    "removed": "Второй фактор отключён. Остальные окна закрыты.",
    "window": "Окно закрыто.",
    "extension": "Внутренний номер сохранён.",
}
Me = Annotated[Signed, Depends(signed)]
Text = Annotated[str, Form()]


def me_router(parts: Parts) -> APIRouter:
    """`me` and what can be changed there."""
    router = APIRouter(prefix="/me")
    own = Own(parts.store, parts.vault, parts.clock, parts.accounts)

    async def page(
        request: Request, me: Signed, *, status: int = 200, wrong: str = "", at: str = "", done: str = ""
    ) -> Response:
        account = await parts.accounts.get(me.account.id) or me.account
        groups = [parts.groups.get(group).title for group in sorted(account.groups & parts.groups.ids)]
        return parts.pages.page(
            request, "me.html", status, account=account, groups=groups,
            roles=[ROLE_TITLES[role] for role in ROLE_TITLES if role in account.roles],
            windows=await parts.accounts.sessions.of(account.id), wrong=wrong, at=at, done=DONE.get(done, ""),
            must=parts.accounts.policy.asks_second_factor(account.roles),
            length=parts.accounts.policy.password_length,
        )  # fmt: skip

    def factor_page(request: Request, me: Signed, pending: Pending, wrong: str = "") -> Response:
        return parts.pages.page(
            request, "sign_in_factor.html", 422 if wrong else 200, half=None, pending=pending, qr=qr(pending.uri),
            next="", wrong=wrong, action="/desk/me/second-factor/confirm", csrf=me.csrf,
        )  # fmt: skip

    def renewed(token: str, done: str) -> Response:
        response = RedirectResponse(f"/desk/me?done={done}", 303)
        let_in(parts, response, token)
        return response

    @router.get("")
    async def show(request: Request, me: Me, done: Annotated[str, Query(max_length=20)] = "") -> Response:
        return await page(request, me, done=done)

    @router.post("/here")
    async def here(_me: Me) -> Response:
        # The door has noted it: the person touched the window.
        return Response(status_code=204)

    @router.post("/password")
    async def password(request: Request, me: Me, present: Text = "", new: Text = "", again: Text = "") -> Response:
        try:
            if new != again:
                raise BadAccount("Новые пароли не совпали.")
            return renewed(await own.change_password(me, present, new, _agent(request)), "password")
        except BadAccount as error:
            return await page(request, me, status=422, wrong=error.text, at="password")

    @router.post("/second-factor")
    async def begin(request: Request, me: Me, present: Text = "") -> Response:
        try:
            return factor_page(request, me, await own.begin_second_factor(me, present))
        except BadAccount as error:
            return await page(request, me, status=422, wrong=error.text, at="factor")

    @router.post("/second-factor/confirm")
    async def confirm(request: Request, me: Me, code: Text = "", sealed: Text = "") -> Response:
        try:
            token, codes = await own.confirm_second_factor(me, sealed, code, _agent(request))
        except BadAccount as error:
            try:
                return factor_page(request, me, own.again(me, sealed), error.text)
            except BadAccount as stale:
                return await page(request, me, status=422, wrong=stale.text, at="factor")
        response = parts.pages.page(request, "sign_in_codes.html", codes=codes, onto="/desk/me")
        let_in(parts, response, token)
        return response

    @router.post("/second-factor/remove")
    async def remove(request: Request, me: Me, present: Text = "") -> Response:
        try:
            return renewed(await own.remove_second_factor(me, present, _agent(request)), "removed")
        except BadAccount as error:
            return await page(request, me, status=422, wrong=error.text, at="factor")

    @router.post("/recovery-codes")
    async def recovery(request: Request, me: Me, present: Text = "") -> Response:
        try:
            codes = await own.new_recovery_codes(me, present)
        except BadAccount as error:
            return await page(request, me, status=422, wrong=error.text, at="factor")
        return parts.pages.page(request, "sign_in_codes.html", codes=codes, onto="/desk/me")

    @router.post("/windows/end")
    async def end(me: Me, window: Text = "") -> Response:
        if not await own.end_window(me, window):
            raise HTTPException(404)
        response = RedirectResponse("/desk/me?done=window", 303)
        if window == me.session_id:
            response = RedirectResponse(SIGN_IN, 303)
            let_out(response)
        return response

    @router.post("/windows/end-all")
    async def end_all(me: Me) -> Response:
        await own.end_all_windows(me)
        if me.may("talk"):
            await parts.presences.set(me.account.id, "offline")
        response = RedirectResponse(SIGN_IN, 303)
        let_out(response)
        return response

    @router.post("/extension")
    async def extension(request: Request, me: Me, number: Annotated[str, Form(alias="extension")] = "") -> Response:
        try:
            await parts.accounts.set_extension(me.account.id, me, number)
        except BadAccount as error:
            return await page(request, me, status=422, wrong=error.text, at="extension")
        return RedirectResponse("/desk/me?done=extension", 303)

    return router


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")
