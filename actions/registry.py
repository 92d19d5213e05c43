"""All actions of the dialogue, made with their services; the names are those of domain.yml (a test compares them)."""

from __future__ import annotations

from rasa_sdk import Action

from actions import (
    answering,
    applying,
    booking,
    callback,
    cases,
    centres,
    consents,
    continuing,
    feedback,
    incidents,
    inform,
    information,
    payment,
    people,
    situations,
    talk,
    technical_help,
    tickets,
    visits,
)
from actions.services import Services
from actions.simple_asks import ASKS, Ask


def all_actions(services: Services) -> list[Action]:
    """One instance of every custom action."""
    rooms = (
        talk, answering, booking, visits, information, inform, centres, situations, payment, cases, applying, consents,
        tickets, incidents, people, callback, feedback, continuing,
    )  # fmt: skip
    actions: list[Action] = [action(services) for room in rooms for action in room.ALL]
    actions += [talk.Courtesy(services, *row) for row in talk.COURTESIES]
    actions += [information.Question(services, title) for title in information.INTENT_ACTIONS]
    actions += [technical_help.TechnicalHelp(services, *row) for row in technical_help.TECHNICAL]
    actions += [feedback.AskGrade(services, slot) for slot in feedback.GRADES]
    actions += [Ask(services, slot) for slot in ASKS]
    return actions
