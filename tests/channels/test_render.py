"""Rendering: what fits is one message, what does not is split or written out, and nothing is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Attachment
from channels.base import Features, Limits, OutFile
from channels.render import length, reference, referred, render, split, without_buttons

LIMITS = Limits(text=200, rows=4, per_row=3, buttons=8, label=20, file=1000)
FEATURES = Features(buttons=True, links=True, files=True)


def no_file(_attachment: Attachment) -> OutFile | None:
    return None


def buttons(*titles: str) -> list[dict[str, str]]:
    return [{"title": title, "payload": f"/choose_{number}"} for number, title in enumerate(titles)]


def made(text: str = "Что выберете?", limits: Limits = LIMITS, features: Features = FEATURES, **body: Any) -> list[Any]:
    return render({"text": text} | body, 17, limits, features, no_file)


def test_a_short_reply_is_one_message() -> None:
    (part,) = made("Здравствуйте!")
    assert (part.text, part.rows, part.file) == ("Здравствуйте!", (), None)


def test_a_long_reply_is_cut_between_paragraphs() -> None:
    first, second = "Первое. " * 20, "Второе. " * 20
    assert [p.text for p in made(f"{first}\n\n{second}")] == [first.strip(), second.strip()]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    sentence = "Принесите паспорт и заявление в любой центр города. "
    parts = made(sentence * 6)
    assert len(parts) == 2
    assert all(part.text.endswith("города.") for part in parts)


def test_a_word_longer_than_a_message_is_cut_anyway() -> None:
    assert [len(p.text) for p in made("щ" * 450)] == [200, 200, 50]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400), st.sampled_from(["chars", "utf16", "bytes"]))
def test_no_piece_is_too_long_and_no_letter_is_lost(text: str, units: str) -> None:
    pieces = split(text, 40, units)
    assert all(0 < length(piece, units) <= 40 for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_telegram_counts_an_emoji_as_two() -> None:
    assert [len(piece) for piece in split("😀" * 150, 200, "utf16")] == [100, 50]


def test_buttons_stand_under_the_last_part_and_name_their_message() -> None:
    parts = made("Слова. " * 40, buttons=buttons("Да", "Нет"))
    assert [bool(part.rows) for part in parts] == [False, True]
    assert [(b.title, b.payload) for b in parts[-1].rows[0]] == [("Да", "m17.0"), ("Нет", "m17.1")]


def test_short_titles_stand_side_by_side_and_long_ones_alone() -> None:
    (part,) = made(buttons=buttons("10:00", "10:20", "10:40", "Другой день, позже", "Позвать"))
    assert [[b.title for b in row] for row in part.rows] == [
        ["10:00", "10:20", "10:40"], ["Другой день, позже"], ["Позвать"],
    ]  # fmt: skip


def test_many_buttons_are_packed_into_the_rows_there_are() -> None:
    (part,) = made(buttons=buttons(*(f"Вариант номер {n}" for n in range(8))))
    assert [len(row) for row in part.rows] == [2, 2, 2, 2]


@pytest.mark.parametrize(
    "choices",
    [
        pytest.param(buttons(*(f"№ {n}" for n in range(9))), id="too many"),
        pytest.param(buttons("Заявление о предоставлении сведений из реестра", "Нет"), id="too long"),
    ],
)
def test_choices_that_cannot_be_drawn_are_numbered(choices: list[dict[str, str]]) -> None:
    (part,) = made(buttons=choices)
    assert part.rows == ()
    assert f"1. {choices[0]['title']}\n2. {choices[1]['title']}" in part.text
    assert part.text.endswith("напишите номер.")


def test_a_channel_without_buttons_gets_numbers_and_links_as_text() -> None:
    choices = [*buttons("Да", "Нет"), {"title": "Портал", "payload": "", "url": "https://portal.example.invalid/a"}]
    (part,) = made(features=Features(), buttons=choices)
    assert part.text.splitlines()[2:] == [
        "1. Да", "2. Нет", "Чтобы выбрать, напишите номер.", "Портал: https://portal.example.invalid/a",
    ]  # fmt: skip


def test_one_choice_alone_needs_no_instruction() -> None:
    (part,) = made(features=Features(), buttons=buttons("Вернуться"))
    assert part.text.endswith("1. Вернуться")


def test_a_link_is_drawn_where_links_can_be() -> None:
    link = {"title": "Портал", "payload": "/x", "url": "https://portal.example.invalid/"}
    (part,) = made(buttons=[link])
    assert (part.rows[0][0].url, part.rows[0][0].payload) == ("https://portal.example.invalid/", "")


def test_buttons_without_words_get_some() -> None:
    (part,) = made("", buttons=buttons("Да"))
    assert part.text and part.rows


def test_a_file_is_a_part_of_its_own_and_a_missing_one_is_told(tmp_path: Path) -> None:
    found = OutFile(tmp_path, "справка.pdf", "application/pdf")
    files = [
        {"name": n, "media_type": "application/pdf", "size": s, "ref": "r"} for n, s in (("a.pdf", 10), ("b.pdf", 5000))
    ]
    parts = render({"text": "Вот", "attachments": files}, 1, LIMITS, FEATURES, lambda _a: found)
    assert [p.file for p in parts] == [None, found, None]
    assert "b.pdf" in parts[2].text
    assert "a.pdf" in made("", attachments=files[:1])[0].text


def test_an_empty_reply_has_no_parts() -> None:
    assert made("") == [] and made("  \n ") == []


def test_a_refused_keyboard_leaves_its_choices_as_text() -> None:
    body = {"text": "Что выберете?", "buttons": buttons("Да", "Нет")}
    plain = without_buttons(made(**body)[0], body, FEATURES, LIMITS)
    assert plain.rows == () and "1. Да\n2. Нет" in plain.text


@pytest.mark.parametrize("payload", ["", "m1", "m1.x", "m-1.0", "m1.0.0", "/affirm", "m" + "9" * 30 + ".0", "m1.0\n"])
def test_only_our_own_references_are_understood(payload: str) -> None:
    assert referred(payload) is None


def test_a_reference_is_read_as_it_was_written() -> None:
    assert referred(reference(123456789, 7)) == (123456789, 7)
