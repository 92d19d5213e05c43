"""Telephone numbers as exchanges write them, made into one form, and withheld ones into none."""

from __future__ import annotations

import re

import phonenumbers

_DIGITS = re.compile(r"\+?\d[\d\s().-]*\d")
LONGEST = 100
"""Characters of a caller id worth looking at."""


def e164(text: str, region: str = "RU") -> str | None:
    """The number in E.164 (+79123456789); None for a withheld, internal or impossible one.

    Reads what a PBX passes on: `89123456789`, `79123456789`, `"Anna" <+79123456789>`, `sip:+79123456789@host;user=phone`.
    """
    # The name in front of the brackets may hold digits of its own.
    inner = text[:LONGEST].rpartition("<")[2]
    user = inner.partition("@")[0]
    found = _DIGITS.search(user)
    if found is None:
        return None
    try:
        parsed = phonenumbers.parse(found.group(), region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def dialled(text: str) -> str:
    """A dialled number as lines are looked up by: E.164 when it is a public one, else its digits alone (122)."""
    return e164(text) or re.sub(r"\D", "", text[:LONGEST].partition("@")[0])[:20]
