"""What the studio refuses, in words for the editor."""

from __future__ import annotations

from bot.handover.interface import Refusal


class NotPossible(Refusal):
    """A deed of the studio that cannot be done as asked; `text` says why and what to do, in Russian."""

    code = "studio_refused"
