"""Recordings of a browser's microphone: told by their first bytes, measured by decoding them, kept among the other files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from dataclasses import dataclass, replace
from pathlib import Path

from bot.messages import Attachment
from channels.files import FileRefused, FileStore

MOST_BYTES = 2 * 1024 * 1024
MOST_SECONDS = 60
SPARE_SECONDS = 2
"""A browser stops its recorder a little after it was told to."""

NAME = "Голосовое сообщение"
TOO_LARGE = "Запись слишком большая. Скажите, пожалуйста, покороче: не дольше минуты."
EMPTY = "Запись пустая: микрофон ничего не записал. Попробуйте ещё раз."
NO_SOUND = "Не получилось прочитать запись. Запишите, пожалуйста, ещё раз или напишите словами."


@dataclass(frozen=True)
class Container:
    """A form in which browsers record: its type, its file extension, and what FFmpeg calls it."""

    media_type: str
    extension: str
    format: str


WEBM = Container("audio/webm", ".webm", "matroska")
MP4 = Container("audio/mp4", ".m4a", "mov")
OGG = Container("audio/ogg", ".ogg", "ogg")


def container_of(head: bytes) -> Container | None:
    """What the first bytes tell: WebM of Chromium, MP4 of Safari, Ogg of Firefox; None for anything else."""
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM
    if head[4:8] == b"ftyp":
        return MP4
    return OGG if head.startswith(b"OggS") else None


class Recordings(FileStore):
    """The folder of the other files, for recordings."""

    def __init__(self, files: FileStore) -> None:
        super().__init__(files._root, files._vault, MOST_BYTES)

    def check_size(self, size: int) -> None:
        """Refuse more than 2 MB, also before anything of it was read. Raises FileRefused."""
        if size > MOST_BYTES:
            raise FileRefused("too_large", TOO_LARGE)

    async def keep(self, chunks: AsyncIterable[bytes]) -> Attachment:
        """Store what streams in. Raises FileRefused (also `too_long`), and then keeps nothing of it."""
        kept = await self.save(NAME, chunks)
        try:
            with self.opened(kept.ref) as path:
                container = await asyncio.to_thread(measured, path)
        except BaseException:
            self.remove(kept.ref)
            raise
        return replace(kept, name=NAME + container.extension, media_type=container.media_type)

    @staticmethod
    def _accepted_type(content: bytes) -> str:
        if not content:
            raise FileRefused("empty", EMPTY)
        if container_of(content[:16]) is None:
            raise FileRefused("unknown_type", NO_SOUND)
        return OGG.media_type  # the only sound the store has a name for; `keep` puts the right one


def measured(path: Path) -> Container:
    """The form of a recording that holds at most a minute of sound and no pictures. Raises FileRefused. Blocks.

    What a file says about its length may be a lie, so it is decoded, and no further than a minute.
    """
    import av  # comes with the voice extra, as the recogniser does

    with path.open("rb") as file:
        container = container_of(file.read(16))
    if container is None:
        raise FileRefused("unknown_type", NO_SOUND)
    seconds = 0.0
    try:
        with av.open(str(path), format=container.format) as opened:
            if opened.streams.video or not opened.streams.audio:
                raise FileRefused("unknown_type", NO_SOUND)
            for frame in opened.decode(audio=0):
                seconds += frame.samples / frame.sample_rate
                if seconds > MOST_SECONDS + SPARE_SECONDS:
                    raise FileRefused("too_long", TOO_LARGE)
    except (av.FFmpegError, ValueError):
        # A recording cut off at its end is still worth hearing.
        if not seconds:
            raise FileRefused("unknown_type", NO_SOUND) from None
    if not seconds:
        raise FileRefused("empty", EMPTY)
    return container
