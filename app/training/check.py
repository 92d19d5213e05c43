"""Reads the Rasa project as an editor would check it: broken YAML and names that nobody declared, with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from app.paths import Layout
from app.training.fingerprint import domain_files, training_files

_DEFAULT_INTENTS = {"nlu_fallback", "out_of_scope", "restart", "back", "session_start", "EXTERNAL"}


@dataclass(frozen=True)
class Mistake:
    """One thing to put right in one line of one file."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def mistakes(layout: Layout) -> list[Mistake]:
    """What is wrong in config, domain, phrases, rules and stories; the first of each kind of trouble comes first."""
    files = [layout.project / "config.yml", *domain_files(layout), *training_files(layout)]
    trees: dict[Path, yaml.Node | None] = {}
    found: list[Mistake] = []
    for path in files:
        try:
            trees[path] = yaml.compose(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            found.append(_broken(layout.shown(path), error))
        except (UnicodeDecodeError, yaml.YAMLError):
            found.append(Mistake(layout.shown(path), 1, "файл не в UTF-8 или в нём есть недопустимый знак"))
    if found:
        return found
    known = _Known([trees[path] for path in domain_files(layout)])
    for path in training_files(layout):
        found += _Reader(layout.shown(path), known).read(trees[path])
    return found


def _broken(file: str, error: yaml.MarkedYAMLError) -> Mistake:
    mark = error.problem_mark or error.context_mark
    said = error.problem or "не разбирается"
    hint = next((russian for english, russian in _YAML_WORDS if english in said), said)
    return Mistake(file, mark.line + 1 if mark else 1, f"ошибка YAML: {hint}")


_YAML_WORDS = (
    ("tab character", "отступ сделан табуляцией, нужны пробелы"),
    ("'\\t'", "отступ сделан табуляцией, нужны пробелы"),
    ("mapping values are not allowed", "лишнее двоеточие или не тот отступ; фразу с двоеточием возьмите в кавычки"),
    ("could not find expected ':'", "нет двоеточия после названия или не тот отступ"),
    ("expected <block end>", "не тот отступ или пропущен дефис"),
    ("did not find expected key", "не тот отступ"),
    ("did not find expected '-' indicator", "не тот отступ или пропущен дефис"),
    ("found unexpected end of stream", "не закрыта кавычка"),
    ("undefined alias", "знак * в начале: возьмите фразу в кавычки"),
    ("cannot start any token", "строка начинается с особого знака: возьмите её в кавычки"),
)


class _Known:
    """What the domain declares."""

    def __init__(self, trees: list[yaml.Node | None]) -> None:
        self.intents = set(_DEFAULT_INTENTS)
        self.actions: set[str] = set()
        self.forms: set[str] = set()
        for tree in trees:
            self.intents |= _names(_value(tree, "intents"))
            self.actions |= _names(_value(tree, "actions")) | _names(_value(tree, "responses"))
            self.forms |= _names(_value(tree, "forms"))

    def action(self, name: str) -> bool:
        """Whether an action, response or form of this name exists; Rasa has its own ones."""
        own = name.startswith(("action_default", "action_unlikely", "action_two_stage")) or name in _OWN_ACTIONS
        return own or name in self.actions or name in self.forms


_OWN_ACTIONS = {
    "action_listen", "action_restart", "action_session_start", "action_deactivate_loop", "action_back",
    "action_revert_fallback_events", "action_extract_slots", "action_send_text",
}  # fmt: skip


class _Reader:
    """Walks one file of phrases, rules or stories."""

    def __init__(self, file: str, known: _Known) -> None:
        self._file = file
        self._known = known

    def read(self, tree: yaml.Node | None) -> list[Mistake]:
        found: list[Mistake] = []
        for item in _items(_value(tree, "nlu")):
            found += self._intent(_value(item, "intent"))
        for section in ("rules", "stories"):
            for story in _items(_value(tree, section)):
                for step in [*_items(_value(story, "condition")), *_items(_value(story, "steps"))]:
                    found += self._step(step)
        return found

    def _step(self, step: yaml.Node) -> Iterator[Mistake]:
        yield from self._intent(_value(step, "intent"))
        for turn in _items(_value(step, "or")):
            yield from self._intent(_value(turn, "intent"))
        action = _value(step, "action")
        if isinstance(action, yaml.ScalarNode) and not self._known.action(action.value):
            yield self._mistake(action, f"действия {action.value} нет в domain.yml (actions, responses, forms)")
        loop = _value(step, "active_loop")
        if isinstance(loop, yaml.ScalarNode) and loop.value not in (*self._known.forms, "null", "", "~"):
            yield self._mistake(loop, f"формы {loop.value} нет в domain.yml (forms)")

    def _intent(self, node: yaml.Node | None) -> Iterator[Mistake]:
        if isinstance(node, yaml.ScalarNode) and node.value.split("/")[0] not in self._known.intents:
            yield self._mistake(node, f"намерения {node.value} нет в domain.yml (intents)")

    def _mistake(self, node: yaml.Node, text: str) -> Mistake:
        return Mistake(self._file, node.start_mark.line + 1, text)


def _value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value == key:
                found: yaml.Node = value
                return found
    return None


def _items(node: yaml.Node | None) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _names(node: yaml.Node | None) -> set[str]:
    if isinstance(node, yaml.MappingNode):
        return {name.value for name, _ in node.value if isinstance(name, yaml.ScalarNode)}
    names = {item.value for item in _items(node) if isinstance(item, yaml.ScalarNode)}
    return names.union(*(_names(item) for item in _items(node) if isinstance(item, yaml.MappingNode)))
