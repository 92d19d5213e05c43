"""What Rasa 3.6.21 works out anew at every turn although it never changes, worked out once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jsonschema import ValidationError
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event


def settle() -> None:
    """Put these in Rasa's place; called a second time it changes nothing.

    Rasa checks the rules of an action's answer themselves before each answer, and looks through all kinds of events for each event
    of a conversation that it reads.
    """
    if getattr(RemoteAction._validate_action_result, "settled", False):
        return
    RemoteAction._validate_action_result = _checker()
    Event.resolve_by_type = staticmethod(lru_cache(maxsize=None)(Event.resolve_by_type))


def _checker() -> Any:
    rules = RemoteAction.action_response_format_spec()
    kind = validator_for(rules)
    kind.check_schema(rules)
    checks = kind(rules)

    def check(_: RemoteAction, result: dict[str, Any]) -> bool:
        error: ValidationError | None = best_match(checks.iter_errors(result))
        if error is None:
            return True
        error.message += ". The answer of the action server has another form than Rasa's protocol of actions."
        raise error

    check.settled = True  # type: ignore[attr-defined]
    return check
