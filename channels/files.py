"""Files citizens send: told by their first bytes, capped while they stream in, kept under secret names."""

from __future__ import annotations

import os
import re
import secrets
import unicodedata
import zipfile
from collections.abc import AsyncIterable, Iterable
from pathlib import Path

from bot.messages import Attachment

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
    """A folder of citizens' files, each readable by the assistant's own account only."""

    def __init__(self, root: Path, max_bytes: int = MAX_BYTES) -> None:
        self._root, self._max_bytes = root, max_bytes

    def path(self, ref: str) -> Path:
        """Where the file lies. Raises KeyError for a reference that is none or has no file."""
        if not _REF.match(ref):
            raise KeyError(ref)
        path = self._root / ref[:2] / ref
        if not path.is_file():
            raise KeyError(ref)
        return path

    def check_size(self, size: int) -> None:
        """Refuse more than `max_bytes`, also before anything of it was read. Raises FileRefused."""
        if size > self._max_bytes:
            limit = f"{self._max_bytes // 1024 // 1024} МБ"
            raise FileRefused("too_large", f"Файл больше {limit}. Пришлите поменьше.")

    async def save(self, name: str, chunks: AsyncIterable[bytes]) -> Attachment:
        """Store what streams in. Raises FileRefused, and then keeps nothing of it."""
        ref = secrets.token_hex(16)
        path = self._root / ref[:2] / ref
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        size, head = 0, b""
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    self.check_size(size)
                    head = (head + chunk[:_HEAD])[:_HEAD] if len(head) < _HEAD else head
                    file.write(chunk)
            media_type = self._accepted_type(path, head, size)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Attachment(safe_name(name, media_type), media_type, size, ref)

    async def save_bytes(self, name: str, content: bytes) -> Attachment:
        """Store a file that is in memory already."""
        return await self.save(name, _async([content]))

    def remove(self, ref: str) -> None:
        """Forget a file; an unknown reference is no error."""
        try:
            self.path(ref).unlink(missing_ok=True)
        except KeyError:
            return

    @staticmethod
    def _accepted_type(path: Path, head: bytes, size: int) -> str:
        if size == 0:
            raise FileRefused("empty", "Файл пустой. Проверьте его и пришлите ещё раз.")
        media_type = media_type_of(head)
        # Every ZIP begins alike; only the list of names inside tells a Word document from an archive.
        if media_type is None or (media_type == DOCX and not _is_word(path)):
            raise FileRefused("unknown_type", "Такой файл принять не могу. Подойдут PDF, JPG, PNG, WebP, DOCX или OGG.")
        return media_type


def _is_word(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    return "[Content_Types].xml" in names and any(n.startswith("word/") for n in names)


async def _async(chunks: Iterable[bytes]) -> AsyncIterable[bytes]:
    for chunk in chunks:
        yield chunk
