"""What an action call of Rasa tells about how a message was read, and whether the citizen takes an earlier answer amiss."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Doubt = Literal["unsure", "misread", "thumbs_down", "handed_over"]

FALLBACK = "nlu_fallback"
"""The intent that Rasa gives to a message it is not sure about."""
NOT_UNDERSTOOD = "action_not_understood"
"""The action that tells the citizen so; a form may still take a message of unsure intent for an answer."""
LONGEST_OBJECTION = 60
"""Characters: who writes more than that tells something new."""

_NOT_THAT = re.compile(
    r"(?:нет|да нет|ой)?[\s,.!]*(?:"
    r"(?:это\s+)?(?:вообще\s+|совсем\s+)?не\s+(?:то|т[ао]|об\s+этом|про\s+это|про\s+то|о\s+том)(?!\s+(?:чтоб|что\b|ли\b))"
    r"|я\s+(?:же\s+)?(?:не\s+(?:об?\s+этом|про\s+это|про\s+то|это|то)|(?:про|о|об)\s+друг\w+)"
    r"|(?:вы|ты)\s+(?:меня\s+)?не\s*(?:так|правильно|верно)?\s*(?:поняли?|понял[аио]?)"
    r"|(?:вы|ты)?\s*(?:меня\s+)?неправильно\s+(?:меня\s+)?поня\w+"
    r"|робот\s+не\s+понял)",
    re.I,
)
_NO_HELP = re.compile(
    r"(?:нет|увы)?[\s,.!]*(?:(?:это|мне|ответ|совсем|вообще|ничем)\s+)*(?:не\s+помогл?[оа]?\b|бесполезн\w+|не\s+ответ\b|"
    r"вы\s+(?:мне\s+)?не\s+ответили|не\s+ответили\s+на\s+(?:мой\s+)?вопрос)",
    re.I,
)
_THUMB = "👎"


@dataclass(frozen=True)
class Heard:
    """How the robot read the message with this number in the journal; `unsure`: it asked the citizen what is meant."""

    message: int
    intent: str
    confidence: float
    second: str
    second_confidence: float
    unsure: bool


@dataclass(frozen=True)
class Mark:
    """A doubt about a message (None: the last wish of the conversation); `meant` is the wish it was about, "" unknown."""

    conversation_id: str
    why: Doubt
    message: int | None = None
    meant: str = ""


def reading_of(tracker: Mapping[str, Any], action: str = "") -> Heard | None:
    """The reading that an action call shows; None for pressed buttons, forwarded words and what came past the assistant."""
    latest = tracker.get("latest_message") or {}
    number = _number(latest)
    if number is None or _pressed(latest) or (latest.get("metadata") or {}).get("forwarded"):
        return None
    intent = str((latest.get("intent") or {}).get("name") or FALLBACK)
    ranking = [
        (str(one["name"])[:80], float(one["confidence"]))
        for one in (latest.get("intent_ranking") or ())[:4]
        if one["name"] != FALLBACK
    ]
    if not ranking:
        ranking = [(intent[:80], float((latest.get("intent") or {}).get("confidence") or 0.0))]
    second = ranking[1] if len(ranking) > 1 else ("", 0.0)
    in_form = bool((tracker.get("active_loop") or {}).get("name"))
    unsure = intent == FALLBACK and (action == NOT_UNDERSTOOD or not in_form)
    return Heard(number, *ranking[0], *second, unsure)


def objections(tracker: Mapping[str, Any]) -> Iterator[Mark]:
    """What the latest message says about the one before it: another reading chosen, «не то», «не помогло», a thumb down."""
    latest = tracker.get("latest_message") or {}
    number, conversation = _number(latest), str((latest.get("metadata") or {}).get("conversation") or "")
    if number is None or not conversation:
        return
    text = str(latest.get("text") or "")
    if _pressed(latest):
        yield from _chosen(tracker, conversation, text)
        if _thumb(tracker, latest) and (before := _before(tracker)) is not None:
            yield Mark(conversation, "thumbs_down", before)
        return
    if len(text) > LONGEST_OBJECTION or (tracker.get("active_loop") or {}).get("name"):
        return
    why: Doubt | None = "misread" if _NOT_THAT.match(text) else "thumbs_down" if _NO_HELP.match(text) else None
    if why is not None and (before := _before(tracker)) is not None:
        yield Mark(conversation, why, before)


def _chosen(tracker: Mapping[str, Any], conversation: str, payload: str) -> Iterator[Mark]:
    """A button under «что из двух», pressed or typed: it says what the unsure reading before it was."""
    before, offered = _turn_before(tracker)
    parsed = (before or {}).get("parse_data") or {}
    number = _number(before or {})
    if before is None or number is None or payload not in offered:
        return
    if (parsed.get("intent") or {}).get("name") != FALLBACK:
        return
    meant = payload[1:].partition("{")[0]
    ranking = [str(one["name"]) for one in parsed.get("intent_ranking") or () if one["name"] != FALLBACK]
    if meant in ranking[:4]:
        yield Mark(conversation, "unsure" if ranking[0] == meant else "misread", number, meant)


def _thumb(tracker: Mapping[str, Any], latest: Mapping[str, Any]) -> bool:
    """Whether only a thumb down was sent and it answers no question of the robot."""
    words = str((latest.get("metadata") or {}).get("words") or "")
    asked = (tracker.get("active_loop") or {}).get("name") or (tracker.get("slots") or {}).get("offer")
    return words.strip().startswith(_THUMB) and not asked


def _before(tracker: Mapping[str, Any]) -> int | None:
    """The number of the message before, when it was in words."""
    before, _ = _turn_before(tracker)
    return _number(before) if before is not None and not _pressed(before) else None


def _turn_before(tracker: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, set[str]]:
    """The citizen's message before the latest, and the payloads that were offered after it."""
    offered: set[str] = set()
    passed = False
    for event in reversed(tracker.get("events") or ()):
        kind = event.get("event")
        if kind == "bot" and passed:
            offered |= {str(b.get("payload")) for b in (event.get("data") or {}).get("buttons") or ()}
        elif kind == "user":
            if passed:
                return event, offered
            passed = True
    return None, offered


def _number(message: Mapping[str, Any]) -> int | None:
    number = (message.get("metadata") or {}).get("message")
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _pressed(message: Mapping[str, Any]) -> bool:
    return str(message.get("text") or "").startswith(("/", "EXTERNAL:"))
