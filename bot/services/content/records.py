"""The records an editor's files become. Field names are those of the YAML keys; texts are what a citizen reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.services.production_calendar import Hours

NeedOfAppointment = Literal["required", "possible", "no"]
IncidentKind = Literal["water", "power", "heating", "gas", "road", "telecom", "transport"]


@dataclass(frozen=True)
class District:
    """A part of the region; the coordinates are of its middle, in degrees."""

    id: str
    title: str
    aliases: tuple[str, ...]
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Street:
    """A street of the city or a village; `district` is an id."""

    title: str
    district: str


@dataclass(frozen=True)
class Settlement:
    """A village or a small town outside the city; `district` is an id."""

    title: str
    district: str


@dataclass(frozen=True)
class EmergencyNumber:
    """A telephone for danger."""

    title: str
    phone: str


@dataclass(frozen=True)
class Region:
    """The region the assistant serves."""

    id: str
    title: str
    city: str
    timezone: str
    line_phone: str
    line_hours: str
    portal_url: str
    latitude: float
    longitude: float
    districts: tuple[District, ...]
    streets: tuple[Street, ...]
    settlements: tuple[Settlement, ...]
    emergency: tuple[EmergencyNumber, ...]


@dataclass(frozen=True)
class Centre:
    """A place that receives citizens. `hours` is by weekday, 0 = Monday; `windows` counts clerks."""

    id: str
    title: str
    aliases: tuple[str, ...]
    district: str
    city: str
    address: str
    lat: float
    lon: float
    phone: str
    accessibility: tuple[str, ...]
    parking: str
    transport: str
    hours: tuple[Hours, ...]
    windows: int
    services_note: str


@dataclass(frozen=True)
class Fee:
    """What a service costs: roubles of the usual case (None when free), and the words with all the cases."""

    amount: int | None
    text: str


@dataclass(frozen=True)
class Service:
    """One public service. `by_proxy`, `not_at_registration`, `online` and `for_child` begin with «Да» or «Нет».

    `minutes` is the length of a visit; `at_centre` is False for what another office does, then `elsewhere` says which.
    """

    id: str
    title: str
    aliases: tuple[str, ...]
    group: str
    short: str
    who: str
    documents: tuple[str, ...]
    documents_note: str
    term: str
    fee: Fee
    where: str
    by_proxy: str
    not_at_registration: str
    online: str
    for_child: str
    steps: tuple[str, ...]
    result: str
    appointment: NeedOfAppointment
    minutes: int
    at_centre: bool
    elsewhere: str
    segments: tuple[str, ...]


@dataclass(frozen=True)
class SituationItem:
    """One thing due in a life situation: a service (its id) or a text of its own; why it matters and by when."""

    service: str | None
    text: str | None
    why: str
    when: str


@dataclass(frozen=True)
class LifeSituation:
    """A change in life and what is due then."""

    id: str
    title: str
    aliases: tuple[str, ...]
    intro: str
    items: tuple[SituationItem, ...]


@dataclass(frozen=True)
class Article:
    """An answer of the knowledge base; `questions` are the ways people ask for it, `service` the one it belongs to."""

    id: str
    title: str
    questions: tuple[str, ...]
    service: str | None
    source: str
    text: str


@dataclass(frozen=True)
class Incident:
    """A known breakdown. `streets` are titles and `districts` ids of the region; hours are counted from now."""

    id: str
    title: str
    kind: IncidentKind
    streets: tuple[str, ...]
    districts: tuple[str, ...]
    started_hours_ago: float
    forecast_hours: float
    reason: str
    text: str


@dataclass(frozen=True)
class Charge:
    """A sum to pay for a service: roubles, the state's code of the payment, and the case (`note`) it is for."""

    service: str
    amount: int
    code: str
    title: str
    note: str
