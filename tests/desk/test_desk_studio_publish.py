"""The page of publications in a real browser: a proposal and its second person, versions, the way back, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from app.studio.edition import edition_of
from bot.accounts.interface import Account
from tests.desk.conftest import Open
from tests.desk.looks import sideways, violations
from tests.desk.world import World
from tests.studio.publishing import NEW, OLD, TEXTS, PublishingStudio

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Where two are required for a publication; an earlier version was live already."""
    made = World(tmp_path_factory.mktemp("publish"), publish_approval=True)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def studio(world: World) -> PublishingStudio:
    found = PublishingStudio(world)
    found.texts(OLD)
    found.was_live(found.commit(message="Первая версия"), found.kept_model())
    found.texts(NEW)
    found.commit()
    return found


@pytest.fixture(scope="module")
def editor(world: World, studio: PublishingStudio) -> Account:
    return world.account("Вера Редактор", ("editor",))


@pytest.fixture(scope="module")
def approver(world: World) -> Account:
    return world.account("Борис Зимин", ("approver",))


def _change(studio: PublishingStudio, editor: Account, words: str) -> None:
    """A trained draft with one more line."""
    draft = studio.studio.drafts.discard(editor.id)
    draft.write(TEXTS, draft.read(TEXTS) + words)
    studio.trained(edition_of(draft.work), editor.id)


async def _propose(page: Any, why: str) -> None:
    await page.get_by_label("Что и почему изменилось").fill(why)
    await page.get_by_role("button", name="Предложить к публикации").click()
    await page.get_by_role("heading", name="Ждёт одобрения").wait_for()


async def test_a_proposal_goes_to_somebody_else_who_sends_it_back(
    opened: Open, world: World, studio: PublishingStudio, editor: Account, approver: Account
) -> None:
    await asyncio.to_thread(_change, studio, editor, "first_line: [Проба]\n")
    mine = await opened(editor, "/desk/studio/publish")
    await _propose(mine, "Добавила строку о пробе")
    assert await mine.get_by_role("button", name="Одобрить").count() == 0
    theirs = await opened(approver, "/desk/studio/publish")
    assert "Вера Редактор" in await theirs.locator(".waiting").inner_text()
    await theirs.get_by_label("Или напишите автору, что исправить").fill("Эту строку никто не говорит")
    await theirs.get_by_role("button", name="Отклонить").click()
    await theirs.get_by_role("heading", name="отклонена").wait_for()
    await mine.reload()
    assert "Эту строку никто не говорит" in await mine.locator(".ended").inner_text()
    deeds = [entry.action for entry in world.do(world.assistant.desk.parts.audit.page(limit=10))]
    assert {"publication_proposed", "publication_refused"} <= set(deeds)


async def test_an_author_takes_her_own_proposal_back(opened: Open, studio: PublishingStudio, editor: Account) -> None:
    await asyncio.to_thread(_change, studio, editor, "second_line: [Проба]\n")
    page = await opened(editor, "/desk/studio/publish")
    await _propose(page, "Добавила ещё одну строку")
    await page.get_by_role("button", name="Отозвать").click()
    await page.get_by_role("button", name="Предложить к публикации").wait_for()
    assert (await asyncio.to_thread(studio.latest)).state == "taken_back"


async def test_an_earlier_version_shows_what_it_changed_and_comes_back(
    opened: Open, studio: PublishingStudio, editor: Account
) -> None:
    page = await opened(editor, "/desk/studio/publish")
    await page.get_by_role("link", name="Правка файлов вне студии").click()
    assert "Новые слова" in await page.locator("#main").text_content()
    assert "видят сейчас" in await page.locator("#main").inner_text()
    await page.get_by_role("link", name="Все версии").click()
    await page.get_by_role("link", name="Файлы проекта до первой публикации").click()
    await page.get_by_label("Почему возвращаете").fill("Прежние слова были понятнее")
    await page.get_by_role("button", name="Вернуть").click()
    row = page.locator("tr", has_text="Возврат: Прежние слова были понятнее").filter(has_text="работает сейчас")
    await row.wait_for()
    assert studio.words() == "Прежние слова"


async def test_a_draft_that_is_not_trained_leads_to_its_training(
    opened: Open, studio: PublishingStudio, editor: Account
) -> None:
    draft = studio.studio.drafts.discard(editor.id)
    await asyncio.to_thread(draft.write, TEXTS, draft.read(TEXTS) + "third_line: [Проба]\n")
    page = await opened(editor, "/desk/studio/publish")
    await page.get_by_role("link", name="К обучению").wait_for()
    assert await page.get_by_role("button", name="Предложить").count() == 0


async def test_an_unknown_version_is_not_there(world: World, editor: Account) -> None:
    browser = world.browser(editor)
    assert browser.get(f"/desk/studio/versions/{'0' * 40}").status_code == 404
    assert browser.get("/desk/studio/versions/HEAD").status_code in (404, 422)
    assert browser.post(f"/desk/studio/versions/{'0' * 40}/return", {"why": "Просто так"}).status_code == 404


async def test_a_reason_is_asked_for_and_what_was_typed_stays(world: World, editor: Account) -> None:
    answer = world.browser(editor).post("/desk/studio/publish", {"why": "да"})
    assert answer.status_code == 409
    assert "Напишите, что и почему изменилось" in answer.text


@pytest.mark.parametrize(("width", "height", "scheme"), [(1366, 768, "light"), (390, 844, "dark")])
async def test_everybody_can_use_the_pages(
    opened: Open, studio: PublishingStudio, editor: Account, approver: Account, width: int, height: int, scheme: str
) -> None:
    version = studio.studio.history.versions(1)[0].id
    for account, path in ((editor, "/publish"), (approver, "/publish"), (editor, f"/versions/{version}")):
        page = await opened(account, f"/desk/studio{path}", width, height, color_scheme=scheme)
        assert await violations(page) == []
        assert not await sideways(page)
