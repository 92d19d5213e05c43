"""How plainly a Russian text speaks: a score from 0 to 100, places to change and better words. See docs/plain-language.md."""

from __future__ import annotations

from bot.plain.finding import KINDS, Finding, Kind
from bot.plain.score import FAIR, PLAIN, Assessment, assess, verdict
from bot.plain.suggest import suggest

__all__ = ["FAIR", "KINDS", "PLAIN", "Assessment", "Finding", "Kind", "assess", "suggest", "verdict"]
