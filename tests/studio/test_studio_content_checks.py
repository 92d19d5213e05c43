"""What the assistant would not start with is found and named by file, place and reason; good content has no mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.studio.content_loaders import mistakes_of
from bot.studio.content_checks import content_mistakes
from bot.studio.project import Project
from tests.projects import copy_of_project

C = "bot/content/"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(copy_of_project(tmp_path_factory.mktemp("content")))


def test_published_content_has_no_mistakes(project: Project) -> None:
    assert mistakes_of(project) == []


BROKEN = {
    "a key with a slip": (
        f"{C}services.yml",
        "    term: До 5",
        "    termm: До 5",
        "passport_replacement",
        "нет поля term",
    ),
    "an unknown group": (f"{C}services.yml", "group: documents", "group: x", "passport_replacement", "одно из"),
    "a service nobody has": (f"{C}payments.yml", "service: inn", "service: innn", "ИНН", "нигде не описано"),
    "a status without a deed": (f"{C}glossary.yml", "    action:", "    actio:", "ОГВ", "action"),
    "an hour that is none": (f"{C}centres.yml", '"08:00"', '"28:00"', "mfc_central", "часы"),
    "a word without a stress": (f"{C}stress.yml", "сн+илс ", "снилс ", "снилс", "знака +"),
    "Latin in a pronunciation": (f"{C}pronunciation.yml", "эм-эф-цэ", "mfc", "words", "русские буквы"),
    "a term that is too long": (f"{C}topics.yml", "term_days: 10", "term_days: 40", "medicine", "30 дней"),
    "an article without a source": (f"{C}knowledge/lost_receipt.md", "source:", "sourc:", "", "source"),
    "a brace nobody fills": (f"{C}consents.yml", "ИНН {inn}", "ИНН {imm}", "personal_data", "вставка"),
    "a day that is none": (f"{C}calendar.yml", "2027-02-20", "2027-02-40", "", "дата"),
    "a phrase that begins with a star": (f"{C}crisis.yml", "- справка о", "- '* справка о'", "", "звёздочки"),
    "a line the telephone needs": (f"{C}phone.yml", "  hold_on:", "  hold:", "", "hold_on"),
    "a canned answer with a slip": (f"{C}canned.yml", "{оператор}, я", "{операторр}, я", "hello", "вставка"),
    "a reminder with a slip": (f"{C}appointments.yml", "в {time} вас", "в {tim} вас", "", "вставка"),
    "a broken file": (f"{C}tickets.yml", "states:", "states: [", "", "строка"),
    "a group without a stand-in": (f"{C}groups.yml", "default: general", "default: nobody", "", "nobody"),
    "a list for a text": (f"{C}texts.yml", "fallback:", "fallback: []\nother_fallback:", "fallback", "вариант"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_mistake_is_named_by_file_place_and_reason(project: Project, what: str) -> None:
    path, old, new, where, words = BROKEN[what]
    text = project.read(path)
    assert old in text
    project.write(path, text.replace(old, new, 1))
    try:
        found = mistakes_of(project)
    finally:
        project.write(path, text)
    mine = [
        m
        for m in found
        if m.path == path and where in f"{m.where} {m.text}" and words.lower() in f"{m.where} {m.text}".lower()
    ]
    assert mine, found
    assert all(str(project.folder) not in f"{m.where} {m.text}" for m in found)


def test_a_missing_file_and_another_encoding_are_named(project: Project, tmp_path: Path) -> None:
    other = Project(copy_of_project(tmp_path / "other"))
    (other.content / "canned.yml").unlink()
    (other.content / "texts.yml").write_bytes("fallback: [привет]".encode("cp1251"))
    found = {m.path: m.text for m in content_mistakes(other)}
    assert "Нет файла canned.yml" in found[f"{C}canned.yml"] and "UTF-8" in found[f"{C}texts.yml"]
    assert mistakes_of(project) == []
