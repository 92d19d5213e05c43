"""Publications in git: what is committed, what stays a programmer's, and what a kill at any step leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.paths import HERE
from bot.studio.history import BY_HAND, FIRST, History, NoHistory
from bot.studio.project import NotOfProject, Project

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
PHRASES, TEXTS = "nlu/data/talk.yml", "bot/content/texts.yml"
ENVIRONMENT = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def git(folder: Path, *arguments: str) -> str:
    command = [
        "git",
        "-c",
        "user.name=Прога",
        "-c",
        "user.email=p@x",
        "-c",
        "safe.directory=*",
        "-C",
        str(folder),
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=ENVIRONMENT).stdout


def project_in(folder: Path) -> Project:
    project = Project(folder)
    for path, text in {PHRASES: "фразы: раз\n", TEXTS: "тексты: раз\n", "domain.yml": "version: 1\n"}.items():
        project.write(path, text)
    return project


@pytest.fixture(params=["checkout", "subfolder", "none"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Project, History]:
    top = tmp_path / "repo"
    project = project_in(top / "глубже" / "[робот]" if request.param == "subfolder" else top)
    if request.param != "none":
        git(top, "init", "-q")
        (top / "readme.txt").write_text("чужое\n", "utf-8")
        git(top, "add", "-A")
        git(top, "commit", "-q", "-m", "первый")
    return project, History(project, tmp_path / "studio" / "history.git")


def publish(history: History, files: dict[str, str], message: str = "Новая фраза\n\nПочему\n") -> str:
    return history.commit(files, "Анна Редактор", "anna@desk", message, AT)


def test_a_publication_is_one_commit_with_its_author_and_reason(place: tuple[Project, History]) -> None:
    project, history = place
    new = project.files() | {PHRASES: "фразы: два\n"}
    made = publish(history, new)
    assert history.head() == made
    assert project.files() == new
    version = history.versions()[0]
    assert (version.id, version.author, version.email, version.at) == (made, "Анна Редактор", "anna@desk", AT)
    assert (version.title, version.why) == ("Новая фраза", "Почему")
    assert history.version(made) == version
    assert history.files(made) == new
    assert history.files(version.parent)[PHRASES] == "фразы: раз\n"
    assert history.by_hand() == []


def test_the_same_files_make_no_commit(place: tuple[Project, History]) -> None:
    project, history = place
    first = publish(history, project.files() | {TEXTS: "тексты: два\n"})
    assert publish(history, project.files()) == first


def test_files_come_and_go(place: tuple[Project, History]) -> None:
    project, history = place
    files = project.files()
    del files[TEXTS]
    files["bot/content/knowledge/новое.md"] = "---\nid: a\n---\nда\n"
    made = publish(history, files)
    assert history.files(made) == files == project.files()


def test_what_was_changed_by_hand_gets_a_commit_of_its_own(place: tuple[Project, History]) -> None:
    project, history = place
    publish(history, project.files() | {"domain.yml": "version: 2\n"})
    project.write(TEXTS, "тексты: от руки\n")
    assert history.by_hand() == [TEXTS]
    made = publish(history, project.files() | {TEXTS: "тексты: раз\n", PHRASES: "фразы: два\n"})
    own, hand = history.versions()[:2]
    assert (own.id, hand.title) == (made, BY_HAND)
    assert history.files(hand.id)[TEXTS] == "тексты: от руки\n"
    assert history.files(made)[TEXTS] == "тексты: раз\n"


def test_versions_are_read_page_by_page(place: tuple[Project, History]) -> None:
    project, history = place
    made = [publish(history, project.files() | {PHRASES: f"фразы: {n}\n"}, f"версия {n}") for n in range(5)]
    assert [version.id for version in history.versions(2)] == made[:2:-1]
    assert [version.id for version in history.versions(2, before=made[3])] == [made[2], made[1]]


def test_a_project_in_no_repository_begins_with_what_was_there(tmp_path: Path) -> None:
    project = project_in(tmp_path / "project")
    history = History(project, tmp_path / "studio" / "history.git")
    assert (history.head(), history.versions(), history.by_hand()) == ("", [], [])
    publish(history, project.files() | {PHRASES: "фразы: два\n"})
    assert [version.title for version in history.versions()] == ["Новая фраза", FIRST]
    assert history.files(history.versions()[1].id)[PHRASES] == "фразы: раз\n"
    assert not (tmp_path / "project" / ".git").exists()


def test_a_repository_without_commits_gets_its_first_two(tmp_path: Path) -> None:
    project = project_in(tmp_path / "project")
    git(tmp_path / "project", "init", "-q")
    history = History(project, tmp_path / "history.git")
    assert history.head() == ""
    publish(history, project.files() | {PHRASES: "фразы: два\n"})
    assert len(history.versions()) == 2
    assert git(project.folder, "status", "--porcelain") == ""


def test_a_project_that_the_repository_around_it_ignores_gets_its_own(tmp_path: Path) -> None:
    project = project_in(tmp_path / "place" / "project")
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("/place/\n")
    history = History(project, tmp_path / "place" / "history.git")
    publish(history, project.files() | {PHRASES: "фразы: два\n"})
    assert (tmp_path / "place" / "history.git" / "HEAD").exists()


@pytest.fixture
def checkout(tmp_path: Path) -> tuple[Project, History]:
    project = project_in(tmp_path / "repo")
    for name in ("staged.py", "changed.py", "both.py"):
        (project.folder / name).write_text("1\n")
    git(project.folder, "init", "-q")
    git(project.folder, "add", "-A")
    git(project.folder, "commit", "-q", "-m", "первый")
    return project, History(project, tmp_path / "studio" / "history.git")


def test_what_a_programmer_has_staged_and_changed_stays_hers(checkout: tuple[Project, History]) -> None:
    project, history = checkout
    for name in ("staged.py", "both.py", "added.py"):
        (project.folder / name).write_text("2\n")
        git(project.folder, "add", name)
    for name in ("changed.py", "both.py", "new.py"):
        (project.folder / name).write_text("3\n")
    before = git(project.folder, "status", "--porcelain"), git(project.folder, "diff", "--cached")
    project.write(TEXTS, "тексты: от руки\n")
    made = publish(history, project.files() | {PHRASES: "фразы: два\n"})
    assert (git(project.folder, "status", "--porcelain"), git(project.folder, "diff", "--cached")) == before
    shown = git(project.folder, "-c", "core.quotepath=false", "show", "--name-only", "--format=", made)
    assert shown.split() == [PHRASES]


def test_a_branch_moves_and_a_detached_head_too(checkout: tuple[Project, History]) -> None:
    project, history = checkout
    git(project.folder, "checkout", "-q", "-b", "работа")
    assert publish(history, project.files() | {PHRASES: "2\n"}) == git(project.folder, "rev-parse", "работа").strip()
    git(project.folder, "checkout", "-q", "--detach")
    made = publish(history, project.files() | {PHRASES: "3\n"})
    assert (
        made == git(project.folder, "rev-parse", "HEAD").strip() != git(project.folder, "rev-parse", "работа").strip()
    )


def test_settings_and_hooks_of_the_repository_do_not_disturb(checkout: tuple[Project, History]) -> None:
    project, history = checkout
    for hook in ("pre-commit", "reference-transaction", "post-index-change"):
        place = project.folder / ".git" / "hooks" / hook
        place.parent.mkdir(exist_ok=True)
        place.write_text("#!/bin/sh\nexit 1\n")
        place.chmod(0o755)
    for setting in (("commit.gpgsign", "true"), ("core.autocrlf", "true"), ("user.useConfigOnly", "true")):
        git(project.folder, "config", *setting)
    (project.folder / ".git" / "info").mkdir(exist_ok=True)
    (project.folder / ".git" / "info" / "attributes").write_text("*.yml text eol=crlf\n")
    made = publish(history, project.files() | {PHRASES: "a\nb\n"})
    assert history.files(made)[PHRASES] == "a\nb\n"
    assert history.by_hand() == []


@pytest.mark.parametrize(
    ("name", "email"),
    [("Анна <b@x>\nCommitter: ложь", "a<b>\n@x y"), ("🙂", "🙂@x"), ("", ""), ("<>\n", "<>"), ("\ud800", "\ud800")],
    ids=["commands", "emoji", "empty", "nothing kept", "no character"],
)
def test_odd_names_are_only_names(checkout: tuple[Project, History], name: str, email: str) -> None:
    project, history = checkout
    made = history.commit(project.files() | {PHRASES: "2\n"}, name, email, "# тема -- --amend\0\n\nтекст\ud800", AT)
    version = history.version(made)
    assert version.author
    assert not set("<>\n") & set(version.author + version.email)
    assert version.title == "# тема -- --amend"
    assert history.head() == made


def test_a_lock_of_another_git_is_waited_for(checkout: tuple[Project, History]) -> None:
    project, history = checkout
    lock = project.folder / ".git" / "index.lock"
    lock.touch()
    threading.Timer(0.2, lock.unlink).start()
    publish(history, project.files() | {PHRASES: "2\n"})
    assert git(project.folder, "status", "--porcelain") == ""


def test_a_lock_that_stays_and_a_merge_half_done_are_told(
    checkout: tuple[Project, History], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, history = checkout
    monkeypatch.setattr("bot.studio.history_git.LOCKED_SECONDS", 0.1)
    before = project.files()
    for name, words in (("index.lock", "другая программа git"), ("MERGE_HEAD", "слияние")):
        (project.folder / ".git" / name).touch()
        with pytest.raises(NoHistory) as refused:
            publish(history, before | {PHRASES: "2\n"})
        assert words in refused.value.text
        assert project.files() == before
        (project.folder / ".git" / name).unlink()


def test_no_git_is_told_with_what_to_do(checkout: tuple[Project, History], monkeypatch: pytest.MonkeyPatch) -> None:
    project, history = checkout
    monkeypatch.setenv("PATH", str(project.folder / "nowhere"))
    with pytest.raises(NoHistory) as refused:
        publish(history, project.files())
    assert "apt install git" in refused.value.text


@pytest.mark.parametrize("version", ["0" * 40, "HEAD", "--all", "", "deadbeef", "main; rm", "f" * 64])
def test_an_unknown_version_is_refused(checkout: tuple[Project, History], version: str) -> None:
    with pytest.raises(NoHistory):
        checkout[1].files(version)


@pytest.mark.parametrize(
    "path", ["app/settings.py", "../domain.yml", "bot/content/../../x.yml", "/etc/passwd", ".git/config"]
)
def test_only_files_of_an_edition_are_committed(checkout: tuple[Project, History], path: str) -> None:
    project, history = checkout
    with pytest.raises(NotOfProject):
        publish(history, project.files() | {path: "x"})


KILLED = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from bot.studio.history import History
from bot.studio.project import Project
top, own, at = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
project, steps = Project(top), [0]
history = History(project, own)
files = project.files() | {"nlu/data/talk.yml": "два\\n", "bot/content/lines.yml": "новое\\n"}
del files["domain.yml"]
def step(event, arguments):
    mine = event == "os.remove" and str(top) in str(arguments[0]) or event == "os.rename"
    if mine or event == "subprocess.Popen":
        steps[0] += 1
        if steps[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(step)
history.commit(files, "Анна", "a@desk", "Публикация", datetime(2026, 11, 2, tzinfo=UTC))
"""


