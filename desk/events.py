"""The stream of news (SSE) that keeps every open page of the desk up to date: each hears only what its account may know."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import Receive, Scope, Send

from bot.accounts.interface import Signed
from bot.handover.bulletin import LONGEST_QUEUE, News
from desk.access import COOKIE, signed
from desk.parts import Parts
from desk.window.company import Company
from desk.window.sight import Sight

log = structlog.get_logger(__name__)

BEAT_EVERY = 15.0
"""Seconds between signs of life, both ways: the page knows that the line stands, the house that the window is open."""
SEND_WITHIN = 30.0
"""Seconds a page may take to accept what we send; then it counts as gone."""


def events_router(parts: Parts, sight: Sight, company: Company) -> APIRouter:
    """`GET events`, the stream; `GET session`, by which a page without one says that it lives, and learns whether it may."""
    router = APIRouter()

    @router.get("/events")
    async def events(
        request: Request,
        me: Annotated[Signed, Depends(signed)],
        window: Annotated[str, Query(max_length=64)] = "",
        talk: Annotated[str, Query(max_length=36)] = "",
    ) -> Response:
        if window:
            company.shows(window, me.account, talk if talk and await sight.may(me, talk) else "")
        return NewsStream(parts, sight, company, me, request.cookies.get(COOKIE, ""), window)

    @router.get("/session")
    async def session(me: Annotated[Signed, Depends(signed)]) -> Response:
        if me.may("talk"):
            await parts.presences.seen(me.account.id)
        return Response(status_code=204)

    return router


class NewsStream(Response):
    """`event: <kind>` with `data: {conversation, group, data, mine}`.

    Further kinds: `hello`, `alive`, `again` (some were missed), `ended` (the session).
    """

    media_type = "text/event-stream"

    def __init__(self, parts: Parts, sight: Sight, company: Company, me: Signed, token: str, window: str) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"})
        del self.headers["content-length"]
        self._parts, self._sight, self._company = parts, sight, company
        self._me, self._token, self._window = me, token, window

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the page leaves, the session ends or the server stops."""
        sending = asyncio.Lock()

        async def write(text: str) -> None:
            async with sending, asyncio.timeout(SEND_WITHIN):
                await send({"type": "http.response.body", "body": text.encode(), "more_body": True})

        async def left() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        tasks: set[asyncio.Task[None]] = set()
        stuck = False
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            tasks = {asyncio.create_task(work) for work in (self._tell(write), self._beat(write), left())}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            pass  # the server stops; the page will look at everything when it is back
        finally:
            if self._window:
                self._company.left(self._window, self._me.account)
            for task in tasks:
                task.cancel()
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                stuck |= isinstance(outcome, TimeoutError)
                if outcome is not None and not isinstance(outcome, asyncio.CancelledError | TimeoutError | OSError):
                    log.error("desk.stream_failed", error=type(outcome).__name__)
        if not stuck:  # a page that takes nothing would not take the end either: the connection is cut
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, write: Callable[[str], Awaitable[None]]) -> None:
        async with self._parts.bulletin.listen() as queue:
            await write(frame("hello"))
            while True:
                news = [await queue.get()]
                missed = queue.qsize() >= LONGEST_QUEUE - 1
                while not queue.empty():
                    news.append(queue.get_nowait())
                text = frame("again") if missed else await self._frames(news)
                if text:
                    await write(text)

    async def _frames(self, news: list[News]) -> str:
        frames: dict[str, None] = {}  # news that came together and say the same are one
        for one in news:
            if one.kind in ("queue", "mine") and one.conversation:
                self._sight.changed(one.conversation)
            try:
                if not await self._sight.concerns(self._me, one):
                    continue
            except SQLAlchemyError:
                return frame("again")
            frames[frame(one.kind, one, mine=one.operator == self._me.account.id)] = None
        return "".join(frames)

    async def _beat(self, write: Callable[[str], Awaitable[None]]) -> None:
        while True:
            try:
                await self._live()
            except SQLAlchemyError as error:
                log.warning("desk.store_away", error=type(error).__name__)
            except PermissionError:
                await write(frame("ended"))
                return
            await asyncio.sleep(BEAT_EVERY)
            await write(": still here\n" + frame("alive"))

    async def _live(self) -> None:
        """Tell the house that the window is open. Raises PermissionError when the session is not."""
        me = await self._parts.accounts.signed(self._token, self._me.ip)
        if me is None:
            raise PermissionError
        self._me = me  # groups may have changed
        if self._window:
            self._company.heard(self._window, me.account)
        if me.may("talk"):
            await self._parts.presences.seen(me.account.id)


def frame(kind: str, news: News | None = None, *, mine: bool = False) -> str:
    """One event as it goes over the line; `mine`: it names the operator who hears it."""
    content = {"conversation": news.conversation, "group": news.group, "data": news.data, "mine": mine} if news else {}
    return f"event: {kind}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n"
