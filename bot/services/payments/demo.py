"""A payment page that does not exist, for the embedded demonstration: the link shows how the charge is filled in."""

from __future__ import annotations

from urllib.parse import urlencode

from bot.services.content import Charge
from bot.services.payments.interface import PaymentLink


class DemoPayments:
    """Fits `PaymentProvider`; nothing is ever paid."""

    def __init__(self, base_url: str = "https://pay.example.invalid") -> None:
        self._base_url = base_url.rstrip("/")

    async def link(self, charge: Charge) -> PaymentLink:
        """See `PaymentProvider.link`."""
        query = urlencode({"service": charge.service, "amount": charge.amount, "code": charge.code})
        return PaymentLink(f"{self._base_url}/?{query}", charge.amount, charge.title)
