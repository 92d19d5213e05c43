"""What is said at once and what waits, how choices are offered, and how digits are read back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from voice.ear.choices import choices_line, digits_aloud
from voice.ear.sentence import Sentence, words
from voice.ear.shorten import bite
from voice.ear.spoken import spoken

LONG = " ".join(["Раз два три четыре пять шесть семь восемь девять десять."] * 10)


def texts(sentences: Sequence[Sentence]) -> list[str]:
    return [one.text for one in sentences]


def test_a_short_reply_is_said_whole() -> None:
    now, rest = bite(spoken("Вы записаны. Ждём вас."))
    assert texts(now) == ["Вы записаны.", "Ждём вас."] and rest == []


def test_a_long_reply_is_cut_between_sentences() -> None:
    now, rest = bite(spoken(LONG))
    assert len(now) == 4 and len(rest) == 6
    assert sum(map(words, now)) <= 45


def test_three_words_more_are_not_worth_a_question() -> None:
    now, rest = bite(spoken("Раз два три четыре пять шесть семь восемь девять десять. Одиннадцать двенадцать."), 10)
    assert len(now) == 2 and rest == []


def test_the_question_at_the_end_is_kept_and_the_middle_waits() -> None:
    now, rest = bite(spoken(f"{LONG} Записать вас?"))
    assert now[-1].text == "Записать вас?"
    assert "Записать вас?" not in texts(rest) and len(now) + len(rest) == 11


def test_what_leads_to_the_choices_stays_with_its_question() -> None:
    now, _ = bite(spoken(f"{LONG} На какой день? Ближайшие свободные:"))
    assert texts(now)[-2:] == ["На какой день?", "Ближайшие свободные."]


def test_a_consent_is_never_cut() -> None:
    sentences = spoken(LONG)
    assert bite(sentences, whole=True) == (sentences, [])


def test_what_is_to_be_confirmed_is_read_in_full() -> None:
    listed = "\n".join(f"• пункт {name}" for name in ("один", "два", "три", "четыре", "пять", "шесть"))
    sentences = spoken(f"Проверьте, пожалуйста:\n{listed}\nВсё верно? Место держу пять минут.")
    assert bite(sentences) == (sentences, [])


def test_one_endless_sentence_is_said_all_the_same() -> None:
    now, rest = bite(spoken("слово " * 80))
    assert len(now) == 1 and rest == []


def test_of_seven_items_four_are_said_and_all_are_announced() -> None:
    listed = "\n".join(f"• {name}" for name in ("паспорт", "полис", "фото", "справка", "билет", "диплом", "расписка"))
    now, rest = bite(spoken(f"Возьмите с собой:\n{listed}\nЗаписать вас?"))
    assert texts(now) == [
        "Возьмите с собой.", "Всего семь пунктов.", "Первые четыре.", "Паспорт.", "Полис.", "Фото.", "Справка.", "Записать вас?",
    ]  # fmt: skip
    assert texts(rest) == ["Билет.", "Диплом.", "Расписка."]


def test_four_items_need_no_announcement() -> None:
    now, rest = bite(spoken("Возьмите:\n• паспорт\n• полис\n• фото\n• справка"))
    assert texts(now) == ["Возьмите.", "Паспорт.", "Полис.", "Фото.", "Справка."] and rest == []


def test_an_item_of_two_sentences_counts_once() -> None:
    listed = "\n".join(f"• Запись {name}. Она в центре." for name in ("первая", "вторая", "третья"))
    assert bite(spoken(listed))[1] == []


def test_of_long_items_as_many_are_announced_as_are_said() -> None:
    item = "раз два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать"
    now, rest = bite(spoken("Вот шаги:\n" + "\n".join(f"{n}. {item}" for n in range(1, 7))))
    assert texts(now)[1:3] == ["Всего шесть пунктов.", "Первые три."]
    assert len(rest) == 3


def test_a_list_is_not_announced_without_any_item() -> None:
    now, rest = bite(spoken(f"{'слово ' * 40}.\nВозьмите с собой:\n• паспорт и полис и фото\n• {'ещё ' * 20}"))
    assert len(now) == 1 and rest[0].text == "Возьмите с собой."


def test_nothing_gives_nothing() -> None:
    assert bite([]) == ([], [])


def test_choices_name_their_keys() -> None:
    assert texts(choices_line(["Записаться", "Узнать статус"], ["1", "2"])) == [
        "Можно сказать или нажать.", "Один - записаться.", "Два - узнать статус.",
    ]  # fmt: skip


def test_choices_without_keys_are_only_named() -> None:
    assert texts(choices_line(["Записаться", "Узнать статус"], ())) == [
        "Можно выбрать.",
        "Записаться.",
        "Узнать статус.",
    ]


def test_days_and_times_are_said_as_people_say_them() -> None:
    assert texts(choices_line(["вт 24.11", "ср 25.11"], ["1", "2"]))[1:] == [
        "Один - вторник, двадцать четвёртого ноября.", "Два - среда, двадцать пятого ноября.",
    ]  # fmt: skip
    assert texts(choices_line(["9:05", "10:00"], ()))[1:] == ["Девять ноль пять.", "Десять часов."]


def test_of_many_choices_four_are_read() -> None:
    said = texts(choices_line([f"Тема {letter}" for letter in "абвгдежзи"], [str(n) for n in range(1, 10)]))
    assert len(said) == 6
    assert said[-1] == "И ещё пять вариантов, можно назвать свой."


@pytest.mark.parametrize("titles", [("Да", "Нет"), ("Да, всё верно", "Нет, поправить"), ("Нет", "Да"), ()])
def test_yes_or_no_needs_no_list(titles: tuple[str, ...]) -> None:
    assert choices_line(titles, ["1", "2"]) == []


def test_keys_with_signs_have_names() -> None:
    assert texts(choices_line(["Повторить", "Готово"], ["*", "#"]))[1:] == [
        "Звёздочка - повторить.",
        "Решётка - готово.",
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2/2/134660", "два, два, один три четыре шесть шесть ноль"),
        ("ЗЯ-2026-000123", "зэ-я, два ноль два шесть, ноль ноль ноль один два три"),
        ("89123456789", "восемь, девять один два, три четыре пять, шесть семь, восемь девять"),
        ("+7 (912) 345-67-89", "семь, девять один два, три четыре пять, шесть семь, восемь девять"),
        ("12345678900", "один два три, четыре пять шесть, семь восемь девять, ноль ноль"),
        ("123-456-789 00", "один два три, четыре пять шесть, семь восемь девять, ноль ноль"),
        ("4821", "четыре восемь два один"),
        ("12345678", "один два три четыре, пять шесть семь восемь"),
        ("1234567", "один два три, четыре пять шесть семь"),
        ("А12", "а, один два"),
        ("A-12", "а, один два"),
        ("", ""),
    ],
)
def test_digits_are_read_back_in_groups(written: str, said: str) -> None:
    assert digits_aloud(written) == said
