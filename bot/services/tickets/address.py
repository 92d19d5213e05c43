"""One spelling of an address, enough to tell whether two complaints are about the same place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.services.phrases import lemma, tokens

_KINDS = {
    *("улица", "ул", "проспект", "пр-т", "пр", "просп", "переулок", "пер", "площадь", "пл", "шоссе", "бульвар", "б-р"),
    *("проезд", "город", "г", "поселок", "село", "деревня", "район", "область", "в", "на", "по", "у", "возле", "около"),
}
_HOUSE = re.compile(r"(?:\b(?:д|дом|дома|доме)\.?\s*№?\s*|[,\s]|^)(\d{1,4})\s*(?:[-/]?\s*([а-яa-z])\b)?", re.I)
_FLAT = re.compile(r"\b(?:кв|квартира|подъезд|под|этаж|корпус|корп|к|стр)\.?\s*№?\s*\d+", re.I)

NEAR_HOUSES = 6
"""Houses whose numbers differ by no more stand side by side, near enough for one fallen tree."""


@dataclass(frozen=True)
class Address:
    """`text` as the citizen gave it; `street` a key of dictionary forms, "" when unknown."""

    text: str
    street: str = ""
    house: int | None = None

    def near(self, other: Address) -> bool:
        """Same street, and houses side by side or one of them not named."""
        if not self.street or self.street != other.street:
            return False
        return self.house is None or other.house is None or abs(self.house - other.house) <= NEAR_HOUSES


def parse_address(given: Mapping[str, Any] | str | None) -> Address | None:
    """Read «ул. Садовая, д. 14» or {street, house, text}; None for nothing."""
    if not given:
        return None
    if isinstance(given, str):
        return _from_text(given)
    street, house = str(given.get("street") or ""), str(given.get("house") or "")
    text = str(given.get("text") or ", ".join(p for p in (given.get("settlement"), street, house) if p))
    if not street:
        return _from_text(text)
    digits = re.match(r"\d+", house)
    return Address(text, street_key(street), int(digits[0]) if digits else None)


def street_key(street: str) -> str:
    """«на Садовой улице» and «ул. Садовая» have one key, «садовый»."""
    words = [lemma(t.text) for t in tokens(street) if not t.text.isdigit() and t.text not in _KINDS]
    return " ".join(sorted(w for w in words if w not in _KINDS))


def _from_text(text: str) -> Address | None:
    text = text.strip()
    if not text:
        return None
    plain = _FLAT.sub(" ", text)
    found = _HOUSE.search(plain)
    named = plain[: found.start()] if found and found.start() > 3 else _HOUSE.sub(" ", plain)
    return Address(text, street_key(named), int(found[1]) if found else None)
