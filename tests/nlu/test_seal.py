"""Rasa's record is sealed with the keys the assistant has, also when they change while it runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken

from nlu.seal import Seal

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
TEXT = '{"event": "user", "text": "Иванова Анна, СНИЛС 112-233-445 95"}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "secret.key"
    path.write_text(f"# keys\n{OLD}\n")
    return path


def test_what_is_sealed_is_opened_and_cannot_be_read(file: Path) -> None:
    seal = Seal(file=file)
    kept = seal.seal(TEXT)
    assert kept.isascii()
    assert "Анна" not in kept and "112" not in kept
    assert seal.open(kept) == Seal(words=OLD).open(kept) == TEXT


def test_a_key_added_to_the_file_opens_at_once_what_it_sealed(file: Path) -> None:
    seal = Seal(file=file)
    before = seal.seal(TEXT)
    file.write_text(f"{NEW}\n{OLD}\nprints:{'A' * 44}\n")
    resealed = Fernet(NEW).encrypt(TEXT.encode()).decode()
    assert seal.open(resealed) == seal.open(before) == TEXT
    assert Fernet(NEW).decrypt(seal.seal(TEXT).encode()).decode() == TEXT


def test_the_variable_goes_before_the_file(file: Path) -> None:
    assert Fernet(NEW).decrypt(Seal(f"{NEW},{OLD}", file).seal(TEXT).encode()).decode() == TEXT


def test_an_event_from_before_there_were_keys_is_read(file: Path) -> None:
    assert Seal(file=file).open(TEXT) == TEXT


def test_without_keys_texts_stay_as_they_are() -> None:
    assert Seal().seal(TEXT) == TEXT
    with pytest.raises(InvalidToken):
        Seal().open(Seal(words=OLD).seal(TEXT))


def test_strangers_keys_open_nothing(file: Path) -> None:
    with pytest.raises(InvalidToken):
        Seal(file=file).open(Seal(words=NEW).seal(TEXT))


def test_a_missing_file_is_no_reason_to_write_in_the_clear(tmp_path: Path) -> None:
    seal = Seal(file=tmp_path / "later.key")
    with pytest.raises(FileNotFoundError):
        seal.seal(TEXT)
    (tmp_path / "later.key").write_text(OLD)
    assert seal.open(seal.seal(TEXT)) == TEXT
