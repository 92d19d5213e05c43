"""The demonstration content loads, hangs together, and a slip of an editor is named by file, place and key."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.services.content import Content, load
from bot.services.errors import ContentError

CONTENT = Path(__file__).parents[2] / "bot" / "content"
FILES = ("region", "centres", "services", "life_situations", "incidents", "payments", "aspects")


@pytest.fixture(scope="module")
def content() -> Content:
    return load(CONTENT)


@pytest.fixture
def spoiled(tmp_path: Path) -> Callable[[str, str, str], Path]:
    """A copy of the content in which the first `old` of one file is `new`."""

    def spoil(name: str, old: str, new: str) -> Path:
        for file in FILES:
            shutil.copy(CONTENT / f"{file}.yml", tmp_path)
        shutil.copytree(CONTENT / "knowledge", tmp_path / "knowledge", dirs_exist_ok=True)
        path = tmp_path / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        return tmp_path

    return spoil


def test_there_is_enough_of_everything(content: Content) -> None:
    assert len(content.region.districts) >= 6
    assert len(content.region.streets) >= 60
    assert len(content.region.settlements) == 12
    assert len(content.centres) >= 7
    assert len(content.services) >= 45
    assert len(content.situations) >= 14
    assert len(content.articles) >= 45
    assert len(content.incidents) >= 8


def test_every_service_has_at_least_eight_aliases(content: Content) -> None:
    assert [s.id for s in content.services if len(s.aliases) < 8] == []


def test_the_service_that_can_be_applied_for_in_conversation_is_there(content: Content) -> None:
    assert content.service("social_aid").at_centre


def test_every_fee_of_a_service_has_a_charge_of_the_same_sum(content: Content) -> None:
    usual = {c.service: c.amount for c in reversed(content.charges)}
    paid_elsewhere = {"sole_proprietor", "notary_proxy"}  # Free through a centre; paid to the notary.
    for service in content.services:
        if service.fee.amount is not None and service.id not in paid_elsewhere:
            assert usual[service.id] == service.fee.amount, service.id


def test_texts_are_sentences_without_officialese(content: Content) -> None:
    stale = ("осуществля", "в целях", "настоящим", "вышеуказан", "надлежащ", "посредством", "данный ", "является")
    texts = [t for s in content.services for t in (s.short, s.who, s.term, s.where, s.by_proxy, s.online, s.elsewhere)]
    texts += [a.text for a in content.articles]
    for text in texts:
        assert text[0].isupper() or text[0].isdigit(), text
        assert text.endswith((".", "!", "?")), text
        assert not any(word in text.lower() for word in stale), text


def test_an_article_is_short(content: Content) -> None:
    for article in content.articles:
        assert 5 <= len(article.questions) <= 12, article.id
        assert len(article.text) <= 600, article.id


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("services.yml", "    title: СНИЛС\n", "", "services.yml: services[7]: нет поля title"),
        ("services.yml", "    title: СНИЛС\n", "    titel: СНИЛС\n", "services.yml: services[7]: нет поля title"),
        ("services.yml", "    group: documents\n", "    group: documents\n    lawyer: да\n", "незнакомое поле lawyer"),
        ("services.yml", "aliases: [снилс,", "aliases: [инн,", "«ИНН» есть и у услуги snils, и у inn"),
        ("services.yml", "by_proxy: Нет,", "by_proxy: Ни за что,", "by_proxy начните с «Да», «Нет»"),
        ("services.yml", 'text: "300 ₽."}', "text: 300 ₽, почти}", "незнакомое поле почти"),
        ("services.yml", "services:\n", "services:\n  - passport\n", "services[0]: здесь нужны поля"),
        ("centres.yml", "    district: central\n", "    district: moon\n", "mfc_central: «moon» нигде не описано"),
        ("centres.yml", '["08:00", "20:00"]', '["20:00", "08:00"]', "часы идут не по порядку"),
        ("region.yml", "timezone: Europe/Moscow", "timezone:", "region: нет поля timezone"),
        ("incidents.yml", "[Садовая улица,", "[Лунная улица,", "«Лунная улица» нигде не описано"),
        ("life_situations.yml", "service: snils", "service: sniils", "«sniils» нигде не описано"),
        ("payments.yml", "amount: 300", "amount: триста", "payments[0]: amount — здесь нужно число"),
        ("knowledge/pin_code.md", "source: ", "sauce: ", "pin_code.md: нет поля source"),
        ("knowledge/pin_code.md", "id: pin_code", "id: code_word", "id code_word встречается дважды"),
        ("services.yml", "  - id: snils", "  - id: snils\n   x: [", "services.yml: строка"),
    ],
)
def test_a_slip_is_named(
    spoiled: Callable[[str, str, str], Path], name: str, old: str, new: str, complaint: str
) -> None:
    with pytest.raises(ContentError) as error:
        load(spoiled(name, old, new))
    assert complaint in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"region\.yml: нет такого файла"):
        load(tmp_path)


def test_a_bare_no_is_read_as_the_word(spoiled: Callable[[str, str, str], Path]) -> None:
    content = load(spoiled("services.yml", 'appointment: "no"', "appointment: no"))
    assert any(s.appointment == "no" for s in content.services)
