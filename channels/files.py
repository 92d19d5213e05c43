"""Files of conversations: told by their first bytes, capped while they stream in, kept sealed under secret names."""

from __future__ import annotations

import asyncio
import io
import os
import re
import secrets
import shutil
import tempfile
import time
import unicodedata
import zipfile
from collections.abc import AsyncIterable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.messages import Attachment
from bot.store import Vault

MAX_BYTES = 5 * 1024 * 1024

EXTENSIONS = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "image/webp": ".webp",
    "audio/ogg": ".ogg",
}
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

SEALED = b"gAAAAA"
"""How everything sealed begins, and none of the files we take."""
OPENED = ".opened"
"""The folder of readable copies."""
_HEAD = 16
_REF = re.compile(r"^[0-9a-f]{32}$")


class FileRefused(Exception):
    """A file that is not taken. `code`: `too_large`, `unknown_type`, `empty`; `message` is for the citizen."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def media_type_of(head: bytes) -> str | None:
    """The type a file's first bytes tell, None for one we do not take. A ZIP counts as DOCX until looked into."""
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"OggS"):
        return "audio/ogg"
    if head.startswith(b"PK\x03\x04"):
        return DOCX
    return None


def safe_name(name: str, media_type: str) -> str:
    """The file's own name without folders, invisible characters and a false extension; at most 100 characters."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(c for c in plain if unicodedata.category(c)[0] not in "CZ" or c == " ")
    extension = EXTENSIONS[media_type]
    stem, _, given = plain.rpartition(".")
    same = f".{given.lower()}" == extension or (extension == ".jpg" and given.lower() == "jpeg")
    base = (stem if same and stem else plain).strip(" .")[:90]
    return f"{base or 'file'}{extension}"


class FileStore:
    """A folder of files, each sealed, under a secret name, readable by the assistant's own account only.

    Files that lie there unsealed, from before they were sealed, are read as they are until `./otklik keys reseal` seals them.
    """

    def __init__(self, root: Path, vault: Vault, max_bytes: int = MAX_BYTES) -> None:
        self._root, self._vault, self._max_bytes = root, vault, max_bytes

    def read(self, ref: str) -> bytes:
        """The file's content. Raises KeyError for a reference that is none or has no file. Blocks, for 5 MB some 30 ms."""
        kept = self._kept(ref)
        return self._vault.open_bytes(kept) if kept.startswith(SEALED) else kept

    @contextmanager
    def opened(self, ref: str) -> Iterator[Path]:
        """A readable copy for as long as the block runs, for those who need a path. Raises KeyError. Blocks like `read`."""
        content = self.read(ref)
        folder = self._root / OPENED
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=folder) as private:
            copy = Path(private) / ref
            copy.write_bytes(content)
            yield copy

    def check_size(self, size: int) -> None:
        """Refuse more than `max_bytes`, also before anything of it was read. Raises FileRefused."""
        if size > self._max_bytes:
            limit = f"{self._max_bytes // 1024 // 1024} МБ"
            raise FileRefused("too_large", f"Файл больше {limit}. Пришлите поменьше.")

    async def save(self, name: str, chunks: AsyncIterable[bytes]) -> Attachment:
        """Store what streams in, sealed. Raises FileRefused, and then keeps nothing of it."""
        content = bytearray()
        async for chunk in chunks:
            self.check_size(len(content) + len(chunk))
            content += chunk
        media_type = self._accepted_type(bytes(content))
        ref = secrets.token_hex(16)
        await asyncio.to_thread(self._write, self._root / ref[:2] / ref, bytes(content))
        return Attachment(safe_name(name, media_type), media_type, len(content), ref)

    async def save_bytes(self, name: str, content: bytes) -> Attachment:
        """Store a file that is in memory already."""
        return await self.save(name, _async([content]))

    def remove(self, ref: str) -> None:
        """Forget a file; an unknown reference is no error."""
        try:
            self._path(ref).unlink(missing_ok=True)
        except KeyError:
            return

    def refs(self) -> Iterator[str]:
        """Every file that lies here. Blocks."""
        for path in sorted(self._root.glob("??/*")):
            if _REF.match(path.name):
                yield path.name

    def age(self, ref: str) -> float:
        """Seconds since the file was stored. Raises KeyError."""
        try:
            return max(0.0, time.time() - self._path(ref).stat().st_mtime)
        except OSError:
            raise KeyError(ref) from None

    def key_of(self, ref: str) -> str | None:
        """The id of the key that a file is sealed with, "" for one that is not sealed, None when it is of no key of the ring.

        Raises KeyError. Blocks.
        """
        kept = self._kept(ref)
        if not kept.startswith(SEALED):
            return ""
        key = self._vault.ring.key_of(kept)
        return key.id if key else None

    def reseal(self, ref: str) -> bool:
        """Put the newest key on a file; whether that was to be done. Raises KeyError, InvalidToken, OSError. Blocks."""
        kept, path = self._kept(ref), self._path(ref)
        fresh = self._vault.resealed(kept) if kept.startswith(SEALED) else self._vault.seal_bytes(kept)
        if fresh is None:
            return False
        beside, times = path.with_name(f"{ref}.new"), path.stat()
        beside.unlink(missing_ok=True)
        _write(beside, fresh)
        os.utime(beside, ns=(times.st_atime_ns, times.st_mtime_ns))
        beside.replace(path)
        return True

    def tidy(self, older_than_s: float = 3600.0) -> None:
        """Throw away readable copies that a killed process left behind. Blocks."""
        for folder in (self._root / OPENED).glob("*"):
            if time.time() - folder.stat().st_mtime > older_than_s:
                shutil.rmtree(folder, ignore_errors=True)

    def _kept(self, ref: str) -> bytes:
        try:
            return self._path(ref).read_bytes()
        except OSError:
            raise KeyError(ref) from None

    def _path(self, ref: str) -> Path:
        if not _REF.match(ref):
            raise KeyError(ref)
        path = self._root / ref[:2] / ref
        if not path.is_file():
            raise KeyError(ref)
        return path

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            _write(path, self._vault.seal_bytes(content))
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    @staticmethod
    def _accepted_type(content: bytes) -> str:
        if not content:
            raise FileRefused("empty", "Файл пустой. Проверьте его и пришлите ещё раз.")
        media_type = media_type_of(content[:_HEAD])
        # Every ZIP begins alike; only the list of names inside tells a Word document from an archive.
        if media_type is None or (media_type == DOCX and not _is_word(content)):
            raise FileRefused("unknown_type", "Такой файл принять не могу. Подойдут PDF, JPG, PNG, WebP, DOCX или OGG.")
        return media_type


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _is_word(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    return "[Content_Types].xml" in names and any(n.startswith("word/") for n in names)


async def _async(chunks: Iterable[bytes]) -> AsyncIterable[bytes]:
    for chunk in chunks:
        yield chunk
