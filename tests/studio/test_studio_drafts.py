"""Drafts of editors: what they change, how they take over what others published, and what a kill leaves of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.paths import HERE
from bot.studio.drafts import Drafts
from bot.studio.project import NotOfProject, Project

TITLES, TALK, ARTICLE = "bot/content/intents.yml", "nlu/data/talk.yml", "bot/content/knowledge/a.md"
FILES = {
    TITLES: "# имена\ngreet: Поздороваться\nbye: Попрощаться\n",
    TALK: "nlu:\n- intent: greet\n  examples: |\n    - привет\n",
    ARTICLE: "---\nid: a\n---\nтекст\n",
    "domain.yml": "responses: {}\n",
}


def drafts_in(folder: Path) -> Drafts:
    return Drafts(folder / "drafts", Project(folder / "published"), lambda: datetime(2026, 11, 2, tzinfo=UTC))


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    Project(tmp_path / "published").become(FILES)
    return drafts_in(tmp_path)


def test_a_draft_begins_as_published_and_knows_what_was_changed(drafts: Drafts) -> None:
    draft = drafts.of("anna")
    assert draft.work.files() == draft.base.files() == FILES
    assert draft.changed() == []
    draft.write(TITLES, "greet: Привет\n")
    draft.work.remove(ARTICLE)
    draft.write("bot/content/new.yml", "a: 1\n")
    assert draft.changed() == [TITLES, ARTICLE, "bot/content/new.yml"]
    draft.write(TITLES, FILES[TITLES])
    assert TITLES not in draft.changed()
    assert drafts.published.files() == FILES


def test_drafts_do_not_see_each_other_and_are_forgotten_alone(drafts: Drafts) -> None:
    drafts.of("anna").write(TITLES, "a: 1\n")
    assert drafts.of("vera").changed() == []
    assert drafts.discard("vera").changed() == []
    assert drafts.of("anna").changed() == [TITLES]


def test_what_was_published_since_is_noticed_and_taken_over(drafts: Drafts) -> None:
    draft = drafts.of("anna")
    draft.write(TITLES, FILES[TITLES].replace("Поздороваться", "Сказать привет"))
    assert drafts.behind("anna") == []
    drafts.published.write(TITLES, FILES[TITLES].replace("Попрощаться", "Уйти"))
    drafts.published.write(TALK, FILES[TALK] + "    - хай\n")
    assert drafts.behind("anna") == [TITLES, TALK]
    assert drafts.refresh("anna") == []
    assert drafts.behind("anna") == []
    assert draft.read(TITLES) == "# имена\ngreet: Сказать привет\nbye: Уйти\n"
    assert draft.changed() == [TITLES]


def test_a_clash_waits_until_it_is_settled(drafts: Drafts) -> None:
    draft = drafts.of("anna")
    draft.write(TITLES, FILES[TITLES].replace("Поздороваться", "Моё").replace("Попрощаться", "Моё пока"))
    drafts.published.write(TITLES, FILES[TITLES].replace("Поздороваться", "Чужое").replace("Попрощаться", "Чужое пока"))
    clashes = drafts.refresh("anna")
    assert [(one.mine, one.theirs) for one in clashes] == [("Моё", "Чужое"), ("Моё пока", "Чужое пока")]
    assert drafts.refresh("anna") == drafts.clashes("anna") == clashes
    assert drafts.settle("anna", {(TITLES, clashes[0].key): "theirs"}) == [clashes[1]]
    assert draft.read(TITLES) == "# имена\ngreet: Чужое\nbye: Моё пока\n"
    assert drafts.settle("anna", {(TITLES, clashes[1].key): "mine", ("gone", ""): "theirs"}) == []
    assert drafts.clashes("anna") == []


def test_an_odd_account_or_path_leads_nowhere(drafts: Drafts) -> None:
    for account in ("", "../x", "a/b", "."):
        with pytest.raises(ValueError, match=r".*"):
            drafts.of(account)
    for path in ("../x.yml", "app/x.py", "/etc/passwd", "bot/content/x.py", "domain.yml/../x.yml"):
        with pytest.raises(NotOfProject):
            drafts.of("anna").write(path, "x")


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.studio.test_studio_drafts import drafts_in
drafts, at, steps = drafts_in(Path(sys.argv[1])), int(sys.argv[2]), [0]
def step(event, arguments):
    if event in ("os.rename", "os.remove", "os.rmdir", "shutil.copyfile"):
        steps[0] += 1
        if steps[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(step)
getattr(drafts, sys.argv[3])("anna")
"""


@pytest.mark.parametrize("deed", ["refresh", "discard"])
def test_a_kill_at_any_step_loses_nothing(tmp_path: Path, deed: str) -> None:
    first = tmp_path / "first"
    Project(first / "published").become(FILES)
    drafts = drafts_in(first)
    mine = FILES[TITLES].replace("Поздороваться", "Моё")
    drafts.of("anna").write(TITLES, mine)
    published = FILES | {TITLES: FILES[TITLES].replace("Попрощаться", "Уйти"), "config.yml": "language: ru\n"}
    published.pop(ARTICLE)
    drafts.published.become(published)
    refreshed = published | {TITLES: mine.replace("Попрощаться", "Уйти")}
    allowed = {
        "refresh": [(FILES, FILES | {TITLES: mine}), (published, refreshed)],
        "discard": [(FILES, FILES | {TITLES: mine}), (published, published)],
    }[deed]
    stride = 4 if deed == "discard" else 1
    at, killed, states = 1 - stride, True, []
    while killed:
        # Forgetting takes one file after the other away: every fourth of these steps will do.
        at += stride
        folder = Path(shutil.copytree(first, tmp_path / str(at)))
        command = [sys.executable, "-c", KILLED, str(folder), str(at), deed]
        done = subprocess.run(command, cwd=HERE.root, capture_output=True, check=False)
        killed = done.returncode == -9
        assert killed or done.returncode == 0, done.stderr.decode()
        draft = drafts_in(folder).of("anna")
        state = (draft.base.files(), draft.work.files())
        assert state in allowed, at
        states.append(allowed.index(state))
    assert states == sorted(states)
    assert set(states) == {0, 1}
