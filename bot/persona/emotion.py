"""Notices how a citizen feels from one message and the moods before it: words, swearing, punctuation, emoji, repeats.

Everything is looked up, nothing is learned, so that an editor can see and change why a message was read as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.persona.marks import Marks, echo_of, similar
from bot.services.phrases import PhraseBook, Token, tokens
from bot.services.plain_yaml import plain_yaml

NAMES = ("despair", "anger", "sadness", "worry", "irritation", "confusion", "gratitude", "joy", "neutral")
"""The graver one first: of two equally strong emotions it is the one to be answered."""

HOT = ("irritation", "anger")
GLAD = ("joy", "gratitude")

AUDIBLE = 0.3
"""Intensity below which a feeling is taken for none."""

LONG = 160
"""Words of one message that are looked at; keeps the longest complaint within a millisecond or two."""


@dataclass(frozen=True)
class Emotion:
    """What a citizen seems to feel.

    `intensity` is 0..1 (0 for neutral); `grief` says that the message speaks of a death; `echo` is a coarse trace of the
    words, too coarse to read them back, by which a repeated request is noticed.
    """

    name: str
    intensity: float
    grief: bool = False
    echo: tuple[int, ...] = field(default=(), compare=False)

    def as_dict(self) -> dict[str, Any]:
        """The emotion as JSON values, for the history of moods."""
        data: dict[str, Any] = {"name": self.name, "intensity": self.intensity}
        if self.grief:
            data["grief"] = True
        if self.echo:
            data["echo"] = list(self.echo)
        return data


NEUTRAL = Emotion("neutral", 0.0)


@dataclass(frozen=True)
class Noticed:
    """One sign of a feeling: `words` as written, `phrase` as the lexicon has it; both "" for an emoji, swearing and the like."""

    emotion: str
    weight: float
    words: str
    phrase: str = ""


@dataclass(frozen=True)
class _Sign:
    emotion: str
    weight: float
    own_negation: bool


class Emotions:
    """Reads emotions with a lexicon of words and phrases (`bot/persona/lexicon.yml`)."""

    def __init__(self, lexicon: dict[str, Any]) -> None:
        signs: list[tuple[str, _Sign]] = []
        for name, levels in (lexicon.get("emotions") or {}).items():
            if name not in NAMES:
                raise ValueError(f"lexicon.yml: нет такой эмоции: {name}")
            for level, phrases in levels.items():
                for phrase in phrases:
                    negated = {"не", "нет", "ни", "без"} & set(str(phrase).split())
                    signs.append((str(phrase), _Sign(name, float(level), bool(negated))))
        self._signs: PhraseBook[_Sign] = PhraseBook(signs)
        self._calm: PhraseBook[str] = PhraseBook((str(p), "calm") for p in lexicon.get("calm") or [])
        self._grief: PhraseBook[str] = PhraseBook((str(p), "grief") for p in lexicon.get("grief") or [])
        self._marks = Marks(lexicon)

    @classmethod
    def load(cls, path: Path) -> Emotions:
        """Read the lexicon. Raises ValueError that names a wrong phrase."""
        return cls(plain_yaml(path.read_text("utf-8")))

    def detect(self, text: str, mood: list[dict[str, Any]]) -> Emotion:
        """The emotion of `text` after `mood`, the stored `as_dict()` of earlier messages, newest last."""
        words = tokens(text, LONG)
        scores = self._words(words, text)
        grief = bool(self._grief.find(words))
        marks = self._marks.of(text)
        for name, weight in marks.emotions:
            _add(scores, name, weight)
        if grief:
            _add(scores, "sadness", 0.5)
            # «!!!» after a death is pain, not joy.
            scores.pop("joy", None)
        echo = echo_of(words)
        again = sum(similar(echo, past.get("echo") or ()) for past in mood[-4:])
        if again:
            _add(scores, "irritation", 0.25 + 0.15 * again)
        _loudness(scores, marks.shouting, marks.exclaims)
        _history(scores, mood)
        return _strongest(scores, grief, echo)

    def noticed(self, text: str) -> list[Noticed]:
        """By which words and marks `text` shows feelings, for an editor who asks why; moods before it play no part here."""
        words = tokens(text, LONG)
        found = [
            Noticed(name, weight, text[words[first].start : words[last].end], phrase)
            for name, weight, first, last, phrase in self._felt(words, text)
        ]
        grief = [
            Noticed("sadness", 0.5, text[words[hit.first].start : words[hit.last].end], hit.phrase)
            for hit in self._grief.find(words)
        ]
        return [*found, *grief, *(Noticed(name, weight, "") for name, weight in self._marks.of(text).emotions)]

    def _words(self, words: list[Token], text: str) -> dict[str, float]:
        return _sum([sign[:4] for sign in self._felt(words, text)])

    def _felt(self, words: list[Token], text: str) -> list[tuple[str, float, int, int, str]]:
        """The signs: emotion, weight, first word, last word, the lexicon's phrase."""
        calm = {i for found in self._calm.find(words) for i in range(found.first, found.last + 1)}
        felt: list[tuple[str, float, int, int, str]] = []
        found = self._signs.find(words)
        # «спасибо, ничего не понятно»: a longer phrase knows better than a word inside it.
        covered = [(f.first, f.last) for f in found if f.last > f.first]
        for hit in found:
            inside = any(a <= hit.first and hit.last <= b and (a, b) != (hit.first, hit.last) for a, b in covered)
            if inside or any(i in calm for i in range(hit.first, hit.last + 1)):
                continue
            if hit.first == hit.last and _is_name(text, words[hit.first]):
                continue
            name, weight = hit.value.emotion, hit.value.weight
            if not hit.value.own_negation and _negated(words, hit.first):
                if name not in GLAD:
                    continue
                # «не рада», «не доволен» is a complaint; «не спасибо» says nothing.
                if name == "gratitude":
                    continue
                name, weight = "irritation", 0.4
            felt.append((name, weight, hit.first, hit.last, hit.phrase))
        return felt


