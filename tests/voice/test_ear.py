"""Written replies as an ear gets them: tables of what is written and what must be said (tests/voice/ear)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from voice.ear.pronunciation import book, load
from voice.ear.spoken import spoken, unsayable

TABLES = Path(__file__).parent / "ear"
ROWS = [
    pytest.param(str(written), said, id=f"{table.stem}: {written}"[:90])
    for table in sorted(TABLES.glob("*.yml"))
    for written, said in yaml.safe_load(table.read_text("utf-8")).items()
]


def said(text: str, **given: date) -> str:
    """All sentences of the text in one line."""
    return " ".join(one.text for one in spoken(text, **given))


@pytest.mark.parametrize(("written", "expected"), ROWS)
def test_the_written_is_said(written: str, expected: str) -> None:
    assert said(written) == expected


def test_the_tables_are_large_enough() -> None:
    assert len(ROWS) >= 250


def test_a_date_of_this_year_is_said_without_the_year() -> None:
    assert said("до 24.11.2026", now=date(2026, 11, 22)) == "До двадцать четвёртого ноября."
    assert said("до 24.11.2027", now=date(2026, 11, 22)).endswith("две тысячи двадцать седьмого года.")


def test_items_of_a_list_are_marked_and_pauses_tell_the_list_apart() -> None:
    opener, first, second, after = spoken("Возьмите:\n• паспорт\n• полис\nОстальное есть.")
    assert [opener.item, first.item, second.item, after.item] == [0, 1, 2, 0]
    assert opener.pause_ms < first.pause_ms < second.pause_ms


def test_two_sentences_of_one_item_belong_together() -> None:
    assert [one.item for one in spoken("• Паспорт. Он нужен всем.\n• Полис.")] == [1, 1, 2]


def test_what_is_guessed_is_reported_to_editors() -> None:
    assert unsayable("Подайте в ФГБУ «Кадастр» через Foobar за 3 дня, {name}.") == ["ФГБУ", "Foobar"]
    assert unsayable("МФЦ и ЗАГС, QR-код, 24.11 в 9:00, https://foo.ru, IV квартал") == []


def test_an_entry_that_nobody_could_say_is_refused_by_name(tmp_path: Path) -> None:
    bad = tmp_path / "pronunciation.yml"
    bad.write_text("words:\n  МФЦ: MFC\n", "utf-8")
    with pytest.raises(Exception, match="МФЦ"):
        load(bad)


def test_an_editors_entry_decides(tmp_path: Path) -> None:
    own = tmp_path / "pronunciation.yml"
    own.write_text("words:\n  ЕИРЦ: еирц\n  Qwerty: кв+ерти\n", "utf-8")
    text = " ".join(one.text for one in spoken("Это ЕИРЦ, без ЕИРЦа никак. И Qwerty.", words=load(own)))
    assert text == "Это еирц, без еирца никак. И кв+ерти."


def test_the_dictionary_is_read_once() -> None:
    assert book() is book()
