"""One function a kind of record: from the editor's fields to the record, with every slip named."""

from __future__ import annotations

import re
from typing import cast

from bot.services.content.fields import Fields
from bot.services.content.records import (
    Article,
    Centre,
    Charge,
    District,
    EmergencyNumber,
    Fee,
    Incident,
    IncidentKind,
    LifeSituation,
    NeedOfAppointment,
    Region,
    Service,
    Settlement,
    SituationItem,
    Street,
)
from bot.services.errors import ContentError
from bot.services.production_calendar import WEEKDAY_KEYS, parse_hours

SEGMENTS = ("pensioner", "family", "job_seeker", "disability", "entrepreneur")
GROUPS = (
    *("documents", "property", "family", "social", "work", "business", "transport", "housing", "taxes"),
    *("health", "education", "migration", "help"),
)
SERVICE_ASPECTS = (
    *("who", "documents", "term", "fee", "where", "by_proxy", "not_at_registration", "online", "steps", "result"),
    *("appointment", "for_child", "elsewhere", "ignore"),
)
PLACE_ASPECTS = ("address", "transport", "parking", "accessibility", "phone", "map")
INCIDENT_KINDS = ("water", "power", "heating", "gas", "road", "telecom", "transport")

_ID = re.compile(r"[a-z][a-z0-9_]*")


def region(file: Fields) -> Region:
    """The record of region.yml, which holds the region itself and four lists."""
    head = file.inner("region")
    record = Region(
        id=_id(head),
        title=head.text("title"),
        city=head.text("city"),
        timezone=head.text("timezone"),
        line_phone=head.text("line_phone"),
        line_hours=head.text("line_hours"),
        portal_url=head.text("portal_url"),
        latitude=head.number("latitude"),
        longitude=head.number("longitude"),
        districts=tuple(_district(f) for f in file.items("districts")),
        streets=tuple(Street(f.text("title"), f.text("district")) for f in file.items("streets")),
        settlements=tuple(Settlement(f.text("title"), f.text("district")) for f in file.items("settlements")),
        emergency=tuple(EmergencyNumber(f.text("title"), f.text("phone")) for f in file.items("emergency")),
    )
    head.done()
    file.done()
    return record


def _district(item: Fields) -> District:
    return District(
        id=_id(item),
        title=item.text("title"),
        aliases=item.texts("aliases"),
        latitude=item.number("latitude"),
        longitude=item.number("longitude"),
    )


def centre(item: Fields) -> Centre:
    """A record of centres.yml."""
    hours = item.inner("hours")
    for key in ("services", "timezone"):
        item.has(key)  # Read by the appointments, not here.
    record = Centre(
        id=_id(item),
        title=item.text("title"),
        aliases=item.texts("aliases", least=1),
        district=item.text("district"),
        city=item.text("city"),
        address=item.text("address"),
        lat=item.number("lat"),
        lon=item.number("lon"),
        phone=item.text("phone"),
        accessibility=item.texts("accessibility"),
        parking=item.text("parking"),
        transport=item.text("transport"),
        hours=tuple(parse_hours(hours.raw(key), f"{hours.where}: {key}") for key in WEEKDAY_KEYS),
        windows=item.whole("windows"),
        services_note=item.text("services_note"),
    )
    hours.done()
    item.done()
    return record


def service(item: Fields) -> Service:
    """A record of services.yml."""
    record = Service(
        id=_id(item),
        title=item.text("title"),
        aliases=item.texts("aliases", least=8),
        group=item.choice("group", GROUPS),
        short=item.text("short"),
        who=item.text("who"),
        documents=item.texts("documents", least=1),
        documents_note=item.text("documents_note"),
        term=item.text("term"),
        fee=_fee(item.inner("fee")),
        where=item.text("where"),
        by_proxy=_yes_or_no(item, "by_proxy"),
        not_at_registration=_yes_or_no(item, "not_at_registration"),
        online=_yes_or_no(item, "online"),
        for_child=item.text("for_child"),
        steps=item.texts("steps", least=1),
        result=item.text("result"),
        appointment=cast(NeedOfAppointment, item.choice("appointment", ("required", "possible", "no"))),
        minutes=item.whole("minutes"),
        at_centre=item.flag("at_centre"),
        elsewhere=item.text("elsewhere"),
        segments=item.texts("segments"),
    )
    if unknown := set(record.segments) - set(SEGMENTS):
        raise ContentError(f"{item.where}: segments — незнакомое: {', '.join(sorted(unknown))}")
    item.done()
    return record


def _fee(item: Fields) -> Fee:
    fee = Fee(item.whole("amount") if item.has("amount") else None, item.text("text"))
    item.done()
    return fee


def _yes_or_no(item: Fields, key: str) -> str:
    text = item.text(key)
    if not text.startswith(("Да", "Нет", "Частично")):
        raise ContentError(f"{item.where}: {key} начните с «Да», «Нет» или «Частично»")
    return text


def situation(item: Fields) -> LifeSituation:
    """A record of life_situations.yml."""
    record = LifeSituation(
        id=_id(item),
        title=item.text("title"),
        aliases=item.texts("aliases", least=3),
        intro=item.text("intro"),
        items=tuple(_situation_item(f) for f in item.items("items")),
    )
    item.done()
    return record


def _situation_item(item: Fields) -> SituationItem:
    record = SituationItem(
        item.optional_text("service"), item.optional_text("text"), item.text("why"), item.text("when")
    )
    if (record.service is None) == (record.text is None):
        raise ContentError(f"{item.where}: нужно либо service, либо text")
    item.done()
    return record


def article(head: Fields, text: str) -> Article:
    """An article of the knowledge folder."""
    record = Article(
        id=_id(head),
        title=head.text("title"),
        questions=head.texts("questions", least=3),
        service=head.optional_text("service"),
        source=head.text("source"),
        text=text,
    )
    head.done()
    return record


def incident(item: Fields) -> Incident:
    """A record of incidents.yml."""
    record = Incident(
        id=item.text("id"),
        title=item.text("title"),
        kind=cast(IncidentKind, item.choice("kind", INCIDENT_KINDS)),
        streets=item.texts("streets"),
        districts=item.texts("districts"),
        started_hours_ago=item.number("started_hours_ago"),
        forecast_hours=item.number("forecast_hours"),
        reason=item.text("reason"),
        text=item.text("text"),
    )
    if not record.streets and not record.districts:
        raise ContentError(f"{item.where}: укажите streets или districts")
    item.done()
    return record


def charge(item: Fields) -> Charge:
    """A record of payments.yml."""
    record = Charge(
        service=item.text("service"),
        amount=item.whole("amount"),
        code=item.text("code"),
        title=item.text("title"),
        note=item.optional_text("note") or "",
    )
    item.done()
    return record


def phrases(file: Fields, section: str, names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """One section of aspects.yml: phrases by aspect."""
    part = file.inner(section)
    found = {name: part.texts(name) for name in names}
    part.done()
    return found


def _id(item: Fields) -> str:
    value = item.text("id")
    if not _ID.fullmatch(value):
        raise ContentError(f"{item.where}: id «{value}» — только маленькие латинские буквы, цифры и _")
    return value
