"""What holds for any text whatever: nothing unsayable comes out, no word of a sentence is lost, nothing is slow."""

from __future__ import annotations

import re
import time
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.ear.choices import choices_line, digits_aloud
from voice.ear.pronunciation import DEFAULT
from voice.ear.sentence import words
from voice.ear.shorten import bite
from voice.ear.spoken import spoken, unsayable

ROOT = Path(__file__).resolve().parents[2]
SAYABLE = re.compile(r"[А-ЯЁа-яё+][а-яёА-ЯЁ+ .,!?-]*[.!?]")
PLUS_BEFORE_VOWEL = re.compile(r"\+(?![аеёиоуыэюя])", re.IGNORECASE)

WORDS = st.sampled_from("паспорт приходите завтра справка центр можно взять дома рабочий приём узнать".split())
PIECES = st.sampled_from(
    "до к с по в на за 3 5 21 марта 24.11 24.11.2026 9:05 15:30 – - , ; : ( ) « » № % ₽ 1 500 1,5 км мин. руб. "
    "ул. д. г. 12а 14/2 2/2/134660 ЗЯ-2026-000123 +7 (495) 123-45-67 МФЦ ЗАГСе PDF IV II-АБ 152-ФЗ ст. п. 2-й 5-го "
    "90-х https://a.ru/b?c=1 a@b.ru • 1. * # @ + = и т. д. А. С. рабочих дней детьми вт пн–пт 0 007 , . ! ? \n 👋 ё́".split(
        " "
    )
)
SOUP = st.lists(st.one_of(PIECES, WORDS), max_size=25).map(" ".join)
NUMBERS = st.text(alphabet="0123456789 .,:-–/+()№%₽гдсвмкАБIVX\n", max_size=60)
GLUED = st.lists(st.one_of(PIECES, WORDS), max_size=12).map("".join)


def assert_sayable(text: str) -> None:
    for one in spoken(text):
        assert SAYABLE.fullmatch(one.text), (text, one.text)
        assert not PLUS_BEFORE_VOWEL.search(one.text), (text, one.text)
        assert one.pause_ms >= 0


@settings(deadline=None, max_examples=400)
@given(st.one_of(st.text(max_size=200), SOUP, GLUED, NUMBERS))
def test_whatever_is_written_only_the_sayable_comes_out(text: str) -> None:
    assert_sayable(text)
    unsayable(text)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(WORDS, min_size=1, max_size=6), min_size=1, max_size=8), st.data())
def test_no_sentence_is_lost_and_none_is_invented(sentences: list[list[str]], data: st.DataObject) -> None:
    text = ""
    for sentence in sentences:
        gap = data.draw(st.sampled_from([" ", "\n", "\n\n", "\n• "]))
        text += gap + " ".join(sentence).capitalize() + data.draw(st.sampled_from(".!?"))
    said = spoken(text)
    assert [one.text.lower().rstrip(".!?") for one in said] == [" ".join(sentence) for sentence in sentences]


@settings(deadline=None, max_examples=200)
@given(SOUP)
def test_plain_words_survive_among_numbers_and_signs(text: str) -> None:
    kept = [w for w in text.split() if w in {"паспорт", "приходите", "справка", "узнать"}]
    said = re.findall(r"паспорт|приходите|справка|узнать", " ".join(one.text.lower() for one in spoken(text)))
    assert said == kept


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 12), st.sampled_from(".?")), max_size=14), st.integers(5, 60))
def test_a_bite_and_its_rest_are_the_whole_reply(shape: list[tuple[bool, int, str]], limit: int) -> None:
    rows = [("• " if item else "") + f"Слово{' слово' * (size - 1)}{end}" for item, size, end in shape]
    sentences = spoken("\n".join(rows))
    now, rest = bite(sentences, limit)
    said = [one for one in now if not re.match(r"Всего |Перв", one.text)]
    assert sorted(map(repr, [*said, *rest])) == sorted(map(repr, sentences))
    assert bool(now) == bool(sentences)
    if sentences and sentences[-1].text.endswith("?") and not sentences[-1].item:
        assert now[-1] == sentences[-1]


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=40), st.lists(st.text(max_size=30), max_size=9))
def test_digits_and_choices_are_sayable_too(digits: str, titles: list[str]) -> None:
    assert re.fullmatch(r"[а-яёА-ЯЁ ,-]*", digits_aloud(digits))
    for one in choices_line(titles, [str(n) for n in range(1, len(titles) + 1)]):
        assert SAYABLE.fullmatch(one.text), one.text


