"""The dialogue's parts fit together: intents, actions, responses, forms and rules name each other and nothing else."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any, cast
from unittest.mock import MagicMock

import pytest
import yaml

from actions.registry import all_actions
from actions.services import Services
from bot.studio.robot_code import OWN_ANSWER

ROOT = Path(__file__).parents[2]
# The owner's closed list (spec/intents.yml): the understanding is measured by these very names. Editors may add others.
INTENTS = """
greet goodbye thank affirm deny help bot_challenge smalltalk repeat stop frustration crisis out_of_scope inform
ask_working_hours ask_address ask_documents ask_service_info ask_fee find_services ask_incident
book_appointment reschedule_appointment cancel_appointment my_appointments
check_status explain_status explain_rejection submit_application pay_duty
give_consent withdraw_consent show_consents ask_privacy delete_my_data
report_problem technical_problem recover_access leave_feedback
request_operator request_callback request_video
""".split()
OFFICIALESE = re.compile(
    r"надлежащ|вышеуказан|нижеуказан|в соответствии с|в целях|осуществл|по факту|данн(?:ый|ая|ое) (?:вопрос|услуг|обращен)"
    r"|произвести оплату|предоставлени[ея] услуг|в установленном порядке|необходимо предоставить|уведомляем|касательно"
    r"|вами был|имеет место|в рамках|посредством|на основании|указанн",
    re.I,
)
MARKUP = re.compile(r"[<>]|\*\*|__|\]\(")
FILLED_BY_ASSISTANT = frozenset(("region", "city", "line_phone"))
"""Values of `Services.extra`."""


@cache
def domain() -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.safe_load((ROOT / "domain.yml").read_text("utf-8")))


@cache
def rules() -> list[dict[str, Any]]:
    files = sorted((ROOT / "stories").glob("*.yml"))
    return [rule for file in files for rule in yaml.safe_load(file.read_text("utf-8"))["rules"]]


def added() -> list[str]:
    """Wishes that editors added: a rule leads each straight to the common action."""
    return [r["steps"][0]["intent"] for r in rules() if r["steps"][1:] == [{"action": OWN_ANSWER}]]


@cache
def registered() -> frozenset[str]:
    return frozenset(action.name() for action in all_actions(cast("Services", MagicMock())))


@cache
def sources() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text("utf-8"))) for path in sorted((ROOT / "actions").glob("*.py"))]


def steps(kind: str) -> set[str]:
    return {step[kind] for rule in rules() for step in rule["steps"] if step.get(kind)}


def intents() -> list[str]:
    return [i if isinstance(i, str) else next(iter(i)) for i in domain()["intents"]]


def asks_of(form: str, slot: str) -> set[str]:
    return {f"{kind}_ask_{which}" for kind in ("action", "utter") for which in (slot, f"{form}_{slot}")}


def variants(response: str) -> list[str]:
    return [v["text"] for v in domain()["responses"][response]]


def braces(response: str) -> set[str]:
    return {name for text in variants(response) for name in re.findall(r"\{(\w+)\}", text)}


# Intents


def test_intents_are_the_closed_list_and_what_editors_added() -> None:
    assert sorted(intents()) == sorted([*INTENTS, *added()])


def test_every_intent_has_exactly_one_rule() -> None:
    asked = [step["intent"] for rule in rules() for step in rule["steps"] if "intent" in step]
    assert sorted(asked) == sorted([*INTENTS, *added(), "nlu_fallback"])


# Actions


def test_registered_actions_are_those_of_the_domain() -> None:
    assert registered() == set(domain()["actions"])


def test_no_action_is_named_twice() -> None:
    names = [action.name() for action in all_actions(cast("Services", MagicMock()))]
    assert len(names) == len(set(names))
    assert len(domain()["actions"]) == len(set(domain()["actions"]))


def test_followed_actions_exist() -> None:
    known = registered() | set(domain()["forms"])
    followed = {
        text
        for _, tree in sources()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "FollowupAction"
        for node in ast.walk(call)
        if isinstance(node, ast.Constant)
        and isinstance(text := node.value, str)
        and re.match(r"action_\w+[a-z]$|\w+_form$", text)
    }
    assert followed
    assert followed <= known


def test_buttons_carry_intents_and_entities_of_the_domain() -> None:
    entities = set(domain()["entities"])
    strange = []
    for path, tree in sources():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "payload" and call.args:
                if isinstance(call.args[0], ast.Constant) and call.args[0].value not in INTENTS:
                    strange.append((path.name, call.lineno, call.args[0].value))
                strange += [(path.name, call.lineno, k.arg) for k in call.keywords if k.arg and k.arg not in entities]
    assert not strange


# Forms and rules


@pytest.mark.parametrize("form", sorted(domain()["forms"]))
def test_form_has_its_validation_and_a_question_for_every_slot(form: str) -> None:
    assert f"validate_{form}" in registered()
    said = registered() | set(domain()["responses"])
    for slot in domain()["forms"][form]["required_slots"]:
        assert slot in domain()["slots"], slot
        assert asks_of(form, slot) & said, f"nothing asks {slot} of {form}"


@pytest.mark.parametrize("form", sorted(domain()["forms"]))
def test_form_begins_and_ends_by_a_rule(form: str) -> None:
    begun = [r for r in rules() if {"intent"} & set(r["steps"][0]) and r["steps"][-1].get("active_loop") == form]
    ended = [r for r in rules() if {"active_loop": form} in r.get("condition", [])]
    assert len(begun) == 1
    assert len(ended) == 1
    assert ended[0]["steps"][-1]["action"] in registered()


def test_a_form_knows_the_wish_that_begins_it() -> None:
    from actions.base import CitizenForm

    begun = {
        r["steps"][-1]["active_loop"]: r["steps"][0]["intent"]
        for r in rules()
        if "intent" in r["steps"][0] and "active_loop" in r["steps"][-1]
    }
    forms = [a for a in all_actions(cast("Services", MagicMock())) if isinstance(a, CitizenForm)]
    assert {f.form: f.intent for f in forms} == begun


def test_forms_empty_only_slots_of_the_domain() -> None:
    from actions.base import CitizenForm

    for action in all_actions(cast("Services", MagicMock())):
        if isinstance(action, CitizenForm):
            assert set(action.slots) <= set(domain()["slots"]), action.name()


def test_rules_name_existing_things() -> None:
    assert steps("action") <= registered() | set(domain()["forms"])
    assert steps("active_loop") <= set(domain()["forms"])
    assert steps("intent") <= {*INTENTS, *added(), "nlu_fallback"}


def test_slots_set_by_actions_exist() -> None:
    known = {*domain()["slots"], "requested_slot"}
    unknown = [
        (path.name, call.lineno, call.args[0].value)
        for path, tree in sources()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "SlotSet"
        if isinstance(call.args[0], ast.Constant) and call.args[0].value not in known
    ]
    assert not unknown


# Responses


def test_responses_used_exist_and_all_are_used() -> None:
    named = {
        node.value
        for _, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("utter_")
    }
    prefixes = {name for name in named if name.endswith("_")}
    asked_by_rasa = {r for f, form in domain()["forms"].items() for s in form["required_slots"] for r in asks_of(f, s)}
    known = set(domain()["responses"])
    assert named - prefixes <= known
    of_editors = {f"utter_{name}" for name in added()}
    unused = {r for r in known - named - asked_by_rasa - of_editors if not any(r.startswith(p) for p in prefixes)}
    assert not unused


def test_values_given_fill_the_braces() -> None:
    wrong = []
    for path, tree in sources():
        for call in ast.walk(tree):
            if not (isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "say" and call.args):
                continue
            response = call.args[0]
            if not (isinstance(response, ast.Constant) and response.value in domain()["responses"]):
                continue
            given = {k.arg for k in call.keywords if k.arg}
            open_ended = any(k.arg is None for k in call.keywords)
            missing = braces(response.value) - given - (FILLED_BY_ASSISTANT if open_ended else set())
            surplus = given - braces(response.value) - {"buttons"}
            if missing or surplus:
                wrong.append((path.name, call.lineno, response.value, missing, surplus))
    assert not wrong


@pytest.mark.parametrize("response", sorted(domain()["responses"]))
def test_response_is_plain_russian(response: str) -> None:
    for text in variants(response):
        assert text == text.strip()
        assert not OFFICIALESE.search(text), text
        assert not MARKUP.search(text), text
        assert len(text) <= 450, text
        sentences = re.split(r"[.!?;\n]\s*", text)
        assert max(len(s.split()) for s in sentences) <= 26, text


def test_variants_of_a_response_promise_the_same_values() -> None:
    for response in domain()["responses"]:
        plain = [v for v in domain()["responses"][response] if not v.get("condition")]
        assert plain, f"{response} has no variant without a condition"
        assert len({frozenset(re.findall(r"\{(\w+)\}", v["text"])) for v in plain}) == 1, response


def test_conditions_name_slots_of_the_domain() -> None:
    for response, found in domain()["responses"].items():
        for variant in found:
            for condition in variant.get("condition", []):
                assert condition["name"] in domain()["slots"], response
