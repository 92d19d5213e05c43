"""A conversation goes on where a one-time link led: the slots come back, and the form asks its next question."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet

from actions import applying, booking, callback, cases, consent_step, consents, feedback, tickets, visits
from actions.base import CitizenAction, CitizenForm, Voice, forget, leave_form
from actions.talk import MENU
from actions.turn import Turn

_FORMS = {
    action.form: action
    for room in (booking, visits, cases, applying, consents, tickets, callback, feedback)
    for action in room.ALL
    if issubclass(action, CitizenForm)
}
_ACTIONS = frozenset(("action_my_appointments", "action_show_consents", "action_request_video"))


def carried(scenario: str) -> frozenset[str]:
    """The slots of a form that may go on in another channel; none for what is no form."""
    form = _FORMS.get(scenario)
    return consent_step.may_travel(form.slots) if form else frozenset()


class ContinueHere(CitizenAction):
    """Takes what the link carried into this conversation; a payload without a link finds nothing to take."""

    title = "action_continue_here"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Whatever was going on here gives way to what the citizen came for."""
        snapshot = await self.services.continuations.take(turn.conversation, turn.message)
        form = _FORMS.get(snapshot.scenario) if snapshot else None
        if snapshot is None or (form is None and snapshot.scenario not in _ACTIONS):
            voice.say("utter_nothing_to_continue", MENU)
            return leave_form() if tracker.active_loop_name else []
        voice.say("utter_continued_here")
        return [
            *(leave_form() if tracker.active_loop_name else []),
            *forget(form.slots if form else ()),
            *(SlotSet(name, value) for name, value in snapshot.slots.items()),
            FollowupAction(snapshot.scenario),
        ]


ALL = (ContinueHere,)
