"""Values of the variables of ready answers, from the citizen's card and the region."""

from __future__ import annotations

from bot.accounts.interface import Signed
from bot.handover.person_names import person_name
from bot.handover.views import Talk
from bot.services.russian_dates import MONTHS, day_text, time_text
from desk.panels.card import Card
from desk.parts import Parts

PERSONAL = frozenset(
    ("имя", "имя_отчество", "номер_записи", "время_записи", "номер_обращения", "срок_обращения", "номер_заявления")
)
"""Not filled where the channel must not carry personal data."""


def values_of(parts: Parts, me: Signed, talk: Talk, card: Card) -> dict[str, str]:
    """What is known, by the names of `bot.handover.canned.VARIABLES`; what is not known is left out."""
    region = parts.content.region
    today = parts.clock().astimezone(parts.pages.zone)
    person = person_name(card.profile)
    found = {
        "имя": person.name[:1].upper() + person.name[1:], "имя_отчество": person.polite,
        "оператор": me.account.name, "дата": f"{today.day} {MONTHS[today.month - 1]}",
        "телефон_линии": region.line_phone, "портал": region.portal_url,
    }  # fmt: skip
    visit = card.visits[0] if card.visits else None
    centre_id = visit.centre_id if visit else str(card.profile.get("centre") or "")
    centre = next((c for c in parts.content.centres if c.id == centre_id), None)
    if centre is not None:
        found |= {"центр": centre.title, "адрес_центра": centre.address}
    if visit is not None:
        service = next((s for s in parts.content.services if s.id == visit.service_id), None)
        found |= {
            "номер_записи": visit.number, "услуга": service.title if service else "",
            "время_записи": f"{day_text(visit.start.date())}, в {time_text(visit.start)}",
        }  # fmt: skip
    if card.tickets:
        due = card.tickets[0].due_on
        found |= {"номер_обращения": card.tickets[0].number, "срок_обращения": f"{due.day} {MONTHS[due.month - 1]}"}
    if card.cases:
        found["номер_заявления"] = card.cases[0].number
    return {name: value for name, value in found.items() if value and (talk.personal_data or name not in PERSONAL)}
