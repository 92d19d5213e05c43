"""Ready answers: whose they are, variables, shortcuts that are unique in a group, and those of content."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from app.paths import HERE
from bot.handover.canned import BadCanned, CannedAnswers, common_answers, fill, variables
from bot.handover.person_names import person_name
from bot.messages import Attachment
from bot.plain import assess
from bot.services.errors import ContentError
from bot.store import Store
from bot.store.tables import import_all

COMMON = HERE.root / "bot" / "content" / "canned.yml"


@pytest_asyncio.fixture
async def answers(tmp_path: Path) -> AsyncIterator[CannedAnswers]:
    import_all()
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'canned.db'}")
    await store.create_all()
    yield CannedAnswers(store, lambda: datetime(2026, 11, 16, tzinfo=UTC), {"city", "general"}, common_answers(COMMON))
    await store.close()


def test_variables_are_filled_and_unknown_ones_stay_marked() -> None:
    found = fill("Здравствуйте, {имя}! Номер {номер_записи}, { Имя }.", {"имя": "Анна", "номер_записи": ""})
    assert found.text == "Здравствуйте, Анна! Номер {номер_записи}, Анна."
    assert found.missing == ("номер_записи",)
    assert variables("{имя} {дата} {имя}") == ("имя", "дата")


async def test_each_group_has_its_own_and_everybodys(answers: CannedAnswers) -> None:
    await answers.add("city", "двор", "Двор", "Двор убирает компания.", (), "me")
    await answers.add("general", "центр", "Центр", "Приходите.", (), "me")
    await answers.add("", "всем", "Всем", "Добрый день.", (), "me")
    shown = [a.shortcut for a in await answers.of_groups({"city"}) if not a.common]
    assert shown == ["двор", "всем"]


async def test_a_shortcut_is_unique_in_its_group_only(answers: CannedAnswers) -> None:
    first = await answers.add("city", "/Двор", "Двор", "Текст.", (), "me")
    assert first.shortcut == "двор"
    with pytest.raises(BadCanned, match="занято"):
        await answers.add("city", "двор", "Ещё", "Текст.", (), "me")
    await answers.add("general", "двор", "Двор", "Текст.", (), "me")
    await answers.change(first.id, "city", "двор", "Двор", "Другой текст.", (), "me")
    await answers.delete(first.id, "me")
    await answers.add("city", "двор", "Снова", "Текст.", (), "me")


async def test_a_groups_own_shortcut_goes_before_the_common_one(answers: CannedAnswers) -> None:
    await answers.add("city", "привет", "Наш привет", "Привет от группы.", (), "me")
    found = [a for a in await answers.of_groups({"city"}) if a.title in ("Наш привет", "Здравствуйте, я на связи")]
    assert [a.shortcut for a in found] == ["привет", ""]


async def test_a_deleted_answer_is_gone_and_cannot_be_changed(answers: CannedAnswers) -> None:
    one = await answers.add("city", "", "Двор", "Текст.", (Attachment("a.pdf", "application/pdf", 3, "0" * 32),), "me")
    assert (await answers.get(one.id)) == one and one.files[0].name == "a.pdf"
    await answers.delete(one.id, "me")
    assert await answers.get(one.id) is None and await answers.all() == []
    with pytest.raises(LookupError):
        await answers.change(one.id, "city", "", "Двор", "Текст.", (), "me")
    with pytest.raises(LookupError):
        await answers.delete("common:hello", "me")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("moon", "", "Двор", "Текст"), "группы"),
        (("city", "два слова", "Двор", "Текст"), "одно слово"),
        (("city", "", " ", "Текст"), "название"),
        (("city", "", "Двор", " "), "текст"),
        (("city", "", "Двор", "Привет, {фамилия}"), "вставки"),
        (("city", "", "Двор", "а" * 4001), "4000"),
    ],
)
async def test_what_cannot_be_kept_is_refused_with_words(
    answers: CannedAnswers, given: tuple[str, str, str, str], said: str
) -> None:
    with pytest.raises(BadCanned, match=said):
        await answers.add(*given, (), "me")


def test_the_common_answers_are_plain_and_have_shortcuts_of_their_own() -> None:
    found = common_answers(COMMON)
    assert len(found) >= 12
    assert all(assess(one.text).score >= 80 for one in found), [(one.id, assess(one.text)) for one in found]
    assert len({one.shortcut for one in found}) == len(found)


@pytest.mark.parametrize(
    "text",
    [
        "answers: [{id: a, title: А, text: '{луна}'}]",
        "answers: [{id: a, title: А}]",
        "answers: [{id: a, title: А, text: а, shortcut: б}, {id: c, title: А, text: а, shortcut: б}]",
        "answers: [{id: a, title: А, text: а}, {id: a, title: А, text: а}]",
    ],
)
def test_a_slip_in_the_content_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "canned.yml").write_text(text, "utf-8")
    with pytest.raises(ContentError, match=r"canned\.yml"):
        common_answers(tmp_path / "canned.yml")


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("Иванова Анна Петровна", ("Иванова", "Анна", "Петровна")),
        ("Пётр Иванович Кузнецов", ("Кузнецов", "Пётр", "Иванович")),
        ("Анна", ("", "Анна", "")),
        ("Забелина-Штольц Мария Олеговна", ("Забелина-Штольц", "Мария", "Олеговна")),
        ("", ("", "", "")),
    ],
)
def test_a_whole_name_is_told_apart(whole: str, parts: tuple[str, str, str]) -> None:
    found = person_name({"full_name": whole})
    assert (found.surname, found.name, found.patronymic) == parts
