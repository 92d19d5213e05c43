"""Recordings get the newest key piece by piece and sound as before; one that a call still writes is left alone."""

from __future__ import annotations

import os
import struct
import time
import wave
from pathlib import Path

import pytest

from bot.store import Vault
from bot.store.keys import Ring
from voice.recording import export
from voice.recording_keys import RecordingFolder

SOUND = b"\x01\x02\x03\x04" * 8000


def recorded(folder: Path, vault: Vault, name: str = "a.rec", pieces: int = 3) -> Path:
    path = folder / name
    with path.open("wb") as file:
        for _ in range(pieces):
            piece = vault.seal_bytes(SOUND)
            file.write(struct.pack(">I", len(piece)) + piece)
    os.utime(path, (time.time() - 3600, time.time() - 3600))
    return path


def test_a_recording_gets_the_newest_key_and_sounds_as_before(tmp_path: Path) -> None:
    first = Ring.new()
    path = recorded(tmp_path, Vault(first))
    ring = first.added()
    folder = RecordingFolder(tmp_path, Vault(ring))
    assert (list(folder.refs()), folder.key_of("a.rec")) == (["a.rec"], first.keys[0].id)
    before = path.stat().st_mtime
    assert folder.reseal("a.rec") and not folder.reseal("a.rec")
    assert folder.key_of("a.rec") == ring.keys[0].id
    assert path.stat().st_mtime == before and path.stat().st_mode & 0o777 == 0o600
    export(path, Vault(ring.without(first.keys[0].id)), tmp_path / "a.wav")
    with wave.open(str(tmp_path / "a.wav")) as heard:
        assert heard.readframes(10**6) == SOUND * 3


def test_a_recording_that_goes_on_is_left_for_the_next_time(tmp_path: Path) -> None:
    path = recorded(tmp_path, Vault(Ring.new()))
    os.utime(path)
    assert not RecordingFolder(tmp_path, Vault(Ring.new())).reseal("a.rec")


def test_a_recording_of_a_lost_key_is_told_and_a_deleted_one_is_unknown(tmp_path: Path) -> None:
    recorded(tmp_path, Vault(Ring.new()))
    folder = RecordingFolder(tmp_path, Vault(Ring.new()))
    assert folder.key_of("a.rec") is None
    for look in (folder.key_of, folder.reseal):
        with pytest.raises(KeyError):
            look("gone.rec")
