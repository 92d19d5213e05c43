"""Draws the window and its pieces: lists, status, an opened talk, its lines and its dialogs."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from sqlalchemy import func, select

from bot.accounts.interface import Signed
from bot.handover.interface import Presence
from bot.handover.views import Line, Talk, Waiting
from bot.handover.words import CHANNELS
from bot.services.people.tables import HandoverRow
from desk.parts import Parts
from desk.window.company import Company
from desk.window.rows import rows_of
from desk.window.shared import Queue, SharedQueues

LINES = 60
"""Lines of one fragment."""

MOOD_FACES = {
    "despair": "sad", "anger": "angry", "sadness": "sad", "worry": "worried", "irritation": "angry", "confusion": "worried",
    "gratitude": "glad", "joy": "glad",
}  # fmt: skip
"""Which face stands beside the word; a neutral mood is not shown."""


@dataclass(frozen=True)
class Lists:
    """What the left column shows."""

    queue: Queue
    mine: Sequence[Waiting] = ()
    presence: Presence | None = None
    wrap_up_left: int = 0
    """Seconds of the wrap-up that remain."""

    @property
    def unread(self) -> int:
        """Messages of citizens that wait for this operator."""
        return sum(one.unread for one in self.mine if one.state == "taken")


@dataclass(frozen=True)
class Opened:
    """What the middle shows. `listening`: somebody listens quietly, and nobody shall notice."""

    talk: Talk
    lines: Sequence[Line] = ()
    summary: tuple[str, ...] = ()
    mine: bool = False
    listening: bool = False
    more: bool = False
    others: Sequence[Any] = field(default_factory=tuple)

    @property
    def last_seq(self) -> int:
        """The number of the newest message, 0 without one."""
        return max((line.seq for line in self.lines), default=0)

    @property
    def first_seq(self) -> int:
        """The number of the oldest message shown, 0 without one."""
        return min((line.seq for line in self.lines if line.seq), default=0)


class Screen:
    """Everything `window*.html` needs, read from the parts."""

    def __init__(self, parts: Parts, company: Company) -> None:
        self._parts, self._company = parts, company
        self._queues = SharedQueues(parts.views, parts.bulletin)

    async def lists(self, me: Signed) -> Lists:
        """Who waits for the groups of this account, what it holds, and its status."""
        parts = self._parts
        queue = await self._queues.of(me.account.groups)
        mine = await parts.views.mine(me.account.id)
        # Between the two readings somebody may have come from the one into the other.
        taken = {one.conversation_id for one in mine if one.state == "taken"}
        try:
            presence = await parts.presences.of(me.account.id)
        except LookupError:
            presence = None
        return Lists(queue.without(taken), mine, presence, await self._wrap_up_left(me, mine))

    async def _wrap_up_left(self, me: Signed, mine: Sequence[Waiting]) -> int:
        if not any(one.state == "wrap_up" for one in mine):
            return 0
        async with self._parts.store.read() as session:
            until = await session.scalar(
                select(func.max(HandoverRow.wrap_up_until)).where(
                    HandoverRow.operator == me.account.id, HandoverRow.state == "wrap_up"
                )
            )
        return max(0, math.ceil((until - self._parts.clock()).total_seconds())) if until else 0

    async def opened(self, me: Signed, talk: Talk, *, listening: bool = False) -> Opened:
        """The talk with its newest lines."""
        lines = await self._parts.views.lines(talk.conversation_id, limit=LINES)
        return Opened(
            talk=talk,
            lines=lines,
            summary=talk.summary or await self._parts.views.summary(talk.conversation_id),
            mine=talk.operator == me.account.id and talk.state == "taken" and not listening,
            listening=listening,
            more=sum(1 for line in lines if line.seq) >= LINES,
            others=self._company.others(me.account, talk.conversation_id),
        )

    def bare(self, me: Signed, talk: Talk, *, listening: bool = False) -> Opened:
        """The talk without lines and summary, for its head."""
        return Opened(
            talk=talk,
            mine=talk.operator == me.account.id and talk.state == "taken" and not listening,
            listening=listening,
            others=self._company.others(me.account, talk.conversation_id),
        )

    async def window(self, request: Request, me: Signed, opened: Opened | None, status: int = 200) -> HTMLResponse:
        """The whole page."""
        window = uuid.uuid4().hex
        if opened is not None and not opened.listening:
            self._company.shows(window, me.account, opened.talk.conversation_id)
        lists = await self.lists(me)
        return self._page(request, "window.html", status, window=window, lists=lists, opened=opened)

    def lists_piece(self, request: Request, lists: Lists, opened: str = "") -> HTMLResponse:
        """The left column; `opened` is the conversation the page shows."""
        return self._page(request, "window_lists_piece.html", lists=lists, opened_id=opened)

    def status_piece(self, request: Request, lists: Lists) -> HTMLResponse:
        """The status switch in the bar."""
        return self._page(request, "window_status.html", lists=lists)

    def talk_piece(self, request: Request, opened: Opened | None) -> HTMLResponse:
        """The middle and the right-hand column."""
        return self._page(request, "window_open.html", opened=opened)

    def head_piece(self, request: Request, opened: Opened) -> HTMLResponse:
        """The head of an opened talk: who, where, who holds it, who else looks."""
        return self._page(request, "window_head.html", opened=opened)

    def lines_piece(self, request: Request, talk: Talk, lines: Sequence[Line], *, more: bool) -> HTMLResponse:
        """Lines alone; the header `X-More` says whether there are further ones."""
        answer = self._page(request, "lines.html", rows=self.rows(talk, lines))
        answer.headers["X-More"] = "1" if more else "0"
        return answer

    def dialog_piece(self, request: Request, template: str, **values: Any) -> HTMLResponse:
        """What a dialog holds."""
        return self._page(request, template, **values)

    def rows(self, talk: Talk, lines: Sequence[Line]) -> list[Any]:
        """The rows of lines of a talk."""
        return rows_of(lines, talk.conversation_id, talk.channel, talk.name, self._parts.pages)

    def _queue_rows(self, waiting: Sequence[Waiting], opened: str, several: bool) -> Markup:
        pages = self._parts.pages
        return Markup(  # noqa: S704 - a template, which escapes by itself
            pages.html(
                "window_queue.html",
                queue=waiting,
                opened_id=opened,
                several=several,
                faces=MOOD_FACES,
                channels=CHANNELS,
            )
        )

    def _page(self, request: Request, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        parts = self._parts
        shared = {
            "rules": parts.rules, "faces": MOOD_FACES, "channels": CHANNELS, "rows_for": self.rows,
            "calls": parts.telephones is not None, "draw_queue": self._queue_rows,
        }  # fmt: skip
        return parts.pages.page(request, template, status=status, **shared, **values)
