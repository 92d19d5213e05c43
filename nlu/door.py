"""The assistant's door into Rasa: its REST channel, and another model that is loaded beside the one that answers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog
from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import UserMessage
from rasa.core.channels.rest import RestInput
from rasa.core.utils import AvailableEndpoints
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from nlu.once import settle

log = structlog.get_logger(__name__)

TURN_S = 0.001
"""Seconds after which a thread that loads a model lets the answering one go on; Python's own five would be felt in each turn."""
WARM_UP = "здравствуйте, хочу записаться завтра в 10"
"""Read once by a model before it answers citizens: its first message takes many times longer than the others."""


class Door(RestInput):
    """Named in credentials.yml. `endpoints` is the file Rasa was started with.

    `POST …/model {"model_file"}` loads a model in a thread and keeps it: 200, or 400 with a reason. `PUT …/model {"model_file"}`
    lets that model answer from now on: 204, or 409 when it is not the one that was loaded. Rasa's own `PUT /model` answers nobody
    while it loads. As with that, whoever reaches the port can load a model: Rasa must be reached by the assistant only.
    """

    def __init__(self, endpoints: str = "endpoints.yml") -> None:
        settle()
        sys.setswitchinterval(TURN_S)
        self._endpoints = endpoints
        self._ready: Agent | None = None
        self._loading = asyncio.Lock()

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> Door:
        """As Rasa calls it with the block of credentials.yml."""
        return cls(**(credentials or {}))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[None]]) -> Blueprint:
        """The REST channel's routes, and the two of a model."""
        routes = super().blueprint(on_new_message)

        # Sanic writes on its handlers, which a method does not bear.
        @routes.route("/model", methods=["POST"])
        async def load_beside(request: Request) -> HTTPResponse:
            return await self._load(request)

        @routes.route("/model", methods=["PUT"])
        async def exchange(request: Request) -> HTTPResponse:
            return await self._exchange(request)

        return routes

    async def _load(self, request: Request) -> HTTPResponse:
        model = _asked(request)
        if model is None:
            return response.json({"reason": "model_file names no file"}, status=400)
        async with self._loading:
            self._ready = None
            agent = await asyncio.to_thread(_loaded, model, self._endpoints)
            if agent is None:
                return response.json({"reason": "the file is no model of this Rasa"}, status=400)
            self._ready = agent
        return response.json({"model_file": str(model)})

    async def _exchange(self, request: Request) -> HTTPResponse:
        model, ready = _asked(request), self._ready
        if model is None or ready is None or ready.processor is None or ready.processor.model_path != model:
            return response.json({"reason": "this model was not loaded beside"}, status=409)
        running = request.app.ctx.agent
        ready.lock_store = ready.processor.lock_store = running.lock_store
        request.app.ctx.agent, self._ready = ready, None
        log.info("model.exchanged", model=model.name)
        return response.empty(status=204)


def _asked(request: Request) -> Path | None:
    body = request.json
    path = Path(str(body.get("model_file") or "")) if isinstance(body, dict) else Path()
    return path if path.is_file() else None


def _loaded(model: Path, endpoints: str) -> Agent | None:
    """A warm agent, in a thread with a loop of its own; None when there is no such model."""

    async def load() -> Agent | None:
        agent = await load_agent(model_path=str(model), endpoints=AvailableEndpoints.read_endpoints(endpoints))
        if not agent.is_ready():
            return None
        await agent.parse_message(WARM_UP)
        return agent

    return asyncio.run(load())
