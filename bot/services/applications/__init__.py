"""Applications: status by number and proof, registration, news of a change, and what the status phrases mean."""

from bot.services.applications.interface import (
    Applications,
    ApplicationState,
    ApplicationStatus,
    HistoryEntry,
    Inquiry,
    Locked,
    NoSuchApplication,
    NotFoundOrWrongProof,
    NotOverdue,
    Proof,
    ProofKind,
)

__all__ = [
    "ApplicationState",
    "ApplicationStatus",
    "Applications",
    "HistoryEntry",
    "Inquiry",
    "Locked",
    "NoSuchApplication",
    "NotFoundOrWrongProof",
    "NotOverdue",
    "Proof",
    "ProofKind",
]
