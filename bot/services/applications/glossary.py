"""What an agency's status phrases mean: finds «передано на выдачу в ОГВ» in «передали на выдачу в огв это что»."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from math import log
from typing import Any

from bot.services.errors import ContentError
from bot.services.phrases import analyser, lemma, tokens

ENOUGH = 0.75
"""The share of a phrase (by weight of its words) that a text must hold."""
WEAK = 4.6
"""Weight of a phrase below which it is an everyday word («готово», «принят») and needs a cue beside it."""
STRONG = 9.0
"""Weight from which a phrase is unlike everyday speech whatever stands around it."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CUES = _set(
    "статус написать писать значить значит означать стоять висеть показывать светиться расшифровать смс пояснить "
    "понимать понять объяснить надпись отметка этап стадия гласить появиться обозначать сообщение уведомление"
)
"""Words that say that a status is asked about."""
_FILLERS = _set(
    "это что а и у мой меня я как же ну вот там по то такой ли мне он она оно весь уже когда куда идти приходить "
    "прийти ждать забирать забрать делать дальше отказ одобрить можно надо нужно если или не нет да здравствуйте "
    "добрый день подсказать пожалуйста почему сколько долго теперь"
)
"""Words that go with any question about a status."""
_SMALL = _set("в на к по с за о об из от для и у")
"""Words that count little."""


@dataclass(frozen=True)
class GlossaryMatch:
    """A known phrase. `state` as in glossary.yml, `come` yes, no or wait; `score` 0–1, 1 for every word met."""

    phrase: str
    state: str
    meaning: str
    action: str
    come: str
    score: float


@dataclass(frozen=True)
class _Variant:
    entry: int
    words: tuple[str, ...]
    weight: float


class Glossary:
    """The content of glossary.yml: `phrases` and `receipt` (questions about the paper receipt). Raises ContentError."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.entries: list[Mapping[str, Any]] = list(content.get("phrases") or [])
        for entry in self.entries:
            if missing := [k for k in ("phrase", "state", "meaning", "action", "come") if k not in entry]:
                raise ContentError(f"glossary.yml, {entry.get('phrase', '?')}: нет {', '.join(missing)}")
        texts = [(i, str(t)) for i, e in enumerate(self.entries) for t in (e["phrase"], *(e.get("variants") or ()))]
        words = [(i, _lemmas(text)) for i, text in texts]
        # A word that many phrases share («передано») says less than a rare one («ОГВ»).
        entries_with: dict[str, set[int]] = defaultdict(set)
        for i, found in words:
            for word in found:
                entries_with[word].add(i)
        count = len(self.entries) or 1
        self._weights = {
            word: (0.3 if word in _SMALL else 1.0) * (1 + log(count / len(where)))
            for word, where in entries_with.items()
        }
        self._variants = [_Variant(i, found, self._weigh(found)) for i, found in words if found]
        self._receipt: list[Mapping[str, Any]] = list(content.get("receipt") or [])

    def __len__(self) -> int:
        return len(self.entries)

    def find(self, text: str) -> GlossaryMatch | None:
        """The phrase a text asks about, None for an ordinary sentence."""
        said = _said(text)
        if not said:
            return None
        best: tuple[float, float, int] | None = None
        for variant in self._variants:
            score = self._score(variant, said)
            # Of two whole phrases the longer one is meant: «завершено, выдача не предусмотрена», not «завершено».
            rank = score**3 * variant.weight
            if score and (best is None or (rank, score) > best[:2]):
                best = (rank, score, variant.entry)
        if best is None:
            return None
        entry = self.entries[best[2]]
        return GlossaryMatch(
            phrase=str(entry["phrase"]),
            state=str(entry["state"]),
            meaning=str(entry["meaning"]),
            action=str(entry["action"]),
            come=_yes_no(entry["come"]),
            score=round(min(best[1], 1.0), 3),
        )

    def receipt(self, text: str) -> str | None:
        """The answer to a question about the paper receipt («где на расписке номер дела»), None for another one."""
        said = set(_lemmas(text)) - _FILLERS - _SMALL
        best, answer = 0.0, None
        for item in self._receipt:
            for question in item.get("question") or ():
                asked = set(_lemmas(str(question))) - _FILLERS - _SMALL
                common = sum(any(_alike(word, other) > 0.8 for other in said) for word in asked)
                score = 2 * common / (len(asked) + len(said)) if asked and said else 0.0
                if score > best:
                    best, answer = score, str(item["answer"])
        return answer if best >= 0.55 else None

    def _weigh(self, words: Sequence[str]) -> float:
        return sum(self._weights.get(word, 1.0) for word in words)

    def _score(self, variant: _Variant, said: Sequence[str]) -> float:
        """How much of the variant the text holds, 0 when too little or too scattered."""
        got, places = 0.0, []
        for word in variant.words:
            alike, place = max(((_alike(word, other), -i) for i, other in enumerate(said)), default=(0.0, 0))
            if alike:
                got += alike * self._weights[word]
                if word not in _SMALL:
                    places.append(-place)
        score = got / variant.weight
        if score < ENOUGH or not places:
            return 0.0
        if max(places) - min(places) > len(variant.words) + 3:
            return 0.0
        if _CUES & set(said):
            return score
        # Without «что значит» or «в статусе» beside it, the more a text says besides, the less it is about the phrase.
        others = sum(i not in places and word not in _SMALL | _FILLERS for i, word in enumerate(said))
        single = sum(word not in _SMALL for word in variant.words) == 1
        room = 0 if single or variant.weight < WEAK else 2 if variant.weight < STRONG else 12
        return score if others <= room else 0.0


@lru_cache(maxsize=4096)
def _alike(word: str, other: str) -> float:
    """1 for the same word, less for one root («выдать», «выдача») or a slip of the pen, 0 else."""
    if word == other:
        return 1.0
    if min(len(word), len(other)) < 5 or word[0] != other[0]:
        return 0.0
    ratio = SequenceMatcher(None, word, other, autojunk=False).ratio()
    if ratio >= 0.82:
        return 0.9
    root = 0
    while root < min(len(word), len(other)) and word[root] == other[root]:
        root += 1
    return 0.8 if root >= 5 and root >= max(len(word), len(other)) - 4 else 0.0


def _lemmas(text: str) -> tuple[str, ...]:
    return tuple(lemma(token.text) for token in tokens(text, limit=80))


def _said(text: str) -> tuple[str, ...]:
    """Lemmas of a question. What the asker does or wants herself («отправьте», «я принял») is no status."""
    words = [token.text for token in tokens(text, limit=80)]
    said = []
    for before, word in zip(["", *words], words, strict=False):
        own = (before in ("я", "мы") and _is(word, "VERB")) or (
            before in ("как", "где", "хочу", "могу") and _is(word, "INFN")
        )
        said.append(f"!{word}" if (own or _is_order(word)) and lemma(word) not in _CUES | _FILLERS else lemma(word))
    return tuple(said)


@lru_cache(maxsize=4096)
def _is_order(word: str) -> bool:
    tag = analyser().parse(word)[0].tag
    return "impr" in tag or "1per" in tag


@lru_cache(maxsize=4096)
def _is(word: str, grammeme: str) -> bool:
    return grammeme in analyser().parse(word)[0].tag


def _yes_no(value: Any) -> str:
    """YAML reads an unquoted yes or no as a truth value."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
