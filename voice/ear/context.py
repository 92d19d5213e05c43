"""What stands around a number: the preposition that governs it, the noun it counts, and so its case and gender."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from voice.ear.morphology import CASES, Reading, adjectives, nouns, part_of_speech

_GENITIVE = (
    "без для до из из-за из-под от ото около после кроме вместо возле вокруг у свыше против ради среди насчёт "
    "более менее больше меньше старше младше моложе позже позднее раньше ранее дольше выше ниже дороже дешевле ближе дальше "
    "течение порядка размере сумме начала конца середины сроком накануне"
).split()
GOVERNS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_GENITIVE, ("gent",)),
    **dict.fromkeys("к ко благодаря согласно".split(), ("datv",)),
    "по": ("datv", "accs"),
    **dict.fromkeys(("с", "со"), ("gent", "ablt")),
    **dict.fromkeys("в во на".split(), ("accs", "loct")),
    "за": ("accs", "ablt"),
    "под": ("accs", "ablt"),
    **dict.fromkeys("через про сквозь спустя".split(), ("accs",)),
    **dict.fromkeys("над перед между".split(), ("ablt",)),
    **dict.fromkeys("о об обо при".split(), ("loct",)),
}
"""Which cases a preposition (or a comparative: «больше 11 цифр») asks for, the likelier one first."""

_TRANSPARENT = frozenset("не примерно ещё еще уже только всего почти ровно приблизительно где-то хотя бы целых".split())
"""Words between preposition and number that change nothing."""
_LABELS = frozenset(
    "дом корпус квартира кабинет офис окно окошко автобус троллейбус трамвай электричка маршрут маршрутка школа "
    "поликлиника больница номер линия телефон статья пункт часть подпункт глава раздел подъезд этаж "
    "строение код шаг участок лицей гимназия талон зал форма "
    "приложение версия группа список позвонить звонить набрать нажать цифра клавиша кнопка вариант пин".split()
)
"""Lemmas after which a number is a name, not an amount: «в доме 5», «автобусы 1, 5, 12»."""
_SPANS = frozenset("минута час день неделя месяц год секунда сутки раз рубль человек".split())

_FAR = 80
"""Characters before a number that are looked at: a governing word stands near, and a long text must stay fast."""
_LAST_WORD = re.compile(r"([А-Яа-яЁё-]+)\s*$")
_SERIES = re.compile(r"(?:\d[\d :.]{0,12}(?:\s?,\s*|\s+(?:и|или|либо|а)\s+))+$")
_NEXT_WORDS = re.compile(r"\s+([А-Яа-яЁё-]+)(?:\s+([А-Яа-яЁё-]+))?(?:\s+([А-Яа-яЁё-]+))?")
_OTHER_END = re.compile(r"\s*(?:\s(?:до|по|и|или|либо)\s|,|–)\s*\d[\d ]*(?=\s)")


def last_word(before: str) -> str:
    """The word just before the number, in lower case, over «20 и» of a series; "" after punctuation."""
    found = _LAST_WORD.search(_SERIES.sub("", before[-_FAR:]))
    return found[1].lower() if found else ""


def governed(before: str) -> tuple[str, ...]:
    """The cases asked for by the preposition before a number; empty when there is none."""
    rest = _SERIES.sub("", before[-_FAR:])
    for _ in range(4):
        found = _LAST_WORD.search(rest)
        if not found:
            return ()
        word = found[1].lower()
        if word in GOVERNS:
            return GOVERNS[word]
        if word not in _TRANSPARENT:
            return ()
        rest = rest[: found.start()]
    return ()


@lru_cache(maxsize=5_000)
def is_label(word: str) -> bool:
    """Whether a number after this word is a name («окно 3»)."""
    if not word:
        return False
    lemmas = {r.lemma for r in nouns(word)}
    return bool(lemmas & _LABELS) or word[:7] in ("позвони", "звоните", "наберит", "нажмите")


@dataclass(frozen=True)
class Counted:
    """The words a number counts: readings of the noun; empty when no noun follows."""

    readings: tuple[Reading, ...] = ()

    @property
    def gender(self) -> str:
        return next((r.gender for r in self.readings if r.gender), "m")

    @property
    def animate(self) -> bool:
        return bool(self.readings) and self.readings[0].animate

    @property
    def pair(self) -> bool:
        """A word without a singular: it wants «двое»."""
        return bool(self.readings) and self.readings[0].lemma in ("сутки", "ножницы", "ясли", "сани")

    @property
    def span(self) -> bool:
        return bool(self.readings) and self.readings[0].lemma in _SPANS


def counted(after: str) -> Counted:
    """The noun phrase that begins right after a number; looks over the other end of «2 до 4 недель»."""
    if other := _OTHER_END.match(after):
        after = after[other.end() :]
    found = _NEXT_WORDS.match(after)
    return _phrase(*(found[i] or "" for i in (1, 2, 3))) if found else Counted()


@lru_cache(maxsize=10_000)
def _phrase(*following: str) -> Counted:
    for place, word in enumerate(following):
        if not word or part_of_speech(word) in ("PREP", "CONJ", "PRCL"):
            return Counted()
        following_word = following[place + 1] if place < 2 else ""
        adjective = adjectives(word)
        if adjective and following_word and (next_nouns := nouns(following_word)):
            if {r.case for r in next_nouns} & {r.case for r in adjective} or _small_count(adjective, next_nouns):
                return Counted(next_nouns)
        if readings := nouns(word):
            return Counted(readings)
        if not adjective:
            return Counted()
        if not following_word or not (nouns(following_word) or adjectives(following_word)):
            return Counted(adjective)
    return Counted()


def _small_count(adjective: tuple[Reading, ...], noun: tuple[Reading, ...]) -> bool:
    """«рабочих дня»: adjective in the genitive plural, noun in the singular."""
    return any(r.plural and r.case == "gent" for r in adjective) and any(r.case == "gent" for r in noun)


def case_of(number: int, before: str, noun: Counted) -> str:
    """The case of a cardinal: what the preposition asks for, as far as the noun's own form agrees."""
    return _case(number, governed(before), noun)


@lru_cache(maxsize=10_000)
def _case(number: int, wanted: tuple[str, ...], noun: Counted) -> str:
    allowed = _allowed(number, noun)
    if not noun.readings:
        # «по 122», «по 2»: the bare number after «по» stays as it is.
        return next((case for case in wanted if case != "datv" or len(wanted) == 1), "nomn")
    for case in wanted:
        if case in allowed:
            return case
    return next((case for case in CASES if case in allowed), wanted[0] if wanted else "nomn")


def _allowed(number: int, noun: Counted) -> set[str]:
    last, teens = number % 10, 10 < number % 100 < 20
    allowed: set[str] = set()
    for r in noun.readings:
        if last == 1 and not teens:
            if not r.plural:
                allowed.add(r.case)
        elif r.plural and r.case in ("datv", "ablt", "loct"):
            allowed.add(r.case)
        elif r.plural and r.case == "gent":
            allowed |= {"nomn", "accs", "gent"} if teens or last not in (2, 3, 4) else {"gent"}
            if r.lemma in ("сутки", "человек") or not r.gender:
                allowed |= {"nomn", "accs"}
        elif not r.plural and r.case == "gent" and not teens and last in (2, 3, 4):
            allowed |= {"nomn", "accs"}
        elif r.lemma == "человек" and not r.plural and r.case == "nomn":
            # «5 человек»: an old plural genitive that looks like the singular.
            allowed |= {"nomn", "accs", "gent"}
    return allowed
