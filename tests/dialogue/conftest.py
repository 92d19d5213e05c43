"""One running house for all tests of the dialogue."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house import House
from tests.live import LiveStack, Talk


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    """Assistant and Rasa over the trained model, with the neutral persona."""
    stack = LiveStack(tmp_path_factory.mktemp("live"))
    stack.start()
    yield stack
    stack.stop()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Rasa and, in this process, the assistant: a test may speak in any channel."""
    built = House(
        tmp_path_factory.mktemp("house"),
        continue_in="vk=https://vk.me/club1?ref=otk-{token}",
        # A private operator's messenger: what Telegram may not do, it may.
        personal_data_channels="viber",
    )
    built.start()
    yield built
    built.stop()


@pytest.fixture
def talk(live: LiveStack) -> Callable[[], Talk]:
    """Makes conversations of new citizens."""
    return lambda: Talk(live, f"test-{uuid.uuid4().hex[:10]}")


@pytest.fixture(scope="session")
def database(live: LiveStack) -> Path:
    """The assistant's database file."""
    return live.folder / "otklik.db"
