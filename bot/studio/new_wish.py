"""Wishes that an editor adds, takes back and merges by herself, without a programmer: a rule leads each to `action_answer`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.clean import clean
from bot.studio import yaml_text
from bot.studio.drafts import Draft
from bot.studio.phrases import (
    DATA,
    DOMAIN,
    TITLES,
    VERDICTS,
    Added,
    Wish,
    add_phrases,
    check_title,
    data_files,
    find,
    loaded,
    put,
    sift,
    wishes,
)
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from bot.studio.robot_code import OWN_ANSWER, REGION

EDITORS_DATA = DATA + "editors.yml"
RULES = "stories/editors.yml"
STORIES, TESTS = "stories/", "stories/tests/"
LONGEST_NAME = 40
LONGEST_ANSWER = 450
"""Characters of one answer; longer ones are not read on a telephone."""
LEAST_PHRASES = 2
"""Fewer cannot be trained; how many are good says `phrase_styles`."""

_EMPTY_RULES = """\
version: "3.1"
# Wishes that editors added. Each has one rule: intent → action_answer, which says utter_<intent>.
rules:
"""
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_BRACES = re.compile(r"\{([^{}]*)\}")
_RESERVED = frozenset(("restart", "back", "session_start", "nlu_fallback", "external", "out_of_scope", "robot"))
"""Names that Rasa or the assistant read in a way of their own."""
_LETTERS = dict(zip(
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh sch  y  e yu ya".split(" "),
    strict=True,
))  # fmt: skip


@dataclass(frozen=True)
class NewWish:
    """What an editor fills in. `file` is where its phrases go, a path below nlu/data."""

    title: str
    name: str
    phrases: Sequence[str]
    answer: str
    file: str = EDITORS_DATA


def latin_name(title: str, taken: Collection[str] = ()) -> str:
    """A name for the files from a Russian title: «Узнать про парковку» → `uznat_pro_parkovku`; a number tells namesakes apart."""
    letters = "".join(_LETTERS.get(c, c) for c in title.lower())
    name = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:LONGEST_NAME].strip("_")
    name = name if _NAME.fullmatch(name) else f"wish_{name}".strip("_")
    if name not in taken and name not in _RESERVED:
        return name
    return next(made for n in range(2, 10_000) if (made := f"{name[: LONGEST_NAME - 5]}_{n}") not in taken)


def names_taken(project: Project) -> set[str]:
    """Names that a new wish may not have: those of wishes, and of answers that would become its own."""
    domain = loaded(project, DOMAIN) or {}
    answers = {str(name).removeprefix("utter_") for name in domain.get("responses") or {}}
    asked = {f"ask_{slot}" for slot in domain.get("slots") or {}}
    return {one.name for one in wishes(project)} | answers | asked


def check_name(project: Project, name: str) -> str:
    """The name as it will be written. Raises NotPossible with what to change."""
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise NotPossible("Имя — маленькие латинские буквы, цифры и знак _, первой стоит буква: parking_place.")
    if len(name) > LONGEST_NAME:
        raise NotPossible(f"Имя длиннее {LONGEST_NAME} знаков. Сократите его.")
    if name in _RESERVED or name in names_taken(project):
        raise NotPossible(f"Имя {name} уже занято. Добавьте к нему слово или цифру.")
    return name


def check_answer(answer: str) -> str:
    """The answer as it will be written. Raises NotPossible with what to change."""
    text = "\n".join(" ".join(line.split()) for line in clean(answer).splitlines()).strip()
    if not any(c.isalnum() for c in text):
        raise NotPossible("Напишите, что ответит робот.")
    if len(text) > LONGEST_ANSWER:
        raise NotPossible(f"Ответ длиннее {LONGEST_ANSWER} знаков, сейчас {len(text)}. Оставьте главное.")
    if unknown := [name for name in _BRACES.findall(text) if name not in REGION]:
        known = ", ".join(f"{{{name}}}" for name in REGION)
        raise NotPossible(f"Подстановку {{{unknown[0]}}} робот не знает. Здесь есть: {known}.")
    if set("{}<>") & set(_BRACES.sub("", text)):
        raise NotPossible("Уберите из ответа лишние скобки { } < >.")
    return text


def wrong_fields(project: Project, new: NewWish) -> dict[str, str]:
    """What is wrong with a new wish, by field (title, name, file, phrases, answer); {} when it can be added."""
    found: dict[str, str] = {}
    checks: tuple[tuple[str, Callable[[], object]], ...] = (
        ("title", lambda: check_title(wishes(project), new.title)),
        ("name", lambda: check_name(project, new.name)),
        ("file", lambda: _check_file(project, new.file)),
        ("phrases", lambda: _enough(project, sift_new(project, new.phrases))),
        ("answer", lambda: check_answer(new.answer)),
    )
    for field, check in checks:
        try:
            check()
        except NotPossible as refusal:
            found[field] = refusal.text
    return found


def sift_new(project: Project, phrases: Sequence[str]) -> Added:
    """What would become of the first phrases of a wish that is not there yet."""
    return sift(project, "", phrases)


def add_wish(draft: Draft, new: NewWish) -> Added:
    """Write a new wish with its title, phrases, rule and answer; what became of the phrases. Blocks for 1 to 2 s.

    Raises NotPossible, and then has written nothing.
    """
    for wrong in wrong_fields(draft.work, new).values():
        raise NotPossible(wrong)
    added, name = sift_new(draft.work, new.phrases), new.name.strip()
    title = check_title(wishes(draft.work), new.title)
    domain = yaml_text.edit(draft.read(DOMAIN), lambda tree: _declare(tree, name, check_answer(new.answer)))
    titles = yaml_text.edit(draft.read(TITLES), lambda tree: tree.__setitem__(name, title))
    rules = _with_rule(draft, name, title)
    put(draft, new.file, name, added.taken)
    for path, text in ((RULES, rules), (TITLES, titles), (DOMAIN, domain)):
        draft.write(path, text)
    return Added(name, added.lines, added.taken)


def _check_file(project: Project, file: str) -> None:
    if file != EDITORS_DATA and file not in data_files(project):
        raise NotPossible("Выберите тему из списка.")


def _enough(project: Project, added: Added) -> None:
    for line in added.lines:
        if line.verdict in ("elsewhere", "long", "marks"):
            owner = f" «{find(project, line.other).shown}»" if line.other else ""
            raise NotPossible(f"Фраза «{line.text[:80]}»: {VERDICTS[line.verdict]}{owner}. Уберите или измените её.")
        if line.personal:
            raise NotPossible(f"Во фразе «{line.text[:80]}» личные данные ({', '.join(line.personal)}). Уберите их.")
    if len(added.taken) < LEAST_PHRASES:
        raise NotPossible(f"Нужно хотя бы {LEAST_PHRASES} разные фразы, каждая с новой строки.")


def is_own(project: Project, name: str) -> bool:
    """Whether a wish is an editor's: one rule, and that leads to `action_answer`."""
    steps = [story.get("steps") for _, story in _stories(project) if _names(story, name)]
    return len(steps) == 1 and _is_answer(steps[0], name)


