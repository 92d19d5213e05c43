"""How a known incident is told to a citizen; the same words for the robot and for the editor's trial."""

from __future__ import annotations

from datetime import tzinfo

from bot.services.russian_dates import day_text
from bot.services.tickets.incidents import Incident

UNKNOWN = "уточняют"


def told(incident: Incident, zone: tzinfo) -> dict[str, str]:
    """`number`, `title`, `reason` (with the dispatcher's own words after it) and `forecast`, times in `zone`."""
    forecast = incident.forecast_at.astimezone(zone) if incident.forecast_at else None
    when = f"{day_text(forecast.date())}, к {forecast:%H:%M}" if forecast else f"срок {UNKNOWN}"
    if incident.late:
        when = f"обещали {when}, но не успели; срок {UNKNOWN}"
    words = [part.strip().rstrip(".") for part in (incident.reason or UNKNOWN, incident.text)]
    return {
        "number": incident.id, "title": incident.title, "reason": ". ".join(filter(None, words)), "forecast": when,
    }  # fmt: skip
