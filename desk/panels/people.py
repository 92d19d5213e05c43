"""How the card writes personal data: a telephone with its middle hidden."""

from __future__ import annotations

import phonenumbers


def masked_phone(phone: str) -> str:
    """«+7 ••• •••-12-34»; only the last four digits are told."""
    digits = "".join(c for c in phone if c.isdigit())
    if len(digits) < 7:
        return "•••"
    return f"••• •••-{digits[-4:-2]}-{digits[-2:]}"


def phone_text(phone: str) -> str:
    """«+7 911 123-45-67»; as it is when it is no number."""
    try:
        parsed = phonenumbers.parse(phone, "RU")
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def valid_phone(phone: str) -> str | None:
    """The number in E.164, None when nobody could call it."""
    try:
        parsed = phonenumbers.parse(phone, "RU")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
