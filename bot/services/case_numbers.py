"""One spelling of the numbers citizens name: «тл 2026 77», «TЛ-2026-000077» and «2 / 2 / 134660» become canonical."""

from __future__ import annotations

import re

_LATIN_TO_CYRILLIC = str.maketrans("ABCEHKMOPTXYabcehkmoptxy", "АВСЕНКМОРТХУавсенкмортху")
_OWN = re.compile(r"^([А-ЯЁ]{2})[\s\-–—_./№]*(20\d\d)[\s\-–—_./]*(\d{1,6})$")
_CENTRE = re.compile(r"^№?\s*(\d{1,4})\s*[/\\|\-–—]\s*(\d{1,4})\s*[/\\|\-–—]\s*(\d{3,9})$")


def fold_look_alikes(text: str) -> str:
    """Latin letters that look Cyrillic become Cyrillic: nobody sees which keyboard a receipt was copied with."""
    return text.translate(_LATIN_TO_CYRILLIC)


def canonical_number(text: str) -> str:
    """The number as it is stored; a text of no known form comes back upper-cased and without outer spaces."""
    # Numbers are short; a pasted page, or a NUL that PostgreSQL refuses, must not reach a query.
    plain = fold_look_alikes(text.replace("\0", "").strip()[:40].upper())
    if own := _OWN.match(plain):
        prefix, year, serial = own.groups()
        return f"{prefix}-{year}-{int(serial):06d}"
    if centre := _CENTRE.match(plain):
        return "/".join(centre.groups())
    return plain
