"""Levels of urgency in the queue: the highest one that fits counts, and among equals the oldest wish."""

from __future__ import annotations

ORDINARY = 0
LONG_WAIT = 20
DISABILITY = 30
RETURNED = 50
"""Her talk had begun and broke off through our fault: she is the next."""
CRISIS = 100


def of_citizen(segment: str) -> int:
    """The level of a citizen's profile segment."""
    return DISABILITY if segment == "disability" else ORDINARY
