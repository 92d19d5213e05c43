"""Files are told by their first bytes, capped while they stream in, and leave nothing behind when refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import Vault
from bot.store.keys import Ring
from channels.files import FileRefused, FileStore, safe_name

VAULT = Vault(Ring.new())


def docx(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


def kept_files(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file()]


WORD = docx("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7\n...", "application/pdf"),
        (b"\xff\xd8\xff\xe0...", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"OggS\x00...", "audio/ogg"),
        (WORD, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
async def test_the_type_is_read_from_the_first_bytes(tmp_path: Path, content: bytes, media_type: str) -> None:
    kept = await FileStore(tmp_path, VAULT).save_bytes("whatever.exe", content)
    assert (kept.media_type, kept.size) == (media_type, len(content))
    assert FileStore(tmp_path, VAULT).read(kept.ref) == content


async def test_on_disk_a_file_is_sealed_and_its_owner_s_alone(tmp_path: Path) -> None:
    content = b"%PDF-1.7 Petrova Anna, +7 912 345-67-89"
    kept = await FileStore(tmp_path, VAULT).save_bytes("a.pdf", content)
    (path,) = kept_files(tmp_path)
    assert path.name == kept.ref and path.stat().st_mode & 0o077 == 0
    assert b"Petrova" not in path.read_bytes()


async def test_a_readable_copy_lives_as_long_as_it_is_needed(tmp_path: Path) -> None:
    files = FileStore(tmp_path, VAULT)
    kept = await files.save_bytes("a.pdf", b"%PDF-1.7")
    with files.opened(kept.ref) as copy:
        assert copy.read_bytes() == b"%PDF-1.7" and copy.parent.stat().st_mode & 0o077 == 0
    assert kept_files(tmp_path) == [tmp_path / kept.ref[:2] / kept.ref]


def test_a_copy_left_by_a_killed_process_is_thrown_away(tmp_path: Path) -> None:
    left = tmp_path / ".opened" / "tmp1" / ("a" * 32)
    left.parent.mkdir(parents=True)
    left.write_bytes(b"%PDF-1.7")
    files = FileStore(tmp_path, VAULT)
    files.tidy()
    assert left.exists()
    files.tidy(older_than_s=-1)
    assert not left.parent.exists()


async def test_a_file_from_before_sealing_stays_readable_until_it_is_sealed(tmp_path: Path) -> None:
    ref = "ab" * 16
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / ref).write_bytes(b"%PDF-1.4 old")
    files = FileStore(tmp_path, VAULT)
    assert (files.read(ref), files.key_of(ref)) == (b"%PDF-1.4 old", "")
    assert files.reseal(ref) and not files.reseal(ref)
    assert (files.read(ref), files.key_of(ref)) == (b"%PDF-1.4 old", VAULT.ring.keys[0].id)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"MZ\x90\x00", "unknown_type"),
        (b"<html>", "unknown_type"),
        (b"", "empty"),
        (docx("evil.exe"), "unknown_type"),
        (b"PK\x03\x04 broken", "unknown_type"),
        (b"%PDF-" + b"x" * 2000, "too_large"),
    ],
)
async def test_a_refused_file_leaves_nothing(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        await FileStore(tmp_path, VAULT, max_bytes=1000).save_bytes("справка.pdf", content)
    assert refused.value.code == code
    assert kept_files(tmp_path) == []


async def test_a_stream_is_cut_off_as_soon_as_it_is_too_large(tmp_path: Path) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield b"%PDF-"
        while True:
            taken += 1
            yield b"x" * 100

    with pytest.raises(FileRefused):
        await FileStore(tmp_path, VAULT, max_bytes=1000).save("a.pdf", endless())
    assert taken == 10


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\Анна\\справка.PDF", "справка.pdf"),
        ("\u202efdp.exe", "fdp.exe.pdf"),
        ("..", "file.pdf"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("я" * 300, "я" * 90 + ".pdf"),
    ],
)
def test_a_hostile_name_becomes_a_plain_one(given: str, kept: str) -> None:
    assert safe_name(given, "application/pdf") == kept


@pytest.mark.parametrize("ref", ["../../etc/passwd", "", "a" * 32, "A" * 32])
def test_an_unknown_reference_is_not_a_path(tmp_path: Path, ref: str) -> None:
    with pytest.raises(KeyError):
        FileStore(tmp_path, VAULT).read(ref)
