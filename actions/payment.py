"""Paying the fee of a service by a link."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions.base import CitizenAction, Voice
from actions.information import leans_on_the_last, service_of
from actions.turn import Turn, payload
from bot.services.payments import NothingToPay


class Payment(CitizenAction):
    """A link to pay the fee of a service, with the charge filled in."""

    title = "action_payment"

    async def act(self, turn: Turn, tracker: Tracker, voice: Voice) -> list[EventType]:
        """Ask for the service when it is not clear; say so when there is nothing to pay."""
        last = tracker.get_slot("last_service")
        leans = last and not turn.value("service") and leans_on_the_last(turn)
        service = self.services.content.service(last) if leans else service_of(self, turn)
        if service is None:
            payable = [s for s in self.services.content.services if self.services.payments.charges(s.id)][:5]
            voice.say("utter_pay_for_what", [(s.title, payload("inform", service=s.id)) for s in payable])
            return [SlotSet("pending_question", {"intent": "pay_duty", "text": turn.words[:300]})]
        done = [SlotSet("pending_question", None), SlotSet("last_service", service.id)]
        try:
            link = await self.services.payments.link(service.id)
        except NothingToPay:
            voice.say("utter_nothing_to_pay", service=service.title, fee=service.fee.text)
            return done
        voice.say("utter_payment_link", title=link.title, amount=f"{link.amount:,}".replace(",", " "), url=link.url)
        return done


ALL = (Payment,)
