"""A real HTTP server that speaks Rasa's REST webhook, tracker and status; can be slow, broken, mad or dead."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from aiohttp import web

Mood = Literal["well", "broken", "garbage", "not_a_list", "silent"]
Answering = Callable[[str], list[dict[str, Any]]]

CONSENT = {
    "type": "consent",
    "title": "Согласие на обработку персональных данных",
    "text": "Я даю согласие министерству цифрового развития Приреченской области на обработку моих фамилии, имени, "
    "отчества, даты рождения и телефона, чтобы записать меня на приём и напомнить о нём.\n\n"
    "Согласие действует один год. Его можно отозвать в любой момент: напишите «отозвать согласие».",
    "version": "2025-09-01",
    "accept": {"title": "Даю согласие", "payload": "/affirm"},
    "decline": {"title": "Не сейчас", "payload": "/deny"},
}
RATING = {
    "type": "rating",
    "scale": [
        {"title": "Отлично", "payload": '/inform{"score": "4"}'},
        {"title": "Хорошо", "payload": '/inform{"score": "3"}'},
        {"title": "Так себе", "payload": '/inform{"score": "2"}'},
        {"title": "Плохо", "payload": '/inform{"score": "1"}'},
    ],
}


def scripted(text: str) -> list[dict[str, Any]]:
    """A few answers of every kind a door must show; anything else is echoed."""
    plain = text.casefold()
    if "запис" in plain:
        return [
            {"text": "Здравствуйте! Помогу записаться на приём."},
            {
                "text": "Какой центр вам удобнее?",
                "buttons": [
                    {"title": "На улице Ленина", "payload": '/inform{"centre": "mfc_central"}'},
                    {"title": "На Заречной", "payload": '/inform{"centre": "mfc_left_bank"}'},
                    {"title": "На Металлургов", "payload": '/inform{"centre": "mfc_factory"}'},
                ],
            },
        ]
    if "mfc_left_bank" in plain:
        return [{"text": "Записала: центр на Заречной, среда, 25 ноября, 10:20. Номер записи П-104."}]
    if "согласие" in plain:
        return [{"text": "Чтобы продолжить, нужно ваше согласие.", "custom": {"form": CONSENT}}]
    if plain == "/affirm":
        return [{"text": "Спасибо, согласие записано."}]
    if plain == "/deny":
        return [{"text": "Хорошо, без согласия ничего не записываю."}]
    if "оцен" in plain:
        return [{"text": "Как вам помощь?", "custom": {"form": RATING}}]
    if "ссылк" in plain:
        return [
            {
                "text": "Подробности: https://uslugi.example.invalid/passport?a=1&b=2, звоните 8 (4800) 55-10-01 "
                "или пишите help@example.invalid. <b>Не жирно</b> javascript:alert(1)",
                "buttons": [{"title": "Открыть портал", "payload": "", "url": "https://uslugi.example.invalid/"}],
            }
        ]
    return [{"text": f"Вы сказали: {text}"}]


class FakeRasa:
    """The server. `mood` and `delay` (seconds) may be changed at any moment; `seen` holds what it was asked."""

    def __init__(self, answering: Answering = scripted) -> None:
        self.answering = answering
        self.mood: Mood = "well"
        self.delay = 0.0
        self.seen: list[dict[str, Any]] = []
        self.reading: dict[str, Any] | None = None
        """How it reads any text (`intent`, `intent_ranking`, `entities`); None: it does not."""
        self.models: list[str] = []
        """Files of the models it was told to load, the newest last."""
        self._trackers: dict[str, list[dict[str, Any]]] = {}
        self._runner: web.AppRunner | None = None
        self._port = free_port()

    @property
    def url(self) -> str:
        """The address to give to `RasaClient`."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen; after `stop`, on the same port again."""
        app = web.Application()
        app.router.add_post("/webhooks/rest/webhook", self._webhook)
        app.router.add_get("/conversations/{sender}/tracker", self._tracker)
        app.router.add_get("/status", self._status)
        app.router.add_post("/model/parse", self._parse)
        app.router.add_put("/model", self._exchange)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()

    async def stop(self) -> None:
        """Go away: connections are refused from now on."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _webhook(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.seen.append(asked)
        if self.mood == "broken":
            return web.Response(status=500, text="Traceback (most recent call last): …")
        if self.mood == "garbage":
            return web.Response(text="<html>502 Bad Gateway</html>", content_type="text/html")
        if self.mood == "not_a_list":
            return web.json_response({"status": "failure"})
        if self.mood == "silent":
            return web.json_response([])
        await asyncio.sleep(self.delay)
        replies = self.answering(asked["message"])
        events = self._trackers.setdefault(asked["sender"], [])
        events.append({"event": "user", "text": asked["message"], "metadata": asked.get("metadata")})
        for reply in replies:
            data = {"buttons": reply.get("buttons"), "custom": reply.get("custom")}
            events.append({"event": "bot", "text": reply.get("text"), "data": data})
        events.append({"event": "action", "name": "action_listen"})
        return web.json_response([{"recipient_id": asked["sender"], **reply} for reply in replies])

    async def _tracker(self, request: web.Request) -> web.Response:
        sender = request.match_info["sender"]
        return web.json_response({"sender_id": sender, "events": self._trackers.get(sender, [])})

    async def _parse(self, _request: web.Request) -> web.Response:
        return web.Response(status=409) if self.reading is None else web.json_response(self.reading)

    async def _exchange(self, request: web.Request) -> web.Response:
        file = Path((await request.json())["model_file"])
        if self.mood != "well" or not file.is_file():  # noqa: ASYNC240
            return web.json_response({"status": "failure", "code": 400}, status=400)
        self.models.append(str(file))
        return web.Response(status=204)

    async def _status(self, _request: web.Request) -> web.Response:
        return web.json_response({"model_file": "fake.tar.gz" if self.mood == "well" else None})


def free_port() -> int:
    """A port nobody listens on now, below those that the system gives to outgoing connections meanwhile."""
    while True:
        port = random.randint(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
