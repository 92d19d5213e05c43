"""The way in: passwords, codes that count once, waits after wrong tries, and sessions that end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import argon2
import pytest
from sqlalchemy import select, update

from bot.accounts.entrance import WRONG, NotAdmitted
from bot.accounts.interface import BadAccount
from bot.accounts.policy import Policy
from bot.accounts.tables import AccountRow, SessionRow
from tests.accounts.conftest import IP, PASSWORD, Doors

Make = Callable[[Policy], Doors]


async def wrong(doors: Doors, login: str = "anna", password: str = "неверный пароль", ip: str = IP) -> str:
    """Try, and be refused with these words."""
    with pytest.raises(NotAdmitted) as refused:
        await doors.enter(login, password, ip)
    return refused.value.text


async def wrong_code(doors: Doors, entered: object, code: str) -> str:
    with pytest.raises(NotAdmitted) as refused:
        await doors.entrance.code(await doors.half(entered), code)  # type: ignore[arg-type]
    return refused.value.text


async def test_the_right_password_opens_a_session_for_a_plain_role(doors: Doors) -> None:
    account = await doors.colleague()
    entered = await doors.enter(" ANNA ")
    assert entered.stage == "open"
    me = await doors.signed(entered)
    assert me.account.id == account.id
    assert me.account.last_login_at == doors.clock()
    assert await doors.deeds() == ["account_added", "signed_in"]


async def test_a_login_is_taken_once_whatever_its_case(doors: Doors) -> None:
    await doors.colleague()
    with pytest.raises(BadAccount, match="занят"):
        await doors.colleague("Anna")


async def test_a_token_is_nowhere_in_the_database(doors: Doors) -> None:
    await doors.colleague()
    entered = await doors.enter()
    async with doors.store.read() as session:
        row = await session.scalar(select(SessionRow))
    assert row is not None and entered.token not in (row.id, row.csrf)
    assert len(entered.token) >= 43  # 256 bits in base64


async def test_unknown_wrong_closed_and_waiting_get_the_same_words(doors: Doors) -> None:
    await doors.colleague()
    closed = await doors.colleague("boris")
    await doors.accounts.disable(closed.id, None)
    said = {await wrong(doors, "nobody"), await wrong(doors), await wrong(doors, "boris", PASSWORD)}
    for _ in range(4):
        said.add(await wrong(doors))
    said.add(await wrong(doors, "anna", PASSWORD))
    assert said == {WRONG}


async def test_every_try_checks_exactly_one_hash(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    await doors.colleague()
    await doors.accounts.add("only-sso", "Пётр Котов", ("operator",))
    await wrong(doors, "nobody")  # the hash for nobody is made at the first need
    checks = 0
    real = argon2.PasswordHasher.verify

    def spy(self: argon2.PasswordHasher, stored: str, password: str) -> bool:
        nonlocal checks
        checks += 1
        return real(self, stored, password)  # type: ignore[arg-type]

    monkeypatch.setattr(argon2.PasswordHasher, "verify", spy)
    for number, login in enumerate(("anna", "nobody", "only-sso", ""), 1):
        await wrong(doors, login)
        assert checks == number


async def test_five_wrong_passwords_close_the_account_for_longer_and_longer(doors: Doors) -> None:
    account = await doors.colleague()
    for number, minutes in enumerate((15, 30, 60, 120, 240, 240)):
        for _ in range(5):
            await wrong(doors, ip=f"198.51.100.{number}")
        found = await doors.accounts.get(account.id)
        assert found is not None and found.locked_until == doors.clock() + timedelta(minutes=minutes)
        assert await wrong(doors, "anna", PASSWORD, "198.51.100.99") == WRONG
        doors.clock.forward(minutes=minutes)
    assert (await doors.enter(ip="203.0.113.1")).stage == "open"
    assert (await doors.deeds()).count("account_locked") == 6


async def test_success_forgets_wrong_tries(doors: Doors) -> None:
    account = await doors.colleague()
    for _ in range(3):
        for _ in range(4):
            await wrong(doors, ip="198.51.100.1")
        await doors.enter(ip="198.51.100.2")
    found = await doors.accounts.get(account.id)
    assert found is not None and found.locked_until is None


async def test_guesses_sent_at_once_do_not_get_around_the_wait(doors: Doors) -> None:
    await doors.colleague()
    guesses = [doors.enter("anna", "неверный пароль", f"198.51.100.{n}") for n in range(12)]
    guesses.append(doors.enter("anna", PASSWORD, "198.51.100.200"))
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert all(isinstance(one, NotAdmitted) for one in outcomes[:12])
    async with doors.store.read() as session:
        row = await session.scalar(select(AccountRow))
    assert row is not None and row.wrong_tries in (0, 1, 2, 3, 4, 5)


async def test_an_address_that_tries_many_logins_waits(doors: Doors) -> None:
    await doors.colleague()
    for number in range(20):
        await wrong(doors, f"login{number}")
    assert "минут: 15" in await wrong(doors, "anna", PASSWORD)
    assert (await doors.enter(ip="192.0.2.8")).stage == "open"
    doors.clock.forward(minutes=15)
    assert (await doors.enter()).stage == "open"


async def test_a_whole_network_of_ipv6_is_one_address(doors: Doors) -> None:
    await doors.colleague()
    for number in range(20):
        await wrong(doors, f"login{number}", ip=f"2001:db8:1:2::{number:x}")
    assert "Подождите" in await wrong(doors, "anna", PASSWORD, "2001:db8:1:2:ffff::1")
    assert (await doors.enter(ip="2001:db8:1:3::1")).stage == "open"


async def test_a_hash_with_old_parameters_is_renewed_at_the_next_sign_in(doors: Doors) -> None:
    account = await doors.colleague()
    older = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    async with doors.store.write() as session:
        await session.execute(update(AccountRow).values(password_hash=older))
    await doors.enter()
    async with doors.store.read() as session:
        row = await session.get_one(AccountRow, account.id)
    assert "m=47104" in row.password_hash
    assert (await doors.enter()).stage == "open"


# The second factor


async def test_a_privileged_role_sets_its_second_factor_up_before_anything_else(doors: Doors) -> None:
    await doors.colleague(roles=("supervisor",))
    entered = await doors.enter()
    assert entered.stage == "enrol"
    assert await doors.accounts.signed(entered.token) is None
    half = await doors.half(entered)
    pending = doors.entrance.begin_second_factor(half)
    with pytest.raises(BadAccount, match="не подошёл"):
        await doors.entrance.enrol(half, pending.sealed, "000000")
    import pyotp

    opened, codes = await doors.entrance.enrol(half, pending.sealed, pyotp.TOTP(pending.secret).at(doors.clock()))
    assert opened.stage == "open" and len(set(codes)) == 10
    assert opened.token != entered.token
    assert await doors.accounts.sessions.find(entered.token) is None


@pytest.mark.parametrize(
    ("kind", "role", "stage"),
    [
        ("required", "operator", "enrol"), ("required", "technician", "enrol"), ("privileged", "operator", "open"),
        ("privileged", "administrator", "enrol"), ("optional", "administrator", "open"),
    ],
)  # fmt: skip
async def test_the_setting_says_who_needs_a_second_factor(make: Make, kind: str, role: str, stage: str) -> None:
    doors = make(Policy(second_factor=kind))  # type: ignore[arg-type]
    await doors.colleague(roles=(role,))
    assert (await doors.enter()).stage == stage


async def test_a_code_opens_once_and_only_near_its_time(doors: Doors) -> None:
    phone, _ = await doors.with_factor()
    now = doors.clock()
    for shift in (-90, -60, 60, 90):
        await wrong_code(doors, await doors.enter(), phone.at(now + timedelta(seconds=shift)))
    async with doors.store.write() as session:
        await session.execute(update(AccountRow).values(wrong_tries=0))
    early = phone.at(now - timedelta(seconds=30))
    await wrong_code(doors, await doors.enter(), early)  # it set the factor up, so it is used
    code = phone.at(now)
    opened = await doors.entrance.code(await doors.half(await doors.enter()), code)
    assert opened.stage == "open"
    await wrong_code(doors, await doors.enter(), code)
    ahead = phone.at(now + timedelta(seconds=30))
    assert (await doors.entrance.code(await doors.half(await doors.enter()), ahead)).stage == "open"
    await wrong_code(doors, await doors.enter(), code)


async def test_a_code_sent_twice_at_once_opens_once(doors: Doors) -> None:
    phone, _ = await doors.with_factor()
    code = phone.at(doors.clock())
    halves = [await doors.half(await doors.enter()) for _ in range(2)]
    outcomes = await asyncio.gather(*(doors.entrance.code(half, code) for half in halves), return_exceptions=True)
    assert sorted(isinstance(one, NotAdmitted) for one in outcomes) == [False, True]


async def test_wrong_codes_count_like_wrong_passwords_and_the_password_does_not_forgive_them(doors: Doors) -> None:
    phone, _ = await doors.with_factor()
    entered = await doors.enter()
    for _ in range(3):
        await wrong_code(doors, entered, "123456")
    entered = await doors.enter()
    await wrong_code(doors, entered, "123456")
    await wrong_code(doors, entered, "abcdef")
    assert await doors.accounts.sessions.find(entered.token) is None
    assert await wrong(doors, "anna", PASSWORD) == WRONG
    doors.clock.forward(minutes=15)
    again = await doors.half(await doors.enter())
    assert (await doors.entrance.code(again, phone.at(doors.clock()))).stage == "open"


async def test_a_recovery_code_opens_once(doors: Doors) -> None:
    _, codes = await doors.with_factor()
    opened = await doors.entrance.code(await doors.half(await doors.enter()), codes[3].lower().replace("-", " "))
    assert opened.stage == "open"
    await wrong_code(doors, await doors.enter(), codes[3])
    assert "recovery_code_used" in await doors.deeds()
    async with doors.store.read() as session:
        row = await session.scalar(select(AccountRow))
    assert row is not None and len(row.recovery_codes) == 9 and codes[0] not in str(row.recovery_codes)
    assert row.totp_secret is not None and "secret" not in row.totp_secret


async def test_a_second_factor_begun_for_one_account_is_nobody_elses(doors: Doors) -> None:
    await doors.colleague("anna", ("supervisor",))
    await doors.colleague("boris", ("supervisor",))
    hers = doors.entrance.begin_second_factor(await doors.half(await doors.enter("anna")))
    his = await doors.half(await doors.enter("boris"))
    with pytest.raises(BadAccount, match="устарела"):
        await doors.entrance.enrol(his, hers.sealed, "123456")
    doors.clock.forward(minutes=9)
    with pytest.raises(BadAccount, match="устарела"):
        doors.entrance.begin_second_factor(his, hers.sealed)


async def test_a_half_open_session_ends_soon_and_serves_once(doors: Doors) -> None:
    phone, _ = await doors.with_factor()
    entered = await doors.enter()
    half = await doors.half(entered)
    await doors.entrance.code(half, phone.at(doors.clock()))
    doors.clock.forward(seconds=30)
    with pytest.raises(NotAdmitted) as refused:
        await doors.entrance.code(half, phone.at(doors.clock()))
    assert refused.value.start_again
    late = await doors.enter()
    doors.clock.forward(minutes=10)
    assert await doors.accounts.sessions.find(late.token) is None


async def test_a_given_password_has_to_be_changed_at_the_door(doors: Doors) -> None:
    await doors.colleague(must_change_password=True)
    half = await doors.half(await doors.enter())
    assert half.stage == "change"
    for same_or_weak in (PASSWORD, "1234567890", "Ветрова 2026 !!"):
        with pytest.raises(BadAccount):
            await doors.entrance.choose_password(half, same_or_weak)
    opened = await doors.entrance.choose_password(half, "Дождь над рекой 12")
    assert opened.stage == "open"
    assert await wrong(doors, "anna", PASSWORD) == WRONG
    assert (await doors.enter("anna", "Дождь над рекой 12")).stage == "open"


# Sessions


async def test_a_window_nobody_touches_closes_and_a_background_look_does_not_keep_it(doors: Doors) -> None:
    await doors.colleague()
    token = (await doors.enter()).token
    for _ in range(4):
        doors.clock.forward(minutes=7)
        assert await doors.accounts.signed(token) is not None
    doors.clock.forward(minutes=3)
    assert await doors.accounts.signed(token) is None


async def test_a_window_that_is_used_stays_open_for_twelve_hours_at_most(doors: Doors) -> None:
    await doors.colleague()
    token, began = (await doors.enter()).token, doors.clock()
    while doors.clock() - began < timedelta(hours=12):
        assert await doors.accounts.sessions.find(token, active=True) is not None
        doors.clock.forward(minutes=20)
    assert await doors.accounts.sessions.find(token, active=True) is None


async def test_looking_writes_at_most_once_a_minute(doors: Doors) -> None:
    await doors.colleague()
    token = (await doors.enter()).token
    seen = []
    for _ in range(4):
        doors.clock.forward(seconds=25)
        await doors.accounts.sessions.find(token, active=True)
        async with doors.store.read() as session:
            seen.append(await session.scalar(select(SessionRow.seen_at)))
    assert len(set(seen)) == 2


async def test_a_new_sign_in_ends_the_session_the_browser_had(doors: Doors) -> None:
    await doors.colleague()
    old = (await doors.enter()).token
    new = (await doors.entrance.password("anna", PASSWORD, IP, old_token=old)).token
    assert await doors.accounts.signed(old) is None
    assert await doors.accounts.signed(new) is not None


@pytest.mark.parametrize("deed", ["disable", "reset_password", "reset_second_factor"])
async def test_windows_close_with_the_account_its_password_and_its_second_factor(doors: Doors, deed: str) -> None:
    account = await doors.colleague()
    token = (await doors.enter()).token
    await getattr(doors.accounts, deed)(account.id, None)
    assert await doors.accounts.signed(token) is None


async def test_a_changed_password_closes_all_other_windows_and_renews_this_one(doors: Doors) -> None:
    await doors.colleague()
    here, there = (await doors.enter()).token, (await doors.enter()).token
    renewed = await doors.own.change_password(await doors.signed(here), PASSWORD, "Дождь над рекой 12")
    assert [await doors.accounts.signed(token) for token in (here, there)] == [None, None]
    assert await doors.accounts.signed(renewed) is not None


async def test_ones_own_changes_need_the_present_password_and_guessing_it_locks(doors: Doors) -> None:
    account = await doors.colleague()
    me = await doors.signed(await doors.enter())
    for deed in (
        doors.own.change_password(me, "не тот", "Дождь над рекой 12"), doors.own.begin_second_factor(me, "не тот"),
        doors.own.remove_second_factor(me, "не тот"), doors.own.new_recovery_codes(me, "не тот"),
    ):  # fmt: skip
        with pytest.raises(BadAccount, match="не подошёл"):
            await deed
    with pytest.raises(BadAccount, match="не подошёл"):
        await doors.own.begin_second_factor(me, "не тот")
    with pytest.raises(BadAccount, match="Подождите"):
        await doors.own.begin_second_factor(me, PASSWORD)
    found = await doors.accounts.get(account.id)
    assert found is not None and found.locked_until is not None


async def test_whoever_must_have_a_second_factor_cannot_take_it_away(doors: Doors) -> None:
    account = await doors.colleague(roles=("administrator",))
    me = await doors.signed(await doors.accounts.open_session(account.id))
    with pytest.raises(BadAccount, match="нужен всегда"):
        await doors.own.remove_second_factor(me, PASSWORD)


async def test_everybody_sees_and_closes_only_her_own_windows(doors: Doors) -> None:
    await doors.colleague("anna")
    await doors.colleague("boris")
    anna, other = await doors.signed(await doors.enter("anna")), await doors.signed(await doors.enter("anna"))
    boris = await doors.signed(await doors.enter("boris"))
    assert {w.id for w in await doors.accounts.sessions.of(anna.account.id)} == {anna.session_id, other.session_id}
    assert not await doors.own.end_window(boris, anna.session_id)
    assert await doors.own.end_window(anna, other.session_id)
    await doors.own.end_all_windows(anna)
    assert await doors.accounts.sessions.of(anna.account.id) == []
    assert await doors.accounts.sessions.of(boris.account.id) != []
