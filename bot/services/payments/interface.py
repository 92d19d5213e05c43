"""What there is to pay for a service, and the interface of whoever makes the payment link."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.services.content import Charge
from bot.services.errors import ServiceError


class NothingToPay(ServiceError):
    """The service is free, or its fee is paid elsewhere."""

    code = "nothing_to_pay"


@dataclass(frozen=True)
class PaymentLink:
    """A page where the charge is already filled in. `amount` is in roubles."""

    url: str
    amount: int
    title: str


class PaymentProvider(Protocol):
    """Whoever makes the payment page. Nobody's name or document goes there: the payer gives them on the page itself."""

    async def link(self, charge: Charge) -> PaymentLink:
        """A link for one charge. Raises ServiceUnavailable."""
        ...


class Payments:
    """The charges of a region and the provider of their links."""

    def __init__(self, charges: Sequence[Charge], provider: PaymentProvider) -> None:
        self._charges: defaultdict[str, list[Charge]] = defaultdict(list)
        for charge in charges:
            self._charges[charge.service].append(charge)
        self._provider = provider

    def charges(self, service_id: str) -> tuple[Charge, ...]:
        """Every case of the service's fee, the usual one first; empty when there is nothing to pay."""
        return tuple(self._charges.get(service_id, ()))

    async def link(self, service_id: str, note: str | None = None) -> PaymentLink:
        """A link for the usual case, or for the case named by `note`.

        Raises NothingToPay when there is no such charge, and ServiceUnavailable.
        """
        cases = [c for c in self.charges(service_id) if note is None or c.note == note]
        if not cases:
            raise NothingToPay(service_id)
        return await self._provider.link(cases[0])
