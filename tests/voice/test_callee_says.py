"""What somebody who was rung up says, understood or left to the dialogue."""

from __future__ import annotations

import pytest

from voice.callee_says import meaning


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Да.", "yes"),
        ("Конечно!", "yes"),
        ("Да, приду.", "coming"),
        # As the recogniser hears it.
        ("Да, придут.", "coming"),
        ("Обязательно буду", "coming"),
        ("Не надо отменять", "coming"),
        ("Отменять не надо, я приду", "coming"),
        ("Нет.", "no"),
        ("Нет, я не смогу", "not_coming"),
        ("Не приду, отмените", "not_coming"),
        ("Перенеси", "move"),
        ("Не приду, давайте перенесём на другой день", "move"),
        ("Алло!", "pick_up"),
        ("Да, слушаю вас", "pick_up"),
        ("Ало, кто это?", "pick_up"),
        ("Вы ошиблись номером", "wrong_number"),
        ("Я никуда не записывался", "wrong_number"),
        ("Абонент не отвечает. Оставьте сообщение после сигнала.", "machine"),
        ("До свидания", "farewell"),
        ("А где это находится?", None),
        ("Какие документы взять", None),
    ],
)
def test_words_of_a_callee(text: str, meant: str | None) -> None:
    assert meaning(text) == meant
