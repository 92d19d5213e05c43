"""The few words the telephone settles by itself."""

from __future__ import annotations

import pytest

from voice.plain_answers import plain


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("Да.", "yes"), ("ну давайте", "yes"), ("угу", "yes"), ("Да, продолжим", "yes"), ("Расскажите", "yes"),
        ("Нет.", "no"), ("нет, не надо", "no"), ("Нет, давайте сначала", "no"), ("не хочу", "no"),
        ("А можно подробнее?", "more"), ("Да, подробнее", "more"), ("дальше", "more"),
        ("Повторите, пожалуйста.", "repeat"), ("Ещё раз", "repeat"), ("Что вы сказали?", "repeat"),
        ("Перезвоните мне лучше", "callback"), ("Обратный звонок", "callback"),
        ("Всё, спасибо, до свидания!", "farewell"), ("Нет, спасибо", "farewell"), ("всего доброго", "farewell"),
    ],
)  # fmt: skip
def test_whole_utterances_have_their_meaning(said: str, meaning: str) -> None:
    """However they are pronounced and written."""
    assert plain(said) == meaning


@pytest.mark.parametrize(
    "said",
    ["", "…", "Запишите меня на завтра", "да, на Заречной", "нет, в среду", "не хочу в очередь", "что мне положено",
     "спасибо", "повторите номер дела", "хорошо бы узнать статус", "до свидания, но сначала скажите адрес"],
)  # fmt: skip
def test_everything_else_is_the_dialogues(said: str) -> None:
    """One further word, and somebody wants something."""
    assert plain(said) is None
