"""`./otklik keys`: an installation gets a new key and loses the old one, and everything can still be read."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken

from app.commands import doctor
from app.commands import keys as command
from app.problems import Problem
from app.settings import load
from app.vaults import check_fits, vault_of
from bot.store import Store, Vault, journal
from bot.store.keys import Ring
from bot.store.migrate import upgrade
from channels.files import FileStore

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
LETTER = "Меня зовут Анна Петрова"


class Installation:
    """A database with one message, one file and one event of Rasa, as the settings of the command name it."""

    def __init__(self, folder: Path, environ: pytest.MonkeyPatch) -> None:
        self.folder, self.key = folder, folder / "secret.key"
        self.url = f"sqlite+aiosqlite:///{folder}/otklik.db"
        environ.setenv("OTKLIK_DATABASE_URL", self.url)
        environ.setenv("OTKLIK_SECRET_KEY_FILE", str(self.key))
        environ.setenv("OTKLIK_FILES_DIR", str(folder / "files"))
        environ.setenv("OTKLIK_RECORDINGS_DIR", str(folder / "recordings"))
        environ.setenv("OTKLIK_RASA_DB", str(folder / "rasa.db"))
        environ.setenv("COLUMNS", "140")
        environ.setattr(command, "LOOK_EVERY_S", 0.0)
        upgrade(self.url)
        # As a version before rings of keys made it: one key, no newline.
        self.key.write_bytes(Fernet.generate_key())
        self.key.chmod(0o600)
        self.file = asyncio.run(self._fill(Vault.from_file(self.key)))

    async def _fill(self, vault: Vault) -> str:
        with sqlite3.connect(self.folder / "rasa.db") as rasa:
            rasa.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, data TEXT)")
            rasa.execute("INSERT INTO events (data) VALUES (?)", (vault.seal_bytes(b"{}").decode(),))
        store = Store(self.url)
        async with store.write() as session:
            row = await journal.conversation_of(session, vault, "widget", "anna", NOW)
            await journal.add_message(session, vault, row.id, "citizen", {"text": LETTER}, NOW)
        await store.close()
        return (await FileStore(self.folder / "files", vault).save_bytes("a.pdf", b"%PDF-1.7 letter")).ref

    def read(self, vault: Vault) -> tuple[str, bytes]:
        """The message and the file."""

        async def message() -> str:
            store = Store(self.url)
            async with store.read() as session:
                row = await journal.conversation_of(session, vault, "widget", "anna", NOW)
                (found,) = await journal.history(session, vault, row.id)
            await store.close()
            return str(found.body["text"])

        return asyncio.run(message()), FileStore(self.folder / "files", vault).read(self.file)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return Installation(tmp_path, monkeypatch)


def test_a_key_is_changed_and_everything_stays_readable(
    house: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    running = Vault.from_file(house.key)
    prints = running.fingerprint("+79123456789")
    assert command.run("add", "", False) == 0
    assert command.run("reseal", "", False) == 0
    assert "Перезапечатано: 4" in capsys.readouterr().out  # a profile, a message, a file and an event of Rasa
    assert command.run("reseal", "", False) == 0
    assert "Перезапечатано: 0" in capsys.readouterr().out
    assert house.read(running) == (LETTER, b"%PDF-1.7 letter"), "a running assistant takes the new key by itself"
    assert command.run("drop", "", False) == 0
    vault = Vault.from_file(house.key)
    assert len(vault.ring.keys) == 1
    assert house.read(vault) == (LETTER, b"%PDF-1.7 letter")
    assert vault.fingerprint("+79123456789") == prints, "users of the telephone and proofs stay who they were"
    assert house.key.stat().st_mode & 0o777 == 0o600


def test_a_key_that_still_seals_something_is_not_dropped(house: Installation) -> None:
    command.run("add", "", False)
    with pytest.raises(Problem, match="ещё закрыто: 4"):
        command.run("drop", "", False)
    assert house.read(Vault.from_file(house.key))[0] == LETTER


def test_status_counts_and_shows_no_key(house: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    command.run("add", "", False)
    assert command.run("status", "", False) == 0
    out = capsys.readouterr().out
    new, old = Vault.from_file(house.key).ring.keys
    assert re.search(rf"{new.id}.*запечатывает.*\b0\b", out) and re.search(rf"{old.id}.*открывает.*\b4\b", out)
    for line in house.key.read_text().splitlines():
        assert line not in out


def test_values_of_a_lost_key_are_told(house: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    house.key.write_bytes(Fernet.generate_key())
    assert command.run("status", "", False) == 1
    out = capsys.readouterr().out
    assert "Не открываются ни одним ключом: 4" in out and "messages.body" in out
    assert command.run("reseal", "", False) == 1


def test_keys_of_the_environment_are_changed_by_whoever_sets_it(
    house: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = house.key.read_text().strip()
    house.key.unlink()
    monkeypatch.setenv("OTKLIK_SECRET_KEY", first)
    command.run("add", "", False)
    given = capsys.readouterr().out.strip()
    assert given.split(",")[1] == first and not house.key.exists()
    monkeypatch.setenv("OTKLIK_SECRET_KEY", given)
    command.run("reseal", "", False)
    capsys.readouterr()
    command.run("drop", "", False)
    last = Vault.from_words(capsys.readouterr().out.strip())
    assert house.read(last)[0] == LETTER
    assert last.fingerprint("x") == Vault.from_words(first).fingerprint("x")


def test_keys_that_do_not_fit_the_database_are_told_before_the_start(house: Installation) -> None:
    settings = load()
    asyncio.run(check_fits(settings, vault_of(settings)))
    house.key.write_bytes(Fernet.generate_key())
    with pytest.raises(Problem, match="не подходят к базе"):
        asyncio.run(check_fits(settings, vault_of(settings)))


def test_the_doctor_sees_a_file_of_keys_that_others_can_read(house: Installation) -> None:
    assert [f.well for f in doctor._keys(load())] == [True]
    house.key.chmod(0o644)
    wrong, _ = doctor._keys(load())
    assert wrong.well is False and "chmod 600" in wrong.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no key at all", "это не ключ"),
        (b"", "ключа нет"),
        (b"\xff\xfe\x00", "не файл ключей"),
        (b"A" * 43 + b"=\nprints:AAAA\n", "prints:"),
    ],
)
def test_bad_keys_are_one_clear_line_without_the_key(house: Installation, content: bytes, words: str) -> None:
    house.key.write_bytes(content)
    with pytest.raises(Problem, match=words) as told:
        command.run("status", "", False)
    assert "\n" not in str(told.value) and "OTKLIK_SECRET_KEY_FILE" in str(told.value)
    assert b"no key at all" not in str(told.value).encode()


def test_a_ring_tells_whose_a_value_is_without_opening_it() -> None:
    ring = Ring.new().added()
    vault = Vault(ring)
    assert ring.key_of(vault.seal("x").encode()) == ring.keys[0]
    assert ring.key_of(Vault(Ring.new()).seal("x").encode()) is None
    assert ring.key_of(b"not sealed") is None


def test_a_file_of_another_installation_is_not_taken_by_a_running_vault(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    vault = Vault.from_file(path)
    mine = vault.seal("x")
    path.write_bytes(Fernet.generate_key())
    with pytest.raises(InvalidToken):
        vault.open(Vault.from_file(path).seal("y"))
    assert vault.open(mine) == "x"
