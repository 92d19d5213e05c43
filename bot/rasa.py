"""The line to Rasa over its public HTTP: one message out, the robot's messages back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

DOOR = "/webhooks/rest/model"
EXCHANGE_WITHIN = 60.0
"""Seconds that loading another model may take on a busy machine."""


class RasaUnavailable(Exception):
    """Rasa did not answer in time or answered with an error; the message may be sent again later."""


@dataclass(frozen=True)
class Parsed:
    """How the model reads a text. `ranking` is (intent, confidence), best first; `entities` as Rasa names them."""

    intent: str
    confidence: float
    ranking: Sequence[tuple[str, float]]
    entities: Sequence[dict[str, Any]]


class RasaClient:
    """Rasa's REST channel at `url`. `timeout` in seconds bounds one whole turn."""

    def __init__(self, url: str, timeout: float = 20.0) -> None:
        self._url = url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=3)
        self._session: aiohttp.ClientSession | None = None

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        return self._session

    async def _json(self, method: str, path: str, **kwargs: Any) -> Any:
        try:
            async with self._client().request(method, self._url + path, **kwargs) as response:
                if response.status != 200:
                    raise RasaUnavailable(f"Rasa answered {response.status} to {path}")
                return await response.json(content_type=None)
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            raise RasaUnavailable(f"{type(error).__name__} at {path}") from error

    async def send(self, conversation_id: str, text: str, metadata: dict[str, Any]) -> list[dict[str, Any]]:
        """One turn: returns Rasa's messages ({text, buttons, custom}). Raises RasaUnavailable."""
        replies = await self._json(
            "POST",
            "/webhooks/rest/webhook",
            json={"sender": conversation_id, "message": text, "metadata": metadata},
        )
        if not isinstance(replies, list):
            raise RasaUnavailable("Rasa's answer is not a list")
        return replies

    async def replies_in_tracker(self, conversation_id: str, message: int) -> list[dict[str, Any]] | None:
        """What Rasa has already answered to our message number `message`; None when it never saw it, or when it was taken back.

        Asked after a crash only: a turn that Rasa finished must not have its effect twice. [] for a turn that broke off.
        """
        tracker = await self._json("GET", f"/conversations/{conversation_id}/tracker?include_events=ALL")
        found: list[dict[str, Any]] | None = None
        finished = False
        for event in tracker.get("events", []):
            if event.get("event") == "user":
                if found is not None:
                    break
                if (event.get("metadata") or {}).get("message") == message:
                    found = []
            elif found is not None and event.get("event") == "rewind":
                found, finished = None, False
            elif found is not None and event.get("event") == "bot":
                data = event.get("data") or {}
                found.append({"text": event.get("text"), "buttons": data.get("buttons"), "custom": data.get("custom")})
            elif found is not None and event.get("event") == "action" and event.get("name") == "action_listen":
                finished = True
        if found is None:
            return None
        return found if finished else []

    async def tracker(self, conversation_id: str) -> dict[str, Any]:
        """Slots and the running form of a conversation (`slots`, `active_loop`). Raises RasaUnavailable."""
        found = await self._json("GET", f"/conversations/{conversation_id}/tracker?include_events=NONE")
        return found if isinstance(found, dict) else {}

    async def begin_session(self, conversation_id: str) -> None:
        """Let a new session begin: slots stay, a form ends, and events before it are no longer read. Raises RasaUnavailable."""
        await self.send(conversation_id, "/session_start", {})

    async def take_back(self, conversation_id: str) -> None:
        """Undo the latest turn in Rasa's memory, slots and all, so that the same message can be sent once more."""
        events = [{"event": "rewind"}, {"event": "action", "name": "action_listen"}]
        await self._json("POST", f"/conversations/{conversation_id}/tracker/events", json=events)

    async def parse(self, text: str) -> Parsed:
        """How the loaded model reads a text; no conversation is touched. Raises RasaUnavailable."""
        found = await self._json("POST", "/model/parse", json={"text": text})
        ranking = [(str(r["name"]), float(r["confidence"])) for r in found.get("intent_ranking") or []]
        intent = found.get("intent") or {}
        return Parsed(
            str(intent.get("name") or ""), float(intent.get("confidence") or 0.0), ranking, found.get("entities") or []
        )

    async def listen_again(self, conversation_id: str) -> None:
        """End a turn that Rasa broke off (a failed action, its limit of actions in a row), else it stays silent for ever."""
        event = {"event": "action", "name": "action_listen"}
        await self._json("POST", f"/conversations/{conversation_id}/tracker/events", json=event)

    async def ready(self) -> bool:
        """Whether a model is loaded."""
        try:
            status = await self._json("GET", "/status", timeout=aiohttp.ClientTimeout(total=3))
        except RasaUnavailable:
            return False
        return bool(status.get("model_file"))

    async def load_beside(self, model_file: str) -> None:
        """Load another model while the present one goes on answering, for `exchange`. Raises RasaUnavailable.

        A Rasa that was started without our door (`nlu/door.py`) cannot; then `exchange` loads it.
        """
        if (status := await self._about_model("POST", DOOR, model_file)) not in (200, 404, 405):
            raise RasaUnavailable(f"Rasa answered {status} to a model that was to be loaded beside")

    async def exchange(self, model_file: str) -> None:
        """Let another model answer; conversations go on with it. Raises RasaUnavailable.

        Takes no time after `load_beside`; else Rasa answers nobody for about a second.
        """
        if await self._about_model("PUT", DOOR, model_file) == 204:
            return
        if (status := await self._about_model("PUT", "/model", model_file)) != 204:
            raise RasaUnavailable(f"Rasa answered {status} to PUT /model")

    async def _about_model(self, method: str, path: str, model_file: str) -> int:
        patience = aiohttp.ClientTimeout(total=EXCHANGE_WITHIN)
        try:
            async with self._client().request(
                method, self._url + path, json={"model_file": model_file}, timeout=patience
            ) as done:
                return done.status
        except (TimeoutError, aiohttp.ClientError) as error:
            raise RasaUnavailable(f"{type(error).__name__} at {method} {path}") from error

    async def close(self) -> None:
        """Give back the connections."""
        if self._session is not None:
            await self._session.close()
