"""Each rule of plain language: the places it marks, the words it proposes, and what it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.plain import assess, suggest

MARKED = [json.loads(line) for line in (Path(__file__).parent / "marked.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("row", MARKED, ids=[row["text"][:40] for row in MARKED])
def test_a_marked_sentence_has_just_its_hits(row: dict[str, object]) -> None:
    hits = {(f.kind, f.quote) for f in assess(str(row["text"])).findings}
    assert hits == {tuple(hit) for hit in row["hits"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("office", "plain"),
    [
        # Split predicates: the verb in the same form, what it is done to in the accusative
        ("Осуществите оплату госпошлины на сайте.", "Оплатите госпошлину на сайте."),
        ("Вы можете осуществить замену водительского удостоверения.", "Вы можете заменить водительское удостоверение."),
        ("Специалисты осуществляют приём заявлений.", "Специалисты принимают заявления."),
        ("Мы провели осмотр вашего дома.", "Мы осмотрели ваш дом."),
        ("Мы произведём перерасчёт платы за воду.", "Мы пересчитаем плату за воду."),
        ("Она осуществляла выдачу справок.", "Она выдавала справки."),
        ("Мы окажем помощь гражданам.", "Мы поможем гражданам."),
        ("Окажите содействие соседям.", "Помогите соседям."),
        ("Нужно произвести оплату на сайте.", "Нужно оплатить на сайте."),
        # Words of offices
        ("В целях записи придите утром.", "Для записи придите утром."),
        ("Это можно сделать посредством сайта.", "Это можно сделать с помощью сайта."),
        ("Банк вернул денежные средства.", "Банк вернул деньги."),
        ("Часть денежных средств придёт завтра.", "Часть денег придёт завтра."),
        ("Принесите данный документ.", "Принесите этот документ."),
        ("По данному вопросу позвоните.", "По этому вопросу позвоните."),
        ("В данной ситуации звоните 112.", "В этой ситуации звоните 112."),
        ("С вышеуказанными людьми говорили.", "С этими людьми говорили."),
        ("Вам надлежит прийти утром.", "Вам нужно прийти утром."),
        ("Запрещается курить в зале.", "Нельзя курить в зале."),
        ("Организация функционирует ежедневно.", "Организация работает ежедневно."),
        ("Доводим до вашего сведения, что центр переехал.", "Сообщаем, что центр переехал."),
        ("Ответим после, в случае если успеем.", "Ответим после, если успеем."),
        ("По итогам проверки напишем.", "После проверки напишем."),
        # Negative wording
        ("Не забудьте взять паспорт.", "Возьмите паспорт."),
        ("Приходите не ранее 9:00.", "Приходите с 9:00."),
        ("Ответим не позднее 5 декабря.", "Ответим до 5 декабря включительно."),
        ("Ждать не более 30 дней.", "Ждать до 30 дней."),
        # Signs, capitals, abbreviations
        ("Придёт родитель и/или опекун.", "Придёт родитель или опекун."),
        ("Это СРОЧНО, приходите!!!", "Это срочно, приходите!"),
        ("ВНИМАНИЕ, касса закрыта.", "Внимание, касса закрыта."),
        ("Подайте заявление через ЕПГУ.", "Подайте заявление через ЕПГУ (портал Госуслуг)."),
    ],
)  # fmt: skip
def test_plain_words_stand_in_the_right_form(office: str, plain: str) -> None:
    assert suggest(office) == plain


@pytest.mark.parametrize(
    "text",
    [
        "Мы осуществляем проверку документов и выдачу паспортов.",  # a second noun hangs on the verb
        "Осуществите запись на приём.",  # «записать» or «записаться»
        "Осуществлена проверка.",
        "Заявление было рассмотрено.",
        "При наличии паспорта приходите.",  # a comma would be missing
        "Обратитесь в случае, если срок прошёл.",
        "Не забудьте паспорт.",
        "Курение запрещается.",
        "Производится замена труб.",
        "Произведите замену трёх счётчиков.",
        "Родитель/опекун подпишет.",
        "Не менее двух документов.",
    ],
)
def test_what_would_not_be_grammatical_gets_a_hint_only(text: str) -> None:
    found = assess(text).findings
    assert found and all(f.hint and not f.better for f in found)
    assert suggest(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Единый портал госуслуг (ЕПГУ) открыт.", "ЕПГУ — портал Госуслуг.", "ЕПГУ (портал Госуслуг) открыт.",
        "Верификация, то есть проверка, займёт минуту.", "Зайдите на МСП.РФ.", "Глава XIV закона.",
    ],
)  # fmt: skip
def test_what_is_explained_beside_is_no_finding(text: str) -> None:
    assert [f for f in assess(text).findings if f.kind in ("abbreviation", "term")] == []


def test_an_abbreviation_is_asked_about_once() -> None:
    found = assess("Откройте ЕПГУ. В ЕПГУ нажмите «Войти».").findings
    assert [f.start for f in found if f.kind == "abbreviation"] == [9]


def test_suggestions_do_not_change_a_plain_text() -> None:
    text = "Здравствуйте, Анна! Записала вас на вторник, 24 ноября, в 9:05. Возьмите паспорт и две фотографии."
    assert suggest(text) == text


def test_suggested_texts_score_no_worse() -> None:
    for row in MARKED:
        assert assess(suggest(row["text"])).score >= assess(row["text"]).score
