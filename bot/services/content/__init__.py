"""Everything editors write about the region: centres, services, life situations, articles, incidents and charges."""

from bot.services.content.load import Content, load
from bot.services.content.records import (
    Article,
    Centre,
    Charge,
    District,
    EmergencyNumber,
    Fee,
    Incident,
    LifeSituation,
    Region,
    Service,
    Settlement,
    SituationItem,
    Street,
)

__all__ = [
    "Article",
    "Centre",
    "Charge",
    "Content",
    "District",
    "EmergencyNumber",
    "Fee",
    "Incident",
    "LifeSituation",
    "Region",
    "Service",
    "Settlement",
    "SituationItem",
    "Street",
    "load",
]
