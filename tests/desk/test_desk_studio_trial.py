"""The pages of trials and test conversations over HTTP and in a browser, without any house."""

from __future__ import annotations

from typing import Any

import pytest

from bot.studio.conversations import EDITORS, conversations_of
from bot.studio.studio import Exchange, Said
from desk.studio.trial_words import SIDE_NAMES, pieces, shown
from tests.desk.looks import sideways, violations
from tests.desk.world import World

in_browser = pytest.mark.asyncio(loop_scope="session")
TRIAL, CONVERSATIONS = "/desk/studio/trial", "/desk/studio/conversations"


@pytest.fixture(scope="module")
def editor(world: World) -> Any:
    return world.account("Елена Редакторова", ("editor",), ())


def work(world: World, account: Any) -> Any:
    return world.assistant.studio.studio.drafts.of(account.id).work


def test_a_first_visit_starts_nothing(world: World, editor: Any) -> None:
    page = world.browser(editor).get(TRIAL)
    assert page.status_code == 200
    assert "Начать разговор" in page.text
    assert world.do(world.assistant.studio.trials.state(editor.id))["draft"] == "off"


def test_a_message_without_a_talk_is_explained(world: World, editor: Any) -> None:
    answer = world.browser(editor).post(f"{TRIAL}/say", {"text": "здравствуйте"})
    assert answer.status_code == 409
    assert "Начните новый" in answer.json()["detail"]


def test_an_unknown_channel_is_refused(world: World, editor: Any) -> None:
    assert world.browser(editor).post(f"{TRIAL}/open", {"channel": "pigeon"}).status_code == 409


def test_an_untrained_draft_says_so_and_leads_to_the_training(world: World) -> None:
    account = world.account("Ульяна Необученная", ("editor",), ())
    draft = world.assistant.studio.studio.drafts.of(account.id)
    published = world.assistant.studio.studio.published
    for project in (draft.work, published):
        # A model of just these files exists nowhere, so no house is started.
        project.write("config.yml", project.read("config.yml") + f"\n# {account.id}\n")
    browser = world.browser(account)
    assert browser.post(f"{TRIAL}/open", {"channel": "widget"}).headers["HX-Redirect"] == TRIAL
    page = browser.get(TRIAL).text
    assert "Обучить черновик" in page and "Черновик ещё не обучен" in page
    assert browser.post(f"{CONVERSATIONS}/run", {"names": "*"}).status_code == 409


def test_the_list_shows_every_conversation_of_the_draft(world: World, editor: Any) -> None:
    page = world.browser(editor).get(CONVERSATIONS).text
    assert "Запись на приём" in page
    assert all(one.name in page for one in conversations_of(work(world, editor)))


def test_a_copy_is_edited_by_form_renamed_and_removed(world: World, editor: Any) -> None:
    browser = world.browser(editor)
    original = "запись по шагам, от приветствия до номера"
    assert "Сделать копию" in browser.get(f"{CONVERSATIONS}/edit", params={"name": original}).text
    assert browser.post(f"{CONVERSATIONS}/copy", {"name": original}).status_code == 204
    assert browser.get(f"{CONVERSATIONS}/edit", params={"name": f"{original} 2"}).status_code == 200
    sent = {
        "old": f"{original} 2", "name": "Приветствие", "channel": "vk", "segment": "family",
        "user-0": "Здравствуйте!", "intent-0": "greet", "bot-0": "робот-помощник\nЗдравствуйте",
        "user-1": "  ", "user-7": "> Записаться", "bot-7": "",
    }  # fmt: skip
    saved = browser.post(CONVERSATIONS, sent)
    assert saved.headers["HX-Redirect"].startswith(f"{CONVERSATIONS}/edit?name=")
    found = [one for one in conversations_of(work(world, editor)) if one.by_editors]
    assert [(one.name, one.channel, one.segment) for one in found] == [("Приветствие", "vk", "family")]
    assert [(s.user, s.intent, s.fragments) for s in found[0].steps] == [
        ("Здравствуйте!", "greet", ("робот-помощник", "Здравствуйте")), ("> Записаться", None, ()),
    ]  # fmt: skip
    assert browser.post(f"{CONVERSATIONS}/remove", {"name": "Приветствие"}).status_code == 204
    assert EDITORS not in work(world, editor).paths()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": " "}, "Назовите проверку"),
        ({"user-0": ""}, "хотя бы одна реплика"),
        ({"name": "спасибо и пока"}, "уже есть"),
        ({"old": "статус по номеру и фамилии", "name": "другое"}, "меняет программист"),
    ],
)
def test_what_cannot_be_saved_is_explained(world: World, editor: Any, change: dict[str, str], said: str) -> None:
    browser = world.browser(editor)
    taken = conversations_of(work(world, editor))[0].name
    browser.post(f"{CONVERSATIONS}/copy", {"name": taken})
    mine = next(one.name for one in conversations_of(work(world, editor)) if one.by_editors)
    sent = {"old": mine, "name": "новое имя", "channel": "widget", "user-0": "привет"} | change
    if sent["name"] == "спасибо и пока":
        sent["name"] = taken
    answer = browser.post(CONVERSATIONS, sent)
    assert answer.status_code == 409
    assert said in answer.json()["detail"]


