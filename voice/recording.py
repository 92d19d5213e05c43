"""Keeps calls: the caller on the left, the robot on the right, in sealed pieces on disk, for as long as the line allows."""

from __future__ import annotations

import asyncio
import os
import struct
import wave
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import numpy as np
import structlog
from cryptography.fernet import InvalidToken

from bot.services.calls.recordings import Recordings
from bot.store import Vault
from voice.audio import FRAME_BYTES, RATE, SILENCE

log = structlog.get_logger(__name__)

PIECE_FRAMES = 250
"""Frames of one sealed piece: five seconds, what a killed process may lose."""
LONGEST_LEAD = 100
"""Frames by which one side may lead before silence is put on the other."""
_LENGTH = struct.Struct(">I")


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
        """Finish the file and note where it lies."""
        self._pad()
        self._hand_over(len(self._caller))
        self._pieces.put(None)
        await asyncio.to_thread(self._thread.join)
        if self._failed or not self._path.exists():
            return
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

    def _write(self) -> None:
        while (piece := self._pieces.get()) is not None:
            if self._failed:
                continue
            try:
                sealed = self._vault.seal_bytes(piece)
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                with os.fdopen(handle, "ab") as file:
                    file.write(_LENGTH.pack(len(sealed)) + sealed)
            except OSError as error:
                # A full disk must not end the call.
                self._failed = True
                log.error("recording.failed", reason=error.strerror)


class Keeper:
    """The folder of recordings. `recordings` knows their terms."""

    def __init__(self, folder: Path, vault: Vault, recordings: Recordings) -> None:
        self._folder, self._vault, self._recordings = folder, vault, recordings

    def recorder(self, call_id: str) -> FileRecorder:
        """A recorder for a call that begins."""
        return FileRecorder(self._path(call_id), self._vault, self._recordings, call_id)

    async def delete_due(self) -> int:
        """Delete what is past its term, and what no call knows of (a killed process left it); how many."""
        gone = 0
        for one in await self._recordings.due():
            await asyncio.to_thread(self._path(one.call_id).unlink, missing_ok=True)
            await self._recordings.deleted(one.call_id)
            gone += 1
        return gone

    def export(self, call_id: str, target: Path) -> float:
        """Write a recording as a stereo WAV file; its seconds. Raises FileNotFoundError, BrokenRecording."""
        seconds = 0.0
        with self._path(call_id).open("rb") as source, wave.open(str(target), "wb") as out:
            out.setnchannels(2)
            out.setsampwidth(2)
            out.setframerate(RATE)
            for piece in _pieces(source.read()):
                try:
                    sound = self._vault.open_bytes(piece)
                except InvalidToken:
                    raise BrokenRecording("Запись закрыта другим ключом или повреждена.") from None
                out.writeframes(sound)
                seconds += len(sound) / 4 / RATE
        return seconds

    def _path(self, call_id: str) -> Path:
        return self._folder / f"{call_id}.rec"


def _pieces(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + _LENGTH.size <= len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        piece = data[at + _LENGTH.size : at + _LENGTH.size + length]
        if len(piece) < length:
            # The process was killed while it wrote: the pieces before are whole.
            return
        yield piece
        at += _LENGTH.size + length


def _stereo(left: list[bytes], right: list[bytes]) -> bytes:
    both = np.empty((len(left) * FRAME_BYTES // 2, 2), "<i2")
    both[:, 0] = np.frombuffer(b"".join(left), "<i2")
    both[:, 1] = np.frombuffer(b"".join(right), "<i2")
    return both.tobytes()
