"""Chooses which variant of an answer a citizen gets: by where she is, how she feels and who she is.

A generator of Rasa's, so it costs no call. It runs beside a model and reads what the assistant tells about every message
(`bot/robot.py`), so it is right from the first one on.
"""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Mapping, Sequence
from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

MESSENGER = "messenger"
"""A condition's `channel` that holds in every one of MESSENGERS."""
MESSENGERS = frozenset(("telegram", "vk", "max", "viber", "whatsapp", "ok"))

TOLD = ("segment", "channel", "emotion")
"""What a condition may ask of the message besides slots."""


class CitizenAnswers(TemplatedNaturalLanguageGenerator):
    """Rasa's own generator with another choice among the variants; named in endpoints.yml."""

    def __init__(self, endpoint_config: EndpointConfig | None = None, domain: Domain | None = None) -> None:
        """As Rasa calls it; the responses come when a model is loaded."""
        super().__init__(domain.responses if domain is not None else {})

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The filled variant; None for an unknown answer or one that has nothing for this citizen."""
        slots = tracker.current_slot_values()
        metadata = (tracker.latest_message.metadata if tracker.latest_message else None) or {}
        known = {**slots, **{name: metadata[name] for name in TOLD if metadata.get(name)}}
        here = [v for v in self.responses.get(utter_action, ()) if v.get("channel", output_channel) == output_channel]
        fitting = best(here, known)
        if not fitting:
            return None
        filled: dict[str, Any] = self._fill_response(copy.deepcopy(_chance(tracker).choice(fitting)), slots, **kwargs)
        return filled


def _chance(tracker: DialogueStateTracker) -> random.Random:
    """Who chooses among equals. In a trial house the citizen's words do, so that two editions are compared like with like."""
    steady = os.environ.get("OTKLIK_STEADY") and tracker.latest_message
    return random.Random(tracker.latest_message.text if steady else None)


def best(variants: Sequence[Mapping[str, Any]], known: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The variants whose conditions hold and that are the most particular of these; several when they are equally so.

    One for the citizen's channel goes before all others, since what is written for the eye must not be said on the phone; then the
    one with more conditions; then the one for a feeling before the one for a segment.
    """
    ranks = [
        (rank, variant) for variant in variants if (rank := _rank(variant.get("condition") or (), known)) is not None
    ]
    highest = max((rank for rank, _ in ranks), default=None)
    return [variant for rank, variant in ranks if rank == highest]


def _rank(conditions: Sequence[Mapping[str, Any]], known: Mapping[str, Any]) -> tuple[int, int, bool] | None:
    """How particular the conditions are, or None when one does not hold."""
    place, feels = 0, False
    for condition in conditions:
        name, value, actual = condition["name"], condition["value"], known.get(condition["name"])
        if name == "channel" and value == MESSENGER and actual in MESSENGERS:
            place = 1
        elif _same(actual, value):
            place = 2 if name == "channel" else place
            feels = feels or name == "emotion"
        else:
            return None
    return place, len(conditions), feels


def _same(actual: Any, value: Any) -> bool:
    if isinstance(actual, str) and isinstance(value, str):
        return actual.casefold() == value.casefold()
    return bool(actual == value)
