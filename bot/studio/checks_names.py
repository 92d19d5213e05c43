"""Names in phrases, rules and stories that domain.yml does not declare. Serves the studio and `./otklik train` alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import yaml

from bot.studio.mistakes import Mistake
from bot.studio.yaml_nodes import items, line, named, pairs, scalar, value

DEFAULT_INTENTS = frozenset(("nlu_fallback", "out_of_scope", "restart", "back", "session_start", "EXTERNAL"))
OWN_ACTIONS = frozenset((
    "action_listen", "action_restart", "action_session_start", "action_deactivate_loop", "action_back",
    "action_revert_fallback_events", "action_extract_slots", "action_send_text",
))  # fmt: skip
"""Actions that Rasa brings along."""
OWN_SLOTS = frozenset(("requested_slot", "session_started_metadata"))
NOTHING = ("null", "", "~")


class Known:
    """What the domain declares."""

    def __init__(self, trees: Iterable[yaml.Node | None]) -> None:
        self.intents, self.actions, self.forms = set(DEFAULT_INTENTS), set[str](), set[str]()
        self.responses, self.slots, self.entities = set[str](), set(OWN_SLOTS), set[str]()
        for tree in trees:
            for section, names in (
                ("intents", self.intents), ("actions", self.actions), ("forms", self.forms),
                ("responses", self.responses), ("slots", self.slots), ("entities", self.entities),
            ):  # fmt: skip
                names |= {node.value for node in named(value(tree, section))}

    def action(self, name: str) -> bool:
        """Whether an action, answer or form of this name exists; Rasa has its own ones."""
        own = name.startswith(("action_default", "action_unlikely", "action_two_stage")) or name in OWN_ACTIONS
        return own or name in self.actions or name in self.forms or name in self.responses


def unknown_names(path: str, tree: yaml.Node | None, known: Known) -> Iterator[Mistake]:
    """Intents, actions and forms of one file of phrases, rules or stories that nobody declared."""
    for item in items(value(tree, "nlu")):
        yield from _intent(path, "фразы", value(item, "intent"), known)
    for section, kind in (("rules", "rule"), ("stories", "story")):
        for story in items(value(tree, section)):
            where = f"{'правило' if kind == 'rule' else 'история'} «{scalar(value(story, kind)) or '?'}»"
            for step in [*items(value(story, "condition")), *items(value(story, "steps"))]:
                yield from _step(path, where, step, known)


def _step(path: str, where: str, step: yaml.Node, known: Known) -> Iterator[Mistake]:
    yield from _intent(path, where, value(step, "intent"), known)
    for turn in items(value(step, "or")):
        yield from _intent(path, where, value(turn, "intent"), known)
    action = value(step, "action")
    if (name := scalar(action)) and action is not None and not known.action(name):
        what = f"ответа {name} нет" if name.startswith("utter_") else f"действия {name} нет"
        yield Mistake(path, line(action), where, f"{what} в domain.yml (actions, responses, forms)")
    loop = value(step, "active_loop")
    if isinstance(loop, yaml.ScalarNode) and loop.value not in (*known.forms, *NOTHING):
        yield Mistake(path, line(loop), where, f"формы {loop.value} нет в domain.yml (forms)")
    for slot in slots_of(value(step, "slot_was_set")):
        if slot.value not in known.slots:
            yield Mistake(path, line(slot), where, f"слота {slot.value} нет в domain.yml (slots)")
    for entity in _entities_of(value(step, "entities")):
        if entity.value not in known.entities:
            yield Mistake(path, line(entity), where, f"сущности {entity.value} нет в domain.yml (entities)")


def slots_of(node: yaml.Node | None) -> list[yaml.ScalarNode]:
    """The slots that a `slot_was_set` names, in either spelling: a mapping, or a list of names and mappings."""
    return named(node)


def _entities_of(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    for item in items(node):
        if isinstance(item, yaml.ScalarNode):
            yield item
        else:
            yield from (name for name, _ in pairs(item) if name.value not in ("role", "group", "value"))


def _intent(path: str, where: str, node: yaml.Node | None, known: Known) -> Iterator[Mistake]:
    if isinstance(node, yaml.ScalarNode) and node.value.split("/")[0] not in known.intents:
        yield Mistake(path, line(node), where, f"желания {node.value} нет в domain.yml (intents)")
