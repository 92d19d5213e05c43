"""What administrators change in groups, the numbers of the hand-over and of turn taking works from the publication on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import Settings
from app.spoken_edition import load_spoken
from bot.services.content import load
from bot.studio.yaml_text import edit, parse
from tests.desk.world import World
from tests.projects import copy_of_project
from tests.studio.publishing import PublishingStudio

GROUPS, HANDOVER, LINES = "bot/content/groups.yml", "bot/content/handover.yml", "bot/content/lines.yml"
NIGHT = {"id": "night", "title": "Ночная смена", "topics": ["night"], "hours": {"mon": [["00:00", "24:00"]]}}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[PublishingStudio]:
    world = World(tmp_path)
    world.start()
    yield PublishingStudio(world)
    world.stop()


def publish_another(studio: PublishingStudio) -> None:
    """A new group and other numbers, brought to the running assistant by the publisher."""
    now = studio.published.files()
    change = {
        GROUPS: edit(now[GROUPS], lambda tree: tree["groups"].append(NIGHT)),
        HANDOVER: edit(now[HANDOVER], lambda tree: tree.update(lost_operator_seconds=30, pauses=["Совещание"])),
        LINES: edit(now[LINES], lambda tree: tree["queues"].update(night="otklik-night")),
    }
    studio.published.become(now | change)
    wanted, model = studio.commit(message="Новая"), studio.kept_model()
    studio.was_live(wanted, model)
    studio.published.become(now)
    studio.commit(message="Прежняя")
    assert studio.go_back(wanted).state == "live"


def test_a_new_group_works_and_has_ready_answers_of_its_own(studio: PublishingStudio) -> None:
    publish_another(studio)
    parts = studio.world.assistant.desk.parts
    assert "night" in parts.groups and parts.groups.get("night").title == "Ночная смена"
    assert parts.groups.is_open(parts.groups.get("night"), studio.world.clock())
    assert "night" in parts.people.groups
    added = studio.do(parts.canned.add("night", "ночь", "Ночью", "Мы работаем и ночью.", (), "anna"))
    assert added.group == "night"


def test_numbers_of_the_hand_over_hold_from_now_on(studio: PublishingStudio) -> None:
    publish_another(studio)
    world = studio.world
    parts = world.assistant.desk.parts
    operator = world.account("Ольга Операторова")
    assert "Совещание" in parts.rules.pauses
    world.do(parts.presences.set(operator.id, "online"))
    world.forward(seconds=40)
    assert world.do(parts.presences.drop_lost()) == [operator.id]


def test_turn_taking_of_another_edition_is_what_the_next_call_gets(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, project_dir=copy_of_project(tmp_path / "project"))  # type: ignore[call-arg]
    content = load(settings.content_dir)
    groups = frozenset(one["id"] for one in parse((settings.content_dir / "groups.yml").read_text("utf-8"))["groups"])
    mine = load_spoken(settings, content, groups)
    held = mine.strategies
    (settings.content_dir / "turn_taking.yml").write_text("endpoints: {plain_ms: 777}\n", "utf-8")
    mine.adopt(load_spoken(settings, content, groups))
    assert held.endpoints.plain_ms == 777