IDS = ("id", "code_word", "sites", "condition", "payload", "name", "source")
"""Keys whose values nobody hears."""


def strings(value: Any) -> list[str]:
    """Every string of a YAML value."""
    if isinstance(value, dict):
        return list(chain.from_iterable(strings(v) for k, v in value.items() if k not in IDS))
    if isinstance(value, list):
        return list(chain.from_iterable(map(strings, value)))
    return [value] if isinstance(value, str) else []


def own_texts() -> list[str]:
    """Everything the robot may say: the domain's responses and all content."""
    content = ROOT / "bot" / "content"
    found = strings(yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))["responses"])
    for path in sorted(content.rglob("*.yml")):
        if path != DEFAULT:
            found += strings(yaml.safe_load(path.read_text("utf-8")))
    for path in sorted(content.rglob("*.md")):
        found.append(path.read_text("utf-8").split("---")[-1])
    return found


def test_everything_the_robot_says_of_its_own_is_sayable() -> None:
    texts = own_texts()
    assert len(texts) > 2000
    for text in texts:
        assert_sayable(text)


CATALOGUE = (
    "services.yml",
    "centres.yml",
    "life_situations.yml",
    "glossary.yml",
    "consents.yml",
    "payments.yml",
    "texts.yml",
)


def test_editors_have_left_nothing_to_guess() -> None:
    content = ROOT / "bot" / "content"
    texts = strings(yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))["responses"])
    for name in CATALOGUE:
        texts += [t for t in strings(yaml.safe_load((content / name).read_text("utf-8"))) if re.search("[а-яё]", t)]
    texts += [path.read_text("utf-8").split("---")[-1] for path in sorted((content / "knowledge").glob("*.md"))]
    assert sorted(set(chain.from_iterable(map(unsayable, texts)))) == []


HARD = (
    "1 ",
    "1-",
    "а.",
    "(",
    "1,",
    "г. ",
    "а@",
    "-",
    "*а ",
    "до 5 ",
    "https://",
    "9:0",
    "№",
    "А",
    "1/",
    "24.11 ",
    "I",
    "ул. ",
    "\x02",
)


@pytest.mark.parametrize("piece", HARD)
def test_no_text_takes_long(piece: str) -> None:
    started = time.perf_counter()
    spoken(piece * (6000 // len(piece)))
    assert time.perf_counter() - started < 30


def test_a_typical_reply_takes_a_few_milliseconds() -> None:
    reply = (
        "Вы записаны! Номер записи ТЛ-2026-000077.\n24 ноября, вторник, в 9:05, Центр «Мои документы» на улице Ленина, "
        "улица Ленина, 18.\nВозьмите паспорт и 2 фотографии 35×45 мм. Пошлина 1 500 ₽. Напомню за сутки и за 2 часа."
    )
    spoken(reply)
    best = min(_took(reply) for _ in range(30))
    # 3 ms is the aim; the time of this thread alone, with room for a core that others slow down.
    assert best < 0.004


def _took(reply: str) -> float:
    started = time.thread_time()
    spoken(reply)
    return time.thread_time() - started


def test_words_are_counted_without_dashes() -> None:
    assert [words(one) for one in spoken("ПИН — это код. Эм-эф-цэ работает.")] == [3, 2]
