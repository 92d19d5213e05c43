"""Recordings of calls: real files, a real database, a real process that is killed, and everything that may go wrong on disk."""

from __future__ import annotations

import asyncio
import os
import sys
import wave
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import structlog
import yaml
from cryptography.fernet import Fernet
from numpy.typing import NDArray
from sqlalchemy import select

from bot.services.calls.interface import BadCall, UnknownCall
from bot.services.calls.lines import load_lines
from bot.services.calls.recordings import Recordings
from bot.services.calls.registry import Calls
from bot.store import Store, Vault
from bot.store.events import EventRow
from voice.audio import FRAME_BYTES, FRAME_MS, RATE
from voice.recording import ABANDONED_S, LONGEST_LEAD, PIECE_FRAMES, BrokenRecording, Keeper

ROOT = Path(__file__).parents[2]
GROUPS = ("crisis", "general", "social", "city", "health", "technical")
CALLER = b"\x11\x22" * (FRAME_BYTES // 2)
ROBOT = b"\x33\x44" * (FRAME_BYTES // 2)


def marked(number: int) -> bytes:
    """A frame that knows which one it is."""
    return np.full(FRAME_BYTES // 2, number + 1, "<i2").tobytes()


class House:
    """Calls, recordings and their folder, with a clock to turn; line `quiet` (number 1221) does not record."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 11, 16, 8, tzinfo=UTC)
        self.folder = folder / "recordings"
        self.key = Fernet.generate_key()
        self.store = Store(f"sqlite+aiosqlite:///{folder}/calls.db")
        self.lines = load_lines(_lines(folder), GROUPS)
        self.calls = Calls(self.store, Vault(self.key), lambda: self.now, self.lines, 5)
        self.recordings = Recordings(self.store, lambda: self.now, self.lines)
        self.keeper = self.with_key(self.key)

    def with_key(self, key: bytes) -> Keeper:
        return Keeper(self.folder, Vault(key), self.recordings, self.calls)

    async def call(self, dialled: str = "122") -> str:
        call = await self.calls.register("89123456789", dialled)
        await self.calls.begin(call.id)
        return call.id

    async def recorded(self, frames: int = 10, dialled: str = "122") -> str:
        """A call with both voices, ended."""
        call_id = await self.call(dialled)
        recorder = self.keeper.recorder(call_id)
        for _ in range(frames):
            recorder.heard(CALLER)
            recorder.said(ROBOT)
        await recorder.close()
        return call_id

    def file(self, call_id: str) -> Path:
        return self.folder / f"{call_id}.rec"

    def exported(self, call_id: str) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        """What the caller and the robot said, as an export has it."""
        target = self.folder.parent / "out.wav"
        seconds = self.keeper.export(call_id, target)
        with wave.open(str(target)) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
            both = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
        assert seconds == pytest.approx(len(both) / RATE)
        return both[:, 0], both[:, 1]

    async def events(self, name: str) -> list[EventRow]:
        async with self.store.read() as session:
            return list((await session.scalars(select(EventRow).where(EventRow.name == name))).all())


def _lines(folder: Path) -> Path:
    told = yaml.safe_load((ROOT / "bot" / "content" / "lines.yml").read_text("utf-8"))
    quiet = dict(told["lines"][0]) | {
        "id": "quiet", "numbers": ["1221"], "records": False, "greeting": "Здравствуйте, я робот Отклик.",
    }  # fmt: skip
    told["lines"].append(quiet)
    path = folder / "lines.yml"
    path.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    return path


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    await made.store.create_all()
    yield made
    await made.store.close()


async def test_caller_and_robot_are_kept_apart_and_side_by_side(house: House) -> None:
    call_id = await house.call()
    recorder = house.keeper.recorder(call_id)
    for number in range(PIECE_FRAMES + 30):
        recorder.heard(marked(number))
        recorder.said(marked(1000 + number))
    await recorder.close()
    left, right = house.exported(call_id)
    assert len(left) == (PIECE_FRAMES + 30) * RATE * FRAME_MS // 1000
    assert (right - left == 1000).all()
    call = await house.calls.get(call_id)
    assert call is not None and call.recording == f"{call_id}.rec"


async def test_a_side_that_falls_silent_is_filled_up_so_that_both_stay_together(house: House) -> None:
    call_id = await house.call()
    recorder = house.keeper.recorder(call_id)
    for _ in range(200):
        recorder.heard(CALLER)
    for _ in range(10):
        recorder.heard(CALLER)
        recorder.said(ROBOT)
    await recorder.close()
    left, right = house.exported(call_id)
    assert len(left) == len(right)
    spoke = int(np.flatnonzero(right)[0]) // (FRAME_BYTES // 2)
    # The robot began with the caller's frame 200; half a second is what both may be apart.
    assert 200 - LONGEST_LEAD <= spoke <= 200


async def test_the_robot_alone_is_recorded_too(house: House) -> None:
    call_id = await house.call()
    recorder = house.keeper.recorder(call_id)
    for _ in range(7):
        recorder.said(ROBOT)
    await recorder.close()
    left, right = house.exported(call_id)
    assert not left.any() and right.all() and len(left) == 7 * FRAME_BYTES // 2


async def test_nothing_on_disk_can_be_heard_without_the_key(house: House) -> None:
    call_id = await house.recorded(PIECE_FRAMES + 10)
    data = house.file(call_id).read_bytes()
    assert len(data) > (PIECE_FRAMES + 10) * FRAME_BYTES * 2
    for voice in (CALLER, ROBOT, b"\x11\x22\x33\x44" * 4):
        assert voice[:16] not in data
    assert house.file(call_id).stat().st_mode & 0o077 == 0
    assert house.folder.stat().st_mode & 0o077 == 0


async def test_an_export_is_for_its_owner_only(house: House, tmp_path: Path) -> None:
    house.keeper.export(await house.recorded(), tmp_path / "out.wav")
    assert (tmp_path / "out.wav").stat().st_mode & 0o077 == 0


async def test_another_key_is_told_and_leaves_no_file(house: House, tmp_path: Path) -> None:
    call_id = await house.recorded()
    with pytest.raises(BrokenRecording, match="другим ключом"):
        house.with_key(Fernet.generate_key()).export(call_id, tmp_path / "out.wav")
    assert not (tmp_path / "out.wav").exists()


@pytest.mark.parametrize("spoil", ["first", "empty", "begun"])
async def test_a_damaged_file_is_told(house: House, tmp_path: Path, spoil: str) -> None:
    call_id = await house.recorded()
    path = house.file(call_id)
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes({"first": bytes(data), "empty": b"", "begun": bytes(data[:50])}[spoil])
    with pytest.raises(BrokenRecording):
        house.keeper.export(call_id, tmp_path / "out.wav")
    assert not (tmp_path / "out.wav").exists()


async def test_an_unknown_recording_is_not_found(house: House, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        house.keeper.export("00000000-0000-0000-0000-000000000000", tmp_path / "out.wav")


KILLED = """
import asyncio, sys
from pathlib import Path
from datetime import UTC, datetime
from bot.services.calls.lines import load_lines
from bot.services.calls.recordings import Recordings
from bot.store import Store, Vault
from voice.recording import PIECE_FRAMES, Keeper

async def main(database, folder, key, lines, groups, call_id):
    store = Store(database)
    recordings = Recordings(store, lambda: datetime.now(UTC), load_lines(Path(lines), groups.split()))
    recorder = Keeper(Path(folder), Vault(key.encode()), recordings).recorder(call_id)
    frame = bytes([1, 2]) * 160
    for _ in range(2 * PIECE_FRAMES + 100):
        recorder.heard(frame)
        recorder.said(frame)
    path = Path(folder) / f"{call_id}.rec"
    while not path.exists() or path.stat().st_size < 2 * PIECE_FRAMES * 640 * 4 // 3:
        await asyncio.sleep(0.01)
    print("written", flush=True)
    await asyncio.sleep(60)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_of_a_killed_call_all_whole_pieces_can_be_heard_and_it_goes_when_due(
    house: House, tmp_path: Path
) -> None:
    call_id = await house.call()
    command = [
        sys.executable, "-c", KILLED, f"sqlite+aiosqlite:///{tmp_path}/calls.db", str(house.folder), house.key.decode(),
        str(tmp_path / "lines.yml"), " ".join(GROUPS), call_id,
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"written\n"
    while (call := await house.calls.get(call_id)) is None or call.recording is None:
        await asyncio.sleep(0.01)
    process.kill()
    await process.wait()
    with house.file(call_id).open("ab") as file:
        file.write(b"\x00\x01\x00\x00half a piece")
    left, _ = house.exported(call_id)
    assert len(left) == 2 * PIECE_FRAMES * FRAME_BYTES // 2
    house.now = datetime.now(UTC) + timedelta(days=31)
    assert await house.keeper.delete_due() == 1
    assert not house.file(call_id).exists()


async def test_a_disk_that_takes_nothing_does_not_end_the_call(house: House) -> None:
    house.folder.write_text("a file where the folder should be")
    with structlog.testing.capture_logs() as logs:
        call_id = await house.recorded(3 * PIECE_FRAMES)
    assert [entry["event"] for entry in logs] == ["recording.failed"]
    call = await house.calls.get(call_id)
    assert call is not None and call.recording is None


async def test_what_was_written_before_the_disk_was_full_is_kept_with_its_term(house: House) -> None:
    call_id = await house.call()
    recorder = house.keeper.recorder(call_id)
    for _ in range(PIECE_FRAMES):
        recorder.heard(CALLER)
        recorder.said(ROBOT)
    while not house.file(call_id).exists() or not house.file(call_id).stat().st_size:
        await asyncio.sleep(0.01)
    kept = house.file(call_id).read_bytes()
    house.file(call_id).unlink()
    house.file(call_id).mkdir()  # nothing can be written to a folder
    for _ in range(PIECE_FRAMES):
        recorder.heard(CALLER)
        recorder.said(ROBOT)
    await recorder.close()
    house.file(call_id).rmdir()
    house.file(call_id).write_bytes(kept)
    left, _ = house.exported(call_id)
    assert len(left) == PIECE_FRAMES * FRAME_BYTES // 2
    house.now += timedelta(days=31)
    assert await house.keeper.delete_due() == 1


async def test_retention_deletes_what_is_due_and_nothing_else(house: House) -> None:
    old = await house.recorded()
    house.now += timedelta(days=20)
    new = await house.recorded()
    assert await house.keeper.delete_due() == 0
    house.now += timedelta(days=10, minutes=1)
    assert await house.keeper.delete_due() == 1
    assert (house.file(old).exists(), house.file(new).exists()) == (False, True)
    assert [event.data["call"] for event in await house.events("recording_deleted")] == [old]
    call = await house.calls.get(old)
    assert call is not None and call.recording is None


async def test_a_file_that_cannot_be_deleted_keeps_nobody_else_from_being_deleted(house: House) -> None:
    stubborn, other = await house.recorded(), await house.recorded()
    house.file(stubborn).unlink()
    house.file(stubborn).mkdir()
    house.now += timedelta(days=31)
    with structlog.testing.capture_logs() as logs:
        assert await house.keeper.delete_due() == 1
    assert [entry["event"] for entry in logs] == ["recording.not_deleted"]
    assert not house.file(other).exists()
    house.file(stubborn).rmdir()
    assert await house.keeper.delete_due() == 1


async def test_a_line_that_does_not_record_leaves_nothing(house: House) -> None:
    with structlog.testing.capture_logs(), pytest.raises(BadCall):
        await house.recorded(PIECE_FRAMES + 5, dialled="1221")
    assert list(house.folder.iterdir()) == []


async def test_a_call_nobody_knows_leaves_nothing(house: House) -> None:
    recorder = house.keeper.recorder("00000000-0000-0000-0000-000000000000")
    recorder.heard(CALLER)
    with structlog.testing.capture_logs(), pytest.raises(UnknownCall):
        await recorder.close()
    assert list(house.folder.iterdir()) == []


async def test_a_call_without_any_sound_has_no_recording(house: House) -> None:
    call_id = await house.recorded(0)
    assert not house.folder.exists()
    call = await house.calls.get(call_id)
    assert call is not None and call.recording is None and not await house.events("recording_deleted")


async def test_forgotten_files_get_a_term_or_go(house: House) -> None:
    known, silent = await house.call(), await house.call("1221")
    house.folder.mkdir()
    stranger, fresh, alien = (house.folder / name for name in ("x.rec", f"{known}0.rec", "notes.txt"))
    for path in (house.file(known), house.file(silent), stranger, fresh, alien):
        path.write_bytes(b"sealed")
        if path != fresh:
            long_ago = path.stat().st_mtime - ABANDONED_S - 1
            os.utime(path, (long_ago, long_ago))
    assert await house.keeper.delete_due() == 2
    assert set(house.folder.iterdir()) == {house.file(known), fresh, alien}
    house.now += timedelta(days=31)
    assert await house.keeper.delete_due() == 1
    assert not house.file(known).exists()
