"""One message of a citizen as the actions read it: intent, entities, and what the assistant knows about the moment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rasa_sdk import Tracker

ANSWERS = frozenset(("affirm", "deny", "inform", "give_consent", "nlu_fallback"))
"""Intents that in the middle of a form answer its question. Every other one, an editor's own as well, is a wish of its own."""

LEAVES_FORM = frozenset(("stop", "crisis", "request_operator"))
"""Wishes that even a free-text answer gives way to."""

SHORT_ANSWER = 4
"""A message of at most so many words that holds what was asked for is the answer, whatever its intent looks like."""

UNSURE = 0.5
"""Below this confidence of the intent, what was asked for weighs more than the guess of another wish."""


@dataclass(frozen=True)
class Turn:
    """The latest message. `words` is the citizen's own text, `text` what Rasa read (a payload after a button)."""

    conversation: str
    citizen: str
    channel: str
    message: int
    now: datetime
    text: str
    words: str
    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    entities: tuple[Mapping[str, Any], ...]
    segment: str | None = None
    expected: str | None = None
    attachments: tuple[Mapping[str, Any], ...] = ()
    forwarded: bool = False
    ip: str | None = None
    away_hours: float = 0.0
    emotion: str = "neutral"
    pressed: bool = field(default=False)
    personal_data: bool = True
    """Whether the channel may carry personal data; where it may not, the message comes without (`actions/private.py`)."""
    withheld: bool = False
    only_private: bool = False
    also: str | None = None
    """A second wish of the same message (`nlu/wishes.py`)."""

    @classmethod
    def of(cls, tracker: Tracker) -> Turn:
        """Read the tracker's latest message. A message that came past the assistant has the sender for its citizen."""
        latest = tracker.latest_message or {}
        metadata = latest.get("metadata") or {}
        text = str(latest.get("text") or "")
        intent = latest.get("intent") or {}
        forwarded = bool(metadata.get("forwarded"))
        return cls(
            conversation=str(metadata.get("conversation") or tracker.sender_id),
            citizen=str(metadata.get("citizen") or tracker.sender_id),
            channel=str(metadata.get("channel") or "rest"),
            message=int(metadata.get("message") or 0),
            now=_moment(metadata.get("now")),
            text=text,
            words=str(metadata.get("words") or text),
            intent=_answer_first(str(intent.get("name") or "nlu_fallback"), text, latest.get("entities") or ()),
            confidence=float(intent.get("confidence") or 0.0),
            ranking=tuple((str(i["name"]), float(i["confidence"])) for i in latest.get("intent_ranking") or ()),
            # What somebody else wrote may be understood, but none of it is this citizen's own data.
            entities=() if forwarded else tuple(latest.get("entities") or ()),
            segment=metadata.get("segment"),
            expected=metadata.get("expected"),
            attachments=tuple(metadata.get("attachments") or ()),
            forwarded=forwarded,
            ip=metadata.get("ip"),
            away_hours=float(metadata.get("away_hours") or 0),
            emotion=str(metadata.get("emotion") or "neutral"),
            pressed=text.startswith("/"),
            also=latest.get("also"),
        )

    def value(self, *names: str) -> Any:
        """The value of the first entity of one of these kinds that has one, in the order of the message."""
        return next((e["value"] for e in self.entities if e["entity"] in names and e.get("value") is not None), None)

    def longest(self, name: str) -> Any:
        """The value of the entity of this kind that covers most words: «центр на Металлургов» is not just «центр»."""
        found = [e for e in self.entities if e["entity"] == name and e.get("value") is not None]
        return max(found, key=lambda e: len(str(e.get("text") or "")))["value"] if found else None

    def values(self, name: str) -> list[Any]:
        """All values of one kind of entity."""
        return [e["value"] for e in self.entities if e["entity"] == name and e.get("value") is not None]

    def entity(self, *names: str) -> Mapping[str, Any] | None:
        """The first entity of one of these kinds."""
        return next((e for e in self.entities if e["entity"] in names), None)

    def problem(self, *names: str) -> str | None:
        """Why an entity of this kind has no usable value («impossible», «checksum»), or None."""
        return next((str(e["problem"]) for e in self.entities if e["entity"] in names and e.get("problem")), None)

    @property
    def corrects(self) -> bool:
        """Whether the message takes something said before back: «а нет, давайте на левом берегу»."""
        return bool(_CORRECTS.match(self.words))

    def digresses(self, *expected: str) -> bool:
        """Whether the message is a wish of its own rather than an answer that holds one of the `expected` entities."""
        if self.intent in ANSWERS:
            return False
        if self.intent in LEAVES_FORM:
            return True
        if self.text.strip().isdigit():
            return False
        answers = any(e["entity"] in expected for e in self.entities)
        short = len(self.text.split()) <= SHORT_ANSWER or self.confidence < UNSURE or self.corrects
        return not (answers and short and "?" not in self.text)


_CORRECTS = re.compile(
    r"(?:(?:а|ой|ну|хотя|стоп|простите|извините)[\s,]+)*"
    r"(?:нет,|нет (?:давай|лучше|мне|я|не)|не [\w-]+, а |лучше|давай(?:те)? |передумал[аи]?\b|вернее|точнее|перепутал|ошибл)",
    re.I,
)
_CHOSEN = frozenset(("service", "centre", "date", "datetime", "time", "interval", "district"))
_YES = re.compile(r"(?:да|верно|вс[её] (?:верно|правильно)|правильно|подтверждаю)\b", re.I)
_NO = re.compile(r"нет\b", re.I)


def _answer_first(intent: str, text: str, entities: Iterable[Mapping[str, Any]]) -> str:
    """«Да, всё верно, спасибо» is a yes before it is a thank-you; «передумала, давайте СНИЛС» chooses and stops nothing."""
    if intent == "stop" and _CORRECTS.match(text) and any(e["entity"] in _CHOSEN and e.get("value") for e in entities):
        return "inform"
    if intent not in ("thank", "goodbye"):
        return intent
    return "affirm" if _YES.match(text) else "deny" if _NO.match(text) else intent


def _moment(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def payload(intent: str, **entities: Any) -> str:
    """What a button sends: an intent of the domain with entities, in Rasa's notation."""
    return f"/{intent}" + (json.dumps(entities, ensure_ascii=False) if entities else "")
