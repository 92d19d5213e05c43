"""How people say it: counts the phrases of a wish by style, and tells in words which style is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bot.services.phrases import analyser

Style = Literal["short", "middle", "long", "spoken", "typos"]
STYLES: dict[Style, str] = {
    "short": "короткие",
    "middle": "средние",
    "long": "длинные",
    "spoken": "разговорные",
    "typos": "с опечатками",
}
"""Styles in the order of the bars. A phrase has one length, and may be spoken and misspelt besides."""

SHORT_WORDS = 3
LONG_WORDS = 15
ENOUGH = 25
"""Phrases below which a wish is hardly recognised (docs/nlu.md)."""
LEAST: dict[Style, int] = {"short": 3, "middle": 8, "long": 5, "spoken": 5, "typos": 0}
"""How many of a style are enough. The robot mends typos by itself, so it needs no phrases with them."""

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+")
_SENTENCE = re.compile(r"[.!?…]+\s+\S")
_COLLOQUIAL = re.compile(
    r"\b(?:чё|че|чо|ща|щас|щаз|ваще|вообще-то|ну|блин|короче|типа|алло|алё|але|слушай\w*|девушк\w+|пожалста|здрасте|здрасьте"
    r"|норм|плиз|плз|спс|инет|комп|дак|эта|нету|тыщ\w*|скока|када|токо|щё|надо бы|как бы|того самого)\b",
    re.I,
)
_ENDING = re.compile(r"[.,!?;:…]")
_RUSSIAN = re.compile(r"^[а-яё]+(?:-[а-яё]+)*$")
_KNOWN = frozenset(
    "мфц снилс инн егрн егпу епгу омс осаго ок смс загран загранник онлайн есиа гибдд мчс жкх пфр сфр фнс мвд гу "
    "госуслуги госуслуг госуслугах госуслугам вотсап ватсап телеграм телега вк капча логин логина скан сканы нл ип снт тсж "
    "оператор бот робот чат чатик".split()
)


@dataclass(frozen=True)
class Coverage:
    """Phrases of one wish: how many in all and of each style."""

    total: int
    counts: dict[Style, int]

    def share(self, style: Style) -> int:
        """Percent of all phrases, 0 to 100."""
        return round(100 * self.counts[style] / self.total) if self.total else 0

    @property
    def missing(self) -> list[str]:
        """Plain hints, the most useful first; [] when nothing is missing."""
        found = [] if self.total >= ENOUGH else [_FEW.format(count=_phrases(self.total))]
        return found + [HINTS[style] for style in HINTS if self.counts[style] < LEAST[style]]


HINTS: dict[Style, str] = {
    "long": "Мало длинных: люди часто рассказывают историю.",
    "spoken": "Мало разговорных: в чате пишут без запятых, «ну», «щас».",
    "short": "Мало коротких: бывает, что пишут одно-два слова.",
    "middle": "Мало обычных вопросов в одну строку.",
}
_FEW = f"Всего {{count}}. Чтобы робот узнавал желание, нужно хотя бы {ENOUGH}."


def coverage(phrases: Sequence[str]) -> Coverage:
    """Count them; 0.1 ms a phrase the first time, then remembered."""
    counts = Counter(style for phrase in phrases for style in styles(phrase))
    return Coverage(len(phrases), {style: counts[style] for style in STYLES})


@lru_cache(maxsize=20_000)
def styles(phrase: str) -> frozenset[Style]:
    """The styles of one phrase."""
    words = _WORD.findall(phrase)
    found: set[Style] = set()
    if len(words) <= SHORT_WORDS:
        found.add("short")
    elif len(words) >= LONG_WORDS or _SENTENCE.search(phrase):
        found.add("long")
    else:
        found.add("middle")
    if len(words) > 1 and (not _ENDING.search(phrase) or _COLLOQUIAL.search(phrase)):
        found.add("spoken")
    if any(_misspelt(word) for word in words):
        found.add("typos")
    return frozenset(found)


def _misspelt(word: str) -> bool:
    """A word in small letters that no dictionary knows; names are written with a capital."""
    plain = word.replace("ё", "е")
    return len(word) > 2 and bool(_RUSSIAN.match(word)) and plain not in _KNOWN and not analyser().word_is_known(word)


def _phrases(count: int) -> str:
    if count % 10 == 1 and count % 100 != 11:
        return f"{count} фраза"
    return f"{count} фразы" if count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14) else f"{count} фраз"
