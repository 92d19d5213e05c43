"""What is wrong with training phrases: too few, the same one under two intents, entities that nobody declared."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from bot.studio.checks_names import Known
from bot.studio.mistakes import Mistake
from bot.studio.yaml_nodes import items, line, named, scalar, value

LEAST, FEW = 2, 10
"""Fewer phrases than LEAST teach nothing, fewer than FEW teach little."""
_MARKED = re.compile(r"\[(?P<text>[^\]]+?)\](?:\((?P<name>[^:)]+?)(?::[^)]+)?\)|(?P<more>\{[^}]*\}))")
_ENTITY = re.compile(r'"entity"\s*:\s*"([^"]*)"')


@dataclass(frozen=True)
class Phrase:
    """One training phrase in its place, with its marks of entities."""

    path: str
    line: int
    intent: str
    text: str

    @property
    def plain(self) -> str:
        """Without marks of entities."""
        return _MARKED.sub(r"\g<text>", self.text)

    @property
    def key(self) -> str:
        """The same for phrases that the robot cannot tell apart: letters and digits only, in lower case."""
        return re.sub(r"[\W_]+", " ", self.plain.lower().replace("ё", "е")).strip() or self.plain.strip()

    @property
    def entities(self) -> list[str]:
        """Names of the entities marked in it."""
        return [m["name"] or "".join(_ENTITY.findall(m["more"] or "")[:1]) for m in _MARKED.finditer(self.text)]


def phrases_of(path: str, tree: yaml.Node | None) -> Iterator[Phrase]:
    """All phrases of one file of nlu/data."""
    for block in items(value(tree, "nlu")):
        intent, examples = scalar(value(block, "intent")), value(block, "examples")
        if intent is None or examples is None:
            continue
        if isinstance(examples, yaml.ScalarNode):
            # The text of a literal block begins on the line after its `|`.
            first = line(examples) + (examples.style in ("|", ">"))
            for number, text in enumerate(examples.value.split("\n")):
                if text.startswith("- ") and text[2:].strip():
                    yield Phrase(path, first + number, intent, text[2:].strip())
        for item in items(examples):
            of_item = scalar(item) or scalar(value(item, "text"))
            if of_item and of_item.strip():
                yield Phrase(path, line(item), intent, of_item.strip().removeprefix("- "))


def intent_name(intent: str, titles: Mapping[str, str]) -> str:
    """«желание «Записаться на приём» (book_appointment)»."""
    title = titles.get(intent)
    return f"желание «{title}» ({intent})" if title else f"желание {intent}"


def phrase_mistakes(
    trees: Mapping[str, yaml.Node | None],
    domain: str,
    declared: yaml.Node | None,
    known: Known,
    titles: Mapping[str, str],
) -> Iterator[Mistake]:
    """What is wrong in the phrases of all files; `declared` is the tree of the file `domain`."""
    phrases = [phrase for path, tree in trees.items() for phrase in phrases_of(path, tree)]
    for phrase in phrases:
        for name in phrase.entities:
            if name not in known.entities:
                what = f"сущности {name} нет в domain.yml" if name else "отметка сущности не закончена"
                yield Mistake(
                    phrase.path, phrase.line, intent_name(phrase.intent, titles),
                    f"фраза «{phrase.plain}»: {what}. Уберите отметку или выберите сущность из списка",
                )  # fmt: skip
    yield from _few(phrases, domain, declared, titles)
    yield from _same(phrases, titles)


def _few(
    phrases: list[Phrase], domain: str, declared: yaml.Node | None, titles: Mapping[str, str]
) -> Iterator[Mistake]:
    different: dict[str, set[str]] = defaultdict(set)
    first: dict[str, Phrase] = {}
    for phrase in phrases:
        different[phrase.intent].add(phrase.key)
        first.setdefault(phrase.intent, phrase)
    for node in named(value(declared, "intents")):
        intent = node.value
        count = len(different[intent])
        if count >= FEW:
            continue
        path, number = (first[intent].path, first[intent].line) if count else (domain, line(node))
        said = {0: "нет ни одной фразы", 1: "всего одна фраза"}.get(count, f"мало фраз: {count}")
        hint = "Добавьте хотя бы 10 разных" if count < LEAST else "С 10 разными робот понимает надёжнее"
        yield Mistake(path, number, intent_name(intent, titles), f"{said}. {hint}", serious=count < LEAST)


def _same(phrases: list[Phrase], titles: Mapping[str, str]) -> Iterator[Mistake]:
    seen: dict[str, list[Phrase]] = defaultdict(list)
    for phrase in phrases:
        earlier = seen[phrase.key]
        other = next((p for p in earlier if p.intent != phrase.intent), None)
        if other is not None:
            text = (
                f"фраза «{phrase.plain}» стоит и здесь, и под другим: {intent_name(other.intent, titles)} "
                f"({other.path}, строка {other.line}). Оставьте её в одном месте"
            )
            yield Mistake(phrase.path, phrase.line, intent_name(phrase.intent, titles), text)
        elif earlier:
            text = (
                f"фраза «{phrase.plain}» записана дважды, первый раз в строке {earlier[0].line}. Второй раз она не учит"
            )
            yield Mistake(phrase.path, phrase.line, intent_name(phrase.intent, titles), text, serious=False)
        earlier.append(phrase)
