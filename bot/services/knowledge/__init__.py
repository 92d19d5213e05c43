"""The knowledge base: short articles found by meaning and words together, or honestly not found."""

from bot.services.knowledge.base import Hit, Knowledge

__all__ = ["Hit", "Knowledge"]
