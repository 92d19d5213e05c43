"""Makes a written reply sayable: sentences of Russian words only, numbers in their cases, no links, signs or short forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from voice.ear import amounts, clock, codes, counts, dates, links, places, sentence, written
from voice.ear.letters import spelled
from voice.ear.numerals import digits, ordinal
from voice.ear.pronunciation import Pronunciation, book
from voice.ear.sentence import Sentence

__all__ = ["Sentence", "spoken", "unsayable"]

_TOKEN = re.compile(r"[A-Za-zА-Яа-яЁё]+(?:-[A-Za-zА-Яа-яЁё]+)*")
_ASKS_WORD = re.compile(r"[A-Za-z]|[А-ЯЁ]{2}")
_PLACEHOLDER = re.compile(r"\{\w+\}")
LONGEST = 20_000
"""Characters of a reply; more is nobody's speech."""


def spoken(text: str, *, now: date | None = None, words: Pronunciation | None = None) -> list[Sentence]:
    """The sentences of a reply in order, each of Cyrillic words and `.,!?-` (`+` before a stressed vowel).

    `now`: today in the region; a numeric date of this year is then said without the year. `words`: the dictionary,
    by default the one of `bot/content`. Never raises; a text without words gives an empty list.
    """
    known = words or book()
    found: list[Sentence] = []
    rows = written.lines(written.plain(text[:LONGEST]))
    item = 0
    for at, row in enumerate(rows):
        item = item + 1 if row.item else 0
        opens_list = not row.item and at + 1 < len(rows) and rows[at + 1].item
        body = line(row.text, known, now)
        if row.number is not None and row.item:
            body = f"{ordinal(row.number, gender='n').capitalize()}, {_lower(body)}"
        pieces = [one for raw in written.sentences(body) if (one := _finished(raw))]
        for piece, last in zip(pieces, [False] * (len(pieces) - 1) + [True], strict=True) if pieces else ():
            found.append(Sentence(piece, _pause(piece, row, last, opens_list), item))
    return found


def _pause(piece: str, row: written.Line, last: bool, opens_list: bool) -> int:
    if piece.endswith("?"):
        return sentence.AFTER_QUESTION
    if last and opens_list:
        return sentence.BEFORE_LIST
    if last and row.last:
        return sentence.AFTER_PARAGRAPH
    return sentence.AFTER_ITEM if row.item else sentence.AFTER_SENTENCE


def line(text: str, known: Pronunciation, now: date | None = None) -> str:
    """One line with everything said in words; quotes, brackets and the end of sentences are still to be tidied.

    The order matters: what is most particular (a phone, a case number) goes before what would take it for an amount.
    """
    text = links.leave_out(text, known)
    if any(c.isdigit() for c in text):
        text = written.mark_beginnings(text, known.stops)
        text = codes.say(text)
        text = codes.say_number_sign(text)
        text = places.say_laws(text)
        text = places.say_roman(text)
        text = places.say_years(text)
        text = places.say_places(text, known)
        text = clock.say(text)
        text = dates.say(text, now)
        text = amounts.say(text)
        text = places.say_houses(text)
        text = codes.say_mixed(text)
        text = counts.say(text)
    else:
        text = clock.say(places.say_roman(codes.say_number_sign(places.say_places(text, known))))
    text = written.signs(text)
    return _in_words(text, known)


def _in_words(text: str, known: Pronunciation) -> str:
    return _TOKEN.sub(lambda m: _word(m, known), text)


def _word(m: re.Match[str], known: Pronunciation) -> str:
    word = m[0]
    if len(word) == 1:
        return _single(m)
    if not _ASKS_WORD.search(word):
        return known.known(word) or word
    said = known.say(word).text
    starts = not m.string[: m.start()].strip() or bool(re.search(r"[.!?]\s*$", m.string[: m.start()]))
    return said[:1].upper() + said[1:] if starts else said


def _single(m: re.Match[str]) -> str:
    """A letter that stands alone: a Russian word («и», «в») stays, other letters get their names."""
    letter = m[0]
    return letter if letter.upper() in "АВИКОСУЯ" or letter in "бж" else spelled(letter)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def _finished(raw: str) -> str:
    """A sentence in its last form: nothing but Cyrillic and `.,!?-`, a capital at the start, a stop at the end."""
    left = re.sub(r"\d+", lambda m: f" {digits(m[0])} ", raw)
    left = written.tidy(re.sub(r"[A-Za-z]+", " ", left))
    if not re.search("[а-яёА-ЯЁ]", left):
        return ""
    left = left[:1].upper() + left[1:]
    return left if left[-1] in ".!?" else left + "."


def unsayable(text: str, *, words: Pronunciation | None = None) -> list[str]:
    """What the dictionary does not know and is therefore guessed at: abbreviations, Latin words, strange signs; each once.

    `{placeholders}` of a template are passed over. For editors, who then extend `bot/content/pronunciation.yml`.
    """
    known = words or book()
    return list(dict.fromkeys(_guessed(text[:LONGEST], known)))


def _guessed(text: str, known: Pronunciation) -> Iterator[str]:
    for row in written.lines(written.plain(_PLACEHOLDER.sub(" ", text))):
        rest = links.leave_out(row.text, known)
        rest = places.say_roman(places.say_places(codes.say(rest), known))
        rest = amounts.say(rest)
        for m in _TOKEN.finditer(rest):
            if len(m[0]) > 1 and _ASKS_WORD.search(m[0]) and not known.say(m[0]).known:
                yield m[0]
        yield from re.findall(r"[^\W\d_a-zA-Zа-яА-ЯёЁ]|[§∑√±≈≤≥<>=~^\\]", rest)
