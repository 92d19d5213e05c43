"""Reads one turn out of Rasa's tracker: what was understood, which actions ran, what they changed, and by which rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bot.studio.studio import Said

LIKELIEST = 5
"""Wishes shown of a ranking."""
QUIET = frozenset(("action_listen", "action_extract_slots", "action_session_start"))
"""Actions that Rasa runs at every turn."""
BOOKKEEPING = frozenset(("requested_slot", "session_started_metadata"))
"""Slots of Rasa itself."""


@dataclass(frozen=True)
class Rule:
    """A rule of stories/rules.yml: `wishes` begin it (none: an action does), then its `actions` in order, while `loop` runs."""

    name: str
    wishes: frozenset[str]
    actions: tuple[str, ...]
    loop: str


def rules_of(tree: Any) -> list[Rule]:
    """The rules of a parsed stories/rules.yml; what makes no sense there is left out."""
    found = []
    for item in (tree or {}).get("rules") or ():
        steps = item.get("steps") or ()
        loop = next((c["active_loop"] for c in item.get("condition") or () if c.get("active_loop")), "")
        actions = tuple(str(step["action"]) for step in steps if "action" in step)
        found.append(Rule(str(item.get("rule", "")), frozenset(_wishes(steps)), actions, str(loop)))
    return [rule for rule in found if rule.actions]


def _wishes(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for step in steps:
        for turn in (step, *(step.get("or") or ())):
            if turn.get("intent"):
                yield str(turn["intent"])


def said_of(
    events: Sequence[Mapping[str, Any]], message: int, answer: Mapping[str, Any], seconds: float, rules: Sequence[Rule]
) -> Said:
    """The turn of the citizen's message number `message`. `answer` is what the trial's assistant gave back."""
    turn = _turn(events, message)
    user = turn[0] if turn else {}
    parsed = user.get("parse_data") or {}
    intent = parsed.get("intent") or {}
    ranking = [(str(r["name"]), float(r["confidence"])) for r in parsed.get("intent_ranking") or ()]
    actions = [str(e["name"]) for e in turn if e.get("event") == "action" and e.get("name") not in QUIET]
    name = str(intent.get("name") or "")
    broken = list(answer.get("broken") or ())
    if answer.get("sorry") and not broken:
        broken = actions[-1:] or ["action_listen"]
    return Said(
        replies=list(answer.get("replies") or ()),
        intent=name,
        confidence=float(intent.get("confidence") or 0.0),
        ranking=ranking[:LIKELIEST],
        entities=[dict(e) for e in parsed.get("entities") or ()],
        slots=_changed(turn),
        actions=actions,
        rules=fired(rules, name, actions, _loop_before(events, message)),
        seconds=seconds,
        emotion=str((user.get("metadata") or {}).get("emotion") or ""),
        mode=str(answer.get("mode") or "robot"),
        failed=broken,
    )


def fired(rules: Sequence[Rule], intent: str, actions: Sequence[str], loop: str) -> list[str]:
    """Names of the rules behind these actions, in order. Rasa does not tell them: they follow from the wish and the form."""
    found: list[str] = []
    before = ""
    for number, action in enumerate(actions):
        rule = next((r for r in rules if _asks(r, intent if number == 0 else "", before, action, loop)), None)
        if rule is not None and rule.name not in found:
            found.append(rule.name)
        before = action
    return found


def _asks(rule: Rule, intent: str, before: str, action: str, loop: str) -> bool:
    if rule.wishes:
        return intent in rule.wishes and rule.actions[0] == action and rule.loop in ("", loop)
    return any(pair == (before, action) for pair in pairwise(rule.actions))


def _turn(events: Sequence[Mapping[str, Any]], message: int) -> list[Mapping[str, Any]]:
    """The citizen's message and what followed, up to her next one; [] when Rasa was not asked."""
    found: list[Mapping[str, Any]] = []
    for event in events:
        if event.get("event") == "user":
            if found:
                break
            if (event.get("metadata") or {}).get("message") == message:
                found.append(event)
        elif found:
            found.append(event)
    return found


def _changed(turn: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        str(e["name"]): e.get("value") for e in turn if e.get("event") == "slot" and e.get("name") not in BOOKKEEPING
    }


def _loop_before(events: Sequence[Mapping[str, Any]], message: int) -> str:
    loop = ""
    for event in events:
        if event.get("event") == "user" and (event.get("metadata") or {}).get("message") == message:
            break
        if event.get("event") == "active_loop":
            loop = str(event.get("name") or "")
    return loop
