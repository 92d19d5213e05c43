"""The catalogue of public services: finds the service meant and answers the very aspect asked about."""

from bot.services.catalogue.answers import Answer, answer
from bot.services.catalogue.aspects import ASPECTS, Aspect, Aspects
from bot.services.catalogue.catalogue import Catalogue

__all__ = ["ASPECTS", "Answer", "Aspect", "Aspects", "Catalogue", "answer"]
