"""What can go wrong in any service; each service adds its own named errors to these."""

from __future__ import annotations


class ServiceError(Exception):
    """The parent of every expected refusal of a service: the citizen did nothing that deserves a stack trace.

    `code` is a stable name of the refusal, used in the HTTP contract and in events.
    """

    code = "error"


class ServiceUnavailable(ServiceError):
    """The system behind the service does not answer, or answers nonsense.

    `service` says which one; `reason` is for logs and holds nothing the citizen wrote.
    """

    code = "unavailable"

    def __init__(self, service: str, reason: str) -> None:
        super().__init__(f"{service}: {reason}")
        self.service = service
        self.reason = reason


class ContentError(ValueError):
    """A content file is wrong; the text names the place and what to do, for the editor who wrote it."""
