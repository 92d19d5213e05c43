"""The assistant's process of a trial house: no doors, no desk, no agency; it answers its own studio and Rasa's action calls.

Reads no `.env`: what a trial may know stands in the variables that `app.studio.trial_plan` gives it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import random
import sys
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import uvicorn
import yaml
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel
from rasa_sdk.interfaces import ActionExecutionRejection
from sqlalchemy import select

from app.compose import Assistant, build, migrate
from app.logs import set_up
from app.settings import Settings
from app.web import actions_router
from bot.messages import Inbound
from bot.services import demo
from bot.store.conversations import ConversationRow
from channels.portal.health import health_router
from channels.registry import Configured

ANSWER_WITHIN = 20.0
"""Seconds of one turn."""


class Spoken(BaseModel):
    """One message of the pretended citizen; `payload` of a pressed button, `next_day`: she was silent since yesterday."""

    user: str
    channel: str = "widget"
    text: str = ""
    payload: str = ""
    segment: str = ""
    next_day: bool = False


class Watched:
    """Runs actions and notes which of them broke, by conversation."""

    def __init__(self, actions: Any) -> None:
        self._actions = actions
        self.broken: dict[str, list[str]] = {}

    async def run(self, call: dict[str, Any]) -> Any:
        """See `rasa_sdk.executor.ActionExecutor`."""
        try:
            return await self._actions.run(call)
        except ActionExecutionRejection:
            raise
        except Exception:
            self.broken.setdefault(str(call.get("sender_id")), []).append(str(call.get("next_action")))
            raise


def application(settings: Settings) -> FastAPI:
    """The application of one trial house."""
    built = build(settings, messengers=Configured((), {}))
    watched = Watched(built.actions)
    assistant = replace(built, actions=watched)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        cases = yaml.safe_load((settings.content_dir / "demo.yml").read_text("utf-8"))
        await demo.seed(assistant.store, assistant.vault, assistant.clock, cases)
        await assistant.services.incidents.seed()
        warming = asyncio.create_task(asyncio.to_thread(_warm, assistant))
        await assistant.turns.start()
        try:
            yield
        finally:
            await asyncio.gather(warming, return_exceptions=True)
            await assistant.turns.stop()
            await assistant.rasa.close()
            await assistant.store.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health_router(assistant.ready, assistant.channels))
    app.include_router(actions_router(assistant))

    @app.post("/trial/say")
    async def say(spoken: Spoken, request: Request) -> dict[str, Any]:
        if not hmac.compare_digest(request.headers.get("x-api-key", "").encode(), settings.local_api_key.encode()):
            raise HTTPException(401)
        return await _turn(assistant, watched, spoken)

    return app


def _warm(assistant: Assistant) -> None:
    assistant.encoder.encode(["здравствуйте"])
    assistant.services.catalogue.search("замена паспорта")


async def _turn(assistant: Assistant, watched: Watched, spoken: Spoken) -> dict[str, Any]:
    if spoken.next_day:
        await _silent_since_yesterday(assistant, spoken)
    inbound = Inbound(
        channel=spoken.channel, user=spoken.user, external_id=uuid.uuid4().hex,
        kind="choice" if spoken.payload else "text", text=spoken.text, payload=spoken.payload or None,
        profile={"segment": spoken.segment} if spoken.segment else {},
    )  # fmt: skip
    # Two editions that answer the same words shall not differ by chance.
    random.seed(spoken.text)
    assistant.robot.steady(spoken.text)
    accepted = await assistant.turns.accept(inbound)
    outcome = await assistant.turns.wait(accepted, ANSWER_WITHIN)
    replies = [message.body for message in outcome.replies]
    sorry = assistant.robot.sorry()["text"]
    return {
        "conversation": accepted.conversation_id,
        "message": accepted.seq,
        "replies": replies,
        "mode": outcome.mode,
        "over": outcome.over,
        "broken": watched.broken.pop(accepted.conversation_id, []),
        "sorry": any(sorry in str(reply.get("text", "")) for reply in replies),
    }


async def _silent_since_yesterday(assistant: Assistant, spoken: Spoken) -> None:
    async with assistant.store.write() as session:
        rows = await session.scalars(
            select(ConversationRow).where(
                ConversationRow.channel == spoken.channel, ConversationRow.user == spoken.user
            )
        )
        for row in rows:
            row.updated_at -= timedelta(days=1)


def main() -> int:
    """Serve until told to stop; the exit code."""
    try:
        settings = Settings(_env_file=None)  # type: ignore[call-arg]
        set_up(settings.log_level)
        migrate(settings)
        app = application(settings)
    except Exception as error:
        print(error if isinstance(error, ValueError) else f"{type(error).__name__}: {error}", flush=True)
        return 1
    uvicorn.run(
        app, host=settings.host, port=settings.port, log_level="warning", access_log=False, server_header=False,
        timeout_graceful_shutdown=3,
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
