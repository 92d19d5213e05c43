"""Passwords: what is refused as weak, how they are kept, and that a login nobody has costs the same work."""

from __future__ import annotations

import argon2
import pytest

from bot.accounts.common_passwords import COMMON
from bot.accounts.passwords import Passwords, one_time_password


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("короткий1", "короткий"),
        ("a" * 201, "длинный"),
        ("ababababab", "мало разных"),
        ("qwertyuiop", "известный"),
        ("Пароль12345"[:10], "известный"),
        ("йцукенгшщз12", "известный"),
        ("P@ssw0rd2026", "известный"),
        ("anna.petrova-2026", "логин"),
        ("xx Петрова xx 88", "имя"),
        ("xx ПЕТРОВА xx 88", "имя"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, why: str) -> None:
    assert why in Passwords().weakness(password, "anna.petrova", "Анна Петрова")


@pytest.mark.parametrize(
    "password", ["Ромашки на балконе 47", "correct horse battery", "q7#Kp2-vB9x!", "password of my grandma's cow"]
)
def test_a_good_password_passes(password: str) -> None:
    assert Passwords().weakness(password, "anna.petrova", "Анна Петрова") == ""


def test_the_list_of_known_passwords_is_written_as_it_is_compared() -> None:
    assert [word for word in COMMON if word != word.casefold().replace("ё", "е")] == []


async def test_a_password_is_kept_as_argon2id_and_never_as_itself() -> None:
    passwords = Passwords()
    stored = await passwords.hash("Ромашки на балконе 47")
    assert stored.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert "Ромашки" not in stored
    assert await passwords.fits("Ромашки на балконе 47", stored)
    assert not await passwords.fits("Ромашки на балконе 48", stored)
    assert not await passwords.fits("Ромашки на балконе 47", "damaged")


async def test_an_unknown_login_costs_one_check_of_a_hash_with_the_same_parameters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked: list[str] = []
    real = argon2.PasswordHasher.verify

    def spy(self: argon2.PasswordHasher, stored: str, password: str) -> bool:
        checked.append(stored)
        return real(self, stored, password)  # type: ignore[arg-type]

    passwords = Passwords()
    stored = await passwords.hash("Ромашки на балконе 47")
    monkeypatch.setattr(argon2.PasswordHasher, "verify", spy)
    assert not await passwords.fits("что-нибудь другое", stored)
    assert not await passwords.fits("что-нибудь другое", "")
    assert [argon2.extract_parameters(one) for one in checked] == [argon2.extract_parameters(stored)] * 2


async def test_a_hash_with_older_parameters_is_noticed() -> None:
    older = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("Ромашки на балконе 47")
    passwords = Passwords()
    assert passwords.is_old(older)
    assert not passwords.is_old(await passwords.hash("Ромашки на балконе 47"))


def test_one_time_passwords_are_strong_and_easy_to_read_aloud() -> None:
    many = {one_time_password() for _ in range(50)}
    assert len(many) == 50
    assert all(len(one) == 19 and not set(one) & set("0o1li") for one in many)
    assert all(Passwords().weakness(one) == "" for one in many)
