"""Finds personal data in a text that is to leave over a channel which may not carry any (149-FZ art. 10 part 8)."""

from __future__ import annotations

import re

_KINDS = (
    ("почту", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("СНИЛС", re.compile(r"(?<!\d)\d{3}[ \-]?\d{3}[ \-]?\d{3}[ \-]\d{2}(?!\d)|снилс\W{0,5}\d{11}", re.I)),
    ("паспорт", re.compile(r"(?<!\d)\d{2}\s?\d{2}[\s,]{1,2}(?:(?:№|номер)\s?)?\d{6}(?!\d)", re.I)),
    ("телефон", re.compile(r"(?<![\w/\-])(?:\+7|8)(?:[ \-()]{0,3}\d){10}(?![\w/])")),
    ("длинный номер", re.compile(r"(?<![\w/\-])\d(?:[ \-]?\d){9,19}(?![\w/])")),
)  # fmt: skip
"""What each is called in «уберите …», and how it looks. Numbers of cases («ЗЯ-2026-000123», «2/2/134660») are none of them."""

_HOTLINE = re.compile(r"(?:\+7|8)[ \-(]{0,2}800[ \-)]{0,2}(?:[ \-]?\d){7}(?!\d)")
"""Free numbers of institutions belong to nobody."""
_LINK = re.compile(r"https?://\S+")


def found_in(text: str, public: frozenset[str] = frozenset()) -> str:
    """The first kind of personal data in the text, as it stands after «уберите», "" for none.

    `public` are telephone numbers of institutions, digits only, which anybody may be told.
    """
    plain = _HOTLINE.sub(" ", _LINK.sub(" ", text))
    for kind, pattern in _KINDS:
        for match in pattern.finditer(plain):
            if re.sub(r"\D", "", match[0])[-10:] not in public:
                return kind
    return ""
