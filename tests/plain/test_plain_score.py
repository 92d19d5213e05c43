"""The plain-language score: what offices write scores low, what people write scores high, and hints point at the right places."""

from __future__ import annotations

import statistics
import time
import timeit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.paths import HERE
from benchmarks.plain import agreement, rated
from bot.plain import FAIR, KINDS, assess, suggest, verdict
from bot.plain.score import WEIGHTS
from bot.services.content import load

OFFICES = (
    "В целях осуществления регистрации заявителю надлежит предоставить документ, удостоверяющий личность, в установленном порядке.",
    "Доводим до вашего сведения, что по результатам рассмотрения вашего обращения было принято решение об отказе в предоставлении "
    "государственной услуги в связи с отсутствием документов, предусмотренных административным регламентом.",
    "Для осуществления записи на приём необходимо произвести оплату государственной пошлины посредством портала ЕПГУ.",
    "Рассмотрение вопроса обеспечения реализации прав граждан осуществляется в течение 30 дней с момента регистрации обращения.",
    "На основании вышеизложенного сообщаем, что данный вопрос не входит в компетенцию нашего учреждения. Ничем не можем помочь.",
)  # fmt: skip
PEOPLE = (
    "Здравствуйте, Анна! Записала вас на вторник, 24 ноября, в 9:05. Возьмите паспорт и две фотографии.",
    "Паспорт меняют за 5 рабочих дней. Госпошлина — 300 рублей. Приходите в любой центр, прописка не важна.",
    "Понимаю, ждать неприятно. Я уже написала в ведомство. Они ответят до пятницы, и я сразу вам перезвоню.",
    "Спасибо, что написали. Двор убирает управляющая компания. Я передала ей вашу жалобу. Ответ придёт до 20 декабря.",
    "Добрый день!",
    "Да, можно.",
)


@pytest.mark.parametrize("text", OFFICES)
def test_what_offices_write_scores_low(text: str) -> None:
    found = assess(text)
    assert found.score < FAIR and found.verdict == "канцелярит"


@pytest.mark.parametrize("text", PEOPLE)
def test_what_people_write_scores_high(text: str) -> None:
    assert assess(text).score >= 85 and assess(text).verdict == "понятно"
    assert assess(text).findings == ()


def test_the_articles_of_the_knowledge_base_are_mostly_plain() -> None:
    scores = [assess(article.text).score for article in load(HERE.root / "bot" / "content").articles]
    assert statistics.median(scores) >= 80
    assert min(scores) > 50


def test_a_long_sentence_is_named_with_its_words() -> None:
    text = "Мы " + "очень " * 24 + "рады."
    found = assess(text).findings
    assert [f.kind for f in found] == ["long_sentence"] and "26" in found[0].hint


def test_a_telephone_number_is_one_word() -> None:
    text = "Позвоните нам в любой день с восьми утра до восьми вечера по номеру 8-800-200-01-22, звонок для вас бесплатный."
    assert assess(text).findings == ()


def test_houses_initials_and_lists_end_no_sentence_too_early_or_too_late() -> None:
    assert assess("Центр на ул. Ленина, д. 18, кв. 5 открыт. Вас ждёт И. И. Иванов.").sentences == 2
    assert assess("Пошлина 300 руб. Приходите к нам.").sentences == 2
    assert assess("Возьмите с собой:\n• паспорт\n• две фотографии").sentences == 3


@pytest.mark.parametrize(
    "text",
    ["Скажите ваш адрес.", "Согласие можно отозвать.", "Вот номер телефона центра.", "Вам пора отдыхать.", "Вы записаны на среду."],
)  # fmt: skip
def test_ordinary_words_are_no_officialese(text: str) -> None:
    assert assess(text).findings == ()


@pytest.mark.parametrize("text", ["", "   \n", "123", "🙂", "https://example.ru"])
def test_a_text_without_words_is_no_reason_to_complain(text: str) -> None:
    assert assess(text).findings == () and assess(text).score >= 80


def test_one_stamp_in_a_long_text_costs_less_than_in_a_short_one() -> None:
    plain = "Придите утром и возьмите паспорт. Потом мы позвоним вам и всё расскажем. "
    stamped = "Это данный вопрос. "
    assert 100 - assess(stamped).score > assess(plain * 12).score - assess(plain * 12 + stamped).score > 0


def test_five_hundred_characters_are_judged_in_time() -> None:
    text = " ".join(OFFICES)[:500]
    assess(text)
    assert min(timeit.repeat(lambda: assess(text), number=1, repeat=10, timer=time.thread_time)) < 0.015


def test_the_score_has_three_verdicts() -> None:
    assert [verdict(score) for score in (100, 80, 79, 60, 59, 0)] == ["понятно"] * 2 + ["можно проще"] * 2 + [
        "канцелярит"
    ] * 2


def test_every_rule_has_a_name_and_a_weight() -> None:
    assert set(KINDS) == set(WEIGHTS) and all(KINDS.values())


def test_a_worse_text_never_scores_better() -> None:
    text = "Приходите утром. "
    scores = [assess(text + "Это данный вопрос. " * count).score for count in range(6)]
    assert scores == sorted(scores, reverse=True) and scores[0] > scores[-1]


@given(st.text(alphabet=st.sampled_from('абвГДЕёЖ xyz.,!?()/*№§&0123456789\n—«»"-🙂\u0301'), max_size=300))
@settings(max_examples=150, deadline=None)
def test_whatever_is_written_is_judged(text: str) -> None:
    found = assess(text)
    assert 0 <= found.score <= 100
    for finding in found.findings:
        assert finding.quote == text[finding.start : finding.end] and finding.hint
    suggest(text)


def test_agreement_with_hand_ratings_does_not_get_worse() -> None:
    """The held-out part is not fitted to; docs/plain-language.md has the figures."""
    held = [text for text in rated() if text.part == "heldout"]
    figures = agreement([assess(text.text).score for text in held], [text.rating for text in held])
    assert len(held) >= 30
    assert figures["spearman"] >= 0.93 and figures["error"] <= 9
