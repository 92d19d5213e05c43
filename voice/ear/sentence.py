"""One sentence for the ear, and the silences after sentences."""

from __future__ import annotations

from dataclasses import dataclass

AFTER_SENTENCE = 300
"""Milliseconds of silence after a plain sentence."""
AFTER_ITEM = 250
"""After an item of a list: shorter, so that a list is heard as one thing."""
BEFORE_LIST = 200
"""After the sentence that opens a list."""
AFTER_PARAGRAPH = 500
"""After the last sentence of a paragraph or a list."""
AFTER_QUESTION = 150
"""After a question: the caller's turn begins, and who waits thinks the line is dead."""


@dataclass(frozen=True)
class Sentence:
    """Words that a Russian synthesiser can say: Cyrillic, `.,!?-`, and `+` before a stressed vowel."""

    text: str
    pause_ms: int = AFTER_SENTENCE
    """Silence after the sentence."""
    item: int = 0
    """Which item of a list it belongs to, from 1; 0 outside lists. An item may have several sentences."""


def words(sentence: Sentence) -> int:
    """How many words a sentence has; a dash between spaces is none."""
    return sum(any(c.isalpha() for c in piece) for piece in sentence.text.split())
