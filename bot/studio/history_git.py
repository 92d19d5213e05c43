"""Runs the `git` binary on one repository, whatever its owner's settings are, and speaks its plumbing."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

LOCKED_SECONDS = 5.0
"""How long a lock of another git process is waited for."""
_TIMEOUT = 60
_SETTINGS = (
    "commit.gpgsign=false", "core.hooksPath=/dev/null", "core.autocrlf=false", "core.quotepath=false", "core.fsmonitor=false",
    "core.attributesFile=/dev/null", "gc.auto=0", "i18n.commitEncoding=UTF-8", "i18n.logOutputEncoding=UTF-8",
    "log.showSignature=false", "init.defaultBranch=main", "user.name=Otklik", "user.email=studio@desk",
)  # fmt: skip
_UNFINISHED = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")


class NoHistory(Exception):
    """git is missing or refuses; `text` says what to do, in Russian."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Refused(Exception):
    """git ended with an error; its words."""


@dataclass(frozen=True)
class Blob:
    """A file in a commit."""

    mode: str
    id: str


@dataclass(frozen=True)
class Person:
    """Who wrote a commit, and when. Any characters: what git cannot keep is left out."""

    name: str
    email: str
    at: datetime

    def environment(self) -> dict[str, str]:
        """For `git commit-tree`."""
        name, email = _ident(self.name) or "Без имени", _ident(self.email).replace(" ", "")
        date = f"@{int(self.at.timestamp())} +0000"
        return {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", name), ("EMAIL", email), ("DATE", date))
        }


def _ident(text: str) -> str:
    kept = "".join(c if c.isprintable() and c not in "<>" else " " for c in text)
    # git takes these away from the ends, and refuses a name of nothing else.
    return " ".join(kept.encode("utf-8", "replace").decode().split()).strip(" .,:;\"'\\")


