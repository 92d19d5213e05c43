"""What tests of the telephone share: weights, a Russian voice and human speech, or a clear word that they are missing."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from app import voice_tools
from app.bootstrap.steps import Steps
from app.paths import HERE
from app.problems import Problem
from app.settings import Settings

Speaker = Callable[[str], bytes]
"""A sentence to its sound at 8 kHz, 16 bit, mono."""


@pytest.fixture(scope="session")
def weights() -> Path:
    """The folder of Whisper's base weights, fetched as `./otklik up --voice` does it."""
    try:
        return voice_tools.ensure_weights(Settings(_env_file=None), Steps())  # type: ignore[call-arg]
    except Problem as problem:
        pytest.skip(f"распознавание речи не проверено: {problem}")


@pytest.fixture(scope="session")
def festival() -> str:
    """Festival's command; its Russian voice is there."""
    if not voice_tools.festival():
        pytest.skip("голос не проверен: нет festival и festvox-ru (apt-get install festival festvox-ru)")
    return "festival"


@pytest.fixture(scope="session")
def prompts() -> Path:
    """Debian's recorded Russian prompts, 8 kHz WAV files."""
    if not voice_tools.human_prompts():
        pytest.skip("человеческая речь не проверена: нет пакета asterisk-core-sounds-ru-wav")
    return voice_tools.HUMAN_PROMPTS


@pytest.fixture(scope="session")
def caller_voice(festival: str) -> Speaker:
    """A caller to test with: Festival, each sentence made once and kept in the project's cache."""
    folder = HERE.cache / "test-speech"
    folder.mkdir(parents=True, exist_ok=True)
    from benchmarks.voice_caller import said

    return lambda sentence: said(sentence, folder)


@pytest.fixture(scope="session")
def human(prompts: Path) -> Callable[[str], bytes]:
    """A recorded human prompt by its name without `.wav`."""

    def read(name: str) -> bytes:
        with wave.open(str(prompts / f"{name}.wav")) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
            return file.readframes(file.getnframes())

    return read


CALLS_IN_LIFE = ("test_calls_in_life.py", "test_outgoing_live.py", "test_desk_calls_live.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A call with a real voice and a real recogniser is made up to twice more before it counts as failed.

    Whether the small model hears a word right hangs on where its frames begin, and on a busy machine a pause on its length.
    """
    for item in items:
        if item.path.name in CALLS_IN_LIFE:
            item.add_marker(pytest.mark.flaky(reruns=2))
