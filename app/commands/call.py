"""`./otklik call`: rings up the assistant from the terminal, with recordings or spoken text, and shows the talk as it goes."""

from __future__ import annotations

import asyncio
import contextlib
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from app import settings as configuration
from app import voice_tools
from app.calling import OneCall, call
from app.paths import HERE
from app.problems import Problem
from app.running.borrowed import house
from voice.audio import RATE
from voice.recognition.media import NotSound, narrow
from voice.speech.base import SpeechFailed
from voice.speech.festival import FestivalVoice

Step = bytes | str
"""What the caller does: a sound, or keys."""


def run(files: list[Path], say: list[str], keys: str, caller: str, line: str, save: Path | None) -> int:
    """Make the call: first the greeting is heard, then each recording and text is said after the robot's answer."""
    steps: list[Step] = [_sound(file) for file in files]
    steps += asyncio.run(_spoken(say)) if say else []
    if keys:
        steps.append(keys)
    target = save or HERE.run / "call.wav"
    with house(voice=True) as running:
        token = configuration.load().voice_token
        asyncio.run(_call(running.address, steps, caller, line, token, target))
    return 0


def _sound(file: Path) -> bytes:
    try:
        return narrow(file)
    except OSError as error:
        raise Problem(f"Запись {file} не открывается: {error.strerror}.") from error
    except NotSound as error:
        raise Problem(f"Запись {file} не похожа на звук ({error.reason}).") from error


async def _spoken(texts: Sequence[str]) -> list[Step]:
    """The texts in Festival's voice: the caller's, not the robot's."""
    if not voice_tools.festival():
        raise Problem("Чтобы звонить текстом (--say), поставьте festival и festvox-ru или передайте запись WAV.")
    voice = FestivalVoice(warm=False, limit=10)
    try:
        return [await voice.say(text) for text in texts]
    except SpeechFailed as error:
        raise Problem(f"Festival не сказал текст: {error}.") from error
    finally:
        await voice.close()


async def _call(address: str, steps: list[Step], caller: str, line: str, token: str, target: Path) -> None:
    shown = _Shown()
    async with call(address, caller=caller, dialled=line, token=token) as talk:
        following = asyncio.create_task(shown.follow(talk))
        await _patiently(talk)
        for step in steps:
            if talk.socket.hung_up:
                break
            await _do(talk, step)
            await _patiently(talk)
        await shown.catch_up(talk)
        following.cancel()
        hung_up, after = talk.socket.hung_up, await talk.after()
        _save(target, talk)
        violations = talk.socket.violations
    shown.end(hung_up, after)
    for one in violations:
        shown.console.print(f"[red]Asterisk оборвал бы звонок: {escape(one)}[/red]")
    shown.console.print(f"Голос робота записан: {HERE.shown(target)}")


async def _do(talk: OneCall, step: Step) -> None:
    if isinstance(step, bytes):
        await talk.say(step)
        return
    for key in step:
        talk.socket.press(key)
        await asyncio.sleep(0.25)


async def _patiently(talk: OneCall) -> None:
    with contextlib.suppress(TimeoutError):
        await talk.quiet()


def _save(target: Path, talk: OneCall) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(target), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(talk.socket.sound)


class _Shown:
    """The live transcript on the terminal."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        self._seen = 0

    async def follow(self, talk: OneCall) -> None:
        while True:
            await self.catch_up(talk)
            await asyncio.sleep(0.25)

    async def catch_up(self, talk: OneCall) -> None:
        """Print what is new."""
        entries = (await talk.transcript())["entries"]
        for entry in entries[self._seen :]:
            self._print(entry)
        self._seen = len(entries)

    def _print(self, entry: dict[str, Any]) -> None:
        at = f"[dim]{entry['at']:6.1f} с[/dim]"
        text = escape(str(entry["text"]))
        if entry["who"] == "robot":
            self.console.print(f"{at} [bold]Отклик:[/bold] {text}")
        elif entry["who"] == "caller":
            cut = ", перебил робота" if entry.get("interrupted") else ""
            self.console.print(f"{at} [cyan]Вы:[/cyan] {text} [dim](уверенность {entry['confidence']}{cut})[/dim]")
        elif entry["who"] == "key":
            self.console.print(f"{at} [cyan]Клавиша {text}[/cyan]")
        elif entry["text"] == "stages":
            self.console.print(
                f"{at} [dim]до первого звука {entry['total_ms']} мс: пауза {entry['endpoint_ms']}, слова {entry['asr_ms']}, "
                f"диалог {entry['dialogue_ms']}, голос {entry['speech_ms']}[/dim]"
            )
        else:
            self.console.print(f"{at} [dim]не расслышано ({escape(str(entry.get('why', '')))})[/dim]")

    def end(self, hung_up: bool, after: str) -> None:
        """How it ended."""
        if not hung_up:
            self.console.print("Вы положили трубку.")
            return
        kind, _, rest = after.partition(",")
        words = {"hangup": "Робот попрощался и положил трубку.", "extension": f"Перевод на номер {rest}.",
                 "line": f"Перевод на линию {rest}."}  # fmt: skip
        self.console.print(words.get(kind, f"Перевод к людям, очередь {rest.partition(',')[0] or 'по умолчанию'}."))
