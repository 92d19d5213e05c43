"""`./otklik recordings` over a real database and real sealed files: the list, an export with its mark, and clear refusals."""

from __future__ import annotations

import asyncio
import wave
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text

from app.commands import recordings as command
from app.paths import HERE
from app.problems import Problem
from bot.services.calls.lines import load_lines
from bot.services.calls.recordings import Recordings
from bot.services.calls.registry import Calls
from bot.store import Store, Vault
from bot.store.events import EventRow
from bot.store.migrate import upgrade
from voice.audio import FRAME_BYTES
from voice.recording import Keeper

LINES = load_lines(
    HERE.root / "bot" / "content" / "lines.yml", ("crisis", "general", "social", "city", "health", "technical")
)
SECONDS = 3


def now() -> datetime:
    return datetime.now(UTC)


class House:
    """A database with calls, as the settings of the command name it."""

    def __init__(self, folder: Path, environ: pytest.MonkeyPatch) -> None:
        self.folder, self.url = folder, f"sqlite+aiosqlite:///{folder}/otklik.db"
        self.recordings, self.key = folder / "recordings", folder / "secret.key"
        environ.setenv("OTKLIK_DATABASE_URL", self.url)
        environ.setenv("OTKLIK_RECORDINGS_DIR", str(self.recordings))
        environ.setenv("OTKLIK_SECRET_KEY_FILE", str(self.key))
        environ.setenv("COLUMNS", "140")
        upgrade(self.url)

    def record(self) -> str:
        """A call of three seconds that is kept; its id."""
        return asyncio.run(self._record())

    async def _record(self) -> str:
        store, vault = Store(self.url), Vault.from_file(self.key)
        calls = Calls(store, vault, now, LINES, 5)
        call = await calls.register("89123456789", "1220")
        await calls.begin(call.id)
        recorder = Keeper(self.recordings, vault, Recordings(store, now, LINES)).recorder(call.id)
        for _ in range(SECONDS * 50):
            recorder.heard(b"\x01\x02" * (FRAME_BYTES // 2))
            recorder.said(b"\x03\x04" * (FRAME_BYTES // 2))
        await calls.finish(call.id, "said_goodbye")
        await recorder.close()
        await store.close()
        return call.id

    def events(self) -> list[dict[str, Any]]:
        """The facts of every export."""
        return asyncio.run(self._events())

    async def _events(self) -> list[dict[str, Any]]:
        store = Store(self.url)
        async with store.read() as session:
            rows = (await session.scalars(select(EventRow).where(EventRow.name == "recording_exported"))).all()
        await store.close()
        return [row.data for row in rows]

    def forbid_events(self) -> None:
        """The database takes no event any more."""
        asyncio.run(self._forbid())

    async def _forbid(self) -> None:
        store = Store(self.url)
        async with store.write() as session:
            await session.execute(text("drop table events"))
        await store.close()


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    return House(tmp_path, monkeypatch)


def test_the_list_tells_call_time_line_and_term(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    call_id = house.record()
    assert command.run(None, None) == 0
    shown = capsys.readouterr().out
    assert call_id in shown and "dokumenty" in shown and "удалить после" in shown
    assert f"{datetime.now(UTC):%Y}" in shown and "файла нет" not in shown
    assert house.events() == []


def test_no_recordings_is_said(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(None, None) == 0
    assert "Записей нет" in capsys.readouterr().out


def test_a_lost_file_is_shown_and_told(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    call_id = house.record()
    (house.recordings / f"{call_id}.rec").unlink()
    command.run(None, None)
    assert "файла нет" in capsys.readouterr().out
    with pytest.raises(Problem, match="OTKLIK_RECORDINGS_DIR"):
        command.run(call_id, house.folder / "out.wav")


def test_an_export_is_a_stereo_file_and_leaves_its_mark(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    call_id, target = house.record(), house.folder / "out.wav"
    assert command.run(call_id.upper(), target) == 0
    with wave.open(str(target)) as file:
        assert (file.getnchannels(), file.getnframes()) == (2, SECONDS * 8000)
    assert target.stat().st_mode & 0o077 == 0
    (mark,) = house.events()
    assert (mark["call"], mark["seconds"]) == (call_id, SECONDS) and mark["by"]
    assert "Слева звонящий" in capsys.readouterr().out


def test_without_a_name_the_file_is_called_like_the_call(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    call_id = house.record()
    monkeypatch.chdir(house.folder)
    assert command.run(call_id, None) == 0
    assert (house.folder / f"{call_id}.wav").is_file()


@pytest.mark.parametrize("name", ["00000000-0000-0000-0000-000000000000", "../secret", ""])
def test_an_unknown_call_is_told(house: House, name: str) -> None:
    house.record()
    with pytest.raises(Problem, match="нет"):
        command.run(name, house.folder / "out.wav")
    assert not (house.folder / "out.wav").exists()


def test_a_wrong_key_is_told_without_a_mark(house: House) -> None:
    call_id = house.record()
    house.key.write_bytes(Fernet.generate_key())
    with pytest.raises(Problem, match="OTKLIK_SECRET_KEY_FILE"):
        command.run(call_id, house.folder / "out.wav")
    assert house.events() == [] and not (house.folder / "out.wav").exists()


@pytest.mark.parametrize("key", [b"no key at all", None])
def test_a_missing_or_broken_key_is_told_and_none_is_made(house: House, key: bytes | None) -> None:
    call_id = house.record()
    house.key.unlink()
    if key is not None:
        house.key.write_bytes(key)
    with pytest.raises(Problem, match="Ключ"):
        command.run(call_id, house.folder / "out.wav")
    assert house.key.exists() is (key is not None)


def test_a_file_that_exists_is_not_written_over(house: House) -> None:
    call_id, target = house.record(), house.folder / "out.wav"
    target.write_text("mine")
    with pytest.raises(Problem, match="уже есть"):
        command.run(call_id, target)
    assert target.read_text() == "mine"


def test_a_folder_that_is_not_there_is_told(house: House) -> None:
    with pytest.raises(Problem, match="не записывается"):
        command.run(house.record(), house.folder / "no" / "out.wav")


def test_nothing_is_exported_that_cannot_be_noted(house: House) -> None:
    call_id, target = house.record(), house.folder / "out.wav"
    house.forbid_events()
    with pytest.raises(Problem, match="База данных"):
        command.run(call_id, target)
    assert not target.exists()


def test_without_a_database_the_way_to_one_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTKLIK_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/none.db")
    with pytest.raises(Problem, match="up --voice"):
        command.run(None, None)
