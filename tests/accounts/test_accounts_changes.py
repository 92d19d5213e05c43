"""What administrators change about accounts, and what they cannot."""

from __future__ import annotations

import asyncio

import pytest

from bot.accounts.interface import BadAccount
from tests.accounts.conftest import Doors

PLAIN = {"groups": (), "languages": ("ru",), "lines": (), "capacity": 4, "extension": ""}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"login": "a"}, "Логин"), ({"login": "анна петрова"}, "Логин"), ({"login": "<b>x</b>"}, "Логин"),
        ({"name": " "}, "Имя"), ({"roles": ()}, "роль"), ({"roles": ("boss",)}, "boss"), ({"capacity": 0}, "Разговоров"),
        ({"capacity": 99}, "Разговоров"), ({"extension": "12a"}, "номер"), ({"languages": ("русский",)}, "Языки"),
        ({"password": "короткий"}, "короткий"),
    ],
)  # fmt: skip
async def test_an_account_that_makes_no_sense_is_refused_with_the_reason(doors: Doors, given: dict, why: str) -> None:  # type: ignore[type-arg]
    sound = {"login": "anna", "name": "Анна Ветрова", "roles": ("operator",)}
    with pytest.raises(BadAccount) as refused:
        await doors.accounts.add(**(sound | given))
    assert why in refused.value.text


async def test_a_change_is_logged_with_its_old_and_new_values_and_no_more(doors: Doors) -> None:
    account = await doors.colleague(groups=("general",))
    changed = await doors.accounts.change(
        account.id, "root", name="Ольга Ветрова", roles=("operator", "editor"),
        **(PLAIN | {"groups": ("general", "city"), "extension": "204"}),
    )  # fmt: skip
    assert changed.groups == {"general", "city"} and changed.extension == "204"
    entry = (await doors.audit.page())[0]
    assert (entry.action, entry.subject, entry.actor, entry.actor_name) == (
        "account_changed",
        account.id,
        "system",
        "root",
    )
    assert entry.data == {
        "roles": {"old": ["operator"], "new": ["operator", "editor"]},
        "groups": {"old": ["general"], "new": ["city", "general"]}, "extension": {"old": "", "new": "204"},
    }  # fmt: skip


async def test_a_change_that_changes_nothing_leaves_no_trace(doors: Doors) -> None:
    account = await doors.colleague()
    await doors.accounts.change(account.id, None, name=account.name, roles=account.roles, **PLAIN)
    assert await doors.deeds() == ["account_added"]


async def test_the_last_administrator_stays(doors: Doors) -> None:
    last = await doors.colleague("anna", ("administrator",))
    with pytest.raises(BadAccount, match="последний администратор"):
        await doors.accounts.disable(last.id, None)
    with pytest.raises(BadAccount, match="последний администратор"):
        await doors.accounts.change(last.id, None, name=last.name, roles=("operator",), **PLAIN)
    other = await doors.colleague("boris", ("administrator",))
    await doors.accounts.disable(other.id, None)
    with pytest.raises(BadAccount, match="последний администратор"):
        await doors.accounts.disable(last.id, None)
    await doors.accounts.enable(other.id, None)
    await doors.accounts.disable(last.id, None)


async def test_two_administrators_who_dismiss_each_other_at_once_do_not_both_go(doors: Doors) -> None:
    both = [await doors.colleague(login, ("administrator",)) for login in ("anna", "boris")]
    outcomes = await asyncio.gather(*(doors.accounts.disable(one.id, None) for one in both), return_exceptions=True)
    assert sorted(isinstance(one, BadAccount) for one in outcomes) == [False, True]


async def test_a_new_privileged_role_closes_windows_that_showed_no_second_factor(doors: Doors) -> None:
    account = await doors.colleague()
    token = (await doors.enter()).token
    await doors.accounts.change(account.id, None, name=account.name, roles=("supervisor",), **PLAIN)
    assert await doors.accounts.signed(token) is None
    assert (await doors.enter()).stage == "enrol"


async def test_no_secret_is_ever_in_the_log(doors: Doors) -> None:
    account = await doors.colleague()
    given = await doors.accounts.reset_password(account.id, None)
    _, codes = await doors.with_factor("boris")
    told = "".join(f"{e.subject}{e.actor_name}{e.data}" for e in await doors.audit.page(limit=1000))
    assert not any(secret in told for secret in (given, "Ромашки", *codes, "argon2"))
