"""Consents: who agreed to what, in which words, when and where; taking back at once; requests to delete data."""

from bot.services.consents.interface import (
    PURPOSES,
    Consent,
    Consents,
    ConsentText,
    DeletionRequest,
    Kept,
    Purpose,
    UnknownPurpose,
)

__all__ = [
    "PURPOSES",
    "Consent",
    "ConsentText",
    "Consents",
    "DeletionRequest",
    "Kept",
    "Purpose",
    "UnknownPurpose",
]
