"""Rasa's record takes part in the change of keys: counted, sealed when it was in the clear, and put under the newest key."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from cryptography.fernet import InvalidToken

from bot.privacy.tracker_rows import TrackerRows
from bot.store import Vault
from bot.store.keys import Ring

EVENT = '{"event": "user", "text": "Zaporozhets"}'


@pytest.fixture
def old() -> Ring:
    return Ring.new()


@pytest.fixture
def file(tmp_path: Path, old: Ring) -> Path:
    path = tmp_path / "rasa.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, data TEXT)")
        for data in (EVENT, Vault(old).seal_bytes(EVENT.encode()).decode(), None):
            connection.execute("INSERT INTO events (sender_id, data) VALUES ('anna', ?)", (data,))
    return path


def kept(file: Path) -> list[str | None]:
    with sqlite3.connect(file) as connection:
        return [data for (data,) in connection.execute("SELECT data FROM events ORDER BY id")]


def test_events_get_the_newest_key_and_mean_what_they_meant(file: Path, old: Ring) -> None:
    vault = Vault(old.added())
    newest = vault.ring.keys[0].id
    found = TrackerRows(str(file), vault)
    assert list(found.refs()) == ["1", "2", "3"]
    assert [found.key_of(ref) for ref in ("1", "2")] == ["", old.keys[0].id]
    assert [found.reseal(ref) for ref in ("1", "2", "1", "2")] == [True, True, False, False]
    assert [found.key_of(ref) for ref in ("1", "2")] == [newest, newest]
    assert [vault.open_bytes((data or "").encode()).decode() for data in kept(file)[:2]] == [EVENT, EVENT]


def test_an_event_deleted_meanwhile_and_one_of_strange_keys_are_told(file: Path) -> None:
    found = TrackerRows(str(file), Vault(Ring.new()))
    assert found.key_of("2") is None
    with pytest.raises(InvalidToken):
        found.reseal("2")
    for ask in (found.key_of, found.reseal):
        with pytest.raises(KeyError):
            ask("99")


@pytest.mark.parametrize("where", ["nothing.db", "empty.db", "postgresql://elsewhere/rasa"])
def test_a_store_that_is_not_here_is_empty(tmp_path: Path, where: str) -> None:
    (tmp_path / "empty.db").touch()
    where = where if "://" in where else str(tmp_path / where)
    assert list(TrackerRows(where, Vault(Ring.new())).refs()) == []
