"""Everything that can be found wrong in an edition without training it, in words for the editor; serious things stop a training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import yaml

from bot.studio.checks_domain import domain_mistakes
from bot.studio.checks_names import Known, unknown_names
from bot.studio.checks_phrases import phrase_mistakes
from bot.studio.checks_rules import rule_mistakes
from bot.studio.content_checks import ContentMistake, content_mistakes
from bot.studio.mistakes import Mistake
from bot.studio.project import Project
from bot.studio.yaml_nodes import NOT_UTF8, compose, damage, pairs, scalar

__all__ = ["Mistake", "mistakes"]

DOMAIN, TITLES = "domain.yml", "bot/content/intents.yml"
_PARTS = (
    ("config.yml", "Нет config.yml: без него робота не обучить. Верните файл из выпуска."),
    (DOMAIN, "Нет domain.yml: без него робота не обучить. Верните файл из выпуска."),
    ("nlu/data/", "Нет ни одного файла с фразами (nlu/data). Верните их из выпуска."),
    ("stories/", "Нет ни одного файла с правилами (stories). Верните их из выпуска."),
)


def mistakes(
    project: Project, content: Callable[[Project], Sequence[ContentMistake]] = content_mistakes
) -> list[Mistake]:
    """What is wrong in a project, serious things first, then by file and line. Blocks for about a second the first time.

    Where a file cannot be read at all, only such files are told: the rest would be guesses. `content` looks at bot/content and
    bot/persona; the assistant's own (`Studio.content_mistakes`) knows the voice's files as well.
    """
    texts, found = _texts(project)
    if found:
        return found
    trees = {path: compose(text) for path, text in texts.items() if _is_dialogue(path)}
    known, titles = Known([trees.get(DOMAIN)]), _titles(texts)
    found += domain_mistakes(DOMAIN, trees[DOMAIN], trees, known)
    for path, tree in trees.items():
        if path != DOMAIN:
            found += unknown_names(path, tree, known)
    data = {path: tree for path, tree in trees.items() if path.startswith("nlu/data/")}
    found += phrase_mistakes(data, DOMAIN, trees[DOMAIN], known, titles)
    rules = {path: tree for path, tree in trees.items() if _is_rules(path)}
    found += rule_mistakes(rules, DOMAIN, trees[DOMAIN], titles)
    found += [Mistake(m.path, 0, m.where, m.text) for m in content(project)]
    return sorted(set(found), key=lambda m: (not m.serious, m.path, m.line, m.text))


def _texts(project: Project) -> tuple[dict[str, str], list[Mistake]]:
    """Texts of the YAML files, and what is damaged or missing among them."""
    paths, texts, found = project.paths(), dict[str, str](), list[Mistake]()
    for part, text in _PARTS:
        if not any(path == part or (part.endswith("/") and path.startswith(part)) for path in paths):
            found.append(Mistake(part.rstrip("/"), 0, "", text))
    for path in paths:
        if not path.endswith((".yml", ".md")):
            continue
        try:
            text = project.read(path)
        except UnicodeDecodeError:
            found.append(Mistake(path, 1, "", NOT_UTF8))
            continue
        if path.endswith(".yml"):
            texts[path] = text
            found += [Mistake(path, line, "", said) for line, said in damage(text)]
    return texts, found


def _is_dialogue(path: str) -> bool:
    return path == DOMAIN or path.startswith(("nlu/data/", "stories/"))


def _is_rules(path: str) -> bool:
    return path.startswith("stories/") and not path.startswith("stories/tests/")


def _titles(texts: dict[str, str]) -> dict[str, str]:
    """What editors call an intent, by its name."""
    return dict(_named(compose(texts[TITLES]))) if TITLES in texts else {}


def _named(tree: yaml.Node | None) -> Iterator[tuple[str, str]]:
    for name, node in pairs(tree):
        if title := scalar(node):
            yield name.value, title
