"""How strict the door is: lengths, limits and times, with the values that a house without settings of its own gets."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

SecondFactor = Literal["required", "privileged", "optional"]
PRIVILEGED = frozenset(("supervisor", "administrator"))
"""Roles that see or change more than their own work."""


@dataclass(frozen=True)
class Policy:
    """The rules of signing in. `secure_cookies`: the desk is served over HTTPS; `site`: its public address, to compare Origin."""

    second_factor: SecondFactor = "privileged"
    secure_cookies: bool = False
    site: str = ""
    idle: timedelta = timedelta(minutes=30)
    """A window that its operator does not touch closes after this."""
    lasts: timedelta = timedelta(hours=12)
    """No window stays open longer, whatever happens in it."""
    half_open: timedelta = timedelta(minutes=10)
    """Between the password and the code."""
    password_length: int = 10
    tries: int = 5
    """Wrong passwords or codes before the account waits."""
    wait: timedelta = timedelta(minutes=15)
    """The first wait; each further one is twice as long, up to `longest_wait`."""
    longest_wait: timedelta = timedelta(hours=4)
    tries_of_address: int = 20
    """Wrong tries from one address within `wait`, whatever the logins, before the address waits."""
    changes_a_minute: int = 240
    """Unsafe requests of one account; drafts are scored and marks of reading set while somebody types, hence so many."""

    def asks_second_factor(self, roles: Collection[str]) -> bool:
        """Whether accounts with these roles must have a second factor."""
        return self.second_factor == "required" or (
            self.second_factor == "privileged" and not PRIVILEGED.isdisjoint(roles)
        )
