"""Officialese: phrases that are said in offices only."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from bot.plain.finding import Finding, found
from bot.plain.grammar import can_be, is_infinitive, like, parses, same_form, verb_like
from bot.plain.overlaps import longest
from bot.plain.sentences import Sentence
from bot.plain.stamps import MONEY, STAMPS, Stamp
from bot.services.phrases import Found, PhraseBook


def officialese(sentence: Sentence) -> Iterator[Finding]:
    """«В целях», «данный вопрос», «доводим до вашего сведения».

    Source: the course of plain language for officials of the Accounts Chamber (2021: «данный», «нижеследующий»);
    М. Ильяхов, Л. Сарычева, «Пиши, сокращай» («в целях проведения», «посредством»); ISO 24495-1:2023, 5.3. The list is ours.
    """
    text = sentence.text
    for hit in longest(_book().find(sentence.words)):
        first, last, stamp = hit.first, hit.last, hit.value
        fits_noun = stamp.fit != "agree" or _before_noun(sentence, last)
        if not fits_noun:
            continue
        start, end = sentence.words[first].start, sentence.words[last].end
        better = _better(sentence, hit)
        hint = f"Проще: «{better or stamp.plain}»."
        yield found("officialese", text, start, end, hint, like(text[start:end], better))


def _better(sentence: Sentence, hit: Found[Stamp]) -> str:
    """The plain words when they fit here as they are; else ""."""
    words, plain = sentence.words, hit.value.plain
    following = words[hit.last + 1].text if hit.last + 1 < len(words) else ""
    close = bool(following) and sentence.together(hit.last, hit.last + 1)
    match hit.value.fit:
        case "always":
            return plain
        case "genitive":
            return plain if close and _takes(following, "gent") else ""
        case "dative":
            return plain if close and _takes(following, "datv") else ""
        case "infinitive":
            return plain if close and is_infinitive(following) or _infinitive_before(sentence, hit.first) else ""
        case "conjunction":
            return plain if sentence.opens(hit.first) or _comma_before(sentence, hit.first) else ""
        case "agree":
            return same_form(words[hit.first].text, plain, ("ADJF",))
        case "verb":
            return verb_like(words[hit.first].text, plain)
        case "money":
            return MONEY.get(words[hit.last].text, "")
        case _:
            return ""


def _takes(following: str, case: str) -> bool:
    return following.isdigit() or (can_be(following, case) and not is_infinitive(following))


def _before_noun(sentence: Sentence, at: int) -> bool:
    """Whether a noun follows, perhaps after an adjective: «данные» alone are data, «указанный в заявлении» is no «этот»."""
    for place in (at + 1, at + 2):
        if place >= len(sentence.words) or not sentence.together(place - 1, place):
            return False
        kind = parses(sentence.words[place].text)[0].tag.POS
        if kind != "ADJF":
            return bool(kind == "NOUN")
    return False


def _infinitive_before(sentence: Sentence, at: int) -> bool:
    """«Выдать справку не представляется возможным»: the infinitive opens the sentence."""
    return bool(at) and is_infinitive(sentence.words[0].text) and sentence.opens(0)


def _comma_before(sentence: Sentence, at: int) -> bool:
    return sentence.text[sentence.start : sentence.words[at].start].rstrip().endswith((",", ";", ":", "—", "("))


@lru_cache(maxsize=1)
def _book() -> PhraseBook[Stamp]:
    return PhraseBook(STAMPS.items())
