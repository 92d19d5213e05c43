"""Every conversation of stories/tests, played against the real house: what is understood, done and answered."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from app.paths import HERE
from bot.studio.conversations import USUAL_CHANNEL, Conversation
from tests.dialogue.moments import placeholders
from tests.dialogue.stories import FOLDER, Play, read_stories
from tests.house import House
from tests.live import Talk

STORIES = read_stories()
READ_AS_RASA_DOES = """
import sys
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
for path in sys.argv[1:]:
    assert YAMLStoryReader.is_test_stories_file(path), path
    reader = YAMLStoryReader(Domain.load("domain.yml"))
    print(len({step.block_name for step in reader.read_from_file(path)}))
"""


@pytest.mark.parametrize(
    "story", STORIES, ids=[f"{Path(s.file).stem.removeprefix('test_')}: {s.name}" for s in STORIES]
)
def test_conversation(story: Conversation, request: pytest.FixtureRequest) -> None:
    """Those of test_telegram.yml are held in a channel that may not carry personal data."""
    if story.channel != USUAL_CHANNEL:
        house: House = request.getfixturevalue("house")
        Play(house.talk(story.channel), placeholders(), house.folder / "otklik.db").run(story)
    else:
        talk: Callable[[], Talk] = request.getfixturevalue("talk")
        Play(talk(), placeholders(), request.getfixturevalue("database")).run(story)


def test_names_are_told_apart() -> None:
    names = [s.name for s in STORIES]
    assert len(names) >= 45
    assert len(set(names)) == len(names)


def test_rasa_reads_the_files_as_its_own_test_conversations() -> None:
    files = [str(p.relative_to(HERE.root)) for p in sorted(FOLDER.glob("test_*.yml"))]
    read = subprocess.run(
        [str(HERE.python("dialogue")), "-W", "ignore", "-c", READ_AS_RASA_DOES, *files],
        cwd=HERE.root, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert read.returncode == 0, read.stderr[-2000:]
    assert sum(int(n) for n in read.stdout.split()) == len(STORIES)
