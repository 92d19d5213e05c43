"""What a citizen tells of herself in a channel that may not carry it: taken out of the message before any action reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from actions.turn import Turn

PRIVATE = frozenset(("phone", "snils", "email", "birth_date", "person_name", "code_word"))
"""Entities that are dropped."""
TOLD = frozenset(("phone", "snils", "email", "birth_date"))
"""Of them, those a citizen is asked not to send; a full name counts as well, a first name or a word like a code does not."""
_LONG_NUMBER = re.compile(r"(?<![\w/-])\+?\d(?:[ \-()]{0,3}\d){9,19}(?![\w/])")
"""Telephone, SNILS, passport, bank card; «ЗЯ-2026-000123» and «2/2/134660» are none."""
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_AROUND = re.compile(
    r"(?:я|это|вот|мой|моя|мо[её]|меня|мне|зовут|тел|телефон|номер|снилс|паспорт|серия|почта|адрес|имя|фамилия|фио|родил\w*"
    r"|дата|рождения|запиши\w*|и|на|по|года?)",
    re.I,
)
"""Words that stand around data and say nothing by themselves."""
_HIDDEN = "•"


def withhold(turn: Turn) -> Turn:
    """The turn without personal data; `withheld` tells whether there was any, `only_private` that there was nothing else."""
    dropped = [e for e in turn.entities if e["entity"] in PRIVATE]
    told = [e for e in dropped if e["entity"] in TOLD or _is_full_name(e)]
    spoken = [str(e.get("text") or "") for e in told]
    words, text = _hide(turn.words, spoken), _hide(turn.text, spoken)
    withheld = bool(told) or words != turn.words
    left = re.findall(r"[^\W\d_]+", words)
    return replace(
        turn,
        entities=tuple(e for e in turn.entities if e not in dropped),
        words=words,
        text=turn.text if turn.pressed else text,
        segment=None,
        personal_data=False,
        withheld=withheld,
        only_private=withheld and not turn.pressed and all(_AROUND.fullmatch(word) for word in left),
    )


def _is_full_name(entity: Mapping[str, Any]) -> bool:
    value = entity.get("value")
    parts = [k for k in ("surname", "name", "patronymic") if value.get(k)] if isinstance(value, Mapping) else []
    return entity["entity"] == "person_name" and (len(parts) > 1 or len(str(entity.get("text") or "").split()) > 1)


def _hide(text: str, spoken: list[str]) -> str:
    """The text with personal data blotted out letter by letter, so that places in it stay where they are."""
    for pattern in (_LONG_NUMBER, _EMAIL):
        text = pattern.sub(lambda found: _HIDDEN * len(found[0]), text)
    for said in spoken:
        for word in re.findall(r"\w+", said):
            same = "".join("[её]" if c in "её" else re.escape(c) for c in word.lower())
            text = re.sub(rf"(?<!\w){same}(?!\w)", lambda found: _HIDDEN * len(found[0]), text, flags=re.I)
    return text
