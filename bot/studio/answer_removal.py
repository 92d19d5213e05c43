"""Takes an answer that nobody says any more out of domain.yml, or tells who still says it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.studio.answers import DOMAIN, answers
from bot.studio.drafts import Draft
from bot.studio.file_values import values
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from bot.studio.robot_code import ANSWERS, OWN_ANSWER
from bot.studio.yaml_text import edit

STORIES, TESTS = "stories/", "stories/tests/"


def users(project: Project, id: str) -> list[str]:
    """Who says an answer, in sentences with what to do; [] for one that may go. Blocks for some 50 ms.

    Raises KeyError for an unknown answer.
    """
    answer = answers(project)[id]
    if answer.kind != "response":
        return ["Эту строку говорит сама программа: без неё граждане услышат тишину. Её можно переписать."]
    name = answer.name
    if name in ANSWERS:
        return ["Этот ответ говорит сама программа робота: убрать его может только программист. Его можно переписать."]
    domain: Mapping[str, Any] = values(project, DOMAIN) or {}
    found = [
        f"Этим ответом спрашивает анкета «{form}». Пока анкета спрашивает, ответ нужен."
        for form, slot in _asked(domain)
        if name in (f"utter_ask_{form}_{slot}", f"utter_ask_{slot}")
    ]
    for path, story in _stories(project):
        if name in _said(story):
            title = story.get("rule") or story.get("story") or "?"
            what = "проверка" if path.startswith(TESTS) else "правило"
            found.append(f"Его говорит {what} «{title}» ({path}). Сначала уберите его оттуда.")
    return found or _named(project, name)


def remove_answer(draft: Draft, id: str) -> None:
    """Take an answer away. Blocks for some 100 ms. Raises KeyError for an unknown one, NotPossible that names who says it."""
    if held := users(draft.work, id):
        raise NotPossible("Этот ответ ещё нужен. " + " ".join(held))

    def change(tree: Any) -> None:
        del tree["responses"][id]

    draft.write(DOMAIN, edit(draft.read(DOMAIN), change))


def _asked(domain: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for form, data in (domain.get("forms") or {}).items():
        for slot in (data or {}).get("required_slots") or ():
            yield str(form), str(slot)


def _stories(project: Project) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in project.paths():
        if path.startswith(STORIES):
            data = values(project, path) or {}
            yield from ((path, one) for part in ("rules", "stories") for one in data.get(part) or ())


def _said(story: Mapping[str, Any]) -> set[str]:
    """Answers that a rule or story says, by name or as the answer of its wish."""
    steps = [step for step in story.get("steps") or () if isinstance(step, Mapping)]
    turns = [*steps, *(turn for step in steps for turn in step.get("or") or () if isinstance(turn, Mapping))]
    wishes = {str(turn["intent"]).split("/", 1)[0] for turn in turns if turn.get("intent")}
    actions = {str(step["action"]) for step in steps if step.get("action")}
    return actions | ({f"utter_{wish}" for wish in wishes} if OWN_ANSWER in actions else set())


def _named(project: Project, name: str) -> list[str]:
    """Files that name the answer in some other way."""
    word = re.compile(rf"(?<![\w]){re.escape(name)}(?!\w)")
    own = re.compile(rf"^  {re.escape(name)}:", re.M)
    return [
        f"Его называет файл {path}. Сначала уберите его оттуда."
        for path in project.paths()
        if word.search(own.sub("", project.read(path)) if path == DOMAIN else project.read(path))
    ]
