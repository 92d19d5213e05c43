"""Why there is no voice at all: something is not installed, or its licence does not allow it."""

from __future__ import annotations


class NoVoice(Exception):
    """A voice cannot be made. The text is Russian, for the administrator, and says what to do."""
