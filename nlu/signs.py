"""Messages without a word that still say something: «+», a thumb, a heart."""

from __future__ import annotations

_MEANINGS = {
    "affirm": "+👍👌✅✔☑🆗👏💯",
    "deny": "-–—👎❌✖🚫🙅",
    "thank": "🙏❤💐🌹🤝😘🥰💖💕♥",
    "greet": "👋",
}
_BY_SIGN = {sign: intent for intent, signs in _MEANINGS.items() for sign in signs}


def sign_intent(text: str) -> str | None:
    """The intent of a message of signs alone, by its first telling one; None for others and for text with words."""
    if any(c.isalnum() for c in text):
        return None
    return next((_BY_SIGN[c] for c in text if c in _BY_SIGN), None)
