"""Which sides of a service a question asks about: the term, the documents, by proxy, not at one's registration …"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from bot.services.aspect_book import AspectBook
from bot.services.content import Service
from bot.services.phrases import Token, lemma, tokens

Aspect = Literal[
    "short",
    "who",
    "documents",
    "term",
    "fee",
    "where",
    "by_proxy",
    "not_at_registration",
    "online",
    "steps",
    "result",
    "appointment",
    "for_child",
    "elsewhere",
]
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)

_BY_INTENT: dict[str, Aspect] = {"ask_documents": "documents", "ask_fee": "fee", "pay_duty": "fee"}
_CIRCUMSTANCES: dict[Aspect, frozenset[str]] = {
    "by_proxy": frozenset({"по", "за"}),
    "not_at_registration": frozenset({"не", "без"}),
}
"""Words with which the phrase of an aspect begins when it tells of a circumstance."""
_WEAK: tuple[Aspect, ...] = ("for_child", "steps", "where")
"""They say for whom, or how the question begins; they are what is asked only when nothing else is."""


class Aspects:
    """Reads the aspects from a question by the phrases of aspects.yml, section `service`."""

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        self._book: AspectBook[Aspect] = AspectBook(phrases)

    def of(self, text: str, intent: str | None = None, service: Service | None = None) -> list[Aspect]:
        """The aspects asked about, in the order of the question; ["short"] when none is named.

        `intent` adds its own aspect (ask_documents, ask_fee). With `service` the words that name it are not read as a
        question: «прописка» names a service and «по прописке» asks about one.
        """
        found = self._book.find(_without_name(tokens(text), service))
        own = _BY_INTENT.get(intent or "")
        if own and own not in found:
            found.insert(0, own)
        for weak in _WEAK:
            # «может ли бабушка за внука» is about both.
            if len(found) > 1 and weak in found and not (weak == "for_child" and "by_proxy" in found):
                found.remove(weak)
        return found or ["short"]

    def without_circumstances(self, text: str) -> str:
        """The text without «по доверенности» and «не по прописке», whose words are also names of services."""
        words = tokens(text)
        left = set(range(len(words)))
        for aspect, first, last in self._book.spans(words):
            # «Доверенность» and «регистрация по месту жительства» themselves are services.
            begins = {word.text for word in words[max(0, first - 1) : first + 1]}
            if begins & _CIRCUMSTANCES.get(aspect, frozenset()):
                left -= set(range(first, last + 1))
        return " ".join(words[n].text for n in sorted(left))


def _without_name(words: list[Token], service: Service | None) -> list[Token]:
    """The words with the longest name of the service in them taken out."""
    if service is None:
        return words
    lemmas = [lemma(word.text) for word in words]
    start, end = 0, 0
    for name in (service.title, *service.aliases):
        own = [lemma(word.text) for word in tokens(name)]
        for at in range(len(lemmas) - len(own) + 1):
            if len(own) > end - start and lemmas[at : at + len(own)] == own:
                start, end = at, at + len(own)
    # A stranger in its place keeps the words around it apart.
    return words[:start] + [Token("", 0, 0)] * bool(end) + words[end:]
