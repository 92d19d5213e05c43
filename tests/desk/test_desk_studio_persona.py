"""The room of characters: lines with their rules, the voice and how often it speaks, and the words of feelings."""

from __future__ import annotations

import asyncio
import re

import pytest

from bot.accounts.interface import Account
from bot.studio.persona_lexicon import signs
from bot.studio.persona_lines import Line, blocks
from bot.studio.persona_manner import manner
from bot.studio.project import Project
from tests.desk.conftest import Open
from tests.desk.looks import sideways, violations
from tests.desk.world import Browser, World

in_browser = pytest.mark.asyncio(loop_scope="session")
ROOM = "/desk/studio/persona"
NUMBERS = {
    "gender": "feminine", "rate": "0.95", "pitch": "0", "turns": "5", "strong_turns": "2", "neutral_turns": "6", "intensity": "0.4",
    "strong": "0.6",
}  # fmt: skip


@pytest.fixture
def editor(world: World) -> Account:
    return world.account("Анна Редакторова", ("editor",))


@pytest.fixture
def http(world: World, editor: Account) -> Browser:
    return world.browser(editor)


@pytest.fixture
def work(world: World, editor: Account) -> Project:
    return world.assistant.desk.parts.studio.drafts.of(editor.id).work


def form_of(*lines: Line, **more: str) -> dict[str, str | list[str]]:
    """The fields of a form with these lines."""
    data: dict[str, str | list[str]] = {"line": [str(at) for at in range(len(lines))], **more}
    for at, line in enumerate(lines):
        data |= {f"text-{at}": line.text, f"channel-{at}": list(line.channels)}
    return data


def test_a_character_shows_all_its_places_and_numbers(http: Browser) -> None:
    assert http.get(ROOM).headers["location"] == f"{ROOM}/dokumenty"
    page = http.get(f"{ROOM}/dokumenty").text
    assert {"feelings.anger", "turns.greeting", "pairs.anger.bad_news", "death", "offer_human"} <= set(
        re.findall(rf'href="{ROOM}/dokumenty/([\w.]+)"', page)
    )
    assert 'value="0.97"' in page and "С какой силы говорить" in page
    assert http.get(f"{ROOM}/neutral").status_code == 404
    assert http.get(f"{ROOM}/line122/feelings.boredom").status_code == 404


def test_lines_are_saved_into_the_draft(world: World, http: Browser, work: Project) -> None:
    lines = blocks(work, "line122")["feelings.worry"].lines
    new = Line("Слышу тревогу, я рядом.", ("phone",))
    answer = http.post(f"{ROOM}/line122/feelings.worry", form_of(*lines, new))
    assert answer.headers["HX-Redirect"] == f"{ROOM}/line122/feelings.worry?said=saved"
    assert blocks(work, "line122")["feelings.worry"].lines == (*lines, new)
    entries = world.do(world.assistant.desk.parts.audit.page())
    assert ("persona_changed", "bot/persona/line122.yml feelings.worry") in {(e.action, e.subject) for e in entries}
    assert "изменено" in http.get(f"{ROOM}/line122").text


def test_a_broken_rule_is_told_and_what_was_typed_stays(http: Browser, work: Project) -> None:
    lines = blocks(work, "dokumenty")["feelings.anger"].lines
    page = http.post(f"{ROOM}/dokumenty/feelings.anger", form_of(*lines, Line("Держитесь!"))).text
    assert "восклицательных" in page and "Держитесь!" in page
    few = http.post(f"{ROOM}/dokumenty/feelings.anger", form_of(*lines[:3])).text
    assert "Допишите ещё 5" in few


def test_deeds_change_the_form_and_a_check_shows_the_whole_answer(http: Browser) -> None:
    url = f"{ROOM}/dokumenty/feelings.anger"
    two = (Line("Понимаю."), Line("Слышу вас."))
    assert http.post(f"{url}/form", form_of(*two, deed="delete-0")).text.count("<textarea") == 1
    assert http.post(f"{url}/form", form_of(*two, deed="add")).text.count("<textarea") == 3
    page = http.post(f"{url}/check", form_of(*two, at="1")).text
    assert "Так прозвучит весь ответ" in page and page.count("Слышу вас.") == 2
    assert http.post(f"{url}/check", form_of(*two, at="x")).status_code == 404


