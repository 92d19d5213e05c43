"""The room of changes: what the draft changes in words, the way back, and what others published meanwhile."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from bot.accounts.interface import Account
from bot.studio.drafts import Draft
from bot.studio.project import Project
from tests.desk.looks import sideways, violations
from tests.desk.world import Browser, World

CHANGES = "/desk/studio/changes"
TALK, TITLES, LINES = "nlu/data/talk.yml", "bot/content/intents.yml", "bot/content/lines.yml"


@pytest.fixture
def editor(world: World) -> Account:
    return world.account("Редактор", roles=("editor",))


@pytest.fixture
def draft(world: World, editor: Account) -> Draft:
    return world.assistant.desk.parts.studio.drafts.of(editor.id)


@pytest.fixture
def published(world: World) -> Iterator[Project]:
    """What citizens see; as it was after the test."""
    project = world.assistant.desk.parts.studio.drafts.published
    files = project.files()
    yield project
    project.become(files)


def swapped(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def seen(browser: Browser) -> str:
    answer = browser.get(CHANGES)
    assert answer.status_code == 200
    return html.unescape(answer.text)


def test_a_fresh_draft_changes_nothing(world: World, editor: Account) -> None:
    assert "В черновике нет изменений" in seen(world.browser(editor))


def test_a_change_is_told_with_both_texts_and_taken_back(world: World, editor: Account, draft: Draft) -> None:
    was = draft.read(TITLES)
    draft.write(TITLES, swapped(was, "Попрощаться", "Сказать до свидания"))
    draft.write(TALK, swapped(draft.read(TALK), "    - привет\n", "    - привет\n    - <b>приветули</b>\n"))
    browser = world.browser(editor)
    page = seen(browser)
    assert "Название желания «goodbye»: изменено" in page
    assert "Сказать до свидания" in page
    assert "Добавлена 1 фраза к желанию «Поздороваться»" in page
    assert "<b>" not in browser.get(CHANGES).text
    assert browser.post(f"{CHANGES}/undo", {"path": TITLES, "key": '["goodbye"]'}).status_code == 303
    assert draft.read(TITLES) == was
    assert draft.changed() == [TALK]


@pytest.mark.parametrize(
    ("path", "key"), [(TITLES, '["nobody"]'), (TITLES, "["), ("../etc/passwd", ""), ("app/x.py", "")]
)
def test_a_change_that_is_gone_is_refused_in_words(world: World, editor: Account, path: str, key: str) -> None:
    answer = world.browser(editor).post(f"{CHANGES}/undo", {"path": path, "key": key})
    assert answer.status_code == 409
    assert "Обновите страницу" in answer.json()["detail"]


def test_a_file_damaged_by_hand_is_told_with_its_line_and_taken_back(
    world: World, editor: Account, draft: Draft
) -> None:
    was = draft.read(LINES)
    draft.write(LINES, "lines:\n  - id: a\n   title: б\n")
    browser = world.browser(editor)
    page = seen(browser)
    assert re.search(r"файл повреждён, строка \d+", page)
    browser.post(f"{CHANGES}/undo", {"path": LINES, "key": ""})
    assert draft.read(LINES) == was


def test_all_is_taken_back_only_when_she_is_sure(world: World, editor: Account, draft: Draft) -> None:
    draft.write(TITLES, swapped(draft.read(TITLES), "Попрощаться", "Пока"))
    browser = world.browser(editor)
    assert browser.post(f"{CHANGES}/discard").status_code == 409
    assert draft.changed() == [TITLES]
    assert browser.post(f"{CHANGES}/discard", {"sure": "yes"}).status_code == 303
    assert draft.changed() == []


def clashing(draft: Draft, published: Project) -> None:
    was = draft.read(TITLES)
    draft.write(TITLES, swapped(was, "Попрощаться", "Моё прощание"))
    published.write(TITLES, swapped(swapped(was, "Попрощаться", "Чужое прощание"), "Сказать спасибо", "Поблагодарить"))


def test_what_others_published_is_taken_over_and_a_clash_is_chosen(
    world: World, editor: Account, draft: Draft, published: Project
) -> None:
    clashing(draft, published)
    browser = world.browser(editor)
    assert "опубликовали другое" in seen(browser)
    assert browser.post(f"{CHANGES}/take").headers["location"].endswith("said=clashes")
    page = seen(browser)
    assert "опубликовали другое" not in page
    assert "Моё прощание" in page
    assert "Чужое прощание" in page
    assert "Поблагодарить" in draft.read(TITLES)
    browser.post(f"{CHANGES}/settle", {"path": TITLES, "key": '["goodbye"]', "choice": "theirs"})
    assert draft.read(TITLES) == published.read(TITLES)
    assert "Правили вдвоём" not in seen(browser)


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_is_readable_by_everybody(
    opened: Any, world: World, editor: Account, draft: Draft, published: Project
) -> None:
    clashing(draft, published)
    world.assistant.desk.parts.studio.drafts.refresh(editor.id)
    published.write(LINES, published.read(LINES) + "# ещё\n")
    draft.write(TALK, swapped(draft.read(TALK), "    - привет\n", "    - привет\n    - приветули\n"))
    for width, height in ((1366, 768), (390, 844)):
        for scheme in ("light", "dark"):
            page = await opened(editor, CHANGES, width, height, color_scheme=scheme)
            await page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
            assert await violations(page) == []
            assert await sideways(page) == 0
