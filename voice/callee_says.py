"""What somebody who was rung up says to a reminder, in the few shapes it has; everything else is the dialogue's."""

from __future__ import annotations

import re
from typing import Literal

from voice.plain_answers import plain

Meaning = Literal["machine", "wrong_number", "move", "not_coming", "coming", "yes", "no", "farewell", "pick_up"]

_SHAPES: tuple[tuple[Meaning, str], ...] = (
    ("machine", r"оставьте .{0,12}сообщени|после .{0,12}сигнала|\bабонент|голосов\w+ (почт|ящик)|автоответчик"),
    ("wrong_number", r"ошиблись|не туда (?:попали|звоните)|не тот номер|номером ошиб|неправильн\w+ номер"
                     r"|таких (?:здесь|тут) нет|(?:никуда|не) записывал"),
    ("coming", r"не (?:надо|нужно|стоит|хочу) (?:отмен|перен)|(?:отменять|переносить) не|не отменя"),
    ("move", r"перенес|перенос|друго(е время|й день)|перезапи|на друг(ое|ой)"),
    ("not_coming", r"\bне (прид|приед|смог|буд|получ|успе|подойд|подъед|пойд)|отмен"),
    ("coming", r"\b(прид|приед|подойд|подъед|буд[уе]|пойд)|обязательно"),
)  # fmt: skip
"""The more telling ones first: «не приду, перенесите» wants another day."""
_PICK_UP = re.compile(
    r"(?:\b(?:алл?[оёе]|слушаю|вас|говорите|кто|это|здравствуйте|добр(?:ый|ое)|день|вечер|утро|да|у телефона)\b ?)+"
)
_FORMS = [(meaning, re.compile(shape)) for meaning, shape in _SHAPES]


def meaning(text: str) -> Meaning | None:
    """What the words mean; a bare «да» is `yes`, «да, слушаю» is what one says into a receiver."""
    words = " ".join(re.sub(r"[^\w\s]", " ", text.casefold().replace("ё", "е")).split())
    if found := next((name for name, form in _FORMS if form.search(words)), None):
        return found
    said = plain(text)
    if said in ("yes", "no", "farewell"):
        return said
    return "pick_up" if _PICK_UP.fullmatch(words) else None
