"""Names of services, centres, districts and topics, found as people say them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities.gazetteer import Gazetteer
from nlu.entities.typos import TypoIndex

CONTENT = Path(__file__).parent / "content"
GAZETTEER = Gazetteer.from_folder(CONTENT)


def found(text: str, expected: str | None = None) -> list[tuple[str, str, str]]:
    return [(f.entity, f.value, text[f.start : f.end]) for f in GAZETTEER.find(text, expected)]


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("нужна замена водительского удостоверения", "замена водительского удостоверения"),
        ("про замену водительских удостоверений", "замену водительских удостоверений"),
        ("водительского удостоверения замена", "водительского удостоверения замена"),
        ("замена моего старого водительского удостоверения", "замена моего старого водительского удостоверения"),
        ("удостоверене водителское замена", "удостоверене водителское замена"),
        ("хочу поменять вод. права", "поменять вод. права"),
        ("замену прав", "замену прав"),
    ],
)
def test_a_service_is_found_in_any_case_form_order_and_with_a_slip(text: str, covered: str) -> None:
    assert found(text) == [("service", "licence", covered)]


def test_the_longest_name_wins() -> None:
    assert found("замена паспорта") == [("service", "passport", "замена паспорта")]


def test_equal_names_become_candidates() -> None:
    (item,) = GAZETTEER.find("паспорт")
    assert item.value == "passport"
    assert item.to_dict("паспорт")["candidates"] == ["passport", "foreign_passport"]


@pytest.mark.parametrize(
    "text",
    ["замена. Прав никаких", "замена масла, права потом", "детские площадки"],
)
def test_words_of_different_phrases_do_not_make_a_name(text: str) -> None:
    assert found(text) == []


def test_a_centre_named_by_its_street_needs_the_preposition() -> None:
    assert found("запишите на ленина") == [("centre", "main", "на ленина")]
    assert found("где улица ленина") == []


def test_a_centre_is_known_by_its_address() -> None:
    assert found("в мфц садовая 7") == [("centre", "north", "садовая 7")]


@pytest.mark.parametrize(
    ("text", "expected", "result"),
    [
        ("в центральном районе", None, [("district", "central", "центральном районе")]),
        ("я живу в центре давно", None, [("district", "central", "центре")]),
        ("заводской", None, [("district", "factory", "заводской")]),
        ("это вроде заводской какой то", "district", [("district", "factory", "заводской")]),
        ("позвоните в центр занятости населения", None, []),
        ("купил заводской кирпич вчера", None, []),
    ],
)
def test_a_bare_district_needs_a_place_or_a_question(
    text: str, expected: str | None, result: list[tuple[str, str, str]]
) -> None:
    assert found(text, expected) == result


def test_a_topic_is_found_by_its_keywords() -> None:
    assert found("у нас не горит ни один фонарь") == [("topic", "lighting", "не горит ни один фонарь")]
    assert found("глубокие ямы на дорогах") == [("topic", "roads", "ямы на дорогах")]


def test_survives_a_round_trip_through_json() -> None:
    copy = Gazetteer.from_dict(json.loads(json.dumps(GAZETTEER.to_dict())))
    assert copy.entries == GAZETTEER.entries
    assert copy.streets == GAZETTEER.streets


def test_missing_and_broken_content_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "services.yml").write_text("services: [{id: a, title: Справка}, {id: b}, 7]", encoding="utf-8")
    (tmp_path / "topics.yml").write_text("topics: [", encoding="utf-8")
    assert [entry.id for entry in Gazetteer.from_folder(tmp_path).entries] == ["a"]


def test_an_empty_gazetteer_finds_nothing() -> None:
    assert Gazetteer([]).find("замена паспорта") == []


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("пособе", "пособие"),
        ("пособиеп", "пособие"),
        ("посибие", "пособие"),
        ("посоибе", "пособие"),
        ("пасибе", None),
        ("пос", None),
    ],
)
def test_one_slip_is_forgiven_and_no_more(slip: str, meant: str | None) -> None:
    assert TypoIndex(["пособие", "выплата"]).nearest(slip) == meant


def test_characters_the_analyser_fails_on_are_survived() -> None:
    assert found("² ① замена паспорта") == [("service", "passport", "замена паспорта")]


@given(st.text(max_size=300))
def test_any_text_is_survived(text: str) -> None:
    for item in GAZETTEER.find(text):
        assert 0 <= item.start < item.end <= len(text)
