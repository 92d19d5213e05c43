"""Who else has a talk open, so that two colleagues do not work on it without knowing of each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.accounts.interface import Account
from bot.handover.bulletin import Bulletin, News

UNHEARD_FOR = timedelta(seconds=60)
"""A window that has been silent for so long does not count; live ones are heard every 15 s."""
TYPES_FOR = timedelta(seconds=6)


@dataclass(frozen=True)
class _Window:
    account: Account
    conversation: str
    heard_at: datetime
    typed_at: datetime | None = None


@dataclass(frozen=True)
class Other:
    """A colleague who looks at the same talk, and whether she is writing in it now."""

    name: str
    writes: bool


class Company:
    """The open windows of this process. Ids are made by the pages; what they tell is only shown to colleagues who see the talk."""

    def __init__(self, clock: Callable[[], datetime], bulletin: Bulletin) -> None:
        self._clock, self._bulletin = clock, bulletin
        self._windows: dict[tuple[str, str], _Window] = {}

    def shows(self, window: str, account: Account, conversation: str) -> None:
        """A window of this account is alive and shows a conversation, or none ("")."""
        now = self._clock()
        for key in [key for key, one in self._windows.items() if now - one.heard_at > UNHEARD_FOR]:
            del self._windows[key]
        key = (account.id, window[:64])
        before = self._windows.get(key)
        if before is not None and before.conversation == conversation:
            self._windows[key] = replace(before, heard_at=now)
            return
        self._windows[key] = _Window(account, conversation, now)
        self._tell(before.conversation if before else "")
        self._tell(conversation)

    def heard(self, window: str, account: Account) -> None:
        """The window is still there."""
        key = (account.id, window[:64])
        if key in self._windows:
            self._windows[key] = replace(self._windows[key], heard_at=self._clock())

    def left(self, window: str, account: Account) -> None:
        """A window was closed."""
        gone = self._windows.pop((account.id, window[:64]), None)
        if gone is not None:
            self._tell(gone.conversation)

    def writes(self, account: Account, conversation: str) -> None:
        """Somebody types an answer."""
        now = self._clock()
        for key, one in self._windows.items():
            if one.account.id == account.id and one.conversation == conversation:
                self._windows[key] = replace(one, typed_at=now, heard_at=now)
        self._tell(conversation)

    def others(self, account: Account, conversation: str) -> list[Other]:
        """Colleagues with this conversation open, by name."""
        now = self._clock()
        found: dict[str, Other] = {}
        for one in self._windows.values():
            if one.account.id == account.id or one.conversation != conversation or now - one.heard_at > UNHEARD_FOR:
                continue
            writes = one.typed_at is not None and now - one.typed_at < TYPES_FOR
            writes |= one.account.id in found and found[one.account.id].writes
            found[one.account.id] = Other(one.account.name, writes)
        return sorted(found.values(), key=lambda other: other.name)

    def _tell(self, conversation: str) -> None:
        if conversation:
            self._bulletin.post(News("presence", conversation))
