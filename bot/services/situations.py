"""Life situations: recognises what has changed in a citizen's life and lists what is due to her then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.services.content import LifeSituation, Service
from bot.services.meaning import Encoder
from bot.services.names import Named, NameSearch


@dataclass(frozen=True)
class Due:
    """One thing due: its title, why and when; `service` is None for advice that is no service of the catalogue."""

    title: str
    why: str
    when: str
    service: Service | None


class Situations:
    """The life situations of a region over its services."""

    def __init__(
        self,
        situations: Sequence[LifeSituation],
        services: Sequence[Service],
        encoder: Encoder | None = None,
        cache: Path | None = None,
    ) -> None:
        self.situations = tuple(situations)
        self._by_id = {s.id: s for s in self.situations}
        self._services: Mapping[str, Service] = {s.id: s for s in services}
        things = [Named(s.id, (s.title, *s.aliases)) for s in self.situations]
        self._names = NameSearch(things, encoder, cache, "situations")

    def get(self, situation_id: str) -> LifeSituation:
        """The situation of this id. Raises KeyError."""
        return self._by_id[situation_id]

    def find(self, text: str, limit: int = 3) -> list[tuple[LifeSituation, float]]:
        """Situations the text may tell of, likeliest first, with a score from 0 to 1; empty when there is none."""
        return [(self._by_id[i], score) for i, score in self._names.search(text, limit, least=0.4)]

    def due(self, situation: LifeSituation) -> list[Due]:
        """What is due in the situation, in the order of doing."""
        return [
            Due(
                self._services[item.service].title if item.service else item.text or "",
                item.why,
                item.when,
                self._services[item.service] if item.service else None,
            )
            for item in situation.items
        ]

    def text(self, situation: LifeSituation) -> str:
        """The whole list as a message: what, why, when."""
        lines = []
        for number, item in enumerate(self.due(situation), 1):
            title = item.title.rstrip(".")
            lines.append(f"{number}. {title}. {item.why} — {item.when}.")
        return "\n".join((situation.intro, *lines))
