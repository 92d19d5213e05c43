"""All services of the region: by id, by what a citizen called them, and what to answer about each."""

from __future__ import annotations

from pathlib import Path

from bot.services.catalogue.answers import Answer, answer
from bot.services.catalogue.aspects import Aspect, Aspects
from bot.services.content import Content, Service
from bot.services.meaning import Encoder
from bot.services.names import Named, NameSearch

SURE = 0.6
"""The score from which the first service found may be taken without asking."""


class Catalogue:
    """Search and answers over the services. With an `encoder` also names nobody has listed are understood."""

    def __init__(self, content: Content, encoder: Encoder | None = None, cache: Path | None = None) -> None:
        """`cache` is the folder where vectors of the names are kept between starts."""
        self.services = content.services
        self._aspects = Aspects(content.service_aspects)
        self._by_id = {s.id: s for s in self.services}
        things = [Named(s.id, (s.title, *s.aliases), (s.short,)) for s in self.services]
        self._names = NameSearch(things, encoder, cache, "services")

    def get(self, service_id: str) -> Service:
        """The service of this id. Raises KeyError."""
        return self._by_id[service_id]

    def search(self, text: str, limit: int = 5) -> list[tuple[Service, float]]:
        """Services the text may mean, likeliest first, scored 0 to 1; above `SURE` the first is safe to take."""
        found = self._names.search(self._aspects.without_circumstances(text), limit)
        if not found or found[0][1] < SURE:
            found = self._names.search(text, limit)
        return [(self._by_id[i], score) for i, score in found]

    def for_segment(self, segment: str) -> list[Service]:
        """Services meant for a profile segment (pensioner, family, job_seeker, disability, entrepreneur)."""
        return [s for s in self.services if segment in s.segments]

    def aspects(self, text: str, intent: str | None = None, service: Service | None = None) -> list[Aspect]:
        """The aspects the question asks about (see `Aspects.of`)."""
        return self._aspects.of(text, intent, service)

    def answer(self, service: Service, aspect: Aspect, question: str = "") -> Answer:
        """The answer about one aspect (see `answers.answer`)."""
        return answer(service, aspect, question)
