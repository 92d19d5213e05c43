"""One answer as a form: cards of variants read from what the browser sends, and the deeds that change the cards without saving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.datastructures import FormData

from bot.clean import clean
from bot.handover.words import MOODS, SEGMENTS
from bot.studio.answer_samples import with_samples
from bot.studio.answer_words import WHERE, Note, allowed, audience, judged, notes, payload_words
from bot.studio.answers import MOST_BUTTONS, MOST_VARIANTS, Answer, Choice, Variant
from bot.studio.studio import Draw, Piece

MOVES = {"up": -1, "down": 1}


@dataclass(frozen=True)
class Card:
    """A variant as it stands in the form. `origin` is its place in the draft's answer, "" for a new one."""

    variant: Variant
    origin: str = ""


@dataclass(frozen=True)
class Mark:
    """A piece of a text: `hint` says what is wrong with it, `better` what to put there; both "" where all is well."""

    text: str
    start: int
    end: int
    hint: str = ""
    better: str = ""


@dataclass(frozen=True)
class Look:
    """Everything that is shown beside a card: what is to be said about it, its score, the marked text, and how it looks."""

    notes: list[Note]
    score: int
    marks: list[Mark]
    audience: str
    spoken: bool
    shown: str
    titles: tuple[str, ...]
    drawn: Mapping[str, Sequence[Piece]]


def cards_of(answer: Answer) -> list[Card]:
    """The cards of an answer as it is in the draft."""
    return [Card(variant, str(at)) for at, variant in enumerate(answer.variants)]


def cards_from(form: FormData, answer: Answer) -> list[Card]:
    """The cards as they were sent; what a form cannot show of a variant (conditions on slots) is taken from where it came from."""
    return [_card(form, key, answer) for key in map(str, form.getlist("card"))][: MOST_VARIANTS + 1]


def changed(cards: Sequence[Card], deed: str) -> tuple[list[Card], int]:
    """The cards after a deed («up-1», «button-0», «unbutton-0-2»), and which one to go on with. An unknown deed changes nothing."""
    name, _, places = deed.partition("-")
    at, _, second = places.partition("-")
    now = list(cards)
    if name == "add" and len(now) < MOST_VARIANTS:
        return [*now, Card(Variant(""))], len(now)
    if not at.isdecimal() or int(at) >= len(now):
        return now, 0
    place = int(at)
    card = now[place]
    if name == "copy" and len(now) < MOST_VARIANTS:
        now.insert(place + 1, card)
        return now, place + 1
    if name == "delete" and len(now) > 1:
        del now[place]
        return now, max(0, place - 1)
    if name in MOVES and 0 <= place + MOVES[name] < len(now):
        now.insert(place + MOVES[name], now.pop(place))
        return now, place + MOVES[name]
    if name == "button" and len(card.variant.buttons) < MOST_BUTTONS:
        now[place] = _with_buttons(card, (*card.variant.buttons, Choice("", "")))
    if name == "unbutton" and second.isdecimal():
        kept = tuple(b for number, b in enumerate(card.variant.buttons) if number != int(second))
        now[place] = _with_buttons(card, kept)
    return now, place


def look(card: Card, answer: Answer, published: Answer | None, draw: Draw) -> Look:
    """What is shown beside a card. Blocks for some 10 ms."""
    variant = card.variant
    spoken = answer.kind == "phone" or variant.channel == "phone"
    shown = with_samples(variant.text.strip())
    buttons = [(b.title, b.payload) for b in variant.buttons if b.title.strip()]
    return Look(
        notes(variant, allowed(answer, published), published.braces if published else (), spoken) if variant.text.strip() else [],
        judged(variant.text).score, _marked(variant.text), audience(variant), spoken, shown,
        tuple(title for title, _ in buttons), draw(shown, buttons) if shown and not spoken else {},
    )  # fmt: skip


def payloads(cards: Sequence[Card], titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a button may do: every wish, and what buttons of these cards do already; payload and words."""
    known = {f"/{wish}": title for wish, title in sorted(titles.items(), key=lambda one: one[1])}
    for card in cards:
        for button in card.variant.buttons:
            if button.payload and button.payload not in known:
                known[button.payload] = payload_words(button.payload, titles)
    return list(known.items())


def _with_buttons(card: Card, buttons: tuple[Choice, ...]) -> Card:
    return replace(card, variant=replace(card.variant, buttons=buttons))


def _card(form: FormData, key: str, answer: Answer) -> Card:
    def one(name: str) -> str:
        return clean(str(form.get(f"{name}-{key}") or "").replace("\r\n", "\n")).strip()

    origin = one("origin")
    was = answer.variants[int(origin)] if origin.isdecimal() and int(origin) < len(answer.variants) else Variant("")
    titles, does = form.getlist(f"title-{key}"), form.getlist(f"payload-{key}")
    buttons = tuple(Choice(clean(str(title)).strip(), str(to)) for title, to in zip(titles, does, strict=False))
    return Card(
        Variant(
            one("text"), _known(one("segment"), was.segment, SEGMENTS), _known(one("channel"), was.channel, WHERE),
            _known(one("emotion"), was.emotion, MOODS), buttons, was.others, was.more,
        ),
        origin,
    )  # fmt: skip


def _known(value: str, was: str, known: Mapping[str, str]) -> str:
    """A choice of a list; what a programmer wrote there stays."""
    return value if value in known or value == was else ""


def _marked(text: str) -> list[Mark]:
    """The text in pieces, those with a finding apart; the first of overlapping ones counts."""
    marks, at = [], 0
    for finding in judged(text).findings:
        if finding.start < at:
            continue
        if finding.start > at:
            marks.append(Mark(text[at : finding.start], at, finding.start))
        marks.append(Mark(text[finding.start : finding.end], finding.start, finding.end, finding.hint, finding.better))
        at = finding.end
    return [*marks, Mark(text[at:], at, len(text))] if at < len(text) else marks
