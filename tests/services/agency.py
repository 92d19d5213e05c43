"""A real local HTTP server that plays an agency: answers as told, late, with an error, or with garbage."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Answer:
    """One answer: a JSON value, or `raw` text as it is; `delay` in seconds; `cut` closes the connection instead."""

    body: Any = None
    status: int = 200
    raw: str | None = None
    delay: float = 0.0
    cut: bool = False


@dataclass
class Call:
    """One request as it arrived."""

    method: str
    path: str
    params: dict[str, str]
    body: Any
    key: str | None
    auth: str | None


@dataclass
class Agency:
    """Gives `answers` in turn, the last one again and again, and notes the `calls`."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def will(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.calls.clear()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        self.calls.append(
            Call(
                request.method,
                request.path,
                dict(request.query),
                json.loads(text) if text else None,
                request.headers.get("Idempotency-Key"),
                request.headers.get("Authorization"),
            )
        )
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        await asyncio.sleep(answer.delay)
        if answer.cut:
            assert request.transport is not None
            request.transport.close()
        body = answer.raw if answer.raw is not None else json.dumps(answer.body, ensure_ascii=False)
        return web.Response(text=body, status=answer.status, content_type="application/json")


@asynccontextmanager
async def running() -> AsyncIterator[Agency]:
    """The agency on a free port of this machine."""
    agency = Agency()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", agency.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    agency.url = f"http://{host}:{port}"
    yield agency
    await runner.cleanup()
