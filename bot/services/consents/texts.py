"""The texts of consents and of deletion, from content/consents.yml."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.services.consents.interface import PURPOSES, ConsentText, DeletionRequest, Kept, Purpose, UnknownPurpose
from bot.services.errors import ContentError
from bot.services.russian_dates import long_day_text


class Texts:
    """Parsed consents.yml: `operator`, `purposes` {version, title, short, text}, `deletion`. Raises ContentError."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        operator = {str(k): str(v) for k, v in (content.get("operator") or {}).items()}
        self._texts: dict[str, ConsentText] = {}
        for purpose in PURPOSES:
            item = (content.get("purposes") or {}).get(purpose) or {}
            if missing := [key for key in ("version", "title", "short", "text") if not item.get(key)]:
                raise ContentError(f"consents.yml, {purpose}: нет {', '.join(missing)}")
            try:
                text = str(item["text"]).format(**operator).strip()
                short = str(item["short"]).format(**operator).strip()
            except (KeyError, ValueError, IndexError) as error:
                raise ContentError(f"consents.yml, {purpose}: незнакомая вставка {error}") from None
            self._texts[purpose] = ConsentText(purpose, str(item["version"]), str(item["title"]), short, text)
        deletion = content.get("deletion") or {}
        self._explanation = str(deletion.get("explanation", ""))
        self.deletion_working_days = int(deletion.get("working_days", 10))
        self._kept = tuple(
            Kept(str(item["what"]), str(item["why"]), str(item["until"])) for item in deletion.get("kept") or []
        )

    def text(self, purpose: str) -> ConsentText:
        """The text of a purpose. Raises UnknownPurpose."""
        try:
            return self._texts[purpose]
        except KeyError:
            raise UnknownPurpose(purpose) from None

    def deletion(self, number: str, requested_on: date, due_on: date) -> DeletionRequest:
        """The request with its explanation filled in."""
        words = self._explanation.format(number=number, due=long_day_text(due_on)).strip()
        return DeletionRequest(number, requested_on, due_on, words, self._kept)


def ends_with(purpose: Purpose) -> tuple[Purpose, ...]:
    """The purposes that end when this one does: without personal data there is nobody to notify."""
    return PURPOSES if purpose == "personal_data" else (purpose,)
