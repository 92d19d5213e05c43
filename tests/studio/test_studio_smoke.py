"""The look before a publication: what counts as a failure, over a robot that answers from a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.studio.smoke import smoke_test
from bot.rasa import Parsed
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from bot.studio.studio import Said

GOOD = Said(
    replies=[{"text": "Ответ"}], intent="greet", confidence=1.0, ranking=[], entities=[], slots={}, actions=["action_greet"],
    rules=[], seconds=0.1,
)  # fmt: skip
DOMAIN = "intents: [greet, {check_status: {use_entities: []}}%s]\n"
PHRASES = """
nlu:
- intent: greet
  examples: |
    - добрый [день](date)
- intent: check_status
  examples: |
    - где моё дело
- intent: rent_boat
  examples: |
    - лодку [напрокат]{"entity": "service"}
"""


class Scripted:
    """A house that answers as told; remembers what was said to it."""

    def __init__(self, folder: Path, answer: Callable[[str], Said]) -> None:
        self.project, self.published, self.heard = Project(folder / "new"), Project(folder / "old"), list[str]()
        self._answer = answer
        for project, more in ((self.published, ""), (self.project, ", rent_boat")):
            project.write("domain.yml", DOMAIN % more)
            project.write("nlu/data/all.yml", PHRASES if more else PHRASES.partition("- intent: rent_boat")[0])
            project.write("bot/content/intents.yml", "rent_boat: Взять лодку\n")

    def talk(self, channel: str = "widget", segment: str = "") -> Scripted:
        return self

    async def say(self, text: str, payload: str = "") -> Said:
        self.heard.append(text)
        return self._answer(text)

    async def parse(self, text: str) -> Parsed:
        raise NotImplementedError


def silent(_text: str) -> Said:
    raise NotPossible("Робот для пробы не ответил.")


@pytest.mark.asyncio
async def test_a_good_edition_passes_and_new_wishes_are_tried(tmp_path: Path) -> None:
    house = Scripted(tmp_path, lambda _text: GOOD)
    assert await smoke_test(house) == []
    assert house.heard == ["добрый день", "где моё заявление", "лодку напрокат"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda _text: replace(GOOD, replies=[]), "промолчал"),
        (lambda _text: replace(GOOD, replies=[{"text": " "}]), "промолчал"),
        (lambda _text: replace(GOOD, failed=["action_greet"]), "сломалось действие action_greet"),
        (lambda _text: replace(GOOD, actions=["action_not_understood"]), "не понял фразу"),
        (lambda _text: replace(GOOD, seconds=27.0), "занял 27 с"),
        (silent, "нет ответа"),
    ],
)
async def test_every_kind_of_failure_is_told(tmp_path: Path, answer: Callable[[str], Said], words: str) -> None:
    found = await smoke_test(Scripted(tmp_path, answer))
    assert len(found) == 3
    assert all(words in one for one in found)
    assert any("«Взять лодку»" in one for one in found)


@pytest.mark.asyncio
async def test_a_broken_file_is_told_instead_of_a_trial(tmp_path: Path) -> None:
    house = Scripted(tmp_path, lambda _text: GOOD)
    house.project.write("domain.yml", "intents: [")
    assert "domain.yml" in (await smoke_test(house))[0]
    assert house.heard == []