def test_an_unknown_conversation_is_not_found(world: World, editor: Any) -> None:
    browser = world.browser(editor)
    assert browser.get(f"{CONVERSATIONS}/edit", params={"name": "нет такой"}).status_code == 404
    assert browser.post(f"{CONVERSATIONS}/remove", {"name": "нет такой"}).status_code == 404


@in_browser
@pytest.mark.parametrize("width", [1366, 390])
async def test_the_pages_are_readable_by_everybody(world: World, editor: Any, opened: Any, width: int) -> None:
    world.browser(editor).post(f"{CONVERSATIONS}/copy", {"name": "статус по номеру и фамилии"})
    mine = next(one.name for one in conversations_of(work(world, editor)) if one.by_editors)
    for path in (TRIAL, CONVERSATIONS, f"{CONVERSATIONS}/edit?name={mine}"):
        page = await opened(editor, path, width=width, height=844)
        assert await violations(page) == []
        assert await sideways(page) == 0


@in_browser
async def test_steps_are_added_taken_and_dropped_by_clicks(world: World, opened: Any) -> None:
    account = world.account("Клара Кликова", ("editor",), ())
    world.browser(account).post(f"{CONVERSATIONS}/copy", {"name": "статус по номеру и фамилии"})
    mine = next(one for one in conversations_of(work(world, account)) if one.by_editors)
    page = await opened(account, f"{CONVERSATIONS}/edit?name={mine.name}")
    await page.get_by_role("button", name="Добавить реплику").click()
    await page.keyboard.type("спасибо")
    await page.get_by_role("group", name="Реплика 1", exact=True).get_by_role("button", name="Убрать реплику").click()
    await page.get_by_role("button", name="Сохранить", exact=True).click()
    await page.get_by_text("Изменения сохранены").wait_for()
    steps = next(one for one in conversations_of(work(world, account)) if one.by_editors).steps
    assert [step.user for step in steps] == [*(step.user for step in mine.steps[1:]), "спасибо"]


def said(text: str, intent: str, *titles: str, **more: Any) -> Said:
    buttons = [{"title": title, "payload": f"/{title}"} for title in titles]
    given = {
        "replies": [{"text": text, "buttons": buttons}], "intent": intent, "confidence": 0.873,
        "ranking": [(intent, 0.873), ("goodbye", 0.1)], "entities": [{"entity": "service", "value": "passport"}],
        "slots": {"offer": None, "misses": 1}, "actions": ["action_greet"], "rules": ["приветствие"], "seconds": 0.25,
        "emotion": "joy",
    }  # fmt: skip
    return Said(**given | more)


NAMES = {"passport": "Паспорт"}
TITLES = {"greet": "Поздороваться", "goodbye": "Попрощаться"}


def test_only_the_words_that_differ_are_marked() -> None:
    marked = [
        piece.text for piece in pieces("Это стоит 300 рублей\nсегодня", "Это стоит 500 рублей\nсегодня") if piece.new
    ]
    assert marked == ["300"]
    assert [piece.new for piece in pieces("то же", "то же")] == [False]
    assert "".join(piece.text for piece in pieces(" а  б\n", "в")) == " а  б\n"


def test_an_exchange_shows_both_answers_and_how_they_came_about(world: World) -> None:
    evil = "<script>alert(1)</script>"
    exchange = Exchange(
        evil,
        "",
        {"draft": said(f"Здравствуйте, {evil}", "greet", "Да"), "live": said("Здравствуйте, вы", "nlu_fallback")},
    )
    page = world.assistant.desk.parts.pages.html(
        "studio/trial_exchange.html", one=shown(exchange, TITLES, NAMES), side_names=SIDE_NAMES
    )
    assert "<script>" not in page
    for words in ("ответ изменился", "понял иначе", "Поздороваться, 87 %", "ничего не понял, 87 %", "Попрощаться: 10 %",
                  "услуга: Паспорт", "что предложил: забыл", "радость", "приветствие", "action_greet", "0,2 с",
                  "<mark>вы</mark>"):  # fmt: skip
        assert words in page, words


def test_a_side_that_could_not_answer_says_why(world: World) -> None:
    exchange = Exchange(
        "Да",
        "/affirm",
        {"live": said("Хорошо", "affirm", failed=["action_affirm"])},
        {"draft": "Черновик ещё не обучен."},
    )
    drawn = shown(exchange, TITLES, NAMES)
    assert (drawn.changed, drawn.reread) == (False, False)
    page = world.assistant.desk.parts.pages.html("studio/trial_exchange.html", one=drawn, side_names=SIDE_NAMES)
    assert (
        "Черновик ещё не обучен." in page
        and "Сломалось действие: action_affirm" in page
        and "ответ изменился" not in page
    )
