"""The sentence that offers the keys of the telephone when words have failed twice."""

from __future__ import annotations

from collections.abc import Sequence

from voice.dictation import slots

_NUMBERS = ("один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять")
_MOST_READ = 9
"""More choices than this nobody keeps in mind."""
_HUMAN = "Ноль — позвать специалиста."
_REPEAT = "Звёздочка — повторить вопрос."
_VALUES: tuple[tuple[frozenset[str], str], ...] = (
    (slots.CASE, "Номер можно набрать на телефоне: вместо дроби — звёздочка, в конце — решётка."),
    (slots.PHONE, "Номер телефона можно набрать на клавишах, начиная с восьмёрки."),
    (slots.SNILS, "Одиннадцать цифр СНИЛС можно набрать на клавишах."),
    (slots.BIRTH, "Дату рождения можно набрать на клавишах: день, месяц и год, всего восемь цифр."),
    (
        slots.PROOF,
        "На клавишах можно набрать дату рождения: день, месяц и год, восемь цифр, а потом решётку. "
        "Фамилию можно сказать по буквам: Анна, Ольга, Мария.",
    ),
    (slots.CODE, "Код можно набрать на клавишах, в конце — решётка."),
    (slots.DAY, "День можно набрать на клавишах: число и две цифры месяца."),
    (slots.TIME, "Время можно набрать на клавишах: часы и две цифры минут."),
    (slots.RATING, "Оценку можно нажать на клавишах."),
    (slots.NPS, "Оценку от одного до десяти можно нажать на клавишах, а ноль — только сказать."),
    (slots.PLAIN_NUMBER | {"application_answer"}, "Число можно набрать на клавишах, в конце — решётка."),
    (slots.NAME, "Фамилию можно сказать по буквам: Анна, Ольга, Мария."),
)
_ZERO_WAITS = slots.SNILS | slots.BIRTH | slots.PROOF | slots.CODE


def keys_hint(expected: str | None, choices: Sequence[str] = ()) -> str:
    """What the caller may press now, as text for the ear; titles of choices stay as they are written."""
    offered = ("Да", "Нет") if slots.is_yes_no(expected, tuple(choices)) and not choices else tuple(choices)
    parts: list[str] = []
    if offered and expected not in slots.NPS | slots.RATING:
        listed = "; ".join(f"{_NUMBERS[i]} — {_title(title)}" for i, title in enumerate(offered[:_MOST_READ]))
        parts.append(f"Нажмите: {listed}.")
    elif offered and expected in slots.RATING:
        listed = "; ".join(f"{_NUMBERS[i]} — {_title(title)}" for i, title in enumerate(offered[:_MOST_READ]))
        parts.append(f"Оценку можно нажать: {listed}.")
    value = next((text for names, text in _VALUES if expected in names), None)
    if value is not None and not (offered and expected in slots.RATING | {"application_answer"}):
        parts.append(value)
    zero = "Ноль и решётка — позвать специалиста." if expected in _ZERO_WAITS else _HUMAN
    return " ".join([*parts, zero, _REPEAT])


def _title(title: str) -> str:
    """A title in the middle of a sentence; names and abbreviations keep their capitals."""
    plain = title.strip(" .")
    return plain[:1].lower() + plain[1:] if plain[1:2].islower() and " " in plain or plain in ("Да", "Нет") else plain
