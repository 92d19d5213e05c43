"""Turns the end of Rasa's training log into one line that an editor understands."""

from __future__ import annotations

import re

_NOISE = re.compile(r"Warning|warn|^\s|^Traceback|it/s|^$|sqlalche|^\x1b\[9[36]m.*telemetry", re.I)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def explain(lines: list[str], log: str) -> str:
    """Why a training failed: contradicting rules by name, a missing component, or Rasa's own last word."""
    clean = [_COLOURS.sub("", line).rstrip() for line in lines]
    text = "\n".join(clean)
    if "Contradicting rules or stories found" in text:
        tail = text.partition("Contradicting rules or stories found")[2]
        found = [line.strip(" -") for line in tail.splitlines() if line.strip().startswith("-")]
        said = found[0] if found else tail.strip().splitlines()[0]
        return f"Правила или истории противоречат друг другу: {_short(said)} (ещё: {log})."
    missing = re.search(r"(ModuleNotFoundError|ImportError): (.+)", text)
    if missing:
        return f"Компонент диалога не загружается: {_short(missing[2])} (подробнее: {log})."
    if "No space left on device" in text:
        return "На диске кончилось место. Освободите его и обучите ещё раз."
    if re.search(r"\bKilled\b|MemoryError|Cannot allocate memory", text):
        return "Не хватило памяти: для обучения нужно около 2 ГБ свободной."
    errors = [line for line in clean if re.match(r"\w*(Error|Exception|Invalid\w+)\b.*: ", line)]
    if errors:
        return f"Обучение не удалось: {_short(errors[-1])} (подробнее: {log})."
    last = next((line for line in reversed(clean) if not _NOISE.search(line)), "без объяснений")
    return f"Обучение не удалось: {_short(last)} (подробнее: {log})."


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 240 else text[:239] + "…"
