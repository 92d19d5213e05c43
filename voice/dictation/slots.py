"""Which kind of answer each awaited slot takes; the names of the slots come from the dialogue's hints (`expected`)."""

from __future__ import annotations

CASE = frozenset({"case_number", "appointment_number"})
PHONE = frozenset({"phone", "callback_phone"})
SNILS = frozenset({"snils"})
BIRTH = frozenset({"birth_date"})
PROOF = frozenset({"case_proof"})
"""A surname, a date of birth or a code word: whichever the caller likes."""
DAY = frozenset({"appointment_day", "date"})
TIME = frozenset({"appointment_time", "time"})
MOMENT = frozenset({"callback_time", "datetime"})
"""A day or a time, in words."""
NAME = frozenset({"person_name", "surname"})
FULL_NAME = frozenset({"person_name"})
CODE = frozenset({"code_word", "code"})
SERIES = frozenset({"series"})
"""The letters of a certificate: «II-АБ»."""
PLAIN_NUMBER = frozenset({"number", "passport", "document_number", "house"})
RATING = frozenset({"satisfaction", "ease"})
NPS = frozenset({"nps"})
YES_NO = frozenset(
    {
        "personal_data_consent", "appointment_confirmed", "move_confirmed", "cancel_confirmed", "ticket_confirmed",
        "application_confirmed", "deletion_confirmed", "withdraw_confirmed", "consent_given",
    }
)  # fmt: skip
NUMERIC = CASE | PHONE | SNILS | BIRTH | PROOF | CODE | PLAIN_NUMBER
"""Slots in whose answers digits are joined."""
VALUES = NUMERIC | NAME | SERIES | DAY | TIME | MOMENT | RATING | NPS
"""Slots answered with one value; a «ну» or «так» before it means nothing."""


def is_yes_no(expected: str | None, choices: tuple[str, ...] = ()) -> bool:
    """Whether a yes or a no is awaited."""
    return [c.casefold() for c in choices] == ["да", "нет"] or (expected in YES_NO and not choices)
