"""Whole calls: a caller's sound into a real AudioSocket, real recognition, real Rasa, a real voice back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.voice.phone_house import PhoneHouse
from tests.voice.scenario import Sounds, load, play

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.yml"))
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, weights: Path, festival: str) -> Iterator[PhoneHouse]:
    """The house with its telephone."""
    found = PhoneHouse(tmp_path_factory.mktemp("phone"), weights)
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def sounds(caller_voice: Callable[[str], bytes], human: Callable[[str], bytes]) -> Sounds:
    """Festival's sentences and Debian's recorded prompts."""
    return Sounds(caller_voice, human)


def test_there_are_enough_scenarios() -> None:
    """The issue asks for twenty-five."""
    assert len(SCENARIOS) >= 25


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_call(path: Path, house: PhoneHouse, sounds: Sounds) -> None:
    """Each file is one call."""
    number = f"+7912000{SCENARIOS.index(path):04d}"
    asyncio.run(play(load(path), house, sounds, caller=number))
