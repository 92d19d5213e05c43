"""All kinds of records, by name and in the order of the page."""

from __future__ import annotations

from bot.studio.records import dialogue, places, services, voice
from bot.studio.records.kinds import Kind

KINDS: dict[str, Kind] = {kind.name: kind for kind in (*services.KINDS, *places.KINDS, *dialogue.KINDS, *voice.KINDS)}


def families() -> dict[str, list[Kind]]:
    """The kinds by family, in the order of the page."""
    found: dict[str, list[Kind]] = {}
    for kind in KINDS.values():
        found.setdefault(kind.family, []).append(kind)
    return found
