"""Words that sound cold or blame the reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from bot.plain.finding import Finding, found
from bot.plain.overlaps import longest
from bot.plain.sentences import Sentence
from bot.services.phrases import PhraseBook

SHORT = 3
"""Words; «ждите ответа» alone leaves the reader in the dark."""
COLD: Mapping[str, str] = {
    "=вы =обязаны": "Лучше «вам нужно» — и коротко, зачем.",
    "=вы =должны": "Мягче: «нужно» или «пожалуйста, …».",
    "=вы =не =предоставили": "Без упрёка: «не хватает …, пришлите его, пожалуйста».",
    "=вы =не =указали": "Без упрёка: «подскажите, пожалуйста, …».",
    "=вы =не =приложили": "Без упрёка: «не хватает …, пришлите его, пожалуйста».",
    "=вы =неправильно": "Без упрёка: скажите, как сделать правильно.",
    "=вы =неверно": "Без упрёка: скажите, как сделать правильно.",
    "=вы =ошиблись": "Без упрёка: скажите, что исправить.",
    "=ваша =ошибка": "Без упрёка: скажите, что исправить.",
    "=ваша =вина": "Без упрёка: скажите, что можно сделать.",
    "=ваша|=ваши =проблема|=проблемы": "Скажите, чем поможете.",
    "=ничем =не =можем": "Скажите, что можно сделать или куда обратиться.",
    "=ничем =не =могу": "Скажите, что можно сделать или куда обратиться.",
    "=невозможно": "Скажите, что возможно вместо этого.",
    "=мы =не =занимаемся": "Скажите, кто этим занимается.",
    "=не =наша =компетенция|=обязанность": "Скажите, кто этим занимается.",
    "=не =в =нашей =компетенции": "Скажите, кто этим занимается.",
    "=не =входит =в =нашу|=наши|=мою|=мои|=компетенцию|=обязанности|=полномочия": "Скажите, кто этим занимается.",
    "=вам =отказано": "Скажите причину и что можно сделать дальше.",
    "=ждите": "Скажите, сколько ждать и что будет потом.",
    "=успокойтесь": "Так не успокаивают. Назовите чувство: «понимаю, это неприятно».",
    "=не =кричите": "Так не успокаивают. Назовите чувство: «понимаю, это неприятно».",
    "=читайте =внимательно|=внимательнее": "Без упрёка: повторите главное одной фразой.",
    "=как =я =уже": "Без упрёка: повторите главное одной фразой.",
    "=я =же": "Без упрёка: повторите главное одной фразой.",
    "=ещё =раз =повторяю": "Без упрёка: повторите главное одной фразой.",
    "=это =не =ко =мне": "Скажите, кто поможет, и передайте разговор.",
}
"""What sounds cold or blames, and what to do instead."""


def cold(sentence: Sentence) -> Iterator[Finding]:
    """«Вы не указали…», «ничем не можем помочь».

    Source: ISO 24495-1:2023, 5.3 (tone that respects the reader); the RANEPA manual for officials as the press tells it
    (no formal answers, say what can be done); the list is ours.
    """
    for hit in longest(_book().find(sentence.words)):
        first, last = sentence.words[hit.first], sentence.words[hit.last]
        if _kind(sentence, hit.first):
            continue
        yield found("tone", sentence.text, first.start, last.end, f"Звучит холодно. {hit.value}")


def _kind(sentence: Sentence, at: int) -> bool:
    """«Это не ваша вина», and «ждите» that says till when or for what."""
    word = sentence.words[at].text
    denied = word in ("ваша", "ваши") and bool(at) and sentence.words[at - 1].text == "не"
    return denied or word == "ждите" and len(sentence.words) > SHORT and at + 1 < len(sentence.words)


@lru_cache(maxsize=1)
def _book() -> PhraseBook[str]:
    return PhraseBook(COLD.items())