def holders(project: Project, name: str) -> list[str]:
    """Why a wish cannot be taken away, in sentences; [] when nothing holds it. Blocks for some 50 ms."""
    if not is_own(project, name):
        actions = dict.fromkeys(
            str(step.get("action") or step.get("active_loop"))
            for _, story in _stories(project)
            if _names(story, name)
            for step in story.get("steps") or ()
            if step.get("action") or step.get("active_loop")
        )
        by = f" ({', '.join(actions)})" if actions else ""
        return [f"Это желание выполняет программа{by}: убрать его может только программист."]
    found = [
        f"Его проверяет разговор «{story.get('story')}» ({path}). Сначала удалите этот разговор или поменяйте в нём желание."
        for path, story in _stories(project, tests=True)
        if _names(story, name)
    ]
    button = re.compile(rf"(?<![\w/])/{name}(?![\w/])")
    for path in project.paths():
        if path == DOMAIN or path.startswith("bot/content/"):
            if button.search(project.read(path)):
                found.append(f"На него ведёт кнопка в файле {path}. Сначала уберите кнопку.")
    return found


def remove_wish(draft: Draft, name: str) -> Wish:
    """Take an editor's wish away with its phrases, rule, title and answer; what it was. Blocks for 1 to 2 s. Raises NotPossible."""
    one = _free(draft, name)
    for path in data_files(draft.work):
        _without(draft, path, "nlu", lambda item: item.get("intent") == name)
    for path in draft.work.paths():
        if path.startswith(STORIES) and not path.startswith(TESTS):
            for section in ("rules", "stories"):
                _without(draft, path, section, lambda item: _names(item, name))
    draft.write(TITLES, yaml_text.edit(draft.read(TITLES), lambda tree: tree.pop(name, None)))
    draft.write(DOMAIN, yaml_text.edit(draft.read(DOMAIN), lambda tree: _undeclare(tree, name)))
    return one


