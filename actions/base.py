"""What all actions share: how to speak, how a form asks for what is missing, and how a service that is away is told."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answered import FORM, judged
from actions.second import second_wish
from actions.services import Services
from actions.turn import LEAVES_FORM, SHORT_ANSWER, Turn, payload
from bot.services.errors import ServiceUnavailable

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Link:
    """A button that opens a page."""

    title: str
    url: str


Button = tuple[str, str] | Link
"""Title and payload, or a link."""

YES_NO: tuple[tuple[str, str], tuple[str, str]] = (("Да", payload("affirm")), ("Нет", payload("deny")))


class Voice:
    """Speaks through Rasa: every sentence is a response of domain.yml, filled with values."""

    def __init__(self, dispatcher: CollectingDispatcher) -> None:
        self._dispatcher = dispatcher
        self.said: list[str] = []
        """What was said, in order: the name of a response, where a text comes from, or "form"."""

    def say(self, response: str, buttons: Iterable[Button] = (), **values: Any) -> None:
        """Say a response of the domain; `values` fill its braces."""
        self.said.append(response)
        self._dispatcher.utter_message(response=response, buttons=_buttons(buttons), **values)

    def text(self, text: str, buttons: Iterable[Button] = (), source: str = "") -> None:
        """Say a text that comes from content or a service; `source` is what an editor finds it by: kind/id."""
        self.said.append(source)
        self._dispatcher.utter_message(text=text, buttons=_buttons(buttons))

    def form(self, text: str, form: dict[str, Any], buttons: Iterable[Button] = ()) -> None:
        """Offer something a door may draw natively; others show the text and the buttons."""
        self.said.append(FORM)
        self._dispatcher.utter_message(json_message={"text": text, "form": form, "buttons": _buttons(buttons)})

    def hint(self, **hints: Any) -> None:
        """Tell the assistant about this answer: `expected` slot, `situation` for the persona, `answered` for who judges it."""
        self._dispatcher.utter_message(json_message=hints)


def _buttons(buttons: Iterable[Button]) -> list[dict[str, str]]:
    return [
        {"title": b.title, "payload": "", "url": b.url} if isinstance(b, Link) else {"title": b[0], "payload": b[1]}
        for b in buttons
    ]


class CitizenAction(Action, ABC):
    """An action with the services at hand. A service that does not answer becomes a kind sentence, never a failure."""

    title: str
    understands: ClassVar[bool] = True
    """Whether running this action means that the citizen was understood, so that counting misses begins anew."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def name(self) -> str:
        """The name in domain.yml."""
        return self.title

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Act on the latest message; returns slot and loop events."""
        turn = self.services.trusted(Turn.of(tracker))
        voice = Voice(dispatcher)
        try:
            events = await self._act_without_private(turn, tracker, voice)
            if answered := judged(self.name(), turn, tracker, voice.said, events):
                voice.hint(answered=answered)
            if turn.also and not tracker.active_loop_name and not _something_said(tracker):
                events = [*events, *second_wish(turn, events)]
        except ServiceUnavailable as error:
            log.warning("service.unavailable", service=error.service, reason=error.reason)
            voice.say("utter_service_unavailable")
            events = [ActiveLoop(None), SlotSet("requested_slot", None)] if tracker.active_loop_name else []
        # A form that asks its question again after a miss has understood nothing by that.
        asks_again = self.name().startswith("action_ask_") and tracker.active_loop_name is not None
        # One more slot event would make Rasa take a message that filled nothing for an answer.
        if self.understands and not asks_again and not _only_question(events):
            if tracker.get_slot("misses"):
                events = [*events, SlotSet("misses", 0)]
            if tracker.get_slot("offer") and not any(e.get("name") == "offer" for e in events):
                # «Да» answers what was offered last, not what was offered before the talk turned elsewhere.
                events = [*events, SlotSet("offer", None)]
        return events

    async def _act_without_private(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Act; when personal data came where it may not be taken, say so first, once a message."""
        if turn.withheld and not self.name().startswith("action_ask_") and not _something_said(tracker):
            voice.say("utter_do_not_send_here")
            if turn.only_private and not isinstance(self, CitizenForm):
                return []
        return await self.act(turn, tracker, voice)

    @abstractmethod
    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """What the action does."""


def _something_said(tracker: Tracker) -> bool:
    """Whether the robot has said anything since the citizen's message. A rejected form's words are lost, and do not count."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return False
        if event.get("event") == "bot":
            return True
    return False


def _only_question(events: list[EventType]) -> bool:
    """Whether a form's validation filled nothing."""
    return all(e.get("event") == "slot" and e.get("name") == "requested_slot" for e in events) and bool(events)


CONTINUE = "continue"
"""The choice of a citizen who arrived by a one-time link."""
_ANSWERS = frozenset(("affirm", "deny", "give_consent"))
_BEFORE_READING = frozenset(("action_listen", "action_extract_slots", "action_session_start"))
"""Actions that Rasa runs by itself around a message."""