def test_a_new_pair_is_opened_and_filled(http: Browser, work: Project) -> None:
    answer = http.get(f"{ROOM}/line122/pair", params={"emotion": "joy", "situation": "waiting"})
    assert answer.headers["location"] == f"{ROOM}/line122/pairs.joy.waiting"
    assert http.get(answer.headers["location"]).status_code == 200
    http.post(answer.headers["location"], form_of(*(Line(f"Рада за вас, {number}.") for number in range(8))))
    assert len(blocks(work, "line122")["pairs.joy.waiting"].lines) == 8
    assert http.get(f"{ROOM}/line122/pair", params={"emotion": "joy", "situation": "nowhere"}).status_code == 404


def test_numbers_are_saved_within_their_limits(http: Browser, work: Project) -> None:
    assert "HX-Redirect" in http.post(f"{ROOM}/dokumenty", NUMBERS).headers
    assert (manner(work, "dokumenty").voice["rate"], manner(work, "dokumenty").pace["turns"]) == (0.95, 5)
    for wrong in ({"rate": "3"}, {"pitch": "высоко"}, {"turns": ""}, {"gender": "robot"}, {"rate": "inf"}):
        answer = http.post(f"{ROOM}/dokumenty", NUMBERS | wrong)
        assert answer.status_code == 200 and 'role="alert"' in answer.text
    assert manner(work, "dokumenty").voice["rate"] == 0.95


def test_words_of_feelings_are_found_tried_added_and_removed(http: Browser, work: Project) -> None:
    lexicon = f"{ROOM}/lexicon"
    assert "сильно" in http.get(lexicon, params={"q": "злиться"}, headers={"HX-Request": "true"}).text
    tried = http.post(f"{lexicon}/try", {"text": "я злюсь <b>"}).text
    assert "гнев" in tried and "злюсь" in tried and "<b>" not in tried
    new = {"emotion": "anger", "weight": "0.65", "phrase": "Замурыжить"}
    assert "HX-Redirect" in http.post(f"{lexicon}/add", new).headers
    assert [sign.phrase for sign in signs(work, "замурыж")] == ["замурыжить"]
    assert http.post(f"{lexicon}/add", new).status_code == 409
    assert "HX-Redirect" in http.post(f"{lexicon}/remove", new | {"phrase": "замурыжить"}).headers
    assert signs(work, "замурыж") == []


@in_browser
async def test_an_editor_mends_a_line_and_the_voice_in_a_browser(editor: Account, work: Project, opened: Open) -> None:
    page = await opened(editor, f"{ROOM}/line122")
    await page.get_by_role("link", name="гнев", exact=True).first.click()
    await page.get_by_role("button", name="Добавить строку").press("Enter")
    line = page.get_by_label("Строка 9", exact=True)
    await line.fill("Слышу ваш гнев!")
    await page.get_by_text("без восклицательных знаков. Поставьте").wait_for()
    await line.fill("Слышу ваш гнев и не спорю.")
    await page.get_by_text("Так прозвучит весь ответ").wait_for()
    assert await violations(page) == []
    await page.get_by_role("button", name="Сохранить в черновик").press("Enter")
    await page.get_by_text("Сохранено в вашем черновике").wait_for()
    found = await asyncio.to_thread(blocks, work, "line122")
    assert found["feelings.anger"].lines[-1] == Line("Слышу ваш гнев и не спорю.")
    await page.get_by_role("link", name="← Линия 122").click()
    await page.get_by_label("Скорость: ползунок").press("ArrowRight")
    assert await page.get_by_label("Скорость", exact=True).input_value() == "0.95"


@in_browser
@pytest.mark.parametrize("path", [f"{ROOM}/dokumenty", f"{ROOM}/line122/pairs.anger.bad_news", f"{ROOM}/lexicon?q=зл"])
async def test_pages_are_readable_by_everybody_on_any_screen(editor: Account, opened: Open, path: str) -> None:
    page = await opened(editor, path, 390, 844, color_scheme="dark")
    assert await violations(page) == []
    assert await sideways(page) == 0
    await page.set_viewport_size({"width": 1366, "height": 768})
    await page.emulate_media(color_scheme="light")
    assert await violations(page) == []
    assert await sideways(page) == 0