def merge(draft: Draft, source: str, target: str) -> int:
    """Bring all phrases of an editor's wish to another one and take the first away; how many came. Raises NotPossible."""
    one = _free(draft, source)
    if source == target:
        raise NotPossible("Выберите другое желание: это оно само.")
    try:
        find(draft.work, target)
    except KeyError:
        raise NotPossible("Такого желания в черновике нет. Обновите страницу.") from None
    remove_wish(draft, source)
    return len(add_phrases(draft, target, one.phrases, personal=True).taken)


def _free(draft: Draft, name: str) -> Wish:
    try:
        one = find(draft.work, name)
    except KeyError:
        raise NotPossible("Такого желания в черновике нет. Обновите страницу.") from None
    if held := holders(draft.work, name):
        raise NotPossible(" ".join(held))
    return one


def _stories(project: Project, tests: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rules and stories of the edition; with `tests` its test conversations instead."""
    for path in project.paths():
        if path.startswith(STORIES) and path.startswith(TESTS) == tests:
            data = loaded(project, path) or {}
            yield from ((path, story) for part in ("rules", "stories") for story in data.get(part) or ())


def _names(story: Any, intent: str) -> bool:
    """Whether a rule or story has a step of this wish."""
    steps = [*(story.get("steps") or ()), *(turn for step in story.get("steps") or () for turn in step.get("or") or ())]
    return any(str(step.get("intent") or "").split("/")[0] == intent for step in steps)


def _is_answer(steps: Any, name: str) -> bool:
    return [dict(step) for step in steps or ()] == [{"intent": name}, {"action": OWN_ANSWER}]


def _with_rule(draft: Draft, name: str, title: str) -> str:
    """The file of the editors' rules with one more."""

    def alter(tree: Any) -> None:
        if tree.get("rules") is None:
            tree["rules"] = CommentedSeq()
        tree["rules"].append({"rule": title, "steps": [{"intent": name}, {"action": OWN_ANSWER}]})

    try:
        text = draft.read(RULES)
    except FileNotFoundError:
        text = _EMPTY_RULES
    return yaml_text.edit(text, alter)


def _declare(tree: Any, name: str, answer: str) -> None:
    tree["intents"].append(CommentedMap({name: _flow({"use_entities": False})}))
    tree["responses"][f"utter_{name}"] = CommentedSeq([CommentedMap(text=yaml_text.quoted(answer))])


def _undeclare(tree: Any, name: str) -> None:
    _drop(tree["intents"], lambda item: item == name or (isinstance(item, dict) and name in item))
    tree["responses"].pop(f"utter_{name}", None)


def _without(draft: Draft, path: str, section: str, gone: Any) -> None:
    """Take items out of a list of a file; a file of the editors' own that holds nothing any more goes with them."""
    data = loaded(draft.work, path)
    items = (data or {}).get(section) or []
    if not any(gone(item) for item in items):
        return
    if all(gone(item) for item in items) and path in (RULES, EDITORS_DATA):
        draft.work.remove(path)
    else:
        draft.write(path, yaml_text.edit(draft.read(path), lambda tree: _drop(tree[section], gone)))


def _drop(items: Any, gone: Any) -> None:
    for index in reversed(range(len(items))):
        if gone(items[index]):
            del items[index]


def _flow(value: dict[str, Any]) -> Any:
    """A mapping written on one line, as its neighbours are."""
    made = CommentedMap(value)
    made.fa.set_flow_style()
    return made
