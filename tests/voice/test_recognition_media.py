"""Recordings of browsers and messengers become sound; broken and hostile files a clear refusal."""

from __future__ import annotations

import io
import socket
import threading
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from voice.audio import RATE, milliseconds
from voice.recognition.media import MAX_BYTES, WIDE, NotSound, from_pcm, narrow, to_pcm, wide

RECORDED = [
    ("webm", "libopus", 48000),
    ("ogg", "libopus", 48000),
    ("mp4", "aac", 44100),
    ("mp3", "libmp3lame", 44100),
    ("wav", "pcm_s16le", 16000),
    ("flac", "flac", 44100),
]


def recording(container: str, codec: str, rate: int, seconds: float = 1.0, layout: str = "mono") -> bytes:
    """A tone of 440 Hz as an application would record it."""
    return encoded(
        container, codec, rate, 0.5 * np.sin(np.arange(int(rate * seconds)) / rate * 2 * np.pi * 440), layout
    )


def encoded(container: str, codec: str, rate: int, sound: np.ndarray, layout: str = "mono") -> bytes:
    """Sound from -1 to 1 in a container."""
    kept = io.BytesIO()
    channels = 2 if layout == "stereo" else 1
    with av.open(kept, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout=layout)
        samples = np.repeat((sound * 32767).astype("<i2"), channels).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout=layout)
        frame.sample_rate = rate
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return kept.getvalue()


@pytest.mark.parametrize(("container", "codec", "rate"), RECORDED)
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_what_is_recorded_is_decoded(container: str, codec: str, rate: int, layout: str, tmp_path: Path) -> None:
    data = recording(container, codec, rate, layout=layout)
    sound = wide(data)
    assert len(sound) / WIDE == pytest.approx(1, abs=0.1)
    spectrum = np.abs(np.fft.rfft(sound[: WIDE // 2]))
    assert spectrum.argmax() * 2 == pytest.approx(440, abs=4)
    file = tmp_path / "voice"
    file.write_bytes(data)
    assert milliseconds(narrow(file)) == pytest.approx(1000, abs=100)


def test_there_and_back_the_sound_stays() -> None:
    pcm = (8000 * np.sin(np.arange(RATE) / RATE * 2 * np.pi * 440)).astype("<i2").tobytes()
    back = np.frombuffer(to_pcm(from_pcm(pcm + b"\x01")), "<i2").astype(float)
    assert np.abs(back - np.frombuffer(pcm, "<i2"))[400:-400].max() < 200
    assert len(from_pcm(b"")) == len(from_pcm(b"\x01")) == 0


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:{port}/secret.ts\n#EXT-X-ENDLIST\n"
CONCAT = "ffconcat version 1.0\nfile '{file}'\n"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\x00" * 5000, "broken"),
        (b"\xff" * 5000, "broken"),
        (b"<html><script>alert(1)</script></html>" * 50, "broken"),
        (b"%PDF-1.7 " + b"x" * 3000, "broken"),
        (b"MZ" + bytes(range(256)) * 20, "broken"),
        (b"RIFF\xff\xff\xff\xffWAVEfmt ", "broken"),
        (b"OggS" + b"\x00" * 100, "broken"),
        (b"x" * (MAX_BYTES + 1), "too_big"),
    ],
)
def test_what_is_no_sound_is_refused(data: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(NotSound) as refused:
        wide(data)
    assert refused.value.reason == reason
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(NotSound, match=reason):
        wide(tmp_path / "file")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "gone", tmp_path):
        with pytest.raises(NotSound, match="missing"):
            wide(path)


def test_a_picture_and_a_silent_film_are_refused() -> None:
    kept = io.BytesIO()
    with av.open(kept, "w", format="mp4") as film:
        stream = film.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(5):
            film.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        film.mux(stream.encode(None))
    with pytest.raises(NotSound, match="broken"):
        wide(kept.getvalue())


def test_a_playlist_makes_nobody_open_an_address_or_a_file(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.5)
        called = threading.Event()

        def watch() -> None:
            try:
                connection, _ = trap.accept()
            except TimeoutError:
                return
            connection.close()
            called.set()

        watcher = threading.Thread(target=watch)
        watcher.start()
        for hostile in (PLAYLIST.format(port=trap.getsockname()[1]), CONCAT.format(file=sound_file(tmp_path))):
            with pytest.raises(NotSound, match="broken"):
                wide(hostile.encode())
        watcher.join()
    assert not called.is_set()


def sound_file(folder: Path) -> Path:
    """A real recording that a hostile file points at."""
    file = folder / "neighbour.wav"
    file.write_bytes(recording("wav", "pcm_s16le", 16000))
    return file


def test_over_five_minutes_is_refused_also_when_the_header_says_less() -> None:
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 8000 * 301)
    data = kept.getvalue()
    with pytest.raises(NotSound, match="too_long"):
        wide(data)
    streamed = recording("ogg", "libopus", 48000, seconds=320)
    with pytest.raises(NotSound, match="too_long"):
        wide(streamed)


def test_a_recording_cut_off_or_scratched_is_heard_as_far_as_it_goes() -> None:
    data = recording("ogg", "libopus", 48000, seconds=3)
    assert 0.5 < len(wide(data[: len(data) * 2 // 3])) / WIDE < 2.5
    scratched = bytearray(data)
    scratched[len(data) // 2 : len(data) // 2 + 300] = b"\xff" * 300
    assert len(wide(bytes(scratched))) / WIDE > 1


def test_random_damage_never_raises_anything_else() -> None:
    chance = np.random.default_rng(7)
    for container, codec, rate in RECORDED:
        data = recording(container, codec, rate, seconds=0.3)
        for _ in range(25):
            damaged = bytearray(data)
            for at in chance.integers(0, len(damaged), 12):
                damaged[at] = int(chance.integers(0, 256))
            try:
                found = len(wide(bytes(damaged)))
            except NotSound:
                continue
            assert found <= 300 * WIDE
