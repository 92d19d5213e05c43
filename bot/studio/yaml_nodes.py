"""YAML read with its places: trees of nodes that know their lines, and what is damaged in a text, in Russian words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import yaml

_WORDS = (
    ("tab character", "отступ сделан табуляцией, нужны пробелы"),
    ("'\\t'", "отступ сделан табуляцией, нужны пробелы"),
    ("mapping values are not allowed", "лишнее двоеточие или не тот отступ; фразу с двоеточием возьмите в кавычки"),
    ("could not find expected ':'", "нет двоеточия после названия или не тот отступ"),
    ("expected <block end>", "не тот отступ или пропущен дефис"),
    ("did not find expected key", "не тот отступ"),
    ("did not find expected '-' indicator", "не тот отступ или пропущен дефис"),
    ("did not find expected ',' or ']'", "не закрыта квадратная скобка или пропущена запятая"),
    ("did not find expected ',' or '}'", "не закрыта фигурная скобка или пропущена запятая"),
    ("found unexpected end of stream", "не закрыта кавычка"),
    ("found unexpected document indicator", "не закрыта кавычка"),
    ("undefined alias", "знак * в начале: возьмите фразу в кавычки"),
    ("cannot start any token", "строка начинается с особого знака: возьмите её в кавычки"),
)
NOT_UTF8 = "файл не в UTF-8 или в нём есть недопустимый знак"


@lru_cache(maxsize=24)
def compose(text: str) -> yaml.Node | None:
    """The tree of a text; None for an empty one. Raises yaml.YAMLError."""
    found: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    return found


def in_words(error: yaml.YAMLError) -> tuple[int, str]:
    """Line (from 1) and what is wrong there."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return 1, NOT_UTF8
    mark = error.problem_mark or error.context_mark
    said = error.problem or "не разбирается"
    hint = next((russian for english, russian in _WORDS if english in said), said)
    return mark.line + 1 if mark else 1, f"ошибка YAML: {hint}"


@lru_cache(maxsize=512)
def damage(text: str) -> tuple[tuple[int, str], ...]:
    """Everything that is damaged in a YAML text: the first fault of its syntax, or keys that stand twice; line and words."""
    try:
        tree = compose(text)
    except yaml.YAMLError as error:
        return (in_words(error),)
    return tuple(_twice(tree)) if tree is not None else ()


def _twice(tree: yaml.Node) -> Iterator[tuple[int, str]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting += reversed(node.value)
        elif isinstance(node, yaml.MappingNode):
            seen: dict[str, int] = {}
            for name, _ in node.value:
                if isinstance(name, yaml.ScalarNode):
                    if name.value in seen:
                        first = seen[name.value]
                        text = f"{name.value} записано дважды, первый раз в строке {first}: останется только второе"
                        yield line(name), text
                    seen.setdefault(name.value, line(name))
            waiting += reversed([value for _, value in node.value])


def line(node: yaml.Node) -> int:
    """Where a node begins, from 1."""
    return int(node.start_mark.line) + 1


def value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    """What a mapping has under a key; None where there is no mapping or no such key."""
    if isinstance(node, yaml.MappingNode):
        for name, found in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value == key:
                of_key: yaml.Node = found
                return of_key
    return None


def items(node: yaml.Node | None) -> list[yaml.Node]:
    """The elements of a list; [] for anything else."""
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def pairs(node: yaml.Node | None) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    """Keys and values of a mapping; [] for anything else."""
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(name, found) for name, found in node.value if isinstance(name, yaml.ScalarNode)]


def scalar(node: yaml.Node | None) -> str | None:
    """A plain value as it is written; None for lists, mappings and nothing."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def named(node: yaml.Node | None) -> list[yaml.ScalarNode]:
    """The names that a list or mapping declares: keys, plain elements, and keys of elements («- greet: {…}»)."""
    if isinstance(node, yaml.MappingNode):
        return [name for name, _ in pairs(node)]
    found: list[yaml.ScalarNode] = []
    for item in items(node):
        found += [item] if isinstance(item, yaml.ScalarNode) else [name for name, _ in pairs(item)]
    return found