def test_a_kill_at_any_step_leaves_the_old_edition_or_the_new_one(tmp_path: Path) -> None:
    first = project_in(tmp_path / "first")
    git(first.folder, "init", "-q")
    (first.folder / "mine.py").write_text("1\n")
    git(first.folder, "add", "-A")
    git(first.folder, "commit", "-q", "-m", "первый")
    (first.folder / "mine.py").write_text("2\n")
    git(first.folder, "add", "mine.py")
    first.write(TEXTS, "тексты: от руки\n")
    at, killed, states = 0, True, set()
    while killed:
        at += 1
        folder = tmp_path / str(at)
        project = Project(Path(shutil.copytree(first.folder, folder / "repo")))
        own = folder / "studio" / "history.git"
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(project.folder), str(own), str(at)], cwd=HERE.root, capture_output=True, check=False
        )  # fmt: skip
        killed = done.returncode == -9
        assert killed or done.returncode == 0, done.stderr.decode()
        history = History(project, own)
        history.restore()
        assert history.restore() == []
        new = project.files()
        published = history.versions()[0].title == "Публикация"
        states.add(published)
        assert new[TEXTS] == "тексты: от руки\n"
        assert (new[PHRASES] == "два\n", "bot/content/lines.yml" in new, "domain.yml" not in new) == (published,) * 3
        status = git(project.folder, "status", "--porcelain").splitlines()
        assert "M  mine.py" in status
        by_hand = [f" M {path}" for path in history.by_hand()]
        assert [line for line in status if "mine.py" not in line] == by_hand, at
    assert states == {True, False}
    assert at > 12
