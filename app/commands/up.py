"""`./otklik up`: database, model, Rasa and the assistant, then a word of where to look and what to try."""

from __future__ import annotations

import os
import time
import webbrowser
from pathlib import Path

from app import settings as configuration
from app import voice_tools
from app.bootstrap.steps import Steps, seconds
from app.commands import user
from app.paths import HERE
from app.running import lease, ports, stack
from app.running.lease import Running
from app.running.stack import Stack
from app.running.supervisor import Stopped, Supervisor, channel_states, stop_on_signals
from app.settings import Settings
from app.studio.shelf import Shelf
from app.training.train import ensure_model
from app.voice_extra import check_extra
from channels.receiver import CONNECTING

CONNECT_WITHIN = 8
"""Seconds the messengers' servers get to say whether they accept our tokens."""
START_WITHIN = 180
"""Seconds both processes may take to answer; a cold disk is slow."""


def run(port: int | None, host: str | None, browser: bool, hints: bool = True, voice: bool = False) -> int:
    """Run the house until it is told to stop; the exit code."""
    began, steps = time.monotonic(), Steps()
    stop_on_signals()
    try:
        settings = configuration.load(port=port, host=host, voice=voice or None)
        if settings.voice:
            check_extra()
            voice_tools.ensure_festival(settings, steps)
            voice_tools.ensure_weights(settings, steps)
        with lease.held(HERE):
            chosen = settings.port or ports.free_port()
            ports.check_free(settings.host, chosen)
            model = Path()
            if settings.own_rasa:
                shelf = Shelf(settings.studio_dir / "models")
                # By the link, so that Rasa comes back with what was published last, whenever it falls.
                model = shelf.point(shelf.put(ensure_model(settings.layout, steps).path))
            plan = stack.plan(HERE, settings, model, chosen)
            stack.prepare(HERE, settings, plan)
            if settings.voice:
                from app.speech import prerender

                prerender(settings, steps)
            return _serve(plan, settings, steps, began, browser, hints)
    except Stopped:
        steps.say("Остановлено.")
        return 0


def _serve(plan: Stack, settings: Settings, steps: Steps, began: float, browser: bool, hints: bool) -> int:
    state = Running(os.getpid(), plan.address, plan.key, plan.rasa_url)
    lease.announce(HERE, state)
    supervisor = Supervisor(plan.programs, steps.say)
    try:
        with steps.step("Запускаю помощника и Rasa") as step:
            supervisor.start()
            took = supervisor.wait_ready(step, START_WITHIN)
            step.title += " (" + ", ".join(f"{name} {seconds(value)}" for name, value in took.items()) + ")"
        lease.announce(HERE, Running(state.pid, state.address, state.key, state.rasa_url, ready=True))
        steps.say(f"✓ Готово за {seconds(time.monotonic() - began)}")
        for line in channel_lines(plan.local):
            steps.say(line)
        if hints:
            print(welcome(plan, settings), flush=True)
        if browser:
            webbrowser.open(f"{plan.address}/demo")
        supervisor.watch()
    except Stopped:
        pass
    finally:
        _stop(supervisor, steps)
    return 0


def channel_lines(address: str) -> list[str]:
    """How each configured messenger is, once it has found out; empty without any."""
    channels: dict[str, str] = {}
    end = time.monotonic() + CONNECT_WITHIN
    while time.monotonic() < end:
        channels = channel_states(address)
        if CONNECTING not in channels.values():
            break
        time.sleep(0.3)
    return [f"⚠ канал {name}: {state}" if state else f"✓ канал {name}: принимает" for name, state in channels.items()]


def _stop(supervisor: Supervisor, steps: Steps) -> None:
    with steps.step("Останавливаю"):
        supervisor.stop()


def welcome(plan: Stack, settings: Settings) -> str:
    """Addresses and what to try, as text."""
    rows = [("Демо-страница", f"{plan.address}/demo")] if settings.demo else []
    rows += [
        ("Рабочее место", f"{plan.address}/desk"),
        ("Описание API", f"{plan.address}/docs"),
        ("Журналы", HERE.shown(HERE.logs)),
        ("В терминале", "./otklik chat"),
    ]
    if settings.voice:
        rows.append(("Телефон", f"AudioSocket {settings.voice_host}:{settings.voice_port}, позвонить: ./otklik call"))
    lines = ["", *(f"  {name:<15}{value}" for name, value in rows)]
    if settings.host in ("0.0.0.0", "::"):  # noqa: S104
        lines.append("  Помощник слушает на всех адресах этой машины.")
    if not user.anybody(settings):
        lines += ["  Сотрудников ещё нет. Первый администратор:", f"    {user.FIRST}"]
    tries = stack.hints(plan)
    if tries:
        lines += ["", "  Что попробовать:", *(f"    {hint_line(hint)}" for hint in _few(tries))]
        lines.append("    Всё сразу: ./otklik demo")
    lines += ["", "  Остановить: Ctrl-C", ""]
    return "\n".join(lines)


def hint_line(hint: dict[str, str]) -> str:
    """One thing to try: what to write, and what it shows."""
    return f"«{hint['text']}» — {hint['title'][:1].lower()}{hint['title'][1:]}"


def _few(hints: list[dict[str, str]]) -> list[dict[str, str]]:
    cases = [hint for hint in hints if "surname" in hint][:2]
    return [hint for hint in hints if "surname" not in hint][:1] + cases + [h for h in hints if h.get("street")][:1]
