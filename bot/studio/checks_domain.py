"""What is wrong in domain.yml: answers that are missing or cannot be said, forms that cannot ask, names nobody knows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

import yaml

from bot.studio.checks_names import Known, slots_of
from bot.studio.mistakes import Mistake
from bot.studio.robot_code import ACTIONS, ANSWERS, OWN_ANSWER, REGION
from bot.studio.yaml_nodes import items, line, named, pairs, scalar, value

_BRACES = re.compile(r"\{([^{}\n]*)\}")
_SECTIONS = {"intents": "желание", "actions": "действие", "entities": "сущность"}
_SAYS = ("text", "custom", "image", "attachment", "elements")


def domain_mistakes(
    path: str, tree: yaml.Node | None, trees: Mapping[str, yaml.Node | None], known: Known
) -> Iterator[Mistake]:
    """What is wrong in the domain's tree; `trees` are all files of the dialogue, which name its answers."""
    yield from _twice(path, tree)
    for node in named(value(tree, "actions")):
        if node.value not in ACTIONS and not node.value.startswith("utter_"):
            text = "такого действия робот не умеет. Удалите строку или попросите программиста добавить действие"
            yield Mistake(path, line(node), f"действие {node.value}", text)
    yield from _missing(path, tree, known)
    own = dict(_own_answers(trees))
    for answer, missing in own.items():
        if answer not in known.responses:
            yield missing
    for name, variants in pairs(value(tree, "responses")):
        yield from _answer(path, name, variants, known, own.keys())
    yield from _unused(path, tree, trees, known, own.keys())
    yield from _forms(path, tree, known)


def _twice(path: str, tree: yaml.Node | None) -> Iterator[Mistake]:
    for section, kind in _SECTIONS.items():
        seen: set[str] = set()
        for node in named(value(tree, section)):
            if node.value in seen:
                yield Mistake(path, line(node), f"{kind} {node.value}", "записано дважды. Оставьте одно")
            seen.add(node.value)


def _missing(path: str, tree: yaml.Node | None, known: Known) -> Iterator[Mistake]:
    section = value(tree, "responses")
    at = line(section) - 1 if section is not None else 0
    for name in sorted(ANSWERS.keys() - known.responses):
        text = "ответа нет, а робот его говорит: гражданин не услышит ничего. Верните ответ"
        yield Mistake(path, at, f"ответ {name}", text)


def _own_answers(trees: Mapping[str, yaml.Node | None]) -> Iterator[tuple[str, Mistake]]:
    """The answers of wishes that lead to the common action, and what to say where such an answer is missing."""
    for file, tree in trees.items():
        for rule in items(value(tree, "rules")):
            intents: list[str] = []
            for step in items(value(rule, "steps")):
                turns = [step, *items(value(step, "or"))]
                intents += [intent for turn in turns if (intent := scalar(value(turn, "intent")))]
                if scalar(value(step, "action")) == OWN_ANSWER:
                    for intent in intents:
                        text = f"ответа utter_{intent} нет, а правило его говорит. Напишите ответ на это желание"
                        where = f"правило «{scalar(value(rule, 'rule')) or '?'}»"
                        yield f"utter_{intent}", Mistake(file, line(step), where, text)


def _answer(
    path: str, name: yaml.ScalarNode, variants: yaml.Node, known: Known, own: Collection[str]
) -> Iterator[Mistake]:
    where, for_everybody = f"ответ {name.value}", False
    for number, variant in enumerate(items(variants), 1):
        of_variant = f"{where}, вариант {number}"
        text = value(variant, "text")
        if isinstance(text, yaml.ScalarNode) and not text.value.strip():
            yield Mistake(path, line(variant), of_variant, "текст пуст. Напишите его или удалите вариант")
        elif not any(value(variant, key) is not None for key in _SAYS):
            yield Mistake(path, line(variant), of_variant, "нет текста. Напишите его или удалите вариант")
        else:
            for_everybody |= value(variant, "condition") is None and value(variant, "channel") is None
        if isinstance(text, yaml.ScalarNode):
            yield from _braces(path, of_variant, text, known, _filled(name.value, own))
        for item in items(value(variant, "condition")):
            slot = value(item, "name")
            if isinstance(slot, yaml.ScalarNode) and slot.value not in known.slots:
                yield Mistake(path, line(slot), of_variant, f"условие смотрит на слот {slot.value}, а такого нет")
    if not for_everybody:
        text_ = (
            "нет варианта для всех: без условия и для любого канала. Кто под условия не подходит, останется без ответа"
        )
        yield Mistake(path, line(name), where, text_)


def _filled(name: str, own: Collection[str]) -> frozenset[str]:
    return ANSWERS.get(name, frozenset()) | frozenset(REGION if name in own else ())


def _braces(path: str, where: str, node: yaml.ScalarNode, known: Known, filled: frozenset[str]) -> Iterator[Mistake]:
    if "{" in _BRACES.sub("", node.value) or "}" in _BRACES.sub("", node.value):
        yield Mistake(
            path, line(node), where, "фигурная скобка без пары: робот скажет её вслух. Закройте или уберите её"
        )
    for inside in dict.fromkeys(_BRACES.findall(node.value)):
        if inside not in filled and inside not in known.slots:
            can = ", ".join(f"{{{name}}}" for name in sorted(filled)) or "здесь подстановок нет"
            text = f"{{{inside}}} никто не заполнит: гражданин увидит скобки. Можно: {can}"
            yield Mistake(path, line(node), where, text)


def _unused(
    path: str, tree: yaml.Node | None, trees: Mapping[str, yaml.Node | None], known: Known, own: Collection[str]
) -> Iterator[Mistake]:
    said = {
        scalar(value(step, "action")) or ""
        for of_file in trees.values()
        for section in ("rules", "stories")
        for story in items(value(of_file, section))
        for step in items(value(story, "steps"))
    }
    asked = {f"utter_ask_{form}_{slot}" for form in known.forms for slot in known.slots}
    asked |= {f"utter_ask_{slot}" for slot in known.slots} | set(own)
    for node in named(value(tree, "responses")):
        if node.value not in said and node.value not in asked and node.value not in ANSWERS:
            text = "этот ответ никто не говорит. Назовите его в правиле или удалите"
            yield Mistake(path, line(node), f"ответ {node.value}", text, serious=False)


def _forms(path: str, tree: yaml.Node | None, known: Known) -> Iterator[Mistake]:
    for name, form in pairs(value(tree, "forms")):
        where = f"форма {name.value}"
        slots = value(form, "required_slots")
        for slot in (*(n for n in items(slots) if isinstance(n, yaml.ScalarNode)), *slots_of(slots)):
            if slot.value not in known.slots:
                text = f"спрашивает слот {slot.value}, а такого в domain.yml нет"
                yield Mistake(path, line(slot), where, text)
                continue
            ways = [
                f"{say}_ask_{middle}{slot.value}" for say in ("action", "utter") for middle in ("", f"{name.value}_")
            ]
            if not any(way in known.actions or way in known.responses for way in ways):
                text = f"нечем спросить {slot.value}: нет ни действия action_ask_{slot.value}, ни ответа utter_ask_{slot.value}"
                yield Mistake(path, line(slot), where, text)
