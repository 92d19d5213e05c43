"""The lines of content/lines.yml: dialled numbers find their line, and an editor's slip is named with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.services.calls.interface import After
from bot.services.calls.lines import Lines, load_lines
from bot.services.calls.numbers import e164
from bot.services.errors import ContentError

REAL = Path(__file__).parents[2] / "bot" / "content" / "lines.yml"
GROUPS = ("crisis", "general", "social", "city", "health", "technical")


@pytest.fixture
def lines() -> Lines:
    return load_lines(REAL, GROUPS)


def test_each_number_finds_its_line_and_an_unknown_one_the_default(lines: Lines) -> None:
    assert lines.for_number("122").id == "line122"
    assert lines.for_number("1220").id == "dokumenty"
    assert lines.for_number("122@pbx").id == "line122"
    assert lines.for_number("+74951234567").id == lines.for_number("").id == lines.default.id
    assert lines.get("gone").id == lines.default.id


def test_every_group_has_a_queue(lines: Lines) -> None:
    assert lines.queue("city") == After("queue", "otklik-city", "city")
    assert lines.queue("gone") == lines.queue("general")


def test_every_greeting_says_robot_recording_and_the_key_for_a_human(lines: Lines) -> None:
    for line in lines.lines.values():
        assert all(word in line.greeting for word in ("робот", "записывается", "ноль")), line.id


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda d: d["lines"][0].pop("greeting"), r"lines\[0\]: нет поля greeting"),
        (lambda d: d["lines"][0].update(greeting="Здравствуйте!"), "отвечает робот"),
        (lambda d: d["lines"][0].update(greeting="Я робот."), "разговор записывается"),
        (lambda d: d["lines"][0].update(persona="злая"), "persona — одно из"),
        (lambda d: d["lines"][0].update(group="no"), "нет группы no"),
        (lambda d: d["lines"][0].update(numbers=["звоните"]), "не номер телефона"),
        (lambda d: d["lines"][1].update(numbers=["122"]), "номер 122 есть и у линии line122"),
        (lambda d: d["lines"][1].update(id="line122", numbers=["5"]), "встречается дважды"),
        (lambda d: d["lines"][0].update(retention_days=0), "ноль дней"),
        (lambda d: d["lines"][0].update(colour="red"), "незнакомое поле colour"),
        (lambda d: d.update(default="no"), "нет линии no"),
        (lambda d: d.update(lines=[]), "хотя бы одна линия"),
        (lambda d: d["queues"].pop("city"), "нет очереди для группы city"),
        (lambda d: d["queues"].update(city="a,b"), "латинские буквы"),
        (lambda d: d["outgoing"].update(retry_minutes=["15"]), "список целых минут"),
        (lambda d: d["outgoing"].update(workdays=["9"]), "часы пишутся так"),
        (lambda d: d["outgoing"].update(at_once=0), "не меньше одного"),
        (lambda d: d["outgoing"].update(ring_seconds=1), "от 5 до 120"),
    ],
)
def test_a_slip_is_named_with_its_place(tmp_path: Path, change: Any, complaint: str) -> None:
    data = yaml.safe_load(REAL.read_text("utf-8"))
    change(data)
    path = tmp_path / "lines.yml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    with pytest.raises(ContentError, match=complaint) as refused:
        load_lines(path, GROUPS)
    assert "lines.yml" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("89123456789", "+79123456789"),
        ("79123456789", "+79123456789"),
        ("9123456789", "+79123456789"),
        ('"Иван 2" <+79123456789>', "+79123456789"),
        ("sip:+79123456789@10.0.0.1;user=phone", "+79123456789"),
        ("tel:+7-912-345-67-89", "+79123456789"),
        ("anonymous@anonymous.invalid", None),
        ("sip:anonymous@89123456789", None),
        ("112", None),
        ("+1", None),
        ("", None),
    ],
)
def test_numbers_as_exchanges_write_them(text: str, number: str | None) -> None:
    assert e164(text) == number
