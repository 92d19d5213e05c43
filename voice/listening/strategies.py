"""When a turn ends, when the robot yields, and how long it waits: named strategies and their numbers (all milliseconds)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from voice.listening.gate import Sensitivity
from voice.listening.wording import backchannel, digits_in, ends_in_number, finished, hanging

Kind = Literal["yes_no", "plain", "digits", "name", "spelling", "story"]

KINDS: Mapping[str, Kind] = {
    "case_number": "digits",
    "appointment_number": "digits",
    "case_proof": "digits",
    "phone": "digits",
    "ticket_contact": "digits",
    "snils": "digits",
    "birth_date": "name",
    "address": "name",
    "person_name": "name",
    "spelling": "spelling",
    "problem_text": "story",
    "problem_details": "story",
    "problem_address": "name",
    "application_answer": "name",
    "feedback_comment": "story",
    "personal_data_consent": "yes_no",
    "consent_given": "yes_no",
}
"""What kind of answer a slot gets; `…_confirmed` is yes or no, all others are plain."""

_COMPLETE: Mapping[str, int] = {"phone": 10, "case_number": 10}
"""So many digits are a whole number: a telephone without its 8, a case with its year; a shorter case (2/2/134660) may grow yet."""


@dataclass(frozen=True)
class Endpoints:
    """How long a silence ends a turn, by kind of question. The first three are measured figures of this project."""

    strategy: str = "by_words"
    """A key of ENDPOINTS."""
    yes_no_ms: int = 350
    plain_ms: int = 600
    digits_ms: int = 1200
    name_ms: int = 800
    """Names, addresses, dates of birth: one stops between their parts."""
    spelling_ms: int = 1200
    story_ms: int = 1000
    shortest_ms: int = 350
    """by_words: what a finished answer gets."""
    all_digits_ms: int = 700
    """by_words: what a number gets that has all its digits."""
    hanging_ms: int = 1400
    """by_words: what gets a turn that cannot end like this."""


@dataclass(frozen=True)
class Interruption:
    """When speech stops the robot."""

    strategy: str = "by_speech"
    """A key of INTERRUPTIONS."""
    after_ms: int = 250
    """by_speech: this much speech."""
    long_ms: int = 1200
    """by_words: nobody says «угу» for so long; it interrupts also without words."""
    look_back_ms: int = 300
    """Sound from before the first sign of speech that belongs to the turn."""
    gap_ms: int = 300
    """A silence as long as this starts the count of speech anew."""


@dataclass(frozen=True)
class Timeouts:
    """How long things may take."""

    no_input_ms: int = 6000
    """Silence after the robot's question until it asks again."""
    maximum_turn_ms: int = 30000
    """A turn is cut here; the next one goes on without a gap."""
    pause_ms: int = 200
    """Silence after which what was said is worth recognising; every endpoint is at least as long."""
    shortest_speech_ms: int = 100
    """Less speech than this is a click."""
    resume_ms: int = 60
    """So much speech ends a pause; less is a click in it."""
    key_ms: int = 200
    """Sound after a key that may be the rest of its tone."""


@dataclass(frozen=True)
class Strategies:
    """All numbers of turn taking. Raises ValueError for a name nobody knows or a pause longer than an endpoint."""

    endpoints: Endpoints = field(default_factory=Endpoints)
    interruption: Interruption = field(default_factory=Interruption)
    timeouts: Timeouts = field(default_factory=Timeouts)
    sensitivity: Sensitivity = field(default_factory=Sensitivity)

    def __post_init__(self) -> None:
        if self.endpoints.strategy not in ENDPOINTS:
            raise ValueError(f"endpoints: {self.endpoints.strategy} is none of {', '.join(ENDPOINTS)}")
        if self.interruption.strategy not in INTERRUPTIONS:
            raise ValueError(f"interruption: {self.interruption.strategy} is none of {', '.join(INTERRUPTIONS)}")
        e = self.endpoints
        if self.timeouts.pause_ms > min(e.yes_no_ms, e.plain_ms, e.digits_ms, e.name_ms, e.story_ms, e.shortest_ms):
            raise ValueError("pause_ms is longer than an endpoint: nothing could be recognised before the turn ends")


@dataclass(frozen=True)
class Question:
    """What the robot has asked."""

    expected: str | None = None
    """The slot; None for an open question."""
    yes_no: bool = False
    protected: bool = False
    """What is being said must be heard to its end (the consent text)."""
    choices: tuple[str, ...] = ()
    """Titles on offer."""

    @property
    def kind(self) -> Kind:
        """What kind of answer it gets."""
        if self.yes_no or (self.expected or "").endswith("_confirmed"):
            return "yes_no"
        return KINDS.get(self.expected or "", "plain")


def by_question(numbers: Endpoints, question: Question, words: str | None) -> int:
    """A silence for each kind of question."""
    return {
        "yes_no": numbers.yes_no_ms,
        "plain": numbers.plain_ms,
        "digits": numbers.digits_ms,
        "name": numbers.name_ms,
        "spelling": numbers.spelling_ms,
        "story": numbers.story_ms,
    }[question.kind]


def fixed(numbers: Endpoints, question: Question, words: str | None) -> int:
    """Always the same silence."""
    return numbers.plain_ms


def by_words(numbers: Endpoints, question: Question, words: str | None) -> int:
    """As by_question, and once the words are known: shorter when they are an answer, longer when they hang."""
    usual = by_question(numbers, question, words)
    if not words:
        return usual
    if finished(words, question.choices):
        return min(usual, numbers.shortest_ms)
    if hanging(words):
        return max(usual, numbers.hanging_ms)
    whole = _COMPLETE.get(question.expected or "")
    if whole is not None and digits_in(words) >= whole:
        return min(usual, numbers.all_digits_ms)
    if ends_in_number(words) and not question.choices:
        return max(usual, numbers.digits_ms)
    return usual


EndpointStrategy = Callable[[Endpoints, Question, str | None], int]
ENDPOINTS: Mapping[str, EndpointStrategy] = {"by_question": by_question, "fixed": fixed, "by_words": by_words}


def endpoint_ms(
    expected: str | None,
    is_yes_no: bool,
    words_so_far: str | None = None,
    *,
    choices: Sequence[str] = (),
    numbers: Endpoints | None = None,
) -> int:
    """How many milliseconds of silence end the turn of a caller who was asked this and has said that."""
    numbers = numbers or Endpoints()
    question = Question(expected, is_yes_no, choices=tuple(choices))
    return ENDPOINTS[numbers.strategy](numbers, question, words_so_far)


@dataclass(frozen=True)
class Overlap:
    """What the caller has done so far while the robot speaks."""

    speech_ms: float
    """Speech without a longer gap."""
    words: str | None
    """Words recognised in a pause; None when there are none yet."""


def by_speech(numbers: Interruption, overlap: Overlap) -> bool:
    """Speech of some length interrupts."""
    return overlap.speech_ms >= numbers.after_ms


def by_recognised(numbers: Interruption, overlap: Overlap) -> bool:
    """Words interrupt, unless they only say «I am listening»; so does speech too long for that."""
    return overlap.speech_ms >= numbers.long_ms or (overlap.words is not None and not backchannel(overlap.words))


def never(numbers: Interruption, overlap: Overlap) -> bool:
    """Nothing interrupts."""
    return False


InterruptionStrategy = Callable[[Interruption, Overlap], bool]
INTERRUPTIONS: Mapping[str, InterruptionStrategy] = {"by_speech": by_speech, "by_words": by_recognised, "never": never}
