"""What a caller gets to hear of an answer: its words for the ear, how each sentence is said, and what waits for «подробнее»."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from voice.dialogue import Answer
from voice.ear.choices import choices_line
from voice.ear.pronunciation import Pronunciation
from voice.ear.sentence import Sentence
from voice.ear.shorten import bite
from voice.ear.spoken import spoken
from voice.script import Script
from voice.speech.base import Prosody
from voice.speech.feeling import Kind, prosody

BITE_WORDS = 45
"""Words an ear holds at once; what goes beyond waits until it is asked for."""
_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Phrase:
    """One sentence for a voice."""

    text: str
    prosody: Prosody


@dataclass(frozen=True)
class Speech:
    """What is said in one breath of the robot. `rest` is said when more is wanted."""

    phrases: tuple[Phrase, ...]
    rest: tuple[Phrase, ...] = ()
    protected: bool = False
    """Must be heard to its end: neither words nor noise stop it, only a key does."""
    asks_more: bool = False
    """Its last question is whether to tell more."""

    @property
    def text(self) -> str:
        """The words, for the transcript."""
        return " ".join(p.text for p in self.phrases)


class Teller:
    """Makes speeches in the manner of one persona. `voice` is the persona's table: gender, rate, pitch."""

    def __init__(self, script: Script, voice: Mapping[str, Any], today: date, pronunciation: Pronunciation) -> None:
        self._script, self._voice, self._today, self._pronunciation = script, voice, today, pronunciation

    def line(self, name: str, kind: Kind = "answer", **values: object) -> Speech:
        """A line of phone.yml."""
        return self.text(self._script.line(name, **values), kind)

    def text(self, text: str, kind: Kind = "answer") -> Speech:
        """Any text of ours."""
        return Speech(tuple(self._phrases(self._spoken(text), kind)))

    def answer(self, answer: Answer) -> Speech:
        """The replies of a turn: the feeling first, then what is to be known, then the question with its choices."""
        feeling: list[Phrase] = []
        sentences: list[Sentence] = []
        linked = False
        for reply in answer.replies:
            text = str(reply.get("text") or "")
            if felt := str(reply.get("feeling") or ""):
                text = text.removeprefix(felt).lstrip("\n")
                felt_sentences = self._spoken(self._script.for_ear(felt))
                feeling += self._phrases(felt_sentences, "feeling", answer.emotion, answer.intensity)
            linked = linked or bool(_LINK.search(text))
            sentences += self._spoken(self._script.for_ear(text))
        if linked:
            sentences += self._spoken(self._script.line("link_elsewhere"))
        kind: Kind = "consent" if answer.protected else "answer"
        if answer.protected:
            return Speech((*feeling, *self._phrases(sentences, kind)), protected=True)
        now, rest = bite(sentences, BITE_WORDS)
        asks_more = False
        if rest:
            asks_more = not _asks(now) and answer.expected is None
            more = self._spoken(self._script.line("more_offer" if asks_more else "more_aside"))
            now = [*now, *more] if asks_more or not now else [*now[:-1], *more, now[-1]]
        now = [*now, *self._choices(answer, asks=_asks(now))]
        return Speech((*feeling, *self._phrases(now, kind)), tuple(self._phrases(rest, kind)), asks_more=asks_more)

    def more(self, rest: Sequence[Phrase]) -> Speech:
        """The next bite of what waited."""
        now, later = bite([Sentence(p.text, p.prosody.pause_ms) for p in rest], BITE_WORDS)
        asked = self._phrases(self._spoken(self._script.line("more_offer")), "question") if later else []
        return Speech(
            (*self._phrases(now, "answer"), *asked), tuple(self._phrases(later, "answer")), asks_more=bool(later)
        )

    def _spoken(self, text: str) -> list[Sentence]:
        return spoken(text, now=self._today, words=self._pronunciation)

    def _choices(self, answer: Answer, *, asks: bool) -> list[Sentence]:
        """What is on offer is read when something was asked; a menu under a plain answer would only be in the way."""
        titles = [c.title for c in answer.choices]
        if answer.yes_no or not titles or not (asks or answer.expected):
            return []
        keys = [str(number) for number in range(1, len(titles) + 1)]
        return choices_line(titles, keys, words=self._pronunciation)

    def _phrases(
        self, sentences: Sequence[Sentence], kind: Kind, emotion: str = "neutral", intensity: float = 0.0
    ) -> list[Phrase]:
        phrases = []
        for sentence in sentences:
            shape: Kind = "question" if kind == "answer" and sentence.text.endswith("?") else kind
            manner = prosody(self._voice, emotion, intensity, shape)
            pause = max(manner.pause_ms, sentence.pause_ms)
            phrases.append(Phrase(sentence.text, Prosody(manner.rate, manner.pitch, pause)))
        return phrases


def _asks(sentences: Sequence[Sentence]) -> bool:
    return any(s.text.rstrip().endswith("?") for s in sentences[-3:])
