"""Keeps calls: the caller on the left, the robot on the right, in sealed pieces on disk, for as long as the line allows."""

from __future__ import annotations

import asyncio
import os
import struct
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

import numpy as np
import structlog
from cryptography.fernet import InvalidToken

from bot.services.calls.interface import BadCall, UnknownCall
from bot.services.calls.recordings import Recordings
from bot.services.calls.registry import Calls
from bot.store import Vault
from voice.audio import FRAME_BYTES, RATE, SILENCE

log = structlog.get_logger(__name__)

PIECE_FRAMES = 250
"""Frames of one sealed piece: five seconds, what a killed process may lose."""
LONGEST_LEAD = 25
"""Frames by which one side may lead before silence is put on the other: half a second is what both may be apart."""
ABANDONED_S = 3600.0
"""Seconds without a new piece after which a file belongs to no call that goes on."""
SUFFIX = ".rec"
LENGTH = struct.Struct(">I")


class BrokenRecording(Exception):
    """A recording cannot be read: another key, or a damaged file. The text is Russian."""


class FileRecorder:
    """Records one call. Frames come from the event loop; sealing and writing are done by a thread of its own."""

    def __init__(self, path: Path, vault: Vault, recordings: Recordings, call_id: str) -> None:
        self._path, self._vault, self._recordings, self._call_id = path, vault, recordings, call_id
        self._caller: list[bytes] = []
        self._robot: list[bytes] = []
        self._pieces: SimpleQueue[bytes | None] = SimpleQueue()
        self._failed = False
        self._noted: asyncio.Task[bool] | None = None
        self._thread = Thread(target=self._write, name="recording", daemon=True)
        self._thread.start()

    def heard(self, frame: bytes) -> None:
        """A frame of the caller."""
        self._caller.append(frame)
        self._cut()

    def said(self, frame: bytes) -> None:
        """A frame of the robot."""
        self._robot.append(frame)
        self._cut()

    async def close(self) -> None:
        """Finish the file and note where it lies. Raises BadCall or UnknownCall for a call that must not be recorded."""
        self._pad()
        self._hand_over(len(self._caller))
        self._pieces.put(None)
        await asyncio.to_thread(self._thread.join)
        noted = self._noted is not None and await self._noted
        if not self._path.exists():
            if noted:
                await self._recordings.deleted(self._call_id)
        elif not noted:
            try:
                await self._recordings.kept(self._call_id, self._path.name)
            except Exception:
                # Without a term in the database nobody would ever delete it.
                self._path.unlink(missing_ok=True)
                raise

    def _cut(self) -> None:
        if abs(len(self._caller) - len(self._robot)) > LONGEST_LEAD:
            self._pad()
        ready = min(len(self._caller), len(self._robot))
        if ready >= PIECE_FRAMES:
            self._hand_over(ready)

    def _pad(self) -> None:
        lack = len(self._caller) - len(self._robot)
        self._robot += [SILENCE] * lack
        self._caller += [SILENCE] * -lack

    def _hand_over(self, count: int) -> None:
        if count:
            self._pieces.put(_stereo(self._caller[:count], self._robot[:count]))
            del self._caller[:count], self._robot[:count]
            # From its first piece on the file has a term: a process that is killed leaves nothing behind for ever.
            self._noted = self._noted or asyncio.get_running_loop().create_task(self._note())

    async def _note(self) -> bool:
        try:
            await self._recordings.kept(self._call_id, self._path.name)
        except Exception as error:
            log.warning("recording.not_noted", call=self._call_id, error=type(error).__name__)
            return False
        return True

    def _write(self) -> None:
        while (piece := self._pieces.get()) is not None:
            if self._failed:
                continue
            try:
                sealed = self._vault.seal_bytes(piece)
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                with os.fdopen(handle, "ab") as file:
                    file.write(LENGTH.pack(len(sealed)) + sealed)
            except OSError as error:
                # A full disk must not end the call; what was written before can still be heard.
                self._failed = True
                log.error("recording.failed", reason=error.strerror)


class Keeper:
    """The folder of recordings. `recordings` knows their terms; `calls` tells whose a forgotten file is."""

    def __init__(self, folder: Path, vault: Vault, recordings: Recordings, calls: Calls | None = None) -> None:
        self._folder, self._vault, self._recordings, self._calls = folder, vault, recordings, calls

    def recorder(self, call_id: str) -> FileRecorder:
        """A recorder for a call that begins."""
        return FileRecorder(self._path(call_id), self._vault, self._recordings, call_id)

    async def delete_due(self) -> int:
        """Delete what is past its term, and what no call knows of; how many. A file that cannot be deleted stays due."""
        gone = 0
        for one in await self._recordings.due():
            if await self._delete(self._path(one.call_id)):
                await self._recordings.deleted(one.call_id)
                gone += 1
        return gone + await self._delete_abandoned()

    def export(self, call_id: str, target: Path) -> float:
        """See the function of the same name."""
        return export(self._path(call_id), self._vault, target)

    async def _delete_abandoned(self) -> int:
        """A process killed while the database was away leaves a file without a term: it gets one, or goes."""
        if self._calls is None:
            return 0
        gone = 0
        for path in await asyncio.to_thread(_abandoned, self._folder):
            call = await self._calls.get(path.stem)
            if call is not None and call.recording is not None:
                continue
            try:
                await self._recordings.kept(path.stem, path.name)
            except (BadCall, UnknownCall):
                gone += await self._delete(path)
        return gone

    async def _delete(self, path: Path) -> bool:
        try:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        except OSError as error:
            log.error("recording.not_deleted", call=path.stem, reason=error.strerror)
            return False
        return True

    def _path(self, call_id: str) -> Path:
        return self._folder / f"{call_id}{SUFFIX}"


def export(recording: Path, vault: Vault, target: Path) -> float:
    """Write a recording as a stereo WAV file that only its owner may read; its seconds.

    Raises FileNotFoundError when there is no such recording, other OSErrors of the target, and BrokenRecording; no target is
    left then.
    """
    with recording.open("rb") as source:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file, wave.open(file, "wb") as out:
                return _copy(source, vault, out)
        except BaseException:
            target.unlink(missing_ok=True)
            raise


def _copy(source: BinaryIO, vault: Vault, out: wave.Wave_write) -> float:
    out.setnchannels(2)
    out.setsampwidth(2)
    out.setframerate(RATE)
    seconds = 0.0
    for piece in pieces(source):
        try:
            sound = vault.open_bytes(piece)
        except InvalidToken:
            raise BrokenRecording("Запись закрыта другим ключом или повреждена.") from None
        out.writeframes(sound)
        seconds += len(sound) / 4 / RATE
    if not seconds:
        raise BrokenRecording("В записи нет ни одного целого куска.")
    return seconds


def _abandoned(folder: Path) -> list[Path]:
    before = time.time() - ABANDONED_S
    return [path for path in folder.glob(f"*{SUFFIX}") if path.stat().st_mtime < before]


def pieces(source: BinaryIO) -> Iterator[bytes]:
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        (length,) = LENGTH.unpack(head)
        piece = source.read(length)
        if len(piece) < length:
            # The process was killed while it wrote: the pieces before are whole.
            return
        yield piece


def _stereo(left: list[bytes], right: list[bytes]) -> bytes:
    both = np.empty((len(left) * FRAME_BYTES // 2, 2), "<i2")
    both[:, 0] = np.frombuffer(b"".join(left), "<i2")
    both[:, 1] = np.frombuffer(b"".join(right), "<i2")
    return both.tobytes()
