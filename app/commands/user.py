"""`./otklik user`: accounts of the desk from the terminal: the first administrator, and help for whoever is locked out."""

from __future__ import annotations

import asyncio
import getpass
import json as json_format
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import yaml
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from app import settings as configuration
from app.desk import door_policy
from app.problems import Problem
from app.settings import Settings
from app.vaults import vault_of
from bot.accounts.accounts import Accounts
from bot.accounts.interface import ROLE_TITLES, Account, BadAccount
from bot.store import Store
from bot.store.migrate import upgrade

FIRST = './otklik user add --login admin --name "Имя Фамилия" --role administrator'
"""How the first administrator is made; there is no default password."""
NOBODY = f"Учётных записей ещё нет. Первая: {FIRST}"
T = TypeVar("T")
Deed = Callable[[Accounts, Account, str], Awaitable[object]]


def add(
    login: str, name: str, roles: Sequence[str], groups: Sequence[str], languages: Sequence[str], capacity: int,
    extension: str, password_stdin: bool, must_change: bool,
) -> int:  # fmt: skip
    """Make an account with a password from the terminal or stdin. Raises Problem."""
    settings = _prepared()
    content = yaml.safe_load((settings.content_dir / "groups.yml").read_text("utf-8"))
    known = [str(group["id"]) for group in content["groups"]]
    if unknown := sorted(set(groups) - set(known)):
        raise Problem(f"Группы {', '.join(unknown)} нет. Есть: {', '.join(known)}.")

    async def work(accounts: Accounts) -> Account:
        if await accounts.by_login(login) is not None:
            raise Problem(f"Логин {login} уже занят. Кто есть, покажет ./otklik user list")
        password = _password(password_stdin)
        return await accounts.add(
            login, name, roles, groups, password=password, languages=languages or ("ru",), capacity=capacity,
            extension=extension, must_change_password=must_change, who=_user(),
        )  # fmt: skip

    made = _run(settings, work)
    titles = ", ".join(ROLE_TITLES[role] for role in ROLE_TITLES if role in made.roles)
    print(f"Готово: {made.name}, логин {made.login}, {titles}.")
    print(f"Войти: {settings.site}/desk")
    if door_policy(settings).asks_second_factor(made.roles):
        print("При первом входе понадобится приложение для одноразовых кодов на телефоне.")
    return 0


def show(json: bool) -> int:
    """List the accounts. Raises Problem."""
    settings = _prepared()

    async def work(accounts: Accounts) -> list[Account]:
        return await accounts.all()

    found = _run(settings, work)
    if json:
        print(json_format.dumps([_told(account) for account in found], ensure_ascii=False, indent=2))
        return 0
    if not found:
        print(NOBODY)
        return 0
    zone, now, console = ZoneInfo(settings.timezone), datetime.now(UTC), Console()
    table = Table("логин", "имя", "роли", "группы", "вход", "последний вход", title="Сотрудники")
    for account in found:
        state = "закрыт" if account.disabled else "открыт"
        if account.locked_until and account.locked_until > now:
            state = f"ждёт до {account.locked_until.astimezone(zone):%H:%M}"
        table.add_row(
            account.login, account.name, ", ".join(sorted(account.roles)), ", ".join(sorted(account.groups)),
            state + (", второй фактор" if account.has_totp else ""),
            f"{account.last_login_at.astimezone(zone):%d.%m.%Y %H:%M}" if account.last_login_at else "—",
        )  # fmt: skip
    console.print(table)
    return 0


def password(login: str, password_stdin: bool) -> int:
    """A new password, to be changed at the next sign-in; ends a wait. Raises Problem."""
    settings = _prepared()

    async def work(accounts: Accounts) -> Account:
        account = await _found(accounts, login)
        await accounts.reset_password(account.id, _user(), _password(password_stdin))
        return account

    account = _run(settings, work)
    print(f"Пароль {account.login} изменён, открытые окна закрыты. При входе его попросят сменить.")
    return 0


def disable(login: str) -> int:
    """Close an account. Raises Problem."""
    return _deed(login, "закрыта, открытые окна тоже", lambda accounts, account, who: accounts.disable(account.id, who))


def enable(login: str) -> int:
    """Open a closed account. Raises Problem."""
    return _deed(login, "открыта", lambda accounts, account, who: accounts.enable(account.id, who))


def reset_totp(login: str) -> int:
    """Take away the second factor. Raises Problem."""
    return _deed(
        login, "без второго фактора: его попросят настроить при входе",
        lambda accounts, account, who: accounts.reset_second_factor(account.id, who),
    )  # fmt: skip


def anybody(settings: Settings) -> bool:
    """Whether there is any account, in a database that is there and migrated."""

    async def work(accounts: Accounts) -> bool:
        return bool(await accounts.all())

    return _run(settings, work)


def _deed(login: str, done: str, deed: Deed) -> int:
    settings = _prepared()

    async def work(accounts: Accounts) -> Account:
        account = await _found(accounts, login)
        await deed(accounts, account, _user())
        return account

    print(f"Учётная запись {_run(settings, work).login} {done}.")
    return 0


async def _found(accounts: Accounts, login: str) -> Account:
    account = await accounts.by_login(login)
    if account is None:
        raise Problem(f"Логина {login} нет. Кто есть, покажет ./otklik user list")
    return account


def _prepared() -> Settings:
    """The settings, with the database at its newest revision. Raises Problem."""
    settings = configuration.load()
    try:
        upgrade(settings.database_url)
    except (SQLAlchemyError, OSError) as error:
        raise _away(error) from error
    return settings


def _run(settings: Settings, work: Callable[[Accounts], Awaitable[T]]) -> T:
    async def go() -> T:
        async with _opened(settings) as accounts:
            return await work(accounts)

    try:
        return asyncio.run(go())
    except BadAccount as error:
        raise Problem(error.text) from error
    except (SQLAlchemyError, OSError) as error:
        raise _away(error) from error


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Accounts]:
    store = Store(settings.database_url)
    try:
        yield Accounts(store, vault_of(settings, make=True), lambda: datetime.now(UTC), door_policy(settings))
    finally:
        await store.close()


def _password(from_stdin: bool) -> str:
    """The password, typed twice or the first line of stdin. Raises Problem."""
    if from_stdin:
        given = sys.stdin.readline().rstrip("\r\n")
        if not given:
            raise Problem("Пароля нет: передайте его первой строкой, например: pass show otklik | ./otklik user …")
        return given
    if not sys.stdin.isatty():
        raise Problem("Пароль спрашивают в терминале. Из скрипта передайте его через --password-stdin.")
    given = getpass.getpass("Пароль: ")
    if getpass.getpass("Ещё раз: ") != given:
        raise Problem("Пароли не совпали. Повторите команду.")
    if not given:
        raise Problem("Пароль пустой. Повторите команду.")
    return given


def _told(account: Account) -> dict[str, object]:
    return {
        "login": account.login, "name": account.name, "roles": sorted(account.roles), "groups": sorted(account.groups),
        "disabled": account.disabled, "totp": account.has_totp, "sso": account.has_sso,
        "last_login_at": account.last_login_at.isoformat() if account.last_login_at else None,
    }  # fmt: skip


def _away(error: Exception) -> Problem:
    return Problem(f"База данных не отвечает ({type(error).__name__}). Что не так, скажет ./otklik doctor.")


def _user() -> str:
    """Who types, for the audit log."""
    try:
        return f"{getpass.getuser()} (командная строка)"
    except (OSError, KeyError):
        return "командная строка"