class CitizenForm(CitizenAction):
    """The validation action of one form: fills slots from the message and says which one is asked for next.

    Returning no slot makes Rasa reject the form for this turn, so that a question in the middle is answered by its own
    rule; Rasa then comes back to the form and asks again.
    """

    form: ClassVar[str]
    intent: ClassVar[str]
    """The wish that begins the form."""
    slots: ClassVar[Sequence[str]]
    """All slots the form owns; a finished or abandoned form empties them."""
    personal: ClassVar[frozenset[str]] = frozenset()
    """Slots that are not asked for where personal data may not be taken: there the form ends before them, and its deed
    says where to go on."""

    def name(self) -> str:
        """Rasa's name for the validation action of this form."""
        return f"validate_{self.form}"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Fill, then choose the next question."""
        before = {name: tracker.get_slot(name) for name in self.slots}
        slots = dict(before)
        requested = tracker.get_slot("requested_slot")
        # Right after a change of forms Rasa still holds the question of the one that was left.
        active = tracker.active_loop_name == self.form and not self._begins(tracker)
        if active and turn.value("choice") == CONTINUE and self._is_first_reading(tracker):
            # Rejected, so that the rule of bare data leads to `action_continue_here`.
            return [SlotSet("requested_slot", requested)]
        if turn.forwarded and active and requested:
            # Somebody else's words answer nothing that was asked of this citizen.
            voice.say("utter_forwarded_is_no_answer")
            return [SlotSet(requested, tracker.get_slot(requested)), SlotSet("requested_slot", requested)]
        if self._is_first_reading(tracker) and not turn.only_private and not turn.forwarded:
            await self.fill(turn, slots, requested if active else None, voice)
        again: set[str] = slots.pop(_AGAIN, set())
        following = await self.following(turn, slots)
        if following in self.personal and not turn.personal_data:
            following = None
        events: list[EventType] = [SlotSet(k, v) for k, v in slots.items() if v != before[k] or k in again]
        if active and requested and not events and self._is_first_reading(tracker):
            if turn.text.strip().isdigit() and turn.intent not in (*LEAVES_FORM, "inform"):
                # A bare number is an answer, even a wrong one; no wish is said by «10».
                voice.say("utter_not_understood_in_form")
                events = [SlotSet(requested, tracker.get_slot(requested))]
            elif turn.only_private:
                events = [SlotSet(requested, tracker.get_slot(requested))]
            elif turn.pressed and turn.intent in _ANSWERS and not turn.entities:
                # «Согласиться» pressed twice: the second press answers nothing and must not begin something else.
                events = [SlotSet(requested, tracker.get_slot(requested))]
            elif turn.intent == self.intent:
                # Rejected, the form would be begun again by its own rule, which Rasa does not do: nobody would answer.
                events = [SlotSet(requested, tracker.get_slot(requested))]
        return [*events, SlotSet("requested_slot", following)]

    def _is_first_reading(self, tracker: Tracker) -> bool:
        """Rasa runs the form again after a question in the middle; that question must not be read as an answer then."""
        own = 0
        for event in reversed(tracker.events):
            kind, name = event.get("event"), event.get("name")
            if kind == "user":
                break
            if kind == "action_execution_rejected" and name == self.form:
                return False
            if kind == "action" and name == self.form:
                own += 1
            elif kind == "action" and name not in _BEFORE_READING:
                return False
        # Rasa has already noted the run that asks; one more means that the form has read this message before.
        return own <= 1

    def _begins(self, tracker: Tracker) -> bool:
        """Whether the form was begun by the latest message."""
        for event in reversed(tracker.events):
            if event.get("event") == "user":
                return False
            if event.get("event") == "active_loop" and event.get("name") == self.form:
                return True
        return False

    @abstractmethod
    async def fill(self, turn: Turn, slots: dict[str, Any], requested: str | None, voice: Voice) -> None:
        """Put into `slots` what the message says; `requested` is what was asked, None when the form begins.

        To answer without filling (an impossible date), say so and call `asked_again(slots, requested)`.
        """

    @abstractmethod
    async def following(self, turn: Turn, slots: dict[str, Any]) -> str | None:
        """The next slot to ask for; None ends the form."""


_AGAIN = "__again__"


def asked_again(slots: dict[str, Any], slot: str) -> None:
    """Mark the slot as answered in vain: it stays empty and is asked again, and the form is not rejected."""
    slots[slot] = None
    slots.setdefault(_AGAIN, set()).add(slot)


def forget(slots: Iterable[str]) -> list[EventType]:
    """Events that empty these slots."""
    return [SlotSet(name, None) for name in slots]


def leave_form() -> list[EventType]:
    """Events that end the running form without its result."""
    return [ActiveLoop(None), SlotSet("requested_slot", None)]


def declines(turn: Turn) -> bool:
    """A plain «нет» that does not say what is wrong."""
    return turn.intent == "deny" and not turn.entities


def change_in(turn: Turn, signs: Mapping[str, Sequence[str]]) -> str | None:
    """What a citizen wants to change in a summary: the value of a button, or a few words with one of the `signs`."""
    if given := turn.value("change"):
        return str(given)
    words = turn.words.lower()
    if turn.pressed or turn.intent == "affirm" or len(words.split()) > SHORT_ANSWER + 1:
        return None
    return next((what for what, found in signs.items() if any(s in words for s in found)), None)


def confirmation(turn: Turn) -> bool | None:
    """Yes or no to a summary; None when the message is neither."""
    if turn.intent in ("affirm", "give_consent"):
        return True
    if turn.intent == "deny":
        return False
    return None
