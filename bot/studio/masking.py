"""Takes out of a citizen's message what could tell who she is, before an editor sees it or the robot learns from it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bot.clean import clean
from bot.services.phrases import analyser, forms
from bot.studio.masking_names import names
from bot.studio.masking_numbers import spots

LONGEST = 400
"""Characters of a message that are shown; the wish of a longer one comes first or last, so its middle is left out."""
_KEYS = str.maketrans(
    "qwertyuiop[]asdfghjkl;'zxcvbnm,.`QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>~",
    "йцукенгшщзхъфывапролджэячсмитьбюеЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЕ",
)
_WORD = re.compile(r"[^\W\d_]+")
_KIND_OF_STREET = frozenset(
    "улица проспект переулок площадь бульвар шоссе проезд набережная тупик микрорайон район село деревня город".split()
)


@dataclass(frozen=True)
class Masked:
    """A message without what is personal: `shown` with «[имя]» in its place, `example` with an invented name, `hidden` kinds."""

    shown: str
    example: str
    hidden: tuple[str, ...]


class Masker:
    """Masks with the words of one region. `places` are titles of streets and settlements, `phrases` the training phrases."""

    def __init__(self, places: Iterable[str] = (), phrases: Iterable[str] = ()) -> None:
        self._places = frozenset(
            form
            for title in places
            for word in _WORD.findall(title.lower())
            if word not in _KIND_OF_STREET
            for form in forms(word)
        )
        self._words = frozenset(word for phrase in phrases for word in _WORD.findall(_plain(phrase)))

    def mask(self, text: str) -> Masked:
        """The message in one line. About a millisecond for a sentence, less when its words are known."""
        line = _shortened(_typed(" ".join(clean(text).split())))
        found = spots(line)
        found = sorted([*found, *names(line, found, self._places, self._words)], key=lambda spot: spot.start)
        shown, example, at = [], [], 0
        for spot in found:
            shown += [line[at : spot.start], f"[{spot.kind}]"]
            example += [line[at : spot.start], spot.instead]
            at = spot.end
        rest = line[at:]
        return Masked("".join([*shown, rest]), "".join([*example, rest]), tuple(dict.fromkeys(s.kind for s in found)))


def _plain(text: str) -> str:
    return text.lower().replace("ё", "е")


def _shortened(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[: LONGEST * 2 // 3]} … {line[-LONGEST // 3 :]}"


def _typed(line: str) -> str:
    """What was typed with the other keyboard layout, as it was meant: «vtyz pjden» hides a name from every rule."""
    words = [w for w in line.split() if re.search("[a-zA-Z]", w)]
    if not words or re.search("[а-яё]", line, re.I) or "@" in line or "://" in line:
        return line
    meant = line.translate(_KEYS)
    return meant if _share_known(_WORD.findall(meant)) >= 0.5 else line


def _share_known(words: Collection[str]) -> float:
    return sum(bool(analyser().word_is_known(w.lower())) for w in words) / len(words) if words else 0.0
