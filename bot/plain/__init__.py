"""How plainly a Russian text speaks: a score from 0 to 100, what to change and where, and better words. See docs/plain-language.md."""

from __future__ import annotations

from bot.plain.score import Assessment, Finding, assess

__all__ = ["Assessment", "Finding", "assess"]
