"""Loads a folder of content into records and checks that what one file names the others really have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.services.content.fields import read_article, read_yaml
from bot.services.content.parse import (
    PLACE_ASPECTS,
    SERVICE_ASPECTS,
    article,
    centre,
    charge,
    incident,
    phrases,
    region,
    service,
    situation,
)
from bot.services.content.records import Article, Centre, Charge, Incident, LifeSituation, Region, Service
from bot.services.errors import ContentError
from bot.services.phrases import lemma, tokens


@dataclass(frozen=True)
class Content:
    """All content of one region; records keep the order of the files."""

    region: Region
    centres: tuple[Centre, ...]
    services: tuple[Service, ...]
    situations: tuple[LifeSituation, ...]
    articles: tuple[Article, ...]
    incidents: tuple[Incident, ...]
    charges: tuple[Charge, ...]
    service_aspects: Mapping[str, tuple[str, ...]]
    place_aspects: Mapping[str, tuple[str, ...]]
    _services: dict[str, Service] = field(init=False, repr=False, compare=False)
    _centres: dict[str, Centre] = field(init=False, repr=False, compare=False)
    _articles: dict[str, Article] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_services", {s.id: s for s in self.services})
        object.__setattr__(self, "_centres", {c.id: c for c in self.centres})
        object.__setattr__(self, "_articles", {a.id: a for a in self.articles})

    def service(self, service_id: str) -> Service:
        """The service of this id. Raises KeyError."""
        return self._services[service_id]

    def centre(self, centre_id: str) -> Centre:
        """The centre of this id. Raises KeyError."""
        return self._centres[centre_id]

    def article(self, article_id: str) -> Article:
        """The article of this id. Raises KeyError."""
        return self._articles[article_id]


def load(path: Path) -> Content:
    """Read the folder `path`. Raises ContentError that names the file, the place and what is wrong."""
    files = {name: read_yaml(path / f"{name}.yml") for name in _SECTIONS}
    content = Content(
        region=region(files["region"]),
        centres=tuple(centre(f) for f in files["centres"].items("centres")),
        services=tuple(service(f) for f in files["services"].items("services")),
        situations=tuple(situation(f) for f in files["life_situations"].items("situations")),
        articles=tuple(article(*read_article(file)) for file in sorted((path / "knowledge").glob("*.md"))),
        incidents=tuple(incident(f) for f in files["incidents"].items("incidents")),
        charges=tuple(charge(f) for f in files["payments"].items("payments")),
        service_aspects=phrases(files["aspects"], "service", SERVICE_ASPECTS),
        place_aspects=phrases(files["aspects"], "place", PLACE_ASPECTS),
    )
    _check_ids(content, path)
    _check_aliases(content.services, path)
    _check_references(content, path)
    return content


_SECTIONS = ("region", "centres", "services", "life_situations", "incidents", "payments", "aspects")


def _check_ids(content: Content, path: Path) -> None:
    kinds: tuple[tuple[str, Iterable[str]], ...] = (
        ("region.yml: districts", (d.id for d in content.region.districts)),
        ("centres.yml", (c.id for c in content.centres)),
        ("services.yml", (s.id for s in content.services)),
        ("life_situations.yml", (s.id for s in content.situations)),
        ("knowledge", (a.id for a in content.articles)),
        ("incidents.yml", (i.id for i in content.incidents)),
    )
    for name, ids in kinds:
        seen: set[str] = set()
        for one in ids:
            if one in seen:
                raise ContentError(f"{path / name}: id {one} встречается дважды")
            seen.add(one)


def _check_aliases(services: Iterable[Service], path: Path) -> None:
    """Two services that answer to one name would make the robot ask for ever which of them is meant."""
    owners: dict[tuple[str, ...], Service] = {}
    for one in services:
        for alias in (one.title, *one.aliases):
            key = tuple(lemma(t.text) for t in tokens(alias))
            other = owners.setdefault(key, one)
            if other.id != one.id:
                raise ContentError(
                    f"{path / 'services.yml'}: «{alias}» есть и у услуги {other.id}, и у {one.id} — оставьте у одной"
                )


def _check_references(content: Content, path: Path) -> None:
    districts = {d.id for d in content.region.districts}
    streets = {s.title for s in content.region.streets}
    services = {s.id for s in content.services}
    used: list[tuple[str, str, str, set[str]]] = [
        *(("region.yml", s.title, s.district, districts) for s in content.region.streets),
        *(("region.yml", s.title, s.district, districts) for s in content.region.settlements),
        *(("centres.yml", c.id, c.district, districts) for c in content.centres),
        *(("incidents.yml", i.id, s, streets) for i in content.incidents for s in i.streets),
        *(("incidents.yml", i.id, d, districts) for i in content.incidents for d in i.districts),
        *(("life_situations.yml", s.id, i.service, services) for s in content.situations for i in s.items if i.service),
        *((f"knowledge/{a.id}.md", a.id, a.service, services) for a in content.articles if a.service),
        *(("payments.yml", c.title, c.service, services) for c in content.charges),
    ]
    for name, owner, reference, known in used:
        if reference not in known:
            raise ContentError(f"{path / name}: {owner}: «{reference}» нигде не описано")
