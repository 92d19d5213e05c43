"""The whole house as it runs in life, for tests: the trained model, real Rasa, the real assistant, a database of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import httpx

from app.bootstrap.steps import Steps
from app.paths import HERE
from app.running.child import Program
from app.running.ports import free_port
from app.running.stack import Stack, plan, prepare
from app.settings import Settings
from app.training.train import ensure_model

START_WITHIN = 120.0
"""Seconds both processes may take to answer on a busy machine."""


class LiveStack:
    """Assistant and Rasa in processes of their own. `settings` are those of app.settings, by field name."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        given = {
            "database_url": f"sqlite+aiosqlite:///{folder / 'otklik.db'}",
            "rasa_db": str(folder / "rasa.db"),
            "secret_key_file": folder / "secret.key",
            "files_dir": folder / "files",
            "persona": "neutral",
            **settings,
        }
        self._environ = {f"OTKLIK_{name.upper()}": str(value) for name, value in given.items()}
        model = ensure_model(HERE, Steps())
        self.folder = folder
        self.stack: Stack = plan(HERE, Settings(**given), model.path, free_port())
        prepare(HERE, Settings(**given), self.stack)
        self.url, self.key = self.stack.local, self.stack.key
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start both and wait until they answer. Raises RuntimeError with the end of the log when one does not."""
        for program in self.stack.programs:
            self._processes.append(self._run(program))
        self._wait_ready()

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + START_WITHIN
        while not self._ready():
            if time.monotonic() > deadline or any(p.poll() is not None for p in self._processes):
                tail = "\n".join(f.read_text("utf-8", "replace")[-1500:] for f in self.folder.glob("*.log"))
                self.stop()
                raise RuntimeError(f"the stack did not start:\n{tail}")
            time.sleep(0.2)

    def _run(self, program: Program) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{program.address.rsplit('/', 1)[-1]}.log").open("ab")
        return subprocess.Popen(
            program.command, cwd=program.folder, env={**os.environ, **dict(program.environ), **self._environ},
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip

    def kill_rasa(self) -> None:
        """Rasa goes down as if its machine had failed."""
        self._kill(1)

    def _kill(self, number: int) -> None:
        os.killpg(self._processes[number].pid, signal.SIGKILL)
        self._processes[number].wait()

    def restart_rasa(self) -> None:
        """Rasa comes back; does not wait until it answers."""
        self._processes[1] = self._run(self.stack.programs[1])

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        """Stop both as Ctrl-C would."""
        for process in self._processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._processes.clear()


class Talk:
    """One citizen's conversation over the portal API."""

    def __init__(self, stack: LiveStack, user: str) -> None:
        self.user = user
        self.mode = "robot"
        self.conversation = ""
        self.replies: list[dict[str, Any]] = []
        self._rasa_url = stack.stack.rasa_url
        self._client = httpx.Client(base_url=stack.url, headers={"X-API-Key": stack.key}, timeout=60)

    def say(self, text: str, **more: Any) -> str:
        """Send a text; the robot's answer as one string, its buttons in `buttons`."""
        return self._post({"text": text, **more})

    def press(self, title: str) -> str:
        """Press a button of the last answer by its title."""
        payload = next(b["payload"] for b in self.buttons if b["title"] == title)
        return self._post({"choice": payload})

    def _post(self, body: dict[str, Any]) -> str:
        answer = self._client.post(f"/api/v1/conversations/{self.user}/messages", json=body)
        answer.raise_for_status()
        data = answer.json()
        self.replies, self.mode, self.conversation = data["messages"], data["mode"], data["conversation"]
        return "\n".join(m["text"] for m in self.replies)

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """Buttons of the last answer."""
        return [b for m in self.replies for b in m["buttons"]]

    def tracker(self) -> dict[str, Any]:
        """Rasa's tracker of this conversation with all events."""
        url = f"{self._rasa_url}/conversations/{self.conversation}/tracker?include_events=ALL"
        data: dict[str, Any] = httpx.get(url, timeout=30).json()
        return data
