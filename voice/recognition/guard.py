"""Tells a caller's words from what Whisper invents in silence and noise: captions, loops, its own prompt."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from voice.recognition.hotwords import words_of

STOP_PHRASES = Path(__file__).with_name("stop_phrases.txt")

NO_SPEECH = 0.6
"""Above this probability of no speech, words need UNSURE_QUIET to stand."""
UNSURE_QUIET = -0.7
UNSURE = -1.2
"""Mean log probability of a token below which words are a guess. Whisper's own bound is -1."""
SURE_HOTWORDS = -0.55
"""Mean log probability from which a result made only of prompted words is believed at once."""
COMPRESSION = 2.4
"""Bytes of text by bytes of its zlib form: above it a long text repeats itself (Whisper's own bound)."""
REPEATS = 3
"""The same words so often in a row are a loop."""
SURE = -0.8
"""Mean log probability from which a single word may be repeated four times: «оператор, оператор!» is no loop."""


@dataclass(frozen=True)
class Decoded:
    """What the model said of one piece of sound, and what it thinks of it."""

    text: str
    logprob: float
    """Mean log probability of a token."""
    no_speech: float
    """Probability that the piece holds no speech at all."""


@dataclass(frozen=True)
class Verdict:
    """The words that may be believed, and why others were thrown away (the reasons of `Heard.rejected`)."""

    text: str
    rejected: str = ""


class StopPhrases:
    """Phrases that are never a caller's. A line of the file is a whole phrase, its beginning (`…*`) or any part of it (`*…*`)."""

    def __init__(self, lines: Iterable[str]) -> None:
        found = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        self._whole = frozenset(_plain(line) for line in found if "*" not in line)
        self._begin = tuple(_plain(line) for line in found if line.endswith("*") and not line.startswith("*"))
        self._inside = tuple(_plain(line) for line in found if line.startswith("*"))

    @classmethod
    def read(cls, file: Path = STOP_PHRASES) -> StopPhrases:
        """The phrases of a file."""
        return cls(file.read_text("utf-8").splitlines())

    def without(self, text: str) -> str:
        """The text without the sentences that are stop phrases."""
        if self._stops(text):
            return ""
        sentences = re.split(r"(?<=[.!?…])\s+", text)
        return " ".join(one for one in sentences if not self._stops(one)).strip()

    def _stops(self, sentence: str) -> bool:
        if _caption(sentence):
            return True
        plain = _plain(sentence)
        padded = f" {plain} "
        return (
            plain in self._whole
            or any(plain.startswith(begin) for begin in self._begin)
            or any(f" {part} " in padded for part in self._inside)
        )


def judge(heard: Decoded, stops: StopPhrases) -> Verdict:
    """Which words of one piece to believe. Prompted words are `only_hotwords`' business."""
    if not _plain(heard.text):
        return Verdict("", "no_speech")
    text = stops.without(heard.text)
    if not text:
        return Verdict("", "stop_phrase")
    if looped(text, heard.logprob >= SURE):
        return Verdict("", "loop")
    if heard.no_speech > NO_SPEECH and heard.logprob < UNSURE_QUIET:
        return Verdict("", "no_speech")
    if heard.logprob < UNSURE:
        return Verdict("", "unsure")
    return Verdict(text)


def only_hotwords(heard: Decoded, prompt: str) -> bool:
    """Whether all words came from the prompt and the model is not sure of them: then it is to be asked again without."""
    said = set(_plain(heard.text).split())
    return bool(prompt and said) and heard.logprob < SURE_HOTWORDS and said <= words_of(prompt)


def looped(text: str, sure: bool = True) -> bool:
    """Whether a text goes round in circles: the same words three times running, or hardly anything new in it.

    People repeat single words («да, да, да»): five times make a loop, or three when the model is not `sure`. Digits may repeat.
    """
    plain = _plain(text)
    words = plain.split()
    for length in range(1, len(words) // REPEATS + 1):
        times = REPEATS + 2 if length == 1 and sure else REPEATS
        for at in range(len(words) - length * times + 1):
            first = words[at : at + length]
            if words[at : at + length * times] == first * times and not all(word.isdigit() for word in first):
                return True
    encoded = plain.encode()
    digits = sum(letter.isdigit() for letter in plain) * 2
    return len(encoded) > 80 and digits < len(plain) and len(encoded) / len(zlib.compress(encoded)) > COMPRESSION


def agree(one: str, other: str) -> bool:
    """Whether two hearings of one piece share most of their words."""
    first, second = set(_plain(one).split()), set(_plain(other).split())
    return bool(first & second) and len(first & second) * 2 >= min(len(first), len(second))


def joined(verdicts: Sequence[Verdict]) -> Verdict:
    """One verdict on the pieces of a long utterance; rejected only when nothing is left of any."""
    text = " ".join(verdict.text for verdict in verdicts if verdict.text)
    reasons = [verdict.rejected for verdict in verdicts if verdict.rejected]
    return Verdict(text, reasons[0] if reasons and not text else "")


def _caption(sentence: str) -> bool:
    """Two long words or more in nothing but capitals: «ТЕЛЕФОННЫЙ ЗВОНОК». Speech comes in small letters, СНИЛС alone does not."""
    words = re.findall(r"[^\W\d]+", sentence)
    return sentence.upper() == sentence and sum(len(word) >= 5 for word in words) >= 2


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold().replace("ё", "е")))
