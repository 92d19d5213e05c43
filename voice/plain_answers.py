"""The few words the telephone understands by itself: yes, no, more, once again, good-bye. Everything else is the dialogue's."""

from __future__ import annotations

import re
from typing import Literal

Plain = Literal["yes", "no", "more", "repeat", "callback", "farewell"]

_WORDS: tuple[tuple[Plain, str], ...] = (
    ("farewell", "до свидания|до свиданья|всего доброго|всего хорошего|нет спасибо|ничего спасибо|всё спасибо|больше ничего"),
    ("repeat", "повторите|повтори|ещё раз|что вы сказали|не расслышал|не расслышала|не понял что вы сказали"),
    ("more", "подробнее|поподробнее|дальше|продолжайте|рассказывайте"),
    ("callback", "перезвоните|перезвони|позвоните сами|позвоните мне|обратный звонок"),
    ("no", "нет|неа|не надо|не нужно|не хочу|не стоит|неверно|не верно|неправильно|достаточно|хватит|сначала|заново"),
    ("yes", "да|ага|угу|конечно|давайте|верно|правильно|хорошо|согласен|согласна|продолжим|продолжаем|продолжить|хочу|подожду"
            "|остаюсь|расскажите"),
)  # fmt: skip
"""Meanings, the more telling ones first: «нет, всё, до свидания» is a farewell, «да, подробнее» asks for more."""
_BESIDE = (
    "ну|а|и|же|вот|пожалуйста|спасибо|большое|вам|мне|всё|ладно|лучше|потом|можно|скажите|да|нет|начнём|с начала|я|ещё"
)
"""Words that change nothing beside one of the others."""

_FORMS = [(meaning, re.compile(rf"\b(?:{words.replace('ё', 'е')})\b")) for meaning, words in _WORDS]
_ALL = re.compile(rf"\b(?:{'|'.join([words for _, words in _WORDS] + [_BESIDE]).replace('ё', 'е')})\b")


def plain(text: str) -> Plain | None:
    """What a whole utterance means, when it is one of these and nothing else."""
    words = " ".join(re.sub(r"[^\w\s]", " ", text.casefold().replace("ё", "е")).split())
    if _ALL.sub(" ", words).strip():
        return None
    return next((meaning for meaning, form in _FORMS if form.search(words)), None)