def _sum(felt: list[tuple[str, float, int, int]]) -> dict[str, float]:
    """The signs (emotion, weight, first word, last word) by emotion; phrases that share words are one sign."""
    scores: dict[str, float] = {}
    counted: list[tuple[str, int, int]] = []
    for name, weight, first, last in sorted(felt, key=lambda sign: -sign[1]):
        if any(name == n and first <= b and a <= last for n, a, b in counted):
            continue
        counted.append((name, first, last))
        _add(scores, name, weight)
    return scores


def _negated(words: list[Token], at: int) -> bool:
    before = [w.text for w in words[max(0, at - 2) : at]]
    if before and before[-1] in ("не", "ни", "без", "нет"):
        return True
    # «не очень рада», «не особо злюсь»; but in «не буду ждать, злюсь» the negation belongs elsewhere.
    return len(before) == 2 and before[0] == "не" and before[1] in _SOFTENERS


def _is_name(text: str, word: Token) -> bool:
    """«деревня Грустное», «улица Злобина»: a capital in the middle of a sentence."""
    written = text[word.start : word.end]
    before = text[: word.start].rstrip(' «"(')
    return written[:1].isupper() and not written.isupper() and bool(before) and before[-1].isalpha()


_SOFTENERS = {"очень", "особо", "слишком", "так", "совсем", "сильно", "особенно", "больно", "прям", "настолько"}


def _add(scores: dict[str, float], name: str, weight: float) -> None:
    """Signs add up like independent witnesses and never pass 1."""
    scores[name] = 1 - (1 - scores.get(name, 0.0)) * (1 - min(weight, 0.95))


def _loudness(scores: dict[str, float], shouting: bool, exclaims: int) -> None:
    """Capitals and «!!!» make a feeling stronger; by themselves they are at most impatience (some people always type so)."""
    if not shouting and exclaims < 2:
        return
    boost = 0.25 * shouting + 0.15 * (exclaims >= 2)
    felt = [name for name, score in scores.items() if score >= 0.2]
    for name in felt:
        _add(scores, name, boost)
    if not felt and shouting and exclaims:
        scores["irritation"] = 0.3 + 0.1 * (exclaims >= 2)
    elif not felt and exclaims >= 3:
        scores["irritation"] = 0.3


def _history(scores: dict[str, float], mood: list[dict[str, Any]]) -> None:
    """Who was angry a moment ago is not calm yet: small signs count for more then."""
    recent = [m for m in mood[-3:] if m.get("name") in HOT]
    hot = max(scores.get("irritation", 0.0), scores.get("anger", 0.0))
    if recent and hot >= 0.15:
        _add(scores, "anger" if scores.get("anger", 0.0) > 0.3 else "irritation", 0.12 * len(recent))
    low = [m for m in mood[-3:] if m.get("name") in ("sadness", "despair", "worry")]
    for name in ("sadness", "worry", "despair"):
        if low and scores.get(name, 0.0) >= 0.15:
            _add(scores, name, 0.08 * len(low))


def _strongest(scores: dict[str, float], grief: bool, echo: tuple[int, ...]) -> Emotion:
    irritation, anger = scores.get("irritation", 0.0), scores.get("anger", 0.0)
    heat = 1 - (1 - irritation) * (1 - anger)
    if anger >= 0.45 or (anger >= 0.25 and heat >= 0.7) or heat >= 0.88:
        scores["anger"], scores["irritation"] = heat, 0.0
    else:
        scores["irritation"], scores["anger"] = heat, 0.0
    if heat >= 0.35:
        # «Ну спасибо, помогли» between two complaints is not thanks.
        for name in GLAD:
            scores[name] = scores.get(name, 0.0) * 0.5
    name = max(NAMES[:-1], key=lambda n: (round(scores.get(n, 0.0), 2), -NAMES.index(n)))
    intensity = round(scores.get(name, 0.0), 2)
    if intensity < AUDIBLE:
        return Emotion("neutral", 0.0, grief, echo)
    return Emotion(name, intensity, grief, echo)
