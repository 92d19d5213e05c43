"""Payment links made by an agency's own system, reached over its REST API (docs/services-http.md).

POST /payments {service, code, amount, title} → {"url": "https://…", "amount": 300}.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.services.content import Charge
from bot.services.errors import ServiceUnavailable
from bot.services.http_client import Refused, ServiceHttp
from bot.services.payments.interface import PaymentLink


class HttpPayments:
    """The `PaymentProvider` of an agency."""

    def __init__(self, http: ServiceHttp) -> None:
        self._http = http

    async def link(self, charge: Charge) -> PaymentLink:
        """See `PaymentProvider.link`."""
        body = {"service": charge.service, "code": charge.code, "amount": charge.amount, "title": charge.title}
        try:
            # A link is no payment, so asking twice for the same charge may well give the same one.
            answer = await self._http.post("/payments", body, key=f"{charge.code}-{charge.amount}")
        except Refused as error:
            raise ServiceUnavailable("payments", f"refused: {error.status} {error.name}") from None
        with self._http.reading():
            link = PaymentLink(str(answer["url"]), int(answer["amount"]), charge.title)
        # A citizen must not be sent to pay another sum, or over an open line.
        if urlsplit(link.url).scheme != "https" or not urlsplit(link.url).hostname or link.amount != charge.amount:
            raise ServiceUnavailable("payments", "answer has another sum or an unsafe link")
        return link
