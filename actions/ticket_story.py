"""What a citizen's words mean for the slots of a complaint: the story, the place, who is to be answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.base import Voice, asked_again, change_in, confirmation
from actions.services import Services
from actions.turn import SHORT_ANSWER, Turn

SLOTS = (
    "problem_text", "problem_topic", "problem_address", "problem_details", "ticket_contact", "personal_data_consent",
    "person_name", "phone", "ticket_confirmed", "ticket_files", "known_incident",
)  # fmt: skip
OF_ONE_STORY = (
    "problem_text", "problem_topic", "problem_address", "problem_details", "ticket_confirmed", "known_incident",
)  # fmt: skip
"""Those that belong to one story and not to the citizen."""
SKIPPED = "—"
"""Stands in a slot for «asked, and there is nothing»."""
CHANGES = {
    "problem_text": ("описан", "текст"),
    "problem_address": ("адрес", "место", "улиц"),
    "ticket_contact": ("контакт", "телефон", "имя", "фамили"),
}
"""What the summary may be corrected in, and the words that name it."""
WORDS_ENOUGH = 3
"""Words from which a message can be a story."""
SURE_WISH = 0.7
"""Confidence from which a message in place of a free story is taken for another wish."""
MOST_OUTCRY = 6
"""Words up to which anger says nothing of the story."""
_NO_PLACE = ("не знаю", "не помню", "без адреса", "нигде", "неважно")


def what_and_where(slots: Mapping[str, Any]) -> str:
    """Everything that was said about what and where."""
    return f"{slots.get('problem_text') or ''} {slots.get('problem_address') or ''}".strip()


def only_scolds(turn: Turn) -> bool:
    """A short outcry at the robot: «вы тупые? я же написал!» is no detail of the story."""
    return turn.intent == "frustration" and len(turn.words.split()) <= MOST_OUTCRY


def other_wish(turn: Turn) -> bool:
    """«Лучше запишите на приём» instead of a story: short, sure and about nothing that could have happened."""
    short = len(turn.words.split()) <= 2 * SHORT_ANSWER
    return turn.digresses() and turn.confidence >= SURE_WISH and short and not turn.value("topic", "address", "street")


def goes_on(turn: Turn) -> bool:
    """Whether the citizen goes on with the story instead of answering."""
    answers = turn.value("contact", "change", "phone", "person_name") or turn.pressed
    return turn.intent == "report_problem" and len(turn.words.split()) >= WORDS_ENOUGH and not answers


def take_story(services: Services, turn: Turn, slots: dict[str, Any], requested: str | None) -> None:
    """Keep the citizen's own words and the likeliest topic, unless the message is too little to be a story."""
    words = len(turn.words.split())
    if turn.pressed or (requested is None and words < WORDS_ENOUGH):
        return
    if turn.intent in ("affirm", "deny") and not turn.value("topic") and words < WORDS_ENOUGH:
        return
    slots["problem_text"] = turn.words[:4000]
    slots["problem_topic"] = services.topics.classify(turn.words)[0][0]


def take_place(turn: Turn, slots: dict[str, Any]) -> None:
    """Take an answer to «где это?» in which no address was recognised; «да» and questions leave the slot empty."""
    unknown = any(sign in turn.words.lower() for sign in _NO_PLACE)
    if turn.intent == "deny" or turn.value("skip") or unknown:
        slots["problem_address"] = SKIPPED
    elif turn.intent == "affirm" or "?" in turn.words:
        return
    elif not turn.pressed and any(c.isalpha() for c in turn.words):
        slots["problem_address"] = turn.words[:300]


def take_more(turn: Turn, slots: dict[str, Any], voice: Voice, requested: str) -> None:
    """Add to the details what came instead of an answer, and ask `requested` again."""
    before = slots["problem_details"]
    slots["problem_details"] = turn.words[:2000] if before == SKIPPED else f"{before}. {turn.words}"[:2000]
    voice.say("utter_details_added")
    asked_again(slots, requested)


def take_contact(turn: Turn, slots: dict[str, Any]) -> None:
    """Named or anonymous; where personal data may not be taken the question was whether to send it anonymously."""
    chosen = turn.value("contact")
    words = turn.words.lower()
    if chosen in ("anonymous", "named"):
        slots["ticket_contact"] = chosen
    elif not turn.personal_data:
        if "аноним" in words or turn.intent in ("affirm", "give_consent"):
            slots["ticket_contact"] = "anonymous"
        elif turn.intent == "deny" or any(sign in words for sign in CHANGES["ticket_contact"]):
            slots["ticket_contact"] = "named"
    elif "аноним" in words or turn.intent == "deny":
        slots["ticket_contact"] = "anonymous"
    elif turn.intent in ("affirm", "give_consent") or turn.value("phone", "person_name"):
        slots["ticket_contact"] = "named"


def take_confirmation(turn: Turn, slots: dict[str, Any]) -> None:
    """Yes, no, or what is to be corrected; a corrected place may belong to another breakdown."""
    change = change_in(turn, CHANGES)
    if change in CHANGES:
        asked_again(slots, str(change))
        if change == "problem_address":
            slots["known_incident"] = None
        if change == "ticket_contact":
            slots.update(person_name=None, phone=None)
        return
    answer = confirmation(turn)
    if answer is False:
        asked_again(slots, "ticket_confirmed")
    else:
        slots["ticket_confirmed"] = answer
