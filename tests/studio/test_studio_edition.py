"""Content that is exchanged while the robot runs: whoever holds an object has the new one, and nothing of the old stays."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.edition import Edition, load_edition
from app.settings import Settings
from bot.adopting import adopt
from bot.services.meaning import Encoder
from bot.services.payments import DemoPayments
from bot.store import Store
from bot.studio.project import Project
from tests.projects import copy_of_project


def _now() -> datetime:
    return datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


def _load(folder: Path, encoder: Encoder) -> Edition:
    settings = Settings(_env_file=None, project_dir=folder, persona="neutral")  # type: ignore[call-arg]
    return load_edition(settings, Store("sqlite+aiosqlite://"), _now, encoder, DemoPayments())


def test_everybody_has_the_new_edition_at_once(tmp_path: Path) -> None:
    encoder = Encoder()
    before = copy_of_project(tmp_path / "before")
    after = copy_of_project(tmp_path / "after")
    project = Project(after)
    services = project.read("bot/content/services.yml")
    old_title = _load(before, encoder).content.services[0].title
    project.write("bot/content/services.yml", services.replace(old_title, "Замена паспорта марсианина", 1))
    texts = project.read("bot/content/texts.yml")
    project.write("bot/content/texts.yml", texts + "\nonly_in_the_new_edition: [Проба]\n")

    edition = _load(before, encoder)
    held = edition.content, edition.texts, edition.catalogue, edition.titles
    edition.adopt(_load(after, encoder))

    content, said, catalogue, titles = held
    assert content.services[0].title == "Замена паспорта марсианина"
    assert catalogue.search("замена паспорта марсианина")[0][0].title == "Замена паспорта марсианина"
    assert said.line("only_in_the_new_edition") == "Проба"
    assert "Замена паспорта марсианина" in titles.services.values()
    assert old_title not in titles.services.values()


def test_every_part_of_an_edition_can_be_exchanged(tmp_path: Path) -> None:
    encoder = Encoder()
    first, second = (_load(copy_of_project(tmp_path / name), encoder) for name in ("a", "b"))
    first.adopt(second)
    assert set(first.personas) == set(second.personas)
    assert first.canned == second.canned


def test_two_different_kinds_are_not_exchanged() -> None:
    with pytest.raises(TypeError):
        adopt({}, [])  # type: ignore[type-var]


def test_a_dictionary_loses_what_the_new_one_has_not() -> None:
    held = {"a": 1, "b": 2}
    adopt(held, {"b": 3, "c": 4})
    assert held == {"b": 3, "c": 4}
