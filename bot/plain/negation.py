"""Negative wording where a positive one is shorter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.plain.finding import Finding, found
from bot.plain.grammar import is_infinitive, like, parses
from bot.plain.sentences import Sentence

_MONTH = r"(?:января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря)"
_DAY = rf"\d{{1,2}} {_MONTH}(?: \d{{4}}(?: года)?)?"
_BORDERS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(rf"\bне (?:позднее|позже)(?: чем)? ({_DAY})", re.IGNORECASE),
        r"до \1 включительно",
        "до … включительно",
    ),
    (re.compile(rf"\bне (?:ранее|раньше) ({_DAY}|\d{{1,2}}:\d\d)", re.IGNORECASE), r"с \1", "с …"),
    (re.compile(r"\bне более (\d+)", re.IGNORECASE), r"до \1", "до …"),
    (re.compile(r"\bне менее (\d+)", re.IGNORECASE), r"от \1", "от …"),
    (re.compile(r"\bне (?:позднее|ранее|менее|более)(?: чем)?\b(?! того)", re.IGNORECASE), "", "до …», «с …», «от …"),
)
_DOUBLE = re.compile(
    r"\bне (?:мо(?:гу|жем|жет|жете|гут|жешь) не|без(?= \w)|исключено)\b|\bнельзя не\b|\bнет \w+, котор\w+ не\b|\bне явля\w+ не\w+",
    re.IGNORECASE,
)
_FORGET = frozenset(("забудьте", "забывайте"))
MANY = 3
"""«Не», «нет» and «нельзя» in one sentence."""
_NO = frozenset(("не", "нет", "нельзя", "ни"))


def negative(sentence: Sentence) -> Iterator[Finding]:
    """«Не забудьте взять паспорт», «не ранее 9:00», «не можем не ответить».

    Source: NARA Style Guide, 1.6.4 («minimize the use of “not”»); Harvard School of Public Health, «How to write in plain English»
    («use positive rather than negative words»).
    """
    yield from _forget(sentence)
    text, start = sentence.text, sentence.start
    inside = text[start : sentence.end]
    taken: list[tuple[int, int]] = []
    for pattern, shape, example in _BORDERS:
        for hit in pattern.finditer(inside):
            if any(hit.start() < end and hit.end() > begin for begin, end in taken):
                continue
            taken.append(hit.span())
            better = like(hit[0], hit.expand(shape)) if shape else ""
            hint = f"Без «не» понятнее: «{better or example}»."
            yield found("negative", text, start + hit.start(), start + hit.end(), hint, better)
    for hit in _DOUBLE.finditer(inside):
        hint = "Два отрицания вместе. Скажите, как можно."
        yield found("negative", text, start + hit.start(), start + hit.end(), hint)
    nos = [word for word in sentence.words if word.text in _NO]
    if len(nos) >= MANY:
        hint = f"Отрицаний: {len(nos)}. Скажите, что можно и что нужно."
        yield found("negative", text, nos[0].start, nos[-1].end, hint)


def _forget(sentence: Sentence) -> Iterator[Finding]:
    """«Не забудьте взять» → «возьмите»."""
    words = sentence.words
    for at in range(len(words) - 1):
        if words[at].text != "не" or words[at + 1].text not in _FORGET:
            continue
        first, last, better = words[at].start, words[at + 1].end, ""
        if at + 2 < len(words) and sentence.together(at + 1, at + 2) and is_infinitive(words[at + 2].text):
            better = _command(words[at + 2].text)
            last = words[at + 2].end if better else last
        better = like(sentence.text[first:last], better)
        hint = f"Скажите прямо: «{better}»." if better else "Скажите прямо: «возьмите», «приложите»."
        yield found("negative", sentence.text, first, last, hint, better)


def _command(infinitive: str) -> str:
    answer = parses(infinitive)[0].inflect({"impr", "plur", "excl"})
    return str(answer.word) if answer else ""
