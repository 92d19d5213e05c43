"""The hand-over over every database, with a clock that stands still; see `handover_house.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.store import Store, Vault
from tests.channels.fake_rasa import FakeRasa
from tests.databases import postgres_url  # noqa: F401 - a fixture
from tests.handover.handover_house import House
from tests.services.conftest import Clock, clock, store, vault  # noqa: F401 - fixtures


@pytest.fixture
async def rasa() -> AsyncIterator[FakeRasa]:
    """A robot that answers from a script."""
    server = FakeRasa()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def house(store: Store, vault: Vault, clock: Clock, rasa: FakeRasa) -> AsyncIterator[House]:  # noqa: F811
    """Queue, robot and people, nobody at work yet."""
    made = House(store, vault, clock, rasa.url)
    yield made
    await made.close()