class Git:
    """One repository: `folder` with its files, `directory` with its objects. All calls raise NoHistory; those named so, Refused."""

    def __init__(self, directory: Path, prefix: str, *, has_index: bool) -> None:
        """`prefix` leads from the repository's top to the project: "" or "folder/"."""
        self.directory, self.prefix, self.has_index = directory, prefix, has_index

    def run(self, *arguments: str, given: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        """Output of one command. Raises Refused."""
        return git(f"--git-dir={self.directory}", *arguments, given=given, environment=environment)

    def head(self) -> str:
        """The newest commit; "" before the first one."""
        try:
            return self.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode().strip()
        except Refused:
            return ""

    def tree(self, commit: str) -> dict[str, Blob]:
        """Files of a commit by path from the project. Raises Refused."""
        found = {}
        for line in self.run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
            about, _, path = line.decode("utf-8", "surrogateescape").partition("\t")
            mode, kind, name = [*about.split(), "", "", ""][:3]
            if kind == "blob" and mode.startswith("100") and path.startswith(self.prefix):
                found[path.removeprefix(self.prefix)] = Blob(mode, name)
        return found

    def contents(self, blobs: Sequence[str]) -> list[bytes]:
        """What these blobs hold. Raises Refused."""
        answer = self.run("cat-file", "--batch", given="".join(f"{blob}\n" for blob in blobs).encode())
        found, at = [], 0
        for _ in blobs:
            end = answer.index(b"\n", at)
            size = int(answer[at:end].split()[-1])
            found.append(answer[end + 1 : end + 1 + size])
            at = end + size + 2
        return found

    def keep(self, data: bytes) -> str:
        """Put a file's bytes into the repository; the name of the blob."""
        return self.run("hash-object", "-w", "--stdin", given=data).decode().strip()

    def name_of(self, data: bytes) -> str:
        """The name a blob of these bytes has."""
        kind = hashlib.sha256 if self._long_names else hashlib.sha1
        return kind(f"blob {len(data)}\0".encode() + data).hexdigest()

    @cached_property
    def _long_names(self) -> bool:
        return self.run("rev-parse", "--show-object-format").strip() == b"sha256"

    def commit(self, parent: str, changes: Mapping[str, Blob | None], person: Person, message: str) -> str:
        """Make a commit, where HEAD does not point yet: its parent with these paths changed; "" when that is the same."""
        with tempfile.TemporaryDirectory(prefix="otklik-git-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            if parent:
                self.run("read-tree", parent, environment=index)
            self._update_index(changes, index)
            tree = self.run("write-tree", environment=index).decode().strip()
        if parent and tree == self.run("rev-parse", f"{parent}^{{tree}}").decode().strip():
            return ""
        text = message.replace("\0", "").strip().encode("utf-8", "replace") + b"\n"
        parents = ("-p", parent) if parent else ()
        made = self.run("commit-tree", tree, *parents, "-F", "-", given=text, environment=person.environment())
        return made.decode().strip()

    def point_head(self, new: str, old: str) -> bool:
        """Move HEAD, or the branch it stands on; whether it still was `old`."""
        try:
            self._patiently("update-ref", "-m", "studio: publication", "HEAD", new, old or "0" * len(new))
        except Refused:
            if self.head() == old:
                raise
            return False
        return True

    def align_index(self, changes: Mapping[str, Blob | None]) -> None:
        """Let the programmer's index hold these paths as committed; everything else in it stays."""
        if self.has_index and changes:
            self._patiently("update-index", "-z", "--index-info", given=self._index_lines(changes))

    def await_unlocked(self) -> None:
        """Wait a little while another git works. Raises NoHistory when it does not end, or when a merge is half done."""
        for name in _UNFINISHED:
            if (self.directory / name).exists():
                raise NoHistory(
                    "В папке проекта не закончено слияние git. Закончите или отмените его (git status подскажет) и повторите."
                )
        deadline = time.monotonic() + LOCKED_SECONDS
        lock = self.directory / "index.lock"
        while self.has_index and lock.exists():
            if time.monotonic() > deadline:
                raise _locked(lock)
            time.sleep(0.05)

    def _update_index(self, changes: Mapping[str, Blob | None], environment: Mapping[str, str]) -> None:
        self.run("update-index", "-z", "--index-info", given=self._index_lines(changes), environment=environment)

    def _index_lines(self, changes: Mapping[str, Blob | None]) -> bytes:
        zeros = "0" * (64 if self._long_names else 40)
        lines = (
            f"{blob.mode if blob else 0} {blob.id if blob else zeros}\t{self.prefix}{path}\0"
            for path, blob in changes.items()
        )
        return "".join(lines).encode("utf-8", "surrogateescape")

    def _patiently(self, *arguments: str, given: bytes = b"") -> None:
        deadline = time.monotonic() + LOCKED_SECONDS
        while True:
            try:
                self.run(*arguments, given=given)
            except Refused as error:
                if ".lock'" not in str(error) and "cannot lock" not in str(error):
                    raise
                if "but expected" in str(error) or "reference already exists" in str(error):
                    raise
                if time.monotonic() > deadline:
                    raise _locked(self.directory / "index.lock") from None
                time.sleep(0.05)
            else:
                return


def repository_of(folder: Path) -> Git | None:
    """The repository a folder lies in; None when in none, or when that repository ignores the folder. Raises NoHistory."""
    try:
        said = git("-C", str(folder), "rev-parse", "--absolute-git-dir", "--show-prefix").decode().split("\n")
    except Refused as error:
        if "not a git repository" in str(error) or "must be run in a work tree" in str(error):
            return None
        raise in_words(error) from None
    try:
        git("-C", str(folder), "check-ignore", "--quiet", ".")
    except Refused:
        return Git(Path(said[0]), said[1] if len(said) > 1 else "", has_index=True)
    return None


def own_repository(directory: Path) -> Git:
    """The repository of a project that lies in none, made when missing. Raises NoHistory."""
    if not (directory / "HEAD").is_file():
        directory.mkdir(parents=True, exist_ok=True)
        try:
            git("init", "--quiet", "--bare", str(directory))
        except Refused as error:
            raise in_words(error) from None
    return Git(directory, "", has_index=False)


def git(*arguments: str, given: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
    """Run one command. Raises Refused with git's words, NoHistory when there is no git or it hangs."""
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    with _home() as home:
        surroundings = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        surroundings |= {
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": home,
            "GIT_TERMINAL_PROMPT": "0",
        }
        command = ["git", *settings, *arguments]
        try:
            done = subprocess.run(
                command, input=given, capture_output=True, env=surroundings | dict(environment or {}), timeout=_TIMEOUT, check=False
            )  # fmt: skip
        except FileNotFoundError:
            raise NoHistory(
                "На сервере нет программы git, публикации некуда записать. Попросите администратора её поставить: apt install git."
            ) from None
        except subprocess.TimeoutExpired:
            raise NoHistory("git не ответил за минуту. Повторите; если не поможет, покажите администратору.") from None
        except OSError as error:
            raise NoHistory(f"git не запускается ({error.strerror}). Покажите это администратору.") from None
    if done.returncode:
        raise Refused(done.stderr.decode("utf-8", "replace").strip())
    return done.stdout


@contextmanager
def _home() -> Iterator[str]:
    """Settings in place of the user's own: the project may belong to another user than the one the assistant runs as."""
    with tempfile.NamedTemporaryFile("w", prefix="otklik-git-", suffix=".config") as file:
        file.write("[safe]\n\tdirectory = *\n")
        file.flush()
        yield file.name


def in_words(error: Refused) -> NoHistory:
    """git's refusal for an editor."""
    said = re.sub(r"^(fatal|error): ", "", str(error).splitlines()[0]) if str(error) else "без объяснения"
    if "ermission denied" in said or "unable to create" in said or "insufficient permission" in said:
        return NoHistory(f"У помощника нет права писать в историю git ({said}). Покажите это администратору.")
    if "No space left" in str(error):
        return NoHistory("На диске кончилось место, история не записана. Освободите место и повторите.")
    return NoHistory(f"git отказал: {said}. Покажите это администратору.")


def _locked(lock: Path) -> NoHistory:
    return NoHistory(
        f"С историей сейчас работает другая программа git. Повторите через минуту; если никто не работает, удалите файл {lock}."
    )
