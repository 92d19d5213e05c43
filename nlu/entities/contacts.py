"""Phone numbers and e-mail addresses, typed or dictated."""

from __future__ import annotations

import re

import phonenumbers

from nlu.entities.spans import Found
from nlu.entities.view import View

_PHONE = re.compile(r"(?<![\d/])\+?\d(?:[\s\-–—().]{0,3}\d){9,13}(?![\d/])")
_NATIONAL = re.compile(r"(?<!\d)(?:(?:\+\s?7|8|7)[\s\-–—().]{0,3})?\d(?:[\s\-–—().]{0,3}\d){9}(?!\d)")
_SOME_DIGITS = re.compile(r"\+?\d(?:[\s\-–—()]{0,3}\d){4,14}")


def phones(view: View, expected: str | None = None) -> list[Found]:
    """Phone numbers as E.164 («+79201234567»), Russian unless a «+» says otherwise.

    If a phone was asked for and the digits are no valid number, value is None and problem "invalid".
    """
    found = []
    taken = -1
    for pattern in (_PHONE, _NATIONAL):
        for match in pattern.finditer(view.text):
            value = _e164(match.group())
            if value and match.start() > taken:
                start, end = view.span(*match.span())
                found.append(Found("phone", start, end, value))
                taken = match.end()
    if not found and expected == "phone":
        digits = _SOME_DIGITS.search(view.text)
        if digits:
            start, end = view.span(*digits.span())
            found.append(Found("phone", start, end, None, "invalid"))
    return found


def _e164(text: str) -> str | None:
    digits = re.sub(r"\D", "", text)
    if len(digits) == 11 and digits[0] in "78" and "+" not in text:
        digits = "7" + digits[1:]
    elif len(digits) == 10 and "+" not in text:
        # Ten digits without a code: a mobile number said from its nine; a city number may start with 3, 4 or 8.
        if digits[0] != "9" and not re.search(r"[\-()]", text):
            return None
        digits = "7" + digits
    elif "+" not in text:
        return None
    try:
        number = phonenumbers.parse("+" + digits, "RU")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_EMAIL = re.compile(r"(?<![\w.+-])[a-z0-9][\w.+-]{0,63}@(?:[a-z0-9а-я-]{1,63}\.){1,4}(?:[a-z]{2,18}|рф)(?![\w-])")


def emails(view: View) -> list[Found]:
    """E-mail addresses in lower case."""
    found = []
    for match in _EMAIL.finditer(view.text):
        start, end = view.span(*match.span())
        found.append(Found("email", start, end, match.group()))
    return found
