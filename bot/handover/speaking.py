"""What people say to citizens: stored once, sent like every reply, and only by whoever holds the conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.handover.bulletin import Bulletin
from bot.messages import Attachment
from bot.store import Store, Vault
from bot.store.journal import Message
from bot.turns import Turns


class Speaking:
    """Words of operators. `name_of` gives the name citizens see for an account's id."""

    def __init__(
        self, store: Store, vault: Vault, clock: Callable[[], datetime], turns: Turns, bulletin: Bulletin
    ) -> None:
        self._store, self._vault, self._clock, self._turns, self._bulletin = store, vault, clock, turns, bulletin

    async def say(
        self,
        conversation_id: str,
        operator: str,
        name: str,
        text: str,
        attachments: Sequence[Attachment] = (),
        *,
        key: str,
    ) -> Message:
        """A message of an operator; the same `key` (made by the window) twice is one message.

        `name` is what the citizen sees. The author is `operator`, the body holds `text`, `attachments`, `name` and `by` (the account).
        Raises NotYours, Gone, and Refusal for an empty or too long text (4 000) or for personal data where the channel must not carry it.
        """
        raise NotImplementedError

    async def correct(self, seq: int, operator: str, text: str) -> Message:
        """Correct an own message of this talk: the citizen gets «Исправление: …», nothing is rewritten.

        The new message's body has `corrects` (the number of the wrong one). Raises NotYours, Gone, Refusal.
        """
        raise NotImplementedError

    def typing(self, conversation_id: str, operator: str) -> None:
        """The operator is typing: open widgets show it for a few seconds, and colleagues who look see who types."""
        raise NotImplementedError

    async def read(self, conversation_id: str, reader: str, seq: int) -> None:
        """`reader` (an account's id, or `citizen`) has seen everything up to `seq`; never goes back."""
        raise NotImplementedError
