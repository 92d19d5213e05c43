"""The studio's room «Простой язык»: shares of plain texts, the worst ones with their places, and a text to try."""

from __future__ import annotations

from typing import Any

import pytest

from desk.studio.plain import marked, replaced
from tests.desk.looks import sideways, violations
from tests.desk.world import World

in_browser = pytest.mark.asyncio(loop_scope="session")
OFFICE = "Для получения справки необходимо произвести оплату государственной пошлины посредством портала ЕПГУ."
PLAIN = "Придите утром и возьмите паспорт."


@pytest.fixture(scope="module")
def editor(world: World) -> Any:
    return world.account("Елена Редакторова", ("editor",), ())


def tried(world: World, editor: Any, **form: str) -> str:
    answer = world.browser(editor).post("/desk/studio/plain/try", form)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_text_is_marked_with_rule_hint_and_better_words(world: World, editor: Any) -> None:
    shown = tried(world, editor, text=OFFICE)
    assert "канцелярит" in shown and "расщеплённое сказуемое" in shown
    assert "<mark" in shown and "[сокращение: " in shown
    assert "«оплатить государственную пошлину»" in shown and "заменить" in shown


def test_a_replacement_changes_the_text_and_tells_how_much_better_it_is(world: World, editor: Any) -> None:
    place = f"{OFFICE.index('посредством')}-{OFFICE.index('посредством') + len('посредством')}"
    shown = tried(world, editor, text=OFFICE, replace=place, before="10")
    assert "с помощью портала" in shown and 'hx-swap-oob="true"' in shown
    assert "было 10" in shown and "стало лучше" in shown


def test_everything_that_fits_is_replaced_at_once(world: World, editor: Any) -> None:
    shown = tried(world, editor, text=OFFICE, replace="all", before="10")
    assert "оплатить государственную пошлину с помощью портала ЕПГУ (портал Госуслуг)" in shown


@pytest.mark.parametrize("place", ["0-1", "не место", "999999-1000000", "-", "<script>"])
def test_a_place_without_better_words_changes_nothing(place: str) -> None:
    assert replaced(OFFICE, place) == OFFICE


def test_marks_hold_the_whole_text_once() -> None:
    from bot.plain import assess

    long = (
        OFFICE.rstrip(".")
        + ", а также приложить копии документов, которые подтверждают право на льготу, и ждать ответа."
    )
    for text in (OFFICE, PLAIN, long, ""):
        assert "".join(piece.text for piece in marked(text, assess(text).findings)) == text
    assert any(piece.wide for piece in marked(long, assess(long).findings))


def test_hostile_text_is_shown_as_text(world: World, editor: Any) -> None:
    shown = tried(world, editor, text="<img src=x onerror=alert(1)> данный вопрос", replace="all", before="<b>")
    assert "<img" not in shown and "&lt;img" in shown


@pytest.mark.parametrize("text", ["", "   ", "123", "🙂"])
def test_nothing_to_judge_is_no_fault(world: World, editor: Any, text: str) -> None:
    assert "Замечаний" not in tried(world, editor, text=text) or text.strip()


def test_the_first_look_counts_and_the_next_has_the_figures(world: World, editor: Any) -> None:
    browser = world.browser(editor)
    assert "Ответы робота" in browser.get("/desk/studio/plain/figures").text
    page = browser.get("/desk/studio/plain").text
    assert "Сколько текстов понятны сразу" in page and "Сейчас у робота" in page
    assert "/desk/studio/answers/utter_" in page or "/desk/studio/records/" in page


def test_a_heavy_text_in_the_draft_comes_first_with_a_link_to_its_answer(world: World, editor: Any) -> None:
    draft = world.assistant.desk.parts.studio.drafts.of(editor.id)
    draft.write("domain.yml", draft.read("domain.yml").replace('"Рада помочь. Что-нибудь ещё?"', f'"{OFFICE}"'))
    browser = world.browser(editor)
    figures = browser.get("/desk/studio/plain/figures").text
    first = figures[figures.index('id="plain-worst"') :].split("</li>")[0]
    assert "произвести оплату" in first and 'href="/desk/studio/answers/utter_thank"' in first
    only = browser.get("/desk/studio/plain/figures?group=voice").text
    assert "произвести оплату" not in only


def test_operators_replies_are_numbers_only(world: World, editor: Any) -> None:
    figures = world.browser(editor).get("/desk/studio/plain/figures").text
    assert "Ответы специалистов за 30 дней" in figures and "их слов здесь нет" in figures


def test_an_operator_has_no_business_here(world: World) -> None:
    operator = world.account("Олег Операторов")
    assert world.browser(operator).get("/desk/studio/plain").status_code == 403


@in_browser
async def test_an_editor_mends_a_text_by_keyboard(world: World, editor: Any, opened: Any) -> None:
    page = await opened(editor, "/desk/studio/plain")
    await page.get_by_label("Ваш текст").fill(OFFICE)
    await page.get_by_role("button", name="Проверить").click()
    button = page.get_by_role("button", name="Заменить «посредством» на «с помощью»")
    await button.focus()
    await page.keyboard.press("Enter")
    await page.wait_for_function("document.getElementById('try-text').value.includes('с помощью портала')")
    await page.get_by_text("стало лучше").wait_for()
    await page.wait_for_function("document.activeElement.id === 'try-sum'")
    await page.get_by_role("heading", name="Сколько текстов понятны сразу").wait_for()
    assert await violations(page) == []


@in_browser
async def test_a_text_of_the_list_opens_in_the_trial_on_a_phone(world: World, editor: Any, opened: Any) -> None:
    page = await opened(editor, "/desk/studio/plain", 390, 844)
    await page.locator(".plain-worst a.soft").first.click()
    await page.locator("#try-sum").wait_for()
    await page.get_by_role("heading", name="Что сделать проще").wait_for()
    assert await sideways(page) <= 0
    assert await violations(page) == []
