"""The room «Фразы»: over HTTP what is written, refused and noted; in a real Chromium an editor's walk, by mouse and by keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.paths import HERE
from bot.store.audit import AuditRow
from bot.studio.drafts import Draft
from bot.studio.phrases import find, wishes
from bot.studio.project import Project
from tests.desk.conftest import Open
from tests.desk.looks import sideways, violations
from tests.desk.world import Browser, World

ROOM = "/desk/studio/phrases"
READING = {
    "intent": {"name": "ask_documents", "confidence": 0.81},
    "intent_ranking": [{"name": "ask_documents", "confidence": 0.81}, {"name": "ask_fee", "confidence": 0.1}],
    "entities": [{"entity": "service", "value": "passport_foreign", "text": "загранпаспорт", "start": 14, "end": 27}],
}


@pytest.fixture
def editor(world: World) -> Iterator[Browser]:
    """An editor with a draft of her own; the robot reads everything as a question about papers."""
    world.rasa.reading = READING
    yield world.browser(world.account("Ольга Редактор", ("editor",)))
    world.rasa.reading = None


def draft_of(world: World, browser: Browser) -> Draft:
    who = world.do(world.assistant.desk.accounts.signed(browser.token))
    assert who is not None
    return world.assistant.studio.studio.drafts.of(who.account.id)


def deeds(world: World, subject: str) -> list[str]:
    """What is noted about a subject, oldest first."""

    async def read() -> list[str]:
        async with world.assistant.store.read() as session:
            rows = await session.scalars(select(AuditRow).where(AuditRow.subject == subject).order_by(AuditRow.id))
            return [row.action for row in rows]

    return world.do(read())


def test_the_list_shows_every_wish_with_what_is_missing(editor: Browser) -> None:
    page = editor.get(ROOM).text
    assert page.count('<th scope="row">') == 42
    total = sum(len(wish.phrases) for wish in wishes(Project(HERE.root)))
    assert total > 5000
    assert f"{total} фраз" in page
    assert "Узнать, сколько стоит" in page
    assert page.count("нет названия") == 0
    lacking = editor.get(f"{ROOM}?lacking=1").text
    assert 0 < lacking.count('<th scope="row">') < 10
    assert "Мало длинных: люди часто рассказывают историю." in lacking
    assert editor.get(f"{ROOM}?file=nlu/data/people.yml").text.count('<th scope="row">') == 6


def test_search_finds_words_in_any_form_in_all_wishes(editor: Browser) -> None:
    page = editor.get(f"{ROOM}?q=парковками").text
    assert "есть ли парковка" in page
    assert "почему отказали у меня вторая группа" in page
    assert "Таких слов во фразах нет" in editor.get(f"{ROOM}?q=абырвалг").text


def test_a_wish_shows_its_phrases_in_pieces(world: World, editor: Browser) -> None:
    phrases = find(draft_of(world, editor).work, "ask_service_info").phrases
    page = editor.get(f"{ROOM}/wish/ask_service_info").text
    assert page.count('class="phrase"') == 100
    assert f"осталось {len(phrases) - 100}" in page
    further = editor.get(f"{ROOM}/wish/ask_service_info/rows?start=400").text
    assert further.count('class="phrase"') == len(phrases) - 400
    assert editor.get(f"{ROOM}/wish/no_such").status_code == 404


def test_a_phrase_is_checked_while_it_is_typed(world: World, editor: Browser) -> None:
    here = find(draft_of(world, editor).work, "ask_fee").phrases[0]
    told = editor.get(f"{ROOM}/check", params={"wish": "ask_fee", "text": here.upper()}).text
    assert "Уже есть здесь" in told
    told = editor.get(f"{ROOM}/check", params={"wish": "ask_address", "text": here}).text
    assert "Уже есть у желания «Узнать, сколько стоит»" in told
    assert "Перенести сюда" in told
    told = editor.get(f"{ROOM}/check", params={"wish": "ask_address", "text": "Сколько стоит ваш загранпаспорт?"}).text
    assert "Похоже на фразы других желаний" in told
    assert "Узнать, какие нужны документы</b>, 81 %" in told
    assert "услуга: загранпаспорт" in told
    told = editor.get(f"{ROOM}/check", params={"wish": "ask_fee", "text": "я Петрова Анна Ивановна"}).text
    assert "личные данные: имя и фамилия" in told


def test_a_robot_that_is_away_is_no_error(world: World, editor: Browser) -> None:
    world.rasa.reading = None
    answer = editor.get(f"{ROOM}/check", params={"wish": "ask_fee", "text": "а почём опять всё"})
    assert answer.status_code == 200
    assert "Робот сейчас не отвечает" in answer.text


def test_adding_writes_into_the_draft_only_and_is_noted(world: World, editor: Browser) -> None:
    draft = draft_of(world, editor)
    answer = editor.post(f"{ROOM}/wish/ask_fee/add", {"text": "  - почём у вас опеку оформить "})
    assert answer.status_code == 200
    assert answer.headers["HX-Trigger-After-Swap"] == "phrases-added"
    assert find(draft.work, "ask_fee").phrases[-1] == "почём у вас опеку оформить"
    assert "почём у вас опеку" not in world.assistant.studio.studio.published.read("nlu/data/information.yml")
    again = editor.post(f"{ROOM}/wish/ask_fee/add", {"text": "Почем у вас опеку оформить?"})
    assert (again.status_code, again.json()["detail"]) == (409, "Фраза не добавлена: уже есть здесь.")
    theirs = find(draft.work, "greet").phrases[0]
    assert "Приветствие" not in editor.post(f"{ROOM}/wish/ask_fee/add", {"text": theirs}).json()["detail"]
    private = {"text": "сколько стоит справка Иванову Петру"}
    assert "личные данные" in editor.post(f"{ROOM}/wish/ask_fee/add", private).json()["detail"]
    assert editor.post(f"{ROOM}/wish/ask_fee/add", private | {"personal": "1"}).status_code == 200
    assert deeds(world, "ask_fee")[-2:] == ["phrases_changed", "phrases_changed"]


def test_a_paste_is_reported_before_it_is_taken(world: World, editor: Browser) -> None:
    draft = draft_of(world, editor)
    here, theirs = find(draft.work, "ask_fee").phrases[0], find(draft.work, "ask_address").phrases[0]
    lines = ["- во что встанет перерегистрация прицепа", here, theirs, "...", "звоните на 8 900 123-45-67 почём"]
    report = editor.post(f"{ROOM}/wish/ask_fee/paste", {"text": "\n".join(lines)}).text
    assert "Прочитано: 5 фраз, сразу подходят 1" in report
    for said in ("уже есть здесь", "уже есть у другого желания", "нет слов", "телефон"):
        assert said in report
    assert report.count(" checked") == 1
    assert draft.changed() == []
    taken = editor.post(
        f"{ROOM}/wish/ask_fee/paste", {"take": "1", "phrase": ["во что встанет перерегистрация прицепа"]}
    )
    assert "Добавлено: 1 фраза." in taken.text
    assert find(draft.work, "ask_fee").phrases[-1] == "во что встанет перерегистрация прицепа"
    assert editor.post(f"{ROOM}/wish/ask_fee/paste", {"text": "а\n" * 501}).status_code == 409


def test_phrases_are_changed_moved_and_deleted(world: World, editor: Browser) -> None:
    draft = draft_of(world, editor)
    first, second, third = find(draft.work, "ask_fee").phrases[:3]
    row = editor.post(f"{ROOM}/wish/ask_fee/change", {"old": first, "new": "почём <b>жирная</b> справка"}).text
    assert "почём &lt;b&gt;жирная&lt;/b&gt; справка" in row
    answer = editor.post(f"{ROOM}/wish/ask_fee/move", {"phrase": [second, third], "to": "ask_documents"})
    assert "Перенесено к желанию «Узнать, какие нужны документы»: 2 фразы." in answer.text
    assert find(draft.work, "ask_documents").phrases[-2:] == (second, third)
    answer = editor.post(f"{ROOM}/wish/ask_fee/remove", {"phrase": ["почём <b>жирная</b> справка"]})
    assert "Удалено: 1 фраза." in answer.text
    assert editor.post(f"{ROOM}/wish/ask_fee/remove", {}).json()["detail"] == "Отметьте фразы в списке."
    assert editor.post(f"{ROOM}/wish/ask_fee/move", {"phrase": [first]}).status_code == 409


def test_words_become_a_name_of_a_service_or_a_place(world: World, editor: Browser) -> None:
    draft = draft_of(world, editor)
    panel = editor.get(f"{ROOM}/words", params={"phrase": "где получить загранник", "words": "загранник"}).text
    assert "услуга: загранпаспорт" in panel
    assert 'value="passport_replacement"' in panel
    mark = {"kind": "service", "target": "passport_replacement", "words": "краснокожая паспортина"}
    assert "Записано в черновик" in editor.post(f"{ROOM}/words", mark).text
    assert "паспорт испортился, краснокожая паспортина]" in draft.read("bot/content/services.yml")
    twice = editor.post(f"{ROOM}/words", mark | {"target": "passport_first"})
    assert "уже называют услугу «Замена паспорта РФ»" in twice.json()["detail"]
    assert "Выберите" in editor.get(f"{ROOM}/words/targets?kind=street").text
    assert editor.get(f"{ROOM}/words/targets?kind=nothing").status_code == 404
    assert deeds(world, "bot/content/services.yml") == ["name_marked"]


def test_an_editor_adds_a_wish_alone_and_takes_it_back(world: World, editor: Browser) -> None:
    draft = draft_of(world, editor)
    assert 'value="uznat_pro_parkovku"' in editor.get(f"{ROOM}/new/name?title=Узнать про парковку").text
    wrong = editor.post(
        f"{ROOM}/new", {"title": "Узнать адрес", "name": "parking", "phrases": "где стоянка", "answer": ""}
    ).text
    for told in ("Желание «Узнать адрес» уже есть.", "хотя бы 2", "Напишите, что ответит робот."):
        assert told in wrong
    assert "где стоянка" in wrong, "what was typed is kept"
    assert draft.changed() == []
    fields = {
        "title": "Узнать про парковку",
        "name": "parking",
        "phrases": "где стоянка у вас\nкуда машину деть",
        "answer": "Справа.",
    }
    done = editor.post(f"{ROOM}/new", fields)
    assert done.headers["HX-Redirect"] == f"{ROOM}/wish/parking?said=added"
    page = editor.get(f"{ROOM}/wish/parking?said=added").text
    assert "Желание добавлено в черновик" in page
    assert "Всего 2 фразы" in page
    assert "Удалить желание" in page
    assert editor.post(f"{ROOM}/wish/parking/delete").headers["HX-Redirect"] == f"{ROOM}?said=removed"
    assert draft.changed() == []
    assert deeds(world, "parking") == ["wish_added", "wish_removed"]


def test_a_wish_of_her_own_is_merged_but_one_of_the_code_is_not(world: World, editor: Browser) -> None:
    fields = {
        "title": "Узнать про буфет",
        "name": "buffet",
        "phrases": "где поесть у вас\nбуфет есть",
        "answer": "В холле.",
    }
    editor.post(f"{ROOM}/new", fields)
    assert (
        editor.post(f"{ROOM}/wish/buffet/merge", {"to": "ask_address"}).headers["HX-Redirect"]
        == f"{ROOM}/wish/ask_address"
    )
    assert find(draft_of(world, editor).work, "ask_address").phrases[-2:] == ("где поесть у вас", "буфет есть")
    assert deeds(world, "buffet") == ["wish_added", "wish_merged"]
    refused = editor.post(f"{ROOM}/wish/ask_fee/merge", {"to": "ask_address"})
    assert (refused.status_code, "программа (action_ask_fee)" in refused.json()["detail"]) == (409, True)
    page = editor.get(f"{ROOM}/wish/ask_fee").text
    assert "Удалить желание" not in page
    assert "может только программист" in page


def test_a_missing_title_is_given(editor: Browser) -> None:
    assert editor.post(f"{ROOM}/wish/inform/title", {"title": "Назвать данные"}).status_code == 200
    assert '<h1 id="page-title">Назвать данные</h1>' in editor.get(f"{ROOM}/wish/inform").text
    assert editor.post(f"{ROOM}/wish/inform/title", {"title": "Узнать адрес"}).status_code == 409


def test_words_for_programmers_are_not_shown(editor: Browser) -> None:
    for path in ("", "?q=паспорт", "/new", "/wish/ask_fee", "/wish/inform"):
        assert not re.search("интент|намерени", editor.get(ROOM + path).text, re.I), path


# In a browser

LOOKS = [(1366, 768, "light"), (390, 844, "dark")]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("path", ["?lacking=1", "?q=парковка", "/wish/find_services?q=льготы", "/new"])
async def test_everybody_can_read_the_pages(world: World, opened: Open, path: str) -> None:
    account = world.account("Ольга", ("editor",))
    for width, height, scheme in LOOKS:
        page = await opened(account, ROOM + path, width, height, color_scheme=scheme)
        assert await violations(page) == []
        assert await sideways(page) <= 0


@pytest.mark.asyncio(loop_scope="session")
async def test_an_editors_walk(world: World, editor: Browser, opened: Open) -> None:
    account = world.account("Мария", ("editor",))
    page = await opened(account, ROOM)
    await page.get_by_role("link", name="Новое желание").click()
    await page.get_by_label("Что хочет человек").press_sequentially("Узнать про парковку")
    await page.locator("#new-name[value=uznat_pro_parkovku]").wait_for()
    await page.get_by_label("Первые фразы, каждая с новой строки").fill(
        "где стоянка у вас\nкуда машину деть возле центра"
    )
    await page.get_by_role("button", name="Добавить желание").click()
    await page.get_by_label("Что ответит робот").fill("Стоянка справа от входа.")
    await page.get_by_role("button", name="Добавить желание").click()
    await page.wait_for_url("**/wish/uznat_pro_parkovku?said=added")
    draft = world.assistant.studio.studio.drafts.of(account.id)

    # One more phrase: told about while it is typed, added with the Enter key.
    field = page.get_by_label("Новая фраза")
    await field.press_sequentially("сколько стоит загранпаспорт")
    await page.get_by_text("Уже есть у желания").wait_for()
    assert await violations(page) == []
    await field.fill("парковаться где можно")
    await field.press("Enter")
    await page.get_by_role("heading", name="3 фразы").wait_for()
    assert await field.input_value() == ""
    assert await field.evaluate("e => e === document.activeElement")

    # A list with a report.
    await page.get_by_text("Вставить список").click()
    await page.get_by_label("Фразы, каждая с новой строки").fill("1. стоянка платная у вас\n2. где стоянка у вас\n")
    await page.get_by_role("button", name="Проверить список").click()
    await page.get_by_text("Прочитано: 2 фразы").wait_for()
    assert await violations(page) == []
    await page.get_by_role("button", name="Добавить отмеченные").click()
    await page.get_by_role("heading", name="4 фразы").wait_for()

    # Edited in place.
    await page.get_by_role("button", name="Изменить: стоянка платная").click()
    await page.locator("#edit-phrase").fill("Стоянка у вас платная или нет?")
    await page.locator("#edit-phrase").press("Enter")
    await page.get_by_text("Стоянка у вас платная или нет?").wait_for()

    # By keys: down, mark, move to another wish.
    await page.locator("#phrase-rows input[type=checkbox]").first.focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("m")
    assert await page.evaluate("document.activeElement.id") == "move-to"
    assert await page.locator("#chosen-count").inner_text() == "Отмечена 1 фраза"
    await page.locator("#move-to").select_option(label="Узнать адрес")
    await page.get_by_role("button", name="Перенести", exact=True).click()
    await page.get_by_role("heading", name="3 фразы").wait_for()
    assert find(draft.work, "ask_address").phrases[-1] == "куда машину деть возле центра"

    # And deleted, after a question.
    page.on("dialog", lambda dialog: dialog.accept())
    await page.locator("#phrase-rows input[type=checkbox]").last.focus()
    await page.keyboard.press("Delete")
    await page.get_by_role("heading", name="2 фразы").wait_for()
    assert find(draft.work, "uznat_pro_parkovku").phrases == ("где стоянка у вас", "парковаться где можно")


@pytest.mark.asyncio(loop_scope="session")
async def test_words_are_marked_by_mouse_and_by_keys(world: World, editor: Browser, opened: Open) -> None:
    account = world.account("Мария", ("editor",))
    page = await opened(account, f"{ROOM}/wish/ask_fee?q=загранпаспорт")
    await page.locator("#in-wish").wait_for()
    await page.locator(".phrase-text", has_text="Сколько стоит загранпаспорт").first.dblclick(
        position={"x": 20, "y": 8}
    )
    await page.get_by_role("heading", name="Отметить слова").wait_for()
    assert await page.locator("#words-words").input_value() == "Сколько"
    assert await violations(page) == []
    # Keys choose other words of the phrase.
    await page.get_by_role("checkbox", name="Сколько", exact=True).focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    assert await page.locator("#words-words").input_value() == "загранпаспорт"
    await page.locator("#words-words").fill("забугорный документ")
    await page.get_by_label("Что это").select_option("topic")
    await page.get_by_label("Какая тема").wait_for()
    await page.get_by_label("Что это").select_option("service")
    await page.get_by_label("Какая услуга").select_option(index=3)
    await page.get_by_role("button", name="Записать название").click()
    await page.get_by_text("Записано в черновик").wait_for()
    await page.get_by_role("button", name="Закрыть").click()
    draft = world.assistant.studio.studio.drafts.of(account.id)
    assert draft.changed() == ["bot/content/services.yml"]
