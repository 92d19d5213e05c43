"""One-time links: a conversation goes on with its slots in a channel that may carry personal data."""

from bot.services.continuations.interface import Issued, Redeemed, Refusal, Refused, Snapshot
from bot.services.continuations.links import Continuations

__all__ = ["Continuations", "Issued", "Redeemed", "Refusal", "Refused", "Snapshot"]
