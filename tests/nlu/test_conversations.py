"""Rasa's conversations in our store: nothing is lost, nothing is written twice, nothing that was said can be read in the file."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from nlu.conversations import Conversations

DOMAIN = """
version: "3.1"
intents: [greet]
slots:
  centre: {type: any, influence_conversation: false, mappings: [{type: custom}]}
actions: [action_hello]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rasa.db"


@pytest.fixture
def store(file: Path) -> TrackerStore:
    """As Rasa makes it from endpoints.yml."""
    told = EndpointConfig(type="nlu.conversations.Conversations", dialect="sqlite", db=str(file))
    made = TrackerStore.create(told, Domain.from_yaml(DOMAIN))
    assert isinstance(made, Conversations)
    return made


def turn(store: TrackerStore, who: str, text: str, session: bool = False) -> None:
    """One turn as Rasa's processor does it: read, hear, answer, write."""

    async def do() -> None:
        tracker = await store.get_or_create_tracker(who, append_action_listen=False)
        if session:
            tracker.update_with_events([ActionExecuted("action_session_start"), SessionStarted()], store.domain)
        tracker.update_with_events(
            [
                ActionExecuted("action_listen"),
                UserUttered(text, intent={"name": "greet", "confidence": 0.9}),
                SlotSet("centre", text),
                BotUttered(f"Вы сказали: {text}", metadata={"n": 1}),
            ],
            store.domain,
        )
        await store.save(tracker)

    asyncio.run(do())


def read(store: TrackerStore, who: str) -> DialogueStateTracker:
    found = asyncio.run(store.retrieve(who))
    assert found is not None
    return found


def told(tracker: DialogueStateTracker) -> list[str]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def rows(file: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(file) as connection:
        return connection.execute(
            "select sender_id, type_name, intent_name, action_name from events order by id"
        ).fetchall()


def test_every_event_is_written_once(store: TrackerStore, file: Path) -> None:
    for text in ("раз", "два", "три"):
        turn(store, "anna", text)
        turn(store, "boris", text.upper())
    assert told(read(store, "anna")) == ["раз", "два", "три"]
    assert told(read(store, "boris")) == ["РАЗ", "ДВА", "ТРИ"]
    assert read(store, "anna").get_slot("centre") == "три"
    assert len(rows(file)) == 24
    assert rows(file)[:2] == [("anna", "action", None, "action_listen"), ("anna", "user", "greet", None)]


def test_a_tracker_saved_twice_is_written_once(store: TrackerStore, file: Path) -> None:
    turn(store, "anna", "раз")
    tracker = read(store, "anna")
    tracker.update(SlotSet("centre", "два"), store.domain)
    for _ in range(2):
        asyncio.run(store.save(tracker))
    assert len(rows(file)) == 5


def test_a_tracker_that_was_made_elsewhere_is_written_from_where_the_file_ends(store: TrackerStore, file: Path) -> None:
    turn(store, "anna", "раз")
    events = [*read(store, "anna").events, SlotSet("centre", "два")]
    made = DialogueStateTracker.from_events("anna", events, store.domain.slots, domain=store.domain)
    asyncio.run(store.save(made))
    assert len(rows(file)) == 5


def test_a_new_session_is_read_without_what_was_before(store: TrackerStore, file: Path) -> None:
    turn(store, "anna", "раз", session=True)
    turn(store, "anna", "два", session=True)
    turn(store, "anna", "три")
    assert told(read(store, "anna")) == ["два", "три"]
    whole = asyncio.run(store.retrieve_full_tracker("anna"))
    assert whole is not None and told(whole) == ["раз", "два", "три"]
    assert len(rows(file)) == 2 * 6 + 4


def test_rasas_own_store_goes_on_with_the_file_and_ours_with_its(store: TrackerStore, file: Path) -> None:
    turn(store, "anna", "раз")
    own = SQLTrackerStore(Domain.from_yaml(DOMAIN), dialect="sqlite", db=str(file))
    turn(own, "anna", "два")
    turn(store, "anna", "три")
    assert told(read(own, "anna")) == told(read(store, "anna")) == ["раз", "два", "три"]
    assert [e.as_dict() for e in read(own, "anna").events] == [e.as_dict() for e in read(store, "anna").events]


def test_what_was_deleted_meanwhile_stays_deleted(store: TrackerStore, file: Path) -> None:
    turn(store, "anna", "раз")
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("delete from events")
    # The journal can be emptied although the store keeps its connection: that is how deletion makes pages unreadable.
    assert sqlite3.connect(file).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    assert asyncio.run(store.retrieve("anna")) is None
    turn(store, "anna", "два")
    assert told(read(store, "anna")) == ["два"]


def test_nobody_is_met_where_nobody_was(store: TrackerStore) -> None:
    assert asyncio.run(store.retrieve("nobody")) is None
    assert list(asyncio.run(store.keys())) == []


def test_with_keys_nothing_that_was_said_is_in_the_file(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "secret.key"
    keys.write_bytes(Fernet.generate_key())
    monkeypatch.setenv("OTKLIK_SECRET_KEY_FILE", str(keys))
    store = Conversations(Domain.from_yaml(DOMAIN), dialect="sqlite", db=str(file))
    for text in ("Иванова Анна", "Zaporozhets"):
        turn(store, "anna", text)
    assert told(read(store, "anna")) == ["Иванова Анна", "Zaporozhets"]
    whole = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert b"Zaporozhets" not in whole and b"\\u0418" not in whole
    assert whole.count(b"gAAAA") >= 8
    assert rows(file)[1] == ("anna", "user", "greet", None)
