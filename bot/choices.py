"""A choice may be pressed, typed or spoken: finds the offered button that a citizen's own words mean."""

from __future__ import annotations

import re
from typing import Any

ORDINALS = {
    "перв": 1, "втор": 2, "трет": 3, "четверт": 4, "четвёрт": 4, "пят": 5, "шест": 6, "седьм": 7, "восьм": 8,
}  # fmt: skip
_ORDINAL = re.compile(
    r"^(?:(?:номер|вариант|давайте|пусть)\s+)?([а-яё]+?)"
    r"(?:ый|ий|ой|ая|ое|ую|ье|ья|ью|ьего|ого|его)(?:\s+вариант)?$"
)
_DIGIT = re.compile(r"^(?:номер\s+|вариант\s+|№\s*)?(\d{1,2})[.)]?$")

EMOJI = {
    "👍": "/affirm",
    "👌": "/affirm",
    "✅": "/affirm",
    "👎": "/deny",
    "🙏": "/thank",
    "❤": "/thank",
    "👋": "/greet",
}
"""Emoji that are a whole answer."""


def meant_by_emoji(text: str) -> str | None:
    """The intent of a message of emoji only, None when it could mean anything."""
    found = {meaning for sign, meaning in EMOJI.items() if sign in text}
    return found.pop() if len(found) == 1 else None


_NUMBERED = re.compile(r"^(?:[а-я]{2} )?[\d:. ]+$")
"""Titles that are a number, a time or a day themselves: there a bare digit is no place in the list."""


def _plain(text: str) -> str:
    # A dot inside belongs to a time or a day; one before a space ends a sentence: a recogniser writes «Да. Отменить.»
    return " ".join(re.sub(r"[^\w\s:.-]|\.(?=\s)", " ", text.casefold().replace("ё", "е")).split()).strip(" .")


def chosen(text: str, buttons: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The button meant by the text: its title, the beginning of its title (4 letters and more), its number, «второй».

    A number counts only while no title is itself that number, and only for buttons with a payload.
    """
    offered = [b for b in buttons if b.get("payload")]
    plain = _plain(text)
    if not offered or not plain or len(plain) > 80:
        return None
    titles = [_plain(b["title"]) for b in offered]
    for button, title in zip(offered, titles, strict=True):
        if plain == title or sorted(plain.split()) == sorted(title.split()):
            return button
    # A bare digit may be an answer in itself ("сколько детей"), so it counts only where the choices are words.
    # Among days («вт 24.11») it is the day of the month that only one of them has.
    if digit := _DIGIT.match(plain):
        index = int(digit[1])
        if 1 <= index <= len(offered) and not any(_NUMBERED.search(t) for t in titles):
            return offered[index - 1]
        same_day = [b for b, t in zip(offered, titles, strict=True) if re.search(rf"\b0?{index}\.", t)]
        return same_day[0] if len(same_day) == 1 else None
    if (ordinal := _ORDINAL.match(plain)) and (index := ORDINALS.get(ordinal[1], 0)):
        return offered[index - 1] if index <= len(offered) else None
    if len(plain) >= 4:
        started = [b for b, t in zip(offered, titles, strict=True) if t.startswith(plain + " ")]
        if len(started) == 1:
            return started[0]
    return None
