"""The second factor: codes of an authenticator (RFC 6238) that count once each, and one-time codes for a lost phone."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import pyotp
from cryptography.fernet import InvalidToken

from bot.accounts.interface import Account, BadAccount
from bot.accounts.tables import AccountRow
from bot.store import Vault

STEP = 30
"""Seconds one code lives; the one before and the one after are taken too, for clocks that go wrong."""
PENDING = timedelta(minutes=15)
RECOVERY_CODES = 10
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
WRONG_CODE = "Код не подошёл. Дождитесь следующего кода в приложении и проверьте время на телефоне."


@dataclass(frozen=True)
class Pending:
    """A second factor that is being set up: `uri` for the QR code, `secret` to type in, `sealed` goes through the form and back."""

    uri: str
    secret: str = field(repr=False)
    sealed: str = field(repr=False)


class SecondFactor:
    """Makes and checks second factors."""

    def __init__(self, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._vault, self._clock = vault, clock

    def begin(self, account: Account) -> Pending:
        """A new secret, kept nowhere until its first code proves that the phone has it."""
        return self._pending(account, pyotp.random_base32())

    def again(self, account: Account, sealed: str) -> Pending:
        """The same secret once more, after a wrong code. Raises BadAccount when it is too old or another account's."""
        return self._pending(account, self._opened(account.id, sealed), sealed)

    def confirm(self, row: AccountRow, sealed: str, code: str) -> list[str]:
        """Take the pending secret for this account; its recovery codes. Raises BadAccount."""
        secret = self._opened(row.id, sealed)
        step = self._step(secret, code, 0)
        if step is None:
            raise BadAccount(WRONG_CODE)
        row.totp_secret, row.totp_confirmed_at, row.totp_used = self._vault.seal(secret), self._clock(), step
        return new_recovery_codes(row)

    def take(self, row: AccountRow, code: str) -> Literal["totp", "recovery", ""]:
        """Which kind of code this is, used up from now on; "" for a wrong or used one."""
        if row.totp_secret is None or row.totp_confirmed_at is None:
            return ""
        step = self._step(self._vault.open(row.totp_secret), code, row.totp_used)
        if step is not None:
            row.totp_used = step
            return "totp"
        hashed = _hash(row.id, code)
        left = [kept for kept in row.recovery_codes if not hmac.compare_digest(kept, hashed)]
        if len(left) == len(row.recovery_codes):
            return ""
        row.recovery_codes = left
        return "recovery"

    def _step(self, secret: str, code: str, used: int) -> int | None:
        digits = "".join(code.split())
        if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
            return None
        totp, now = pyotp.TOTP(secret, interval=STEP), int(self._clock().timestamp()) // STEP
        for step in (now - 1, now, now + 1):
            if hmac.compare_digest(totp.generate_otp(step), digits) and step > used:
                return step
        return None

    def _pending(self, account: Account, secret: str, sealed: str = "") -> Pending:
        uri = pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=account.login, issuer_name="Otklik")
        until = self._clock() + PENDING
        return Pending(uri, secret, sealed or self._vault.seal([account.id, secret, until.timestamp()]))

    def _opened(self, account_id: str, sealed: str) -> str:
        try:
            owner, secret, until = self._vault.open(sealed)
        except (InvalidToken, ValueError, TypeError):
            raise BadAccount("Страница устарела. Начните ещё раз.") from None
        if owner != account_id or until < self._clock().timestamp():
            raise BadAccount("Страница устарела. Начните ещё раз.")
        return str(secret)


def new_recovery_codes(row: AccountRow) -> list[str]:
    """Ten codes of 80 bits for an account, in place of the old ones; only their hashes are kept."""
    codes = [
        "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4)) for _ in range(RECOVERY_CODES)
    ]
    row.recovery_codes = [_hash(row.id, code) for code in codes]
    return codes


def _hash(account_id: str, code: str) -> str:
    # With 80 random bits no slow hash is needed.
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(f"{account_id}:{plain}".encode()).hexdigest()
