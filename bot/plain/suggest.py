"""Puts better words into a text."""

from __future__ import annotations

from bot.plain.score import assess

_ROUNDS = 3
"""A replacement may make room for another one."""


def suggest(text: str) -> str:
    """The text with every replacement that fits as it is; what only has a hint stays for its author."""
    for _ in range(_ROUNDS):
        changed = _once(text)
        if changed == text:
            return text
        text = changed
    return text


def _once(text: str) -> str:
    done = len(text)
    for finding in sorted(assess(text).findings, key=lambda f: f.start, reverse=True):
        if finding.better and finding.end <= done:
            text = text[: finding.start] + finding.better + text[finding.end :]
            done = finding.start
    return text
