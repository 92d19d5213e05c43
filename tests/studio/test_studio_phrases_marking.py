"""Words marked in a phrase become a name in the content, with the content's own checks; a refusal writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.services.content import load
from bot.studio.drafts import Draft, Drafts
from bot.studio.marking import PLACES, MarkKind, mark, targets
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from tests.projects import copy_of_project


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(copy_of_project(tmp_path_factory.mktemp("marking") / "project"))


@pytest.fixture
def draft(published: Project, tmp_path: Path) -> Draft:
    return Drafts(tmp_path, published, lambda: datetime.now(UTC)).of("anna")


@pytest.mark.parametrize(
    ("kind", "target", "words", "line"),
    [
        ("service", "passport_first", " «аусвайс» ", "паспорт"),
        ("centre", "mfc_central", "у памятника Чехову", "у памятника Чехову"),
        ("street", "north", "улица Тихая", "  - {title: Улица Тихая, district: north}"),
        ("settlement", "olkhovsky", "деревня Кукушкино", "  - {title: Деревня Кукушкино, district: olkhovsky}"),
        ("topic", "medicine", "костоправов", "      - костоправ"),
        ("status", "готово к выдаче", "ждёт в окошке", "ждёт в окошке"),
    ],
)
def test_a_name_is_written_where_its_kind_lies(
    draft: Draft, kind: MarkKind, target: str, words: str, line: str
) -> None:
    done = mark(draft, kind, target, words)
    assert draft.changed() == [done.path] == [PLACES[kind].path]
    before = set(draft.base.read(done.path).splitlines())
    (new,) = [text for text in draft.read(done.path).splitlines() if text not in before]
    assert line in new
    load(draft.work.content)
    with pytest.raises(NotPossible, match="уже"):
        mark(draft, kind, target, words)


def test_a_name_of_two_services_is_refused_in_words(draft: Draft) -> None:
    with pytest.raises(NotPossible, match="«Просроченного паспорта» уже называют услугу «Замена паспорта РФ»"):
        mark(draft, "service", "passport_first", "Просроченного паспорта")
    assert draft.changed() == []


def test_what_is_no_name_or_no_target_is_refused(draft: Draft) -> None:
    given: list[tuple[MarkKind, str, str]] = [
        ("service", "passport_first", "..."), ("centre", "nowhere", "у вокзала там"), ("topic", "medicine", "а" * 81),
    ]  # fmt: skip
    for kind, target, words in given:
        with pytest.raises(NotPossible):
            mark(draft, kind, target, words)
    assert draft.changed() == []


def test_every_kind_has_something_to_choose_from(published: Project) -> None:
    counts = {kind: len(targets(published, kind)) for kind in PLACES}
    assert counts["service"] > 40 and counts["street"] == counts["settlement"] == 6
    assert min(counts.values()) > 0
