"""Turns the row of an account into what the house speaks of."""

from __future__ import annotations

from bot.accounts.interface import Account
from bot.accounts.tables import AccountRow


def account_of(row: AccountRow) -> Account:
    """The account of a row, without its secrets."""
    return Account(
        id=row.id, login=row.login, name=row.name, roles=frozenset(row.roles), groups=frozenset(row.groups),
        languages=frozenset(row.languages), lines=frozenset(row.lines), capacity=row.capacity, extension=row.extension,
        disabled=row.disabled_at is not None, has_totp=row.totp_confirmed_at is not None,
        must_change_password=row.must_change_password, last_login_at=row.last_login_at,
        locked_until=row.locked_until, has_password=bool(row.password_hash), has_sso=row.oidc_subject is not None,
    )  # fmt: skip
