"""Letters by names and by their own names, alone or after the whole word."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.dictation.spelling import series, spelled

NAMES = {
    "а": "Анна", "б": "Борис", "в": "Василий", "г": "Григорий", "д": "Дмитрий", "е": "Елена", "ж": "Жанна",
    "з": "Зинаида", "и": "Иван", "к": "Константин", "л": "Леонид", "м": "Мария", "н": "Николай", "о": "Ольга",
    "п": "Павел", "р": "Роман", "с": "Сергей", "т": "Татьяна", "у": "Ульяна", "ф": "Фёдор", "х": "Харитон",
    "ц": "Цапля", "ч": "Человек", "ш": "Шура", "щ": "Щука", "э": "Эмма", "ю": "Юрий", "я": "Яков",
    "ъ": "твёрдый знак", "ь": "мягкий знак", "й": "Иван краткий",
}  # fmt: skip

SPELT = [
    ("Анна, Ольга, Мария", "аом"),
    ("Анна Ольга Мария Сергей", "аомс"),
    ("Козлов: Константин Ольга Зинаида Леонид Ольга Василий", "козлов"),
    ("Голос, Константин, Ольга, Зинаида", "коз"),
    ("бэ, вэ, эм, эс, твёрдый знак, и краткое", "бвмсъй"),
    ("БВМ с твердейзмой и краткой.", "бвмсъй"),
    ("К как Константин, о как Ольга, з как Зинаида", "коз"),
    ("К - Константин, О - Ольга, З - Зинаида", "коз"),
    ("ка о зэ эль о вэ", "козлов"),
    ("Козлов по буквам ка о зэ эл о вэ", "козлов"),
    ("К-О-З-Л-О-В", "козлов"),
    ("K, O, Z, L, O, V", "козлов"),
    ("Алла две эль а", "алла"),
    ("с Ольгой, Анной, Марией", "соам"),
    ("Иванов Пётр Ильич", None),
    ("Мария Сергеевна Иванова", None),
    ("Анна Ольга", None),
    ("Анна и Ольга", None),
    ("Иван Пётр Сидоров", None),
    ("Роман Павел Константинович", None),
    ("ха ха", None),
    ("алё алё", None),
    ("а я", None),
    ("и я", None),
    ("нет не хочу", None),
    ("ЗАЧЕМ ВАМ МОЙ ДОМАШНИЙ АДРЕС", None),
    ("Звонкоречная", None),
    ("да", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "letters"), SPELT)
def test_spelling_is_told_from_talk(text: str, letters: str | None) -> None:
    found = spelled(text)
    assert (found.letters if found else None) == letters


def test_the_letters_weigh_more_than_the_word_before_them() -> None:
    found = spelled("Козлова: Константин Ольга Зинаида Леонид Ольга Василий")
    assert found is not None and (found.word, found.name) == ("Козлова", "Козлов")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("II-АБ", "II-АБ"),
        ("римская два, а, бэ", "II-АБ"),
        ("три римское мэ ю", "III-МЮ"),
        ("два АБ", "II-АБ"),
        ("четыре", None),
    ],
)
def test_the_series_of_a_certificate(text: str, wanted: str | None) -> None:
    assert series(text) == wanted


@settings(max_examples=80, deadline=None)
@given(st.text("".join(NAMES), min_size=3, max_size=12))
def test_any_word_spelt_by_names_comes_back(word: str) -> None:
    found = spelled(", ".join(NAMES[letter] for letter in word))
    assert found is not None and found.letters == word


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_spelling_never_fails(text: str) -> None:
    spelled(text)
    series(text)
