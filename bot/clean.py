"""What a citizen typed, made safe to store and to show: no control characters, one form of each letter, a bounded length."""

from __future__ import annotations

import re
import unicodedata

MAX_STORED = 16_000
"""Characters of one message that are kept; the rest of a longer one is cut off with a note to the citizen."""

MAX_UNDERSTOOD = 2_000
"""Characters that go to Rasa: 50 000 of them would hold the dialogue for more than a second."""

_INVISIBLE = re.compile(
    r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]"
)


def clean(text: str) -> str:
    """The text in NFC without invisible and control characters, trimmed, at most `MAX_STORED` characters."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).strip()[:MAX_STORED]


def for_robot(text: str) -> str:
    """The text as Rasa may see it: no leading slash (Rasa would take it for a command), the middle of a long one left out."""
    text = text.lstrip("/ ").strip()
    if len(text) <= MAX_UNDERSTOOD:
        return text
    # People tell their story first and ask at the end, so the end must survive the cut.
    return f"{text[:1_300]} … {text[-650:]}"


def has_words(text: str) -> bool:
    """Whether there is any letter or digit to understand; emoji, dots and stickers have none."""
    return any(c.isalnum() for c in text)
