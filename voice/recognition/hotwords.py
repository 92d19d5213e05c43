"""Chooses the words the recogniser is prompted with: names of services and places that everyday speech does not have."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.services.content.fields import read_yaml
from bot.services.content.load import Content
from voice.recognition.base import Hint

SERVICES = frozenset({"service", "application_form_id", "consent_purpose", "withdraw_purpose"})
"""Slots that are answered with a service."""
PLACES = frozenset({"centre", "address", "problem_address"})
"""Slots that are answered with a centre or a street."""
LETTERS = 120
"""Letters of hotwords in a prompt. Two hundred tokens would fit, but a long list takes time and is heard where nobody said it."""
STYLE = "Здравствуйте! Подскажите, пожалуйста, как получить услугу."
"""How callers of a public line talk. This sentence alone cut word errors by a sixth, without any hotword."""
DICTATED = {"case_number": "Номер: два, два, ноль, ноль, пять, пять, дробь, семь, тире."}
"""What stands before a dictated number, so that «дробь» is heard as a word. Of Festival's numbers with it 12 of 14 came
right instead of 5; of recorded people's digits it costs one in 24. Other slots were not measured."""

_ENDINGS = re.compile(r"(^| )(улица|проспект|площадь|переулок|бульвар|проезд|посёлок|село|деревня|хутор|станция)( |$)")


@dataclass(frozen=True)
class Hotwords:
    """The words of a region, the most important first."""

    services: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    letters: int = LETTERS

    def prompt(self, hint: Hint) -> str:
        """The words for what is expected, separated by commas; "" where they would only make the model invent.

        A slot that is answered with a service or a place gets its own, after what is on offer; an open question only what is
        on offer: all services there cost a third more word errors. Names, numbers, dates and yes or no get none.
        """
        if hint.expected in PLACES:
            known = self.places
        elif hint.expected in SERVICES:
            known = self.services
        elif hint.expected is None:
            known = ()
        else:
            return ""
        return _bounded((*hint.choices, *known), self.letters)


def styled(hint: Hint, words: str) -> str:
    """The whole prompt: the manner of an open question before the words, if there are any, or of a dictated number."""
    if hint.expected in DICTATED:
        return DICTATED[hint.expected]
    if hint.expected is not None:
        return words
    return f"{STYLE} {words}." if words else STYLE


def echoed(heard: str, prompt: str) -> bool:
    """Whether what was heard may be no speech but a piece of the prompt itself, word for word."""
    said, shown = (" ".join(re.findall(r"\w+", text.casefold())) for text in (heard, prompt))
    return bool(said) and f" {said} " in f" {shown} "


def words_of(prompt: str) -> frozenset[str]:
    """The single words of a prompt, in small letters, е for ё."""
    return frozenset(re.findall(r"\w+", prompt.casefold().replace("ё", "е")))


def from_content(content: Content, file: Path | None = None) -> Hotwords:
    """The words of a region's content; those of the editors' list `file` (bot/content/hotwords.yml), if there is one, come first.

    Raises ContentError that says what is wrong in the file.
    """
    services: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    if file is not None and file.is_file():
        listed = read_yaml(file)
        services = listed.texts("services") if listed.has("services") else ()
        places = listed.texts("places") if listed.has("places") else ()
        listed.done()
    streets = [street.title for street in content.region.streets]
    # Streets with a centre are what is asked for most.
    streets.sort(key=lambda title: not any(title in centre.address for centre in content.centres))
    villages = [settlement.title for settlement in content.region.settlements]
    return Hotwords(
        services=_once((*services, *(_short(service.title, service.aliases) for service in content.services))),
        places=_once((*places, *map(_name, streets), *map(_name, villages))),
    )


def _short(title: str, aliases: tuple[str, ...]) -> str:
    """The shortest name people use that still says more than a syllable."""
    return min((title, *aliases), key=lambda name: (len(name.split()), len(name) < 4, len(name)))


def _name(title: str) -> str:
    return _ENDINGS.sub(" ", title).strip()


def _once(words: Iterable[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for word in words:
        first.setdefault(word.casefold(), word)
    return tuple(first.values())


def _bounded(words: Iterable[str], letters: int) -> str:
    taken: list[str] = []
    for word in _once(words):
        letters -= len(word) + 2
        if letters < 0:
            break
        taken.append(word)
    return ", ".join(taken)
