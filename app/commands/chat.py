"""`./otklik chat`: a conversation in the terminal over the portal API, with buttons that are pressed by number."""

from __future__ import annotations

import json
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from app.commands.chat_view import NAMES, Look, look
from app.problems import Problem
from app.running import borrowed
from app.running.lease import Running
from app.running.supervisor import LOCAL
from channels.render import length

LEAVE = ("/выход", "/exit", "/quit", "/q")


def run(channel: str | None, user: str | None) -> int:
    """Talk until Ctrl-D; the exit code. Starts the house for the time of the talk if it does not run."""
    shown = _look(channel)
    with borrowed.house() as house:
        talk = _Talk(house, user or f"terminal-{secrets.token_hex(4)}", shown)
        try:
            talk.run()
        except (EOFError, KeyboardInterrupt):
            print()
    return 0


def _look(channel: str | None) -> Look | None:
    if channel is None:
        return None
    found = look(channel.casefold())
    if found is None:
        raise Problem(f"Канала «{channel}» нет. Есть: {', '.join(NAMES)}.")
    return found


class _Talk:
    """One conversation in the terminal."""

    def __init__(self, house: Running, user: str, shown: Look | None) -> None:
        self._house, self._look = house, shown
        self._path = f"/api/v1/conversations/{urllib.parse.quote(user, safe='')}/messages"
        self._buttons: list[dict[str, Any]] = []
        self._seen = 0
        self._mode = "robot"
        self._console = Console(highlight=False)

    def run(self) -> None:
        """Ask and answer until the person leaves."""
        shown = f" Ответы показаны как в канале {self._look.title}." if self._look else ""
        print(f"Пишите как в мессенджере; кнопку можно нажать её номером. Выйти: Ctrl-D или {LEAVE[0]}.{shown}\n")
        while True:
            text = input("Вы: ").strip()
            if text in LEAVE:
                return
            self._show_new()
            if text:
                self._send(text)

    def _send(self, text: str) -> None:
        pressed = int(text) - 1 if text.isdecimal() and len(text) < 4 else -1
        button = self._buttons[pressed] if 0 <= pressed < len(self._buttons) else None
        if button and button.get("url"):
            print(f"  Откройте ссылку: {button['url']}")
            return
        body = {"choice": button["payload"]} if button else {"text": text}
        answer = self._call("POST", body)
        self._seen = max(self._seen, int(answer["received"]))
        deadline = time.monotonic() + 60
        while not answer["messages"] and answer.get("retry_after") and time.monotonic() < deadline:
            time.sleep(min(2, answer["retry_after"]))
            answer |= {"messages": self._later(), "retry_after": answer["retry_after"]}
        self._show(answer["messages"], answer["mode"])

    def _show_new(self) -> None:
        """What came by itself since the last answer: a reminder, an operator's words."""
        if self._seen:
            self._show(self._later(), self._mode)

    def _later(self) -> list[dict[str, Any]]:
        history = self._call("GET", None, f"?after={self._seen}")
        return [message for message in history["messages"] if message["author"] != "citizen"]

    def _show(self, messages: list[dict[str, Any]], mode: str) -> None:
        for message in messages:
            if message["id"] <= self._seen:
                continue
            self._seen = message["id"]
            self._buttons = message.get("buttons") or []
            who = "Специалист" if message["author"] == "operator" else "Отклик"
            titles = [str(button["title"]) for button in self._buttons]
            if self._look:
                self._as_channel(who, message, self._look)
            else:
                self._console.print(f"[bold]{who}:[/bold] {escape(message['text'])}")
                for number, title in enumerate(titles, 1):
                    self._console.print(f"   [cyan]{number}[/cyan] {escape(title)}")
        if mode != self._mode:
            self._mode = mode
            words = {"queued": "ждём специалиста", "operator": "отвечает специалист", "robot": "отвечает робот"}
            self._console.print(f"[dim]({words.get(mode, mode)})[/dim]")
        print()

    def _as_channel(self, who: str, message: dict[str, Any], shown: Look) -> None:
        parts = shown.parts(message)
        for number, part in enumerate(parts, 1):
            rows = [" ".join(f"[reverse] {escape(b.title)} [/reverse]" for b in row) for row in part.rows]
            body = "\n".join([escape(part.text), *rows])
            count = f", {number} из {len(parts)}" if len(parts) > 1 else ""
            size = f"{length(part.text, shown.limits.units)} из {shown.limits.text} знаков"
            title = f"{shown.title} · {who}{count} · {size}"
            self._console.print(Panel(body, title=title, title_align="left", width=min(76, self._console.width)))
        if not shown.personal_data:
            self._console.print("[dim]Личные данные через этот канал не спрашивают.[/dim]")

    def _call(self, method: str, body: dict[str, Any] | None, query: str = "") -> dict[str, Any]:
        data = json.dumps(body).encode("utf-8", "replace") if body is not None else None
        request = urllib.request.Request(self._house.address + self._path + query, data, method=method)  # noqa: S310
        request.add_header("X-API-Key", self._house.key)
        request.add_header("Content-Type", "application/json")
        try:
            with LOCAL.open(request, timeout=60) as response:
                found: dict[str, Any] = json.load(response)
                return found
        except urllib.error.HTTPError as error:
            raise Problem(f"Помощник не принял сообщение: {_message(error)}") from error
        except (OSError, ValueError) as error:
            raise Problem("Помощник не отвечает: он остановлен? Посмотрите ./otklik doctor.") from error


def _message(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"]["message"])
    except (ValueError, KeyError, TypeError, OSError):
        return f"ответ {error.code}"
