"""What the phone says by itself, and how written answers are turned for the ear; both are content (`bot/content/phone.yml`)."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.services.errors import ContentError
from bot.services.plain_yaml import plain_yaml

NAMES = (
    "hold_on", "no_input_first", "no_input_keys", "no_input_human", "no_match_first", "no_match_keys", "no_match_human",
    "unfinished", "began_anew", "more_offer", "more_aside", "nothing_more", "link_elsewhere", "transfer",
    "long_wait", "no_more_transfers", "queue_left", "wrong_key", "dictate_again", "nothing_to_repeat", "goodbye", "silent_goodbye",
    "maximum_call", "robot_away", "draft_waits",
    "outgoing_hello", "outgoing_recorded", "outgoing_reminder", "outgoing_reminder_question", "outgoing_ready",
    "outgoing_ready_question", "outgoing_confirmed", "outgoing_questions", "outgoing_declined_news", "outgoing_cancel_sure",
    "outgoing_cancelled", "outgoing_not_cancelled", "outgoing_kept", "outgoing_move_elsewhere", "outgoing_wrong_number",
    "outgoing_goodbye",
)  # fmt: skip
_SENTENCE_END = re.compile(r"(?<=[.!?…:])(?:\s+|$)|\n+")


@dataclass(frozen=True)
class Script:
    """The lines by name, and what is said instead of what is written."""

    lines: Mapping[str, Sequence[str]]
    sentences: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, content: Path) -> Script:
        """Read `phone.yml`. Raises ContentError that names what is missing or unknown."""
        data: dict[str, Any] = plain_yaml((content / "phone.yml").read_text("utf-8")) or {}
        lines = data.get("lines") or {}
        for name in NAMES:
            variants = lines.get(name)
            if not isinstance(variants, list) or not variants or not all(isinstance(v, str) and v for v in variants):
                raise ContentError(f"phone.yml: в lines нет строки {name} или у неё нет ни одного варианта")
        if unknown := sorted(set(lines) - set(NAMES)):
            raise ContentError(f"phone.yml: незнакомые строки в lines: {', '.join(unknown)}")
        return cls(lines, _texts(data, "sentences"), _texts(data, "words"))

    def line(self, name: str, **values: object) -> str:
        """One of the variants of a line, its braces filled. Raises KeyError for an unknown name."""
        return random.choice(self.lines[name]).format(**values)

    def static(self) -> list[str]:
        """Every variant that holds no braces: what can be synthesised before anybody calls."""
        return [text for variants in self.lines.values() for text in variants if "{" not in text]

    def for_ear(self, text: str) -> str:
        """A written answer in the words of somebody who speaks: «напишите» becomes «скажите»."""
        for written, said in self.sentences.items():
            text = text.replace(written, said)
        for written, said in self.words.items():
            text = re.sub(rf"(?<![а-яё]){re.escape(written)}", _keeping_case(said), text, flags=re.I)
        return text.strip()


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text, without empty ones."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def _keeping_case(said: str) -> Any:
    def replace(found: re.Match[str]) -> str:
        return said[:1].upper() + said[1:] if found[0][:1].isupper() else said

    return replace


def _texts(data: Mapping[str, Any], name: str) -> dict[str, str]:
    table = data.get(name) or {}
    if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
        raise ContentError(f"phone.yml: в {name} нужны пары «написано»: «сказать»")
    return {str(key): value for key, value in table.items()}
