"""Reads the editors' YAML for names of services, centres, districts, topics, settlements and streets."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nlu.entities.spans import words
from nlu.entities.streets import KIND_OF

logger = logging.getLogger(__name__)

FILES = ("services.yml", "centres.yml", "region.yml", "topics.yml")
"""All that names are read from."""
_SETTLEMENT_KINDS = {"село", "деревня", "поселок", "хутор", "станица", "станция", "город", "пгт", "аул"}


@dataclass(frozen=True)
class Entry:
    """One thing with names: `entity` (service, centre, district, topic, settlement), id, title and spoken names."""

    entity: str
    id: str
    title: str
    phrases: tuple[str, ...]


def read_content(folder: str | Path) -> tuple[list[Entry], list[tuple[str, str]]]:
    """Entries and streets (id and name) of services.yml, centres.yml, region.yml and topics.yml.

    A missing file, a broken file or an item without a title is left out, with a warning.
    """
    root = Path(folder)
    entries = [
        *_entries(root / "services.yml", "services", "service"),
        *_entries(root / "centres.yml", "centres", "centre"),
        *_entries(root / "region.yml", "districts", "district"),
        *_entries(root / "region.yml", "settlements", "settlement"),
        *_entries(root / "topics.yml", "topics", "topic"),
    ]
    return entries, [(street.id, street.title) for street in _entries(root / "region.yml", "streets", "street")]


def _entries(path: Path, section: str, entity: str) -> list[Entry]:
    if not path.is_file():
        return []
    try:
        items = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get(section) or []
    except (yaml.YAMLError, AttributeError, UnicodeDecodeError):
        logger.exception("gazetteer: %s cannot be read, left out", path)
        return []
    entries = [_entry(item, entity) for item in items]
    bad = entries.count(None)
    if bad:
        logger.warning("gazetteer: %d items of %s in %s have no id or title, left out", bad, section, path)
    return [entry for entry in entries if entry]


def _entry(item: Any, entity: str) -> Entry | None:
    """An entry from one YAML item: a mapping with title, or a plain name, which is then its own id."""
    if isinstance(item, str):
        item = {"title": item}
    if not isinstance(item, dict) or not str(item.get("title") or "").strip():
        return None
    title = str(item["title"]).strip()
    said = [title, *(str(p) for key in ("aliases", "keywords") for p in item.get(key) or [])]
    if entity == "centre" and item.get("address"):
        said += _spoken_addresses(str(item["address"]))
    if entity == "settlement":
        said += [" ".join(w for w in title.split() if w.lower().replace("ё", "е") not in _SETTLEMENT_KINDS)]
    return Entry(entity, str(item.get("id") or title), title, tuple(dict.fromkeys(p for p in said if p.strip())))


def _spoken_addresses(address: str) -> list[str]:
    """A centre's address as people say it: whole, and without the kind of street."""
    found = [w.form for w in words(address)]
    short = [f for f in found if f not in KIND_OF and f not in ("дом", "д")]
    return [" ".join(found), " ".join(short)]
