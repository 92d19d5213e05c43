"""`./otklik user`: accounts from the terminal, on a real database file and through the real command line."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from app import settings as configuration
from app.commands import user as command
from app.desk import door_policy
from app.paths import HERE
from app.problems import Problem
from app.vaults import vault_of
from bot.accounts.accounts import Accounts
from bot.accounts.audit import Audit, Entry
from bot.accounts.interface import Account
from bot.store import Store

PASSWORD = "Ромашки на балконе 47"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house with nothing in it yet."""
    monkeypatch.setenv("OTKLIK_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/otklik.db")
    monkeypatch.setenv("OTKLIK_SECRET_KEY_FILE", str(tmp_path / "secret.key"))
    return tmp_path


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """A person at a terminal who types these without seeing them."""
    given = iter(lines)
    monkeypatch.setattr(getpass, "getpass", lambda _prompt="": next(given))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)


def piped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    path = tmp_path / "stdin"
    path.write_text(text, "utf-8")
    monkeypatch.setattr(sys, "stdin", path.open(encoding="utf-8"))


def add(login: str = "admin", roles: tuple[str, ...] = ("administrator",), stdin: bool = False, **more: object) -> int:
    given = {"groups": (), "languages": (), "capacity": 4, "extension": "", "must_change": False} | more
    return command.add(login, "Ирина Главная", roles, password_stdin=stdin, **given)  # type: ignore[arg-type]


def look() -> tuple[list[Account], list[Entry]]:
    settings = configuration.load()

    async def read() -> tuple[list[Account], list[Entry]]:
        from datetime import UTC, datetime

        store = Store(settings.database_url)
        accounts = Accounts(store, vault_of(settings), lambda: datetime.now(UTC), door_policy(settings))
        found = await accounts.all(), await Audit(store, lambda: datetime.now(UTC)).page()
        await store.close()
        return found

    return asyncio.run(read())


def test_the_first_administrator_is_made_before_anything_ran(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.show(json=False) == 0
    assert "user add" in capsys.readouterr().out
    typed(monkeypatch, PASSWORD, PASSWORD)
    assert add() == 0
    said = capsys.readouterr().out
    assert "Ирина Главная" in said and "/desk" in said and "кодов" in said and PASSWORD not in said
    accounts, log = look()
    assert [(a.login, a.roles, a.has_password, a.must_change_password) for a in accounts] == [
        ("admin", {"administrator"}, True, False)
    ]
    assert (log[0].action, log[0].actor) == ("account_added", "system")
    assert getpass.getuser() in log[0].actor_name


@pytest.mark.parametrize(
    ("lines", "words"),
    [((PASSWORD, "другое"), "не совпали"), (("", ""), "пустой"), (("короткий", "короткий"), "короткий"),
     (("qwertyuiop", "qwertyuiop"), "известный")],
)  # fmt: skip
def test_a_password_that_will_not_do_makes_no_account(
    house: Path, monkeypatch: pytest.MonkeyPatch, lines: tuple[str, str], words: str
) -> None:
    typed(monkeypatch, *lines)
    with pytest.raises(Problem, match=words):
        add()
    assert look()[0] == []


def test_without_a_terminal_the_password_comes_from_stdin_or_not_at_all(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped(monkeypatch, house, "")
    with pytest.raises(Problem, match="--password-stdin"):
        add()
    with pytest.raises(Problem, match="Пароля нет"):
        add(stdin=True)
    piped(monkeypatch, house, f"{PASSWORD}\r\nвторая строка\n")
    assert add(stdin=True, must_change=True) == 0
    assert look()[0][0].must_change_password


def test_what_makes_no_sense_is_told_before_a_password_is_asked(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch)
    with pytest.raises(Problem, match=r"Группы нет-такой нет\. Есть: crisis, general"):
        add(groups=("нет-такой",))
    typed(monkeypatch, PASSWORD, PASSWORD)
    with pytest.raises(Problem, match="Роли boss нет"):
        add(roles=("boss",))
    typed(monkeypatch, PASSWORD, PASSWORD)
    add()
    with pytest.raises(Problem, match="уже занят"):
        add("ADMIN")


def test_locked_out_people_are_helped_from_the_terminal(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, *[PASSWORD] * 6)
    add()
    add("olga", ("operator",), groups=("general", "city"), languages=("ru", "en"))
    assert command.disable("olga") == command.enable("olga") == command.reset_totp("olga") == 0
    assert command.password("olga", password_stdin=False) == 0
    with pytest.raises(Problem, match="последний администратор"):
        command.disable("admin")
    for deed in (command.disable, command.enable, command.reset_totp):
        with pytest.raises(Problem, match="Логина nobody нет"):
            deed("nobody")
    capsys.readouterr()
    command.show(json=True)
    told = {one["login"]: one for one in json.loads(capsys.readouterr().out)}
    assert told["olga"]["groups"] == ["city", "general"] and told["olga"]["disabled"] is False
    _, log = look()
    assert [entry.action for entry in log[:4]] == [
        "password_reset", "second_factor_reset", "account_enabled", "account_disabled",
    ]  # fmt: skip


def test_a_database_that_is_away_is_told_in_one_line(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_DATABASE_URL", "postgresql+asyncpg://nobody@127.0.0.1:1/none")
    with pytest.raises(Problem, match="База данных не отвечает"):
        command.show(json=False)


def test_the_command_line_asks_twice_on_a_real_terminal_and_shows_nothing(house: Path) -> None:
    master, slave = pty.openpty()
    words = ["user", "add", "--login", "admin", "--name", "Ирина Главная", "--role", "administrator"]
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", *words], cwd=HERE.root, stdin=slave, stdout=slave, stderr=slave,
        start_new_session=True, preexec_fn=None,
    )  # fmt: skip
    os.close(slave)
    said = b""
    for prompt in ("Пароль: ", "Ещё раз: "):
        while prompt.encode() not in said:
            said += os.read(master, 4096)
        os.write(master, f"{PASSWORD}\n".encode())
    try:
        while piece := os.read(master, 4096):
            said += piece
    except OSError:
        pass  # Linux says so when the other end is closed
    assert process.wait(60) == 0
    os.close(master)
    assert PASSWORD not in said.decode() and "Готово" in said.decode()
