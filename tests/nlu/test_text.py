"""Clean-up of typed messages."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.text import LONGEST, normalise, sentences

LAYOUT = [
    ("ghbdtn", "привет"),
    ("[jxe", "хочу"),
    ("{jxe", "Хочу"),
    ("ntktajy", "телефон"),
    ("lj,hsq ltym", "добрый день"),
    ("'nj", "это"),
    ("k.,k.", "люблю"),
    ("tot", "еще"),
    ("gjxtve", "почему"),
    ("jgthfnjh", "оператор"),
    ("Jgthfnjh!", "Оператор!"),
    ("GHBDTN", "ПРИВЕТ"),
    ("cybkc", "снилс"),
    ("VAW", "МФЦ"),
    ("lf", "да"),
    ("d 9", "в 9"),
    ("rjulf jnrhjtncz&", "когда откроется?"),
    ("b ,jkmit ybxtuj", "и больше ничего"),
    ("pfgbcm r dhfxe", "запись к врачу"),
    ("rfrb[ ljrevtynjd", "каких документов"),
    ("xnj nfrjt TCBF?", "что такое ЕСИА?"),
    ("мой ntktajy сломан", "мой телефон сломан"),
    ("хочу vaw", "хочу мфц"),
    ("еудупкфь", "telegram"),
]

STRETCHED = [
    ("приветттт", "привет"),
    ("оооочень", "очень"),
    ("дааааа", "да"),
    ("нееет", "нет"),
    ("спасибоооо!!!", "спасибо!!!"),
    ("ПРИВЕТТТ", "ПРИВЕТ"),
    ("класссс", "класс"),
    ("длиннннный", "длинный"),
]

LOOK_ALIKES = [
    ("пpивет", "привет"),
    ("Тeлефон", "Телефон"),
    ("c 10 до 12", "с 10 до 12"),
    ("Теlеgrаm", "Telegram"),
]

INVISIBLE = [
    ("при\u200bвет\x00 мир", "привет мир"),
    ("\u202eпривет\u202c", "привет"),
    ("за\u0301мок", "замок"),
    ("и\u0306од", "йод"),
    ("ещё ёлка ЁЖ", "еще елка ЕЖ"),
    ("  много \t\n пробелов\xa0тут ", "много пробелов тут"),
    ("\ufeff", ""),
    ("", ""),
]

UNTOUCHED = [
    "класс", "длинный", "ООО Ромашка", "программа", "Филлипов", "Иванов Филлипов", "аллея",
    "скачал Telegram и VK, WhatsApp QR MAX PDF", "ivan@mail.ru", "gosuslugi.ru", "https://vk.com/id1?w=2",
    "I want to book an appointment", "hello", "ok", "john smith", "iPhone", "WiFi", "/start", "глава III",
    "А123ВС77", "A123BC77", "МФЦ-2/2/134660", "8 (916) 123-45-67", "терр. завода", "привет 😀",
    "г. Курск, ул. 50 лет Октября",
]  # fmt: skip


@pytest.mark.parametrize(("raw", "meant"), LAYOUT + STRETCHED + LOOK_ALIKES + INVISIBLE)
def test_repairs_what_was_meant(raw: str, meant: str) -> None:
    assert normalise(raw) == meant


@pytest.mark.parametrize("text", UNTOUCHED)
def test_leaves_right_text_alone(text: str) -> None:
    assert normalise(text) == text


@pytest.mark.parametrize(("raw", "meant"), LAYOUT + STRETCHED + LOOK_ALIKES + INVISIBLE)
def test_repaired_text_stays_as_it_is(raw: str, meant: str) -> None:
    assert normalise(meant) == meant


def test_a_long_message_keeps_its_head_and_its_tail() -> None:
    text = "начало " + "слово " * 20_000 + "конец"
    cut = normalise(text)
    assert len(cut) <= LONGEST
    assert cut.startswith("начало") and cut.endswith("конец")


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_one_clean_line(text: str) -> None:
    cleaned = normalise(text)
    assert len(cleaned) <= LONGEST
    assert not any(unicodedata.category(char) == "Cc" for char in cleaned)
    assert "ё" not in cleaned and not re.search(r"\s\s|^\s|\s$", cleaned)


@given(st.text(alphabet="ghbdtnабвпривет[];',. !&/c", max_size=60))
@settings(max_examples=200, deadline=None)
def test_mixed_layouts_never_raise(text: str) -> None:
    assert isinstance(normalise(text), str)


SENTENCES = [
    ("Нет воды. Третий день! Когда дадут?", ["Нет воды.", "Третий день!", "Когда дадут?"]),
    ("Живу на ул. Ленина, д. 5. Нет света.", ["Живу на ул. Ленина, д. 5.", "Нет света."]),
    ("строка\nвторая", ["строка", "вторая"]),
    ("", []),
    ("одно предложение", ["одно предложение"]),
    ("12.03.2026 подал заявление", ["12.03.2026 подал заявление"]),
]


@pytest.mark.parametrize(("text", "parts"), SENTENCES)
def test_splits_stories_into_sentences(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_splits_a_long_sentence_into_clauses() -> None:
    text = (
        "Мы живём в этом доме уже двадцать лет и всегда платили вовремя, но в этом году нам отключили отопление без "
        "предупреждения, поэтому прошу перерасчёт"
    )
    assert [part.split()[0] for part in sentences(text)] == ["Мы", "но", "поэтому"]


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_sentences_lose_no_letters(text: str) -> None:
    letters = re.sub(r"[\s,]", "", text)
    assert re.sub(r"[\s,]", "", "".join(sentences(text))) == letters
