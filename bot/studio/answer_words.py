"""What an editor reads about a variant: for whom it is, what its buttons mean, what is in its braces, and what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.handover.words import CHANNELS, MOODS, SEGMENTS
from bot.plain import Assessment, assess
from bot.plain.score import PLAIN
from bot.studio.answers import Answer, Variant, braces
from bot.studio.robot_code import ANSWERS

__all__ = [
    "EAR_WORDS",
    "MOODS",
    "PLAIN",
    "SEGMENTS",
    "WHERE",
    "Note",
    "allowed",
    "audience",
    "notes",
    "payload_words",
    "plain_score",
]

EAR_WORDS = 45
"""Words an ear holds at once (`voice.saying.BITE_WORDS`): the phone says no more before it asks whether to go on."""

WHERE: Mapping[str, str] = {
    "phone": "по телефону",
    "messenger": "в мессенджерах",
    **{name: title for name, title in CHANNELS.items() if name not in ("phone", "cli")},
}
"""Places a variant may be for; a place's own variant goes before that for messengers."""

_BRACE = re.compile(r"\{([^\n{}]+?)\}")
_WORD = re.compile(r"[0-9A-Za-zА-Яа-яЁё]+")
_MARKUP = re.compile(r"[<>]|\*\*|__|\]\(")
_PRESSED = re.compile(r"/([A-Za-z0-9_]+)(\{.*\})?\Z", re.S)


@dataclass(frozen=True)
class Note:
    """Something to tell beside a field; `stops`: it cannot be saved so."""

    text: str
    stops: bool = False


def audience(variant: Variant) -> str:
    """«На пенсии, по телефону, настроение: гнев»; «для всех»."""
    said = [
        SEGMENTS.get(variant.segment, variant.segment),
        WHERE.get(variant.channel, variant.channel),
        f"настроение: {MOODS.get(variant.emotion, variant.emotion)}" if variant.emotion else "",
        *(f"{name} = {value}" for name, value in variant.others),
    ]
    return ", ".join(word for word in said if word) or "для всех"


def payload_words(payload: str, titles: Mapping[str, Any]) -> str:
    """What a button does: «Записаться на приём», with what it carries in brackets."""
    found = _PRESSED.match(payload)
    if not found:
        return f"Скажет за человека: «{payload}»"
    wish = str(titles.get(found[1]) or found[1])
    try:
        carried = json.loads(found[2]) if found[2] else {}
    except ValueError:
        carried = {}
    extra = ", ".join(f"{key}: {value}" for key, value in carried.items()) if isinstance(carried, dict) else ""
    return f"{wish} ({extra})" if extra else wish


def allowed(answer: Answer, published: Answer | None) -> frozenset[str]:
    """Names that are filled in: those of the robot's code, and those of the published variants."""
    return ANSWERS.get(answer.name, frozenset()) | (published.braces if published else frozenset())


def notes(variant: Variant, filled: Collection[str], expected: Collection[str], by_phone: bool) -> list[Note]:
    """What is to be said about a text. `filled` are names that may stand in braces, `expected` those of the published variants."""
    text, found = variant.text, braces(variant.text)
    said = []
    for name in found:
        if name not in filled:
            choice = (
                "можно: " + ", ".join(f"{{{one}}}" for one in sorted(filled)) if filled else "здесь скобок не бывает"
            )
            said.append(Note(f"Слова {{{name}}} робот не знает, и человек увидит скобки; {choice}.", stops=True))
    if re.search(r"[{}]", _BRACE.sub("", text)):
        said.append(Note("Лишняя фигурная скобка: закройте её или уберите.", stops=True))
    lost = sorted(set(expected) - set(found))
    if lost and not any(note.stops for note in said):
        said.append(
            Note(
                "Раньше здесь было "
                + ", ".join(f"{{{name}}}" for name in lost)
                + ": без этого человек не узнает главного."
            )
        )
    if _MARKUP.search(text):
        said.append(Note("Значки разметки человек увидит как есть: уберите их."))
    if by_phone and (count := len(_WORD.findall(_BRACE.sub("слово", text)))) > EAR_WORDS:
        said.append(
            Note(
                f"Слов {count}, а на слух держится {EAR_WORDS}: остальное робот скажет, только если попросят подробнее."
            )
        )
    return said


def plain_score(variants: Sequence[Variant]) -> int:
    """The score of the least plain variant, 0 to 100."""
    return min((judged(variant.text).score for variant in variants), default=100)


@lru_cache(maxsize=4096)
def judged(text: str) -> Assessment:
    """The assessment of a text; names in braces are no words, and places stay those of the text."""
    return assess(_BRACE.sub(lambda found: " " * len(found[0]), text))
