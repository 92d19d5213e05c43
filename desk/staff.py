"""Colleagues: who may sign in, with which roles and groups; added, changed, closed and helped in when something is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from bot.accounts.interface import ROLE_TITLES, ROLES, Account, BadAccount, Signed
from bot.accounts.passwords import one_time_password
from desk.access import need
from desk.parts import Parts

ROLE_HINTS = {
    "operator": "говорит с гражданами своих групп",
    "supervisor": "видит смену своих групп, слушает, переназначает, объявления",
    "editor": "объявления, готовые ответы и студия: учит робота и публикует",
    "approver": "одобряет публикации, если для них нужны двое",
    "administrator": "сотрудники, журнал, данные граждан, состояние",
    "technician": "только состояние системы",
}
DONE = {
    "changed": "Изменения сохранены.",
    "disabled": "Учётная запись закрыта, её окна закрыты.",
    "enabled": "Учётная запись снова открыта.",
    "unlocked": "Вход открыт.",
    "factor": "Второй фактор сброшен, окна закрыты. При входе его попросят настроить заново.",
    "sso": "Связь с системой входа снята, окна закрыты.",
}
Me = Annotated[Signed, Depends(need("staff"))]
Text = Annotated[str, Form()]
Several = Annotated[list[str] | None, Form()]


def staff_router(parts: Parts) -> APIRouter:
    """`staff`: the list, one account, and everything that can be done with it."""
    router = APIRouter(prefix="/staff")
    accounts = parts.accounts
    groups = [parts.groups.get(name) for name in sorted(parts.groups.ids)]

    async def known(account_id: str) -> Account:
        found = await accounts.get(account_id)
        if found is None:
            raise HTTPException(404)
        return found

    def form(
        request: Request,
        account: Account | None,
        values: dict[str, Any],
        *,
        wrong: str = "",
        done: str = "",
        status: int = 200,
    ) -> Response:
        return parts.pages.page(
            request, "staff_account.html", status, account=account, values=values, groups=groups, roles=ROLE_TITLES,
            hints=ROLE_HINTS, wrong=wrong, done=DONE.get(done, ""), now=parts.clock(), sso=parts.sso is not None,
        )  # fmt: skip

    def once(request: Request, account: Account, password: str) -> Response:
        return parts.pages.page(request, "staff_password.html", account=account, password=password)

    @router.get("")
    async def show(request: Request, _me: Me) -> Response:
        return parts.pages.page(
            request, "staff.html", accounts=await accounts.all(), roles=ROLE_TITLES, now=parts.clock(),
            titles={group.id: group.title for group in groups},
        )  # fmt: skip

    @router.get("/new")
    async def blank(request: Request, _me: Me) -> Response:
        return form(request, None, _values(None))

    @router.post("/new")
    async def add(
        request: Request,
        me: Me,
        login: Text = "",
        name: Text = "",
        roles: Several = None,
        groups: Several = None,
        languages: Text = "ru",
        lines: Text = "",
        capacity: Text = "4",
        extension: Text = "",
        with_password: Text = "",
    ) -> Response:
        values = _given(login, name, roles, groups, languages, lines, capacity, extension)
        password = one_time_password() if with_password or parts.sso is None else ""
        try:
            wanted = _wanted(values, parts.groups.ids)
            account = await accounts.add(
                login, password=password, must_change_password=bool(password), who=me, **wanted
            )
        except BadAccount as error:
            return form(request, None, values, wrong=error.text, status=422)
        if not password:
            return RedirectResponse(f"/desk/staff/{account.id}", 303)
        return once(request, account, password)

    @router.get("/{account_id}")
    async def one(
        request: Request, _me: Me, account_id: str, done: Annotated[str, Query(max_length=20)] = ""
    ) -> Response:
        account = await known(account_id)
        return form(request, account, _values(account), done=done)

    @router.post("/{account_id}")
    async def change(
        request: Request,
        me: Me,
        account_id: str,
        name: Text = "",
        roles: Several = None,
        groups: Several = None,
        languages: Text = "ru",
        lines: Text = "",
        capacity: Text = "4",
        extension: Text = "",
    ) -> Response:
        account = await known(account_id)
        values = _given(account.login, name, roles, groups, languages, lines, capacity, extension)
        try:
            await accounts.change(account_id, me, **_wanted(values, parts.groups.ids | account.groups))
        except BadAccount as error:
            return form(request, account, values, wrong=error.text, status=422)
        return RedirectResponse(f"/desk/staff/{account_id}?done=changed", 303)

    @router.post("/{account_id}/password")
    async def password(request: Request, me: Me, account_id: str) -> Response:
        account = await known(account_id)
        return once(request, account, await accounts.reset_password(account_id, me))

    def deed(path: str, done: str, work: Callable[[str, Signed], Awaitable[None]]) -> None:
        async def handle(request: Request, me: Me, account_id: str) -> Response:
            account = await known(account_id)
            try:
                await work(account_id, me)
            except BadAccount as error:
                return form(request, account, _values(account), wrong=error.text, status=409)
            return RedirectResponse(f"/desk/staff/{account_id}?done={done}", 303)

        router.add_api_route(f"/{{account_id}}/{path}", handle, methods=["POST"], response_model=None)

    async def disable(account_id: str, me: Signed) -> None:
        await accounts.disable(account_id, me)
        with contextlib.suppress(LookupError):
            # No citizen may be sent to somebody who cannot come in.
            await parts.presences.set(account_id, "offline")

    deed("disable", "disabled", disable)
    deed("enable", "enabled", accounts.enable)
    deed("unlock", "unlocked", accounts.unlock)
    deed("reset-totp", "factor", accounts.reset_second_factor)
    deed("unlink", "sso", accounts.unlink)
    return router


def _values(account: Account | None) -> dict[str, Any]:
    """What stands in the form of an account, or of a new one."""
    if account is None:
        return _given("", "", ["operator"], [], "ru", "", "4", "")
    return _given(
        account.login, account.name, list(account.roles), list(account.groups), " ".join(sorted(account.languages)),
        " ".join(sorted(account.lines)), str(account.capacity), account.extension,
    )  # fmt: skip


def _given(
    login: str, name: str, roles: list[str] | None, groups: list[str] | None, languages: str, lines: str, capacity: str,
    extension: str,
) -> dict[str, Any]:  # fmt: skip
    return {
        "login": login, "name": name, "roles": roles or [], "groups": groups or [], "languages": languages,
        "lines": lines, "capacity": capacity, "extension": extension,
    }  # fmt: skip


def _wanted(values: dict[str, Any], known_groups: frozenset[str]) -> dict[str, Any]:
    """The form's values as `Accounts.add` and `change` take them. Raises BadAccount."""
    if unknown := set(values["groups"]) - known_groups:
        raise BadAccount(f"Группы {', '.join(sorted(unknown))[:80]} нет.")
    lines = values["lines"].replace(",", " ").split()
    if any(len(line) > 40 for line in lines):
        raise BadAccount("Линии: их id из lines.yml через пробел.")
    capacity = values["capacity"].strip()
    return {
        "name": values["name"], "roles": [r for r in values["roles"] if r in ROLES], "groups": values["groups"],
        "languages": values["languages"].lower().replace(",", " ").split(), "lines": lines,
        "capacity": int(capacity) if capacity.isascii() and capacity.isdigit() and len(capacity) < 4 else 0,
        "extension": values["extension"],
    }  # fmt: skip
