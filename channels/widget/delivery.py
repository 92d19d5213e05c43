"""Tells one open line every message of its conversation once and in order, whatever kind of line it is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.store import journal
from bot.store.conversations import ConversationRow
from bot.store.journal import Message
from channels.widget.backend import Backend
from channels.widget.tabs import Notices
from channels.wire import VOTES, message_json

log = structlog.get_logger(__name__)

LOOK_EVERY = 30.0
"""Seconds after which the journal is looked at even without a notice: another process may have written to it."""

AWAY_PAUSE = 1.0
"""Seconds between tries while the database is away; the line stays open meanwhile."""

Send = Callable[[dict[str, Any]], Awaitable[None]]
T = TypeVar("T")


class Delivery:
    """One line of a visitor. Notices only wake it: what is sent, and in which order, is read from the journal."""

    def __init__(self, backend: Backend, user: str, send: Send) -> None:
        self._backend, self._user, self._send = backend, user, send
        self._conversation_id = ""
        self._cursor: int | None = None  # the last message this line was shown; None before it asked for any
        self._wanted: int | None = None  # where to begin, asked for and not yet done
        self._own: set[int] = set()  # written over this very line, whose tab shows them already
        self._told: dict[str, Any] = {}  # the last mode frame
        # What is still to be done; each is put back only when it has succeeded, so that a lost database loses nothing.
        self._look = self._greet = self._ask_mode = False
        self._new_mode: str | None = None
        self._typing: bool | None = None
        self._seen = 0  # the last message that the tab had when it asked
        self._votes: dict[int, bool] = {}  # to be shown, by message
        self.queue: Notices | None = None

    def resume(self, after: int) -> None:
        """Send all messages after number `after`, and all further ones; 0 asks for the newest history."""
        self._wanted = after
        self._wake()

    def wrote(self, seq: int) -> None:
        """Message `seq` was written over this line: it needs not be shown there."""
        self._own.add(seq)
        if self._cursor is None:
            self._cursor = seq
            self._wake()

    def _wake(self) -> None:
        if self.queue is not None:
            # A full queue keeps the line awake anyway.
            with contextlib.suppress(asyncio.QueueFull):
                self.queue.put_nowait({"look": True})

    async def run(self) -> None:
        """Deliver until cancelled; raises what `send` raises."""
        self._conversation_id = await self._patiently(lambda: self._backend.conversation(self._user))
        async with self._backend.turns.listen(self._conversation_id) as self.queue:
            with self._backend.tabs.joined(self._conversation_id, self.queue):
                self._look = True  # an answer may have come before anybody listened
                while True:
                    await self._patiently(self._catch_up)
                    await self._notice(self.queue)

    async def _notice(self, queue: Notices) -> None:
        """Wait for news, and note what is to be done about them."""
        every = self._backend.settings.place_every if self._told.get("mode") == "queued" else LOOK_EVERY
        try:
            happening = await asyncio.wait_for(queue.get(), every)
        except TimeoutError:
            self._look = self._ask_mode = True
            return
        if isinstance(happening, Message):
            # The messages of one turn come together: the first notice has shown them all.
            self._look |= self._cursor is None or happening.seq > self._cursor
            return
        self._look |= "look" in happening
        self._new_mode = happening.get("mode", self._new_mode)
        self._typing = happening.get("typing", self._typing)
        if "vote" in happening:
            seq, helpful = happening["vote"]
            self._votes[seq] = helpful

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await work()
            except SQLAlchemyError as error:
                log.warning("widget.store_away", error=type(error).__name__)
                await asyncio.sleep(AWAY_PAUSE)

    async def _catch_up(self) -> None:
        if self._wanted is not None:
            self._seen = self._cursor = self._wanted
            self._wanted = None
            self._own.clear()
            self._told, self._new_mode = {}, None
            self._look = self._greet = self._ask_mode = True
        if self._cursor is None:
            self._typing = None
            return
        if self._look:
            await self._show_new()
            # The place in the queue may have changed with what was said.
            self._ask_mode |= self._told.get("mode") == "queued"
            self._look = False
        if self._ask_mode or self._new_mode is not None:
            await self._tell_mode(self._new_mode)
            self._ask_mode, self._new_mode = False, None
        if self._greet:
            async with self._backend.store.read() as session:
                answered = await journal.is_answered(session, self._conversation_id)
            self._votes |= await self._missed_votes()
            self._greet = False
            await self._send({"type": "resumed", "seq": self._cursor})
            if not answered:
                self._typing = True
        for seq in list(self._votes):
            await self._send({"type": "vote", "seq": seq, "value": VOTES[self._votes.pop(seq)]})
        if self._typing is not None:
            on, self._typing = self._typing, None
            await self._send({"type": "typing", "on": on})

    async def _missed_votes(self) -> dict[int, bool]:
        """What may have been said meanwhile, in another tab, of messages that this tab has seen before."""
        if self._backend.votes is None or not self._seen:
            return {}
        return dict(await self._backend.votes.recent(self._conversation_id, self._seen))

    async def _show_new(self) -> None:
        limit = self._backend.settings.history
        while self._cursor is not None:
            async with self._backend.store.read() as session:
                found = await journal.history(session, self._backend.vault, self._conversation_id, self._cursor, limit)
            votes = await self._backend.votes.of(found) if self._backend.votes is not None else {}
            from_start = self._cursor == 0
            for message in found:
                self._cursor = message.seq
                if message.seq in self._own:
                    self._own.discard(message.seq)
                else:
                    await self._send(frame_of(message, votes))
            if len(found) < limit or from_start:
                return

    async def _tell_mode(self, mode: str | None) -> None:
        if mode is None:
            async with self._backend.store.read() as session:
                row = await session.get(ConversationRow, self._conversation_id)
            mode = row.mode if row else "robot"
        frame: dict[str, Any] = {"type": "mode", "mode": mode}
        if mode == "queued":
            frame |= await self._standing()
        elif mode == "operator" and self._backend.desk is not None:
            name = await self._backend.desk.operator(self._conversation_id)
            frame |= {"name": name} if name else {}
        if frame != self._told:
            self._told = frame
            await self._send(frame)

    async def _standing(self) -> dict[str, Any]:
        """Position and wait as far as they are known. The queue must never stop the messages."""
        if self._backend.place is None:
            return {}
        try:
            found = await self._backend.place(self._conversation_id)
        except Exception as error:
            log.warning("widget.place_unknown", error=type(error).__name__)
            return {k: v for k, v in self._told.items() if k in ("position", "wait_minutes")}
        return {"position": found.position, "wait_minutes": found.wait_minutes} if found else {}


def frame_of(message: Message, votes: Mapping[int, bool | None]) -> dict[str, Any]:
    """A stored message as the widget gets it; files come with the address to fetch them from."""
    shown = message_json(message, files_at=f"files/{message.seq}", votes=votes)
    frame = {"type": "message", "seq": message.seq, "reply_to": message.reply_to} | shown
    if message.author == "citizen":
        frame["id"] = message.external_id
    if message.body.get("kind") == "voice":
        frame["voice"] = True
    return frame
