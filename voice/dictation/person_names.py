"""Surname, name and patronymic that were heard in wrong pieces: «Смирновая напитровна» → «Смирнова Анна Петровна»."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.services.phrases import analyser
from voice.dictation.given_names import FEMALE, MALE, PATRONYMICS, RARER, of_woman
from voice.dictation.lexicon import Entry, Lexicon
from voice.dictation.sounds import sound

_FRONT = re.compile(
    r"^\W*(?:(?:меня\s+зовут|мо[её]\s+имя|моя\s+фамилия|фамилия|зовут|запишите|пишите|это|да|ну|я)[\s,.:—–-]+)*", re.I
)
_SAID = re.compile(r"[А-Яа-яЁё]+(?:[\s,.-]+[А-Яа-яЁё]+){0,4}")
_WORD = re.compile(r"[А-Яа-яЁё]+")
_LETTERS = range(9, 41)
_OF_PATRONYMIC, _OF_NAME = 0.18, 0.17
"""Wrong sounds by letters that are forgiven in each."""
_RARE = 0.6
"""What a rarer name costs, in wrong sounds."""
_ODD_SURNAME = 0.6
"""What it costs when the rest does not end as surnames of that sex do."""
_WORST, _CLEARLY = 2.0, 0.5
"""The most that the best reading may cost in all, and by how much it has to be better than others."""
_TAIL = re.compile(r"(?:ич|вна|чна|вны|вне|вну)$")
_SURNAME = {
    "m": re.compile(r"(?:[оеёаи]в|[иы]н|[сц]кий|ой|ко|[ыи]х|ук|юк|ян|[еа]ц|ий)$"),
    "f": re.compile(r"(?:[оеёаи]ва|[иы]на|[сц]кая|ая|ко|[ыи]х|ук|юк|ян|[еа]ц)$"),
}
_ENDS = {"ав": "ов", "ив": "ев", "ава": "ова", "ива": "ева"}
"""Unstressed ends as they are heard, and how surnames spell them."""
_CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")


@dataclass(frozen=True)
class _Reading:
    parts: tuple[str, ...]
    cost: float


class PersonNames:
    """Puts a misheard full name right; a name that is already well formed is never touched."""

    def __init__(self) -> None:
        women = [of_woman(patronymic) for patronymic in PATRONYMICS]
        self._names = {sex: Lexicon(map(_entry, names)) for sex, names in (("m", MALE), ("f", FEMALE))}
        self._patronymics = {sex: Lexicon(map(_entry, names)) for sex, names in (("m", PATRONYMICS), ("f", women))}

    def mend(self, text: str) -> str:
        """The text with its name in the nominative and in its own three words; as it was where that is not clear."""
        front = _FRONT.match(text)
        start = front.end() if front else 0
        said = _SAID.match(text, start)
        if said is None or re.search(r"\w", text[said.end() :]):
            return text
        words = [word.lower().replace("ё", "е") for word in _WORD.findall(said[0])]
        if not 2 <= len(words) <= 5 or len("".join(words)) not in _LETTERS or _well_formed(words):
            return text
        readings = sorted(self._readings(words), key=lambda reading: reading.cost)
        if not readings or readings[0].cost > _WORST:
            return text
        best = readings[0]
        if any(other.parts[-3:] != best.parts[-3:] and other.cost < best.cost + _CLEARLY for other in readings[1:]):
            return text
        return text[:start] + " ".join(best.parts) + text[said.end() :]

    def _readings(self, words: Sequence[str]) -> Iterator[_Reading]:
        whole = "".join(words)
        ends = [len("".join(words[:at])) for at in range(1, len(words) + 1) if _TAIL.search(words[at - 1])]
        for end in {*ends, len(whole)}:
            for sex in ("m", "f"):
                for patronymic, start, wrong in self._ending(self._patronymics[sex], whole[:end], 6, _OF_PATRONYMIC):
                    for name, begin, more in self._ending(self._names[sex], whole[:start], 3, _OF_NAME):
                        cost = wrong + more + (_RARE if name in RARER else 0.0)
                        yield from _with_surname(whole[:begin], whole[end:], name, patronymic, sex, cost)

    def _ending(self, lexicon: Lexicon, letters: str, shortest: int, forgiven: float) -> list[tuple[str, int, float]]:
        """Which names the letters may end with, where each begins, and how many sounds are wrong; the nearest only."""
        found: dict[tuple[str, int], float] = {}
        for start in range(max(0, len(letters) - 15), len(letters) - shortest + 1):
            limit = forgiven * (len(letters) - start)
            for near in lexicon.within(_key(letters[start:]), limit):
                found[near.entry.meaning, start] = near.distance
        nearest = min(found.values(), default=0.0)
        return [(*one, wrong) for one, wrong in found.items() if wrong <= nearest + _CLEARLY + _RARE]


def _with_surname(before: str, after: str, name: str, patronymic: str, sex: str, cost: float) -> Iterator[_Reading]:
    if before and after:
        return
    rest = before or after
    if not rest:
        yield _Reading((name, patronymic), cost)
    elif len(rest) >= 3:
        surname = _surname(rest, sex)
        if not _SURNAME[sex].search(surname):
            cost += _ODD_SURNAME
        parts = (surname.capitalize(), name, patronymic) if before else (name, patronymic, surname.capitalize())
        yield _Reading(parts, cost)


def _surname(rest: str, sex: str) -> str:
    """The rest as a surname is spelt: a woman's with its «а», and unstressed ends as the dictionary has them."""
    if sex == "f" and re.search(r"(?:[оеё]в|[иы]н)$", rest):
        rest += "а"
    tries = (rest[: -len(heard)] + spelt for heard, spelt in _ENDS.items() if rest.endswith(heard))
    return next((one for one in tries if not _is(rest, "Surn") and _is(one, "Surn")), rest)


def _well_formed(words: Sequence[str]) -> bool:
    """Whether a name and a patronymic stand there in one case, and beside them at most a surname."""
    if len(words) > 3 or min(map(len, words)) < 3:
        return False
    names = {key: word for word in words for key in _forms(word, "Name")}
    patronymics = {key: word for word in words for key in _forms(word, "Patr")}
    return any(patronymics.get(key, word) != word for key, word in names.items())


@lru_cache(maxsize=2_000)
def _forms(word: str, part: str) -> frozenset[tuple[str, str]]:
    """The cases and sexes in which the dictionary knows the word as this part of a name."""
    return frozenset(
        (case, sex)
        for parse in analyser().parse(word)
        if parse.is_known and part in parse.tag and "sing" in parse.tag
        for case in _CASES
        if case in parse.tag
        for sex in ("masc", "femn")
        if sex in parse.tag or not {"masc", "femn"} & parse.tag.grammemes
    )


def _is(word: str, part: str) -> bool:
    return any(parse.is_known and part in parse.tag for parse in analyser().parse(word))


def _entry(name: str) -> Entry:
    plain = name.lower().replace("ё", "е").replace("я", "а")
    return Entry(plain, name, 0, len(plain))


def _key(letters: str) -> str:
    """The sound of a piece of a name. Where words run together «я» is an «а» with a glide: «Смирновая на» of «Смирнова Анна»."""
    return sound(letters.replace("я", "а"))
