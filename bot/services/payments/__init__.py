"""State duties: what a service costs and a link to pay it with everything filled in."""

from bot.services.payments.demo import DemoPayments
from bot.services.payments.http import HttpPayments
from bot.services.payments.interface import NothingToPay, PaymentLink, PaymentProvider, Payments

__all__ = ["DemoPayments", "HttpPayments", "NothingToPay", "PaymentLink", "PaymentProvider", "Payments"]
