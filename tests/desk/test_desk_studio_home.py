"""The studio's first page: what waits for the editor, and how the robot does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk.studio.home import trend
from tests.desk.looks import sideways, violations
from tests.desk.world import World

in_browser = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def editor(world: World) -> Any:
    return world.account("Елена Редакторова", ("editor",), ())


def home(world: World, who: Any) -> str:
    answer = world.browser(who).get("/desk/studio")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_new_editor_sees_where_to_begin(world: World, editor: Any) -> None:
    page = home(world, editor)
    assert "Вы пока ничего не меняли" in page and "Вы ещё не обучали черновик" in page
    assert "Найдите, где робот ошибся" in page and "Из студии ещё ничего не выпускали" in page
    for room in ("inbox", "phrases", "answers", "plain", "training", "trial", "publish", "changes"):
        assert f'href="/desk/studio/{room}"' in page


def test_what_she_changed_is_named_in_her_words(world: World) -> None:
    editor = world.account("Ольга Правкина", ("editor",), ())
    draft = world.assistant.desk.parts.studio.drafts.of(editor.id)
    draft.write("nlu/data/talk.yml", draft.read("nlu/data/talk.yml") + "\n")
    draft.write("bot/content/services.yml", draft.read("bot/content/services.yml") + "\n")
    assert "Изменены: услуги, фразы." in home(world, editor)


def test_mistakes_of_the_draft_are_told_with_their_place(world: World) -> None:
    editor = world.account("Нина Ошибкина", ("editor",), ())
    draft = world.assistant.desk.parts.studio.drafts.of(editor.id)
    draft.write("bot/content/texts.yml", draft.read("bot/content/texts.yml") + "\n  - ][\n")
    browser = world.browser(editor)
    told = browser.get("/desk/studio/home/mistakes").text
    assert "Мешают обучению" in told and "bot/content/texts.yml" in told
    assert "Мешают обучению" in home(world, editor), "what was counted once is on the page at once"


def test_the_share_of_plain_texts_is_counted_apart_from_the_page(world: World, editor: Any) -> None:
    page = home(world, editor)
    assert 'hx-get="/desk/studio/home/plain"' in page or "понятны с первого раза" in page
    assert "понятны с первого раза" in world.browser(editor).get("/desk/studio/home/plain").text
    assert "понятны с первого раза" in home(world, editor)


def test_training_proposal_and_what_is_live_are_told_with_names(world: World) -> None:
    editor, colleague = (
        world.account("Вера Обучаева", ("editor",), ()),
        world.account("Пётр Выпускаев", ("editor",), ()),
    )
    studio = world.assistant.desk.parts.studio
    run = world.do(studio.runs.add(editor.id, "check", "another edition"))
    assert "Ждёт очереди" in home(world, editor)
    world.do(studio.runs.finish(run.id, "done", report={"verdict": {"kind": "better", "words": "", "risks": []}}))
    page = home(world, editor)
    assert "Стало лучше" in page and "Обучение с проверкой" in page and "обучите ещё раз" in page
    values = {"why": "Новый <режим> центра", "author": colleague.id}
    live = world.do(studio.publications.begin("publishing", **values))
    world.do(studio.publications.went_live(live.id, "0" * 40, "model"))
    world.do(studio.publications.begin("proposed", **(values | {"why": "Праздники"})))
    page = home(world, editor)
    assert "Пётр Выпускаев: «Новый &lt;режим&gt; центра»" in page
    assert "Пётр Выпускаев предлагает выпуск: «Праздники»" in page
    assert "Ваш выпуск ждёт второго человека" in home(world, colleague)


def test_the_trend_is_a_share_of_each_week() -> None:
    monday = datetime(2026, 11, 2, tzinfo=UTC)
    weeks = trend([(monday, 200, 50), (monday + timedelta(weeks=1), 0, 0), (monday + timedelta(weeks=2), 300, 30)])
    assert [week.percent for week in weeks] == [25, 0, 10]
    assert [week.bar for week in weeks] == [100, 0, 40]
    assert [week.bar for week in trend([(monday, 0, 0)])] == [0]


def test_who_may_not_teach_is_not_let_in(world: World) -> None:
    assert world.browser(world.account("Олег Операторов")).get("/desk/studio").status_code == 403


@in_browser
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
async def test_the_page_is_readable_by_everybody(
    world: World, editor: Any, opened: Any, width: int, height: int
) -> None:
    page = await opened(editor, "/desk/studio", width, height)
    await page.get_by_text("понятны с первого раза").wait_for()
    await page.get_by_text("Проверяю…").wait_for(state="detached")
    assert await violations(page) == []
    assert await sideways(page) <= 0
