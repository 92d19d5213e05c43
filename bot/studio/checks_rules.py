"""What is wrong with rules and stories: wishes that nobody answers, and rules that say different things about the same moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from bot.studio.checks_names import DEFAULT_INTENTS
from bot.studio.checks_phrases import intent_name
from bot.studio.mistakes import Mistake
from bot.studio.yaml_nodes import items, line, named, pairs, scalar, value


@dataclass(frozen=True)
class _Rule:
    path: str
    line: int
    name: str
    condition: frozenset[str]
    steps: tuple[yaml.Node, ...]


def rule_mistakes(
    trees: Mapping[str, yaml.Node | None], domain: str, declared: yaml.Node | None, titles: Mapping[str, str]
) -> Iterator[Mistake]:
    """What is wrong in rules and stories of all files; `declared` is the tree of the file `domain`."""
    rules = [rule for path, tree in trees.items() for rule in _rules(path, tree, "rules", "rule")]
    stories = [story for path, tree in trees.items() for story in _rules(path, tree, "stories", "story")]
    answered = {intent for one in (*rules, *stories) for step in one.steps for intent in _intents(step)}
    for node in named(value(declared, "intents")):
        if node.value not in answered and node.value not in DEFAULT_INTENTS - {"out_of_scope"}:
            text = "ни одно правило не говорит, что на это отвечать. Выберите ответ на странице желания"
            yield Mistake(domain, line(node), intent_name(node.value, titles), text)
    yield from _empty(rules)
    yield from _same_names(rules)
    yield from _contradictions(rules, titles)


def _rules(path: str, tree: yaml.Node | None, section: str, key: str) -> Iterator[_Rule]:
    for node in items(value(tree, section)):
        condition = {_said(item) for item in items(value(node, "condition"))}
        for flag in ("conversation_start", "wait_for_user_input"):
            if (said := scalar(value(node, flag))) is not None:
                condition.add(f"{flag}={said.lower()}")
        name = scalar(value(node, key)) or "без названия"
        yield _Rule(path, line(node), name, frozenset(condition), tuple(items(value(node, "steps"))))


def _intents(step: yaml.Node) -> list[str]:
    found = [scalar(value(step, "intent")), *(scalar(value(turn, "intent")) for turn in items(value(step, "or")))]
    return [intent.split("/")[0] for intent in found if intent]


def _said(node: yaml.Node) -> str:
    """A step or condition as one string; the same for the same meaning, however it is laid out."""
    if isinstance(node, yaml.ScalarNode):
        return "null" if node.value in ("", "~", "null") else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return f"[{','.join(_said(item) for item in node.value)}]"
    return f"{{{','.join(sorted(f'{name.value}:{_said(found)}' for name, found in pairs(node)))}}}"


def _empty(rules: list[_Rule]) -> Iterator[Mistake]:
    for rule in rules:
        if not any(scalar(value(step, "action")) for step in rule.steps):
            text = "в правиле нет действия: робот промолчит. Добавьте ответ или удалите правило"
            yield Mistake(rule.path, rule.line, f"правило «{rule.name}»", text)


def _same_names(rules: list[_Rule]) -> Iterator[Mistake]:
    seen: dict[str, _Rule] = {}
    for rule in rules:
        first = seen.setdefault(rule.name, rule)
        if first is not rule:
            text = f"так же называется правило в строке {first.line} ({first.path}). Дайте им разные названия"
            yield Mistake(rule.path, rule.line, f"правило «{rule.name}»", text, serious=False)


def _contradictions(rules: list[_Rule], titles: Mapping[str, str]) -> Iterator[Mistake]:
    """Rules that agree in their condition and in all steps so far, and then name different actions."""
    following: dict[tuple[frozenset[str], tuple[str, ...]], tuple[str, _Rule]] = {}
    for rule in rules:
        told = False
        for before in _ways(rule):
            for index, step in enumerate(before):
                if index == 0 or not step.startswith("action=") or told:
                    continue
                action = step.removeprefix("action=")
                first, other = following.setdefault((rule.condition, tuple(before[:index])), (action, rule))
                if first != action:
                    intent = next((s.removeprefix("intent=") for s in before[:index] if s.startswith("intent=")), "")
                    about = f" на {intent_name(intent, titles)}" if intent else ""
                    text = (
                        f"противоречит правилу «{other.name}» ({other.path}, строка {other.line}):{about} одно отвечает {first}, "
                        f"другое {action}. Оставьте одно"
                    )
                    yield Mistake(rule.path, rule.line, f"правило «{rule.name}»", text)
                    told = True


def _ways(rule: _Rule) -> Iterator[list[str]]:
    """The rule's steps as strings, once for each alternative of an `or`."""
    ways: list[list[str]] = [[]]
    for step in rule.steps:
        turns = items(value(step, "or")) or [step]
        ways = [[*way, _step(turn)] for way in ways for turn in turns]
    return iter(ways)


def _step(step: yaml.Node) -> str:
    entities, intent = value(step, "entities"), scalar(value(step, "intent"))
    if intent is not None:
        return f"intent={intent.split('/')[0]}" + (f" {_said(entities)}" if entities is not None else "")
    action = scalar(value(step, "action"))
    return f"action={action}" if action is not None else _said(step)
