"""Recognises that a life is in danger, and says calmly and at once where help is; used before anything else is tried."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.services.errors import ContentError
from bot.services.phrases import PhraseBook, tokens
from bot.services.plain_yaml import plain_yaml

KINDS = ("suicide", "violence", "fire_gas", "medical", "missing_child", "other")

PRIORITY = 100
"""The priority of a hand-over in a crisis; an ordinary one has 0."""


@dataclass(frozen=True)
class Phone:
    """A number to call. `hours` in the editor's words, e.g. «круглосуточно, бесплатно»."""

    number: str
    title: str
    hours: str = ""


@dataclass(frozen=True)
class Advice:
    """What a person in danger is told. `text` is complete by itself; `phones` may be drawn as call buttons."""

    kind: str
    text: str
    phones: tuple[Phone, ...]
    priority: int
    group: str


class Crisis:
    """Kinds of danger with their signs and texts, from `content/crisis.yml`."""

    def __init__(self, content: dict[str, Any]) -> None:
        kinds = content.get("kinds") or {}
        missing = [kind for kind in KINDS if not (kinds.get(kind) or {}).get("text")]
        if missing:
            raise ContentError(f"crisis.yml: нет текста для {', '.join(missing)}")
        self._group = str(content.get("group", "crisis"))
        self._kinds: dict[str, dict[str, Any]] = {kind: kinds[kind] for kind in KINDS}
        try:
            self._signs = PhraseBook((p, kind) for kind in KINDS for p in self._kinds[kind].get("signs") or [])
            self._unless = PhraseBook((p, kind) for kind in KINDS for p in self._kinds[kind].get("unless") or [])
            self._never = PhraseBook((p, "") for p in content.get("never") or [])
        except ValueError as error:
            raise ContentError(f"crisis.yml: {error}") from None

    @classmethod
    def load(cls, path: Path) -> Crisis:
        """Read `crisis.yml`. Raises ContentError when a kind has no text."""
        return cls(plain_yaml(path.read_text("utf-8")))

    def kind_of(self, text: str) -> str | None:
        """The kind of danger the text speaks of, the gravest first (in the order of `KINDS`), or None."""
        words = tokens(text)
        signs = {found.value for found in self._signs.find(words)}
        if not signs:
            return None
        # Life itself goes before any saving word: a false alarm costs less than a missed one.
        if "suicide" in signs:
            excused = {found.value for found in self._unless.find(words)}
            if "suicide" not in excused:
                return "suicide"
        if self._never.find(words):
            return None
        signs -= {found.value for found in self._unless.find(words)}
        return next((kind for kind in KINDS if kind in signs), None)

    def advice(self, kind: str | None) -> Advice:
        """The text and phones for a kind; an unknown one gets those of `other`."""
        kind = kind if kind in self._kinds else "other"
        item = self._kinds[kind]
        phones = tuple(
            Phone(str(p["number"]), str(p["title"]), str(p.get("hours", ""))) for p in item.get("phones") or []
        )
        return Advice(kind, str(item["text"]).strip(), phones, PRIORITY, str(item.get("group", self._group)))

    def detect(self, text: str) -> Advice | None:
        """What to say to this message when it speaks of danger, else None."""
        kind = self.kind_of(text)
        return self.advice(kind) if kind else None
