"""Sentences in which nobody does anything: the passive voice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from bot.plain.finding import Finding, found
from bot.plain.grammar import normal, parses
from bot.plain.sentences import Sentence

_BE = frozenset("был была было были будет будут быть".split())
PASSIVE_VERBS = frozenset(
    "осуществляться производиться предоставляться рассматриваться направляться оформляться взиматься указываться "
    "прилагаться обеспечиваться регулироваться устанавливаться определяться уведомляться регистрироваться "
    "возлагаться допускаться предусматриваться представляться проводиться оказываться выполняться проверяться "
    "выдаваться приниматься рекомендоваться назначаться размещаться формироваться начисляться возвращаться "
    "взыскиваться исчисляться изыматься аннулироваться приостанавливаться".split()
)
"""Verbs in -ся that hide who does it."""


def passive(sentence: Sentence) -> Iterator[Finding]:
    """«Было принято решение», «заявление рассматривается».

    Source: gov.uk easy read rules («make sentences active not passive»); NARA Style Guide, 1.3.1; ISO 24495-1:2023, 5.3. A bare
    result («вы записаны», «оплата принята») passes: that is how people tell news.
    """
    words, text = sentence.words, sentence.text
    for at, word in enumerate(words):
        if word.text in _BE:
            for other in words[at + 1 : at + 3]:
                if _participle(other.text):
                    hint = "Скажите, кто это сделал: «мы решили», «ведомство отправило»."
                    yield found("passive", text, word.start, other.end, hint)
                    break
        elif word.text.endswith(("ся", "сь")) and normal(word.text) in PASSIVE_VERBS:
            yield found("passive", text, word.start, word.end, "Скажите, кто это делает: «мы рассматриваем».")


@lru_cache(maxsize=5_000)
def _participle(word: str) -> bool:
    tag = parses(word)[0].tag
    return "PRTS" in tag or "PRTF" in tag and "pssv" in tag and "ablt" in tag
