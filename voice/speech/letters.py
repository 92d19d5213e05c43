"""What of a sentence a synthesiser is given: a whitelist of letters and marks, since a citizen's own words may be spoken back."""

from __future__ import annotations

import re
import unicodedata

_DASH = re.compile(r"[‐-―−]")
_PART = re.compile(r"[а-яё+]+(?:-[а-яё+]+)*|[.,!?:;-]")
_STRESS = re.compile(r"\+(?![аеиоуыэюя])")
_SOUNDING = re.compile(r"[а-щыэюяё]")
_MARKS = ".,!?:;"


def sayable(sentence: str) -> str:
    """Small Russian letters, plain punctuation, `+` before a stressed vowel; "" when nothing sayable is left.

    No character of Scheme's strings or of SSML passes. Marks stand right after a word and one at a time: of a mark that
    stands alone Festival makes an error.
    """
    text = _DASH.sub("-", unicodedata.normalize("NFC", sentence).lower().replace("…", "."))
    words: list[str] = []
    for part in _PART.findall(text):
        if _SOUNDING.search(part):
            words.append(_STRESS.sub("", part))
        elif words and part[0] in _MARKS + "-" and words[-1][-1] not in _MARKS:
            # A dash with spaces around it is a pause, as a comma is.
            words[-1] += part.replace("-", ",")
    return " ".join(words)
