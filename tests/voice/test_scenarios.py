"""Whole calls: a caller's sound into a real AudioSocket, real recognition, real Rasa, a real voice back.

Calls last as long as people speak, so all those selected are made at once, a few at a time, before the first one is judged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.voice.phone_house import PhoneHouse
from tests.voice.scenario import Sounds, load, play

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.yml"))
AT_ONCE = 3
"""Calls of one moment: more than that, and two processors make the robot slow."""
TRIES = 3
"""How often a call is made before it counts as failed: whether the small model hears a word hangs on where its frames begin."""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, weights: Path, festival: str) -> Iterator[PhoneHouse]:
    """The house with its telephone."""
    found = PhoneHouse(tmp_path_factory.mktemp("phone"), weights)
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest,
    house: PhoneHouse,
    caller_voice: Callable[[str], bytes],
    human: Callable[[str], bytes],
) -> dict[str, BaseException | None]:
    """What became of each selected scenario."""
    chosen = [
        item.callspec.params["path"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == "test_call" and hasattr(item, "callspec")
    ]
    sounds = Sounds(caller_voice, human)
    return asyncio.run(_all(chosen, house, sounds))


async def _all(paths: list[Path], house: PhoneHouse, sounds: Sounds) -> dict[str, BaseException | None]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(path: Path) -> BaseException | None:
        error: BaseException | None = None
        for attempt in range(TRIES):
            async with gate:
                try:
                    await play(load(path), house, sounds, caller=f"+7912{attempt}00{SCENARIOS.index(path):04d}")
                    return None
                except Exception as found:
                    error = found
        return error

    found = await asyncio.gather(*(one(path) for path in paths))
    return {path.stem: outcome for path, outcome in zip(paths, found, strict=True)}


def test_there_are_enough_scenarios() -> None:
    """The issue asks for twenty-five."""
    assert len(SCENARIOS) >= 25


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_call(path: Path, outcomes: dict[str, BaseException | None]) -> None:
    """Each file is one call."""
    if (error := outcomes[path.stem]) is not None:
        pytest.fail(str(error) or type(error).__name__, pytrace=False)
