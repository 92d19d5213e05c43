"""Which language a citizen writes in: enough to find a colleague who speaks it."""

from __future__ import annotations

import re
from collections.abc import Iterable

_CYRILLIC = re.compile(r"[а-яё]", re.I)
_LETTER = re.compile(r"[^\W\d_]")
RUSSIAN_SHARE = 0.3
"""Share of Cyrillic letters from which a text is Russian: names of documents and sites are Latin in Russian texts too."""


def language_of(texts: Iterable[str]) -> str:
    """`ru` or `en`, by letters; `ru` for texts without any."""
    joined = " ".join(texts)
    letters = len(_LETTER.findall(joined))
    return "ru" if not letters or len(_CYRILLIC.findall(joined)) / letters >= RUSSIAN_SHARE else "en"
