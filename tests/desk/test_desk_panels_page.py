"""The side panels in a real Chromium: inserting, shortcuts, the check of a draft, errands in two clicks, axe."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe

from tests.channels.widget_page import AXE_TAGS
from tests.desk.panel_people import Shift
from tests.desk.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
Open = Callable[..., Awaitable[Any]]
SLOTS = {"service": "passport_replacement"}


@pytest.fixture(scope="module")
def shift(world: World) -> Shift:
    return Shift(world)


async def led(shift: Shift, channel: str = "widget", agrees: bool = False, **wish: Any) -> tuple[Any, str]:
    """A citizen, and the conversation that the operator leads."""

    def work() -> tuple[Any, str]:
        citizen = shift.world.citizen(channel)
        talk = shift.leads(citizen, **wish)
        shift.knows(talk, full_name="Иванова Анна Петровна", phone="+79111234567")
        if agrees:
            shift.agrees(talk)
        return citizen, talk

    return await asyncio.to_thread(work)


async def opened_talk(opened: Open, shift: Shift, talk: str, **more: Any) -> Any:
    page = await opened(shift.me, f"/desk?talk={talk}", **more)
    await page.locator("#card-title").wait_for(state="attached")
    return page


async def drawn_again(page: Any) -> None:
    """Wait until no answer of the server is on its way or being put in."""
    busy = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added"
    await page.wait_for_function("busy => !document.querySelector(busy)", arg=busy)


async def axe(page: Any, inside: str = "#side") -> list[str]:
    found = await Axe().run(page, context=inside, options={"runOnly": {"type": "tag", "values": AXE_TAGS}})
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found.response["violations"]]


async def test_knowledge_goes_into_the_answer_and_is_not_sent_by_itself(opened: Open, shift: Shift) -> None:
    citizen, talk = await led(shift)
    page = await opened_talk(opened, shift, talk)
    await page.fill("#knowledge-q", "сколько стоит загранпаспорт")
    await page.locator("#knowledge-found [data-insert]").first.click()
    assert "Источник: " in await page.input_value("#answer")
    assert await page.evaluate("document.activeElement.id") == "answer"
    assert await asyncio.to_thread(shift.said, citizen) == []


async def test_a_new_question_brings_a_suggestion(opened: Open, shift: Shift) -> None:
    citizen, talk = await led(shift)
    page = await opened_talk(opened, shift, talk)
    assert await page.locator("#suggestion-insert").count() == 0
    await asyncio.to_thread(citizen.say, "Какие документы нужны для замены паспорта?")
    await page.click("#suggestion-insert")
    assert "Возьмите с собой" in await page.input_value("#answer")


async def test_a_shortcut_and_a_space_unfold_a_ready_answer(opened: Open, shift: Shift) -> None:
    _, talk = await led(shift)
    page = await opened_talk(opened, shift, talk)
    await page.locator("#answer").press_sequentially("/имя ")
    assert (await page.input_value("#answer")).startswith("Здравствуйте, Анна! Меня зовут Ольга.")
    await page.fill("#answer", "")
    await page.locator("#answer").press_sequentially("50/50 и /нетакого и https://сайт/привет ")
    assert await page.input_value("#answer") == "50/50 и /нетакого и https://сайт/привет "


async def test_an_answer_with_an_open_variable_does_not_leave(opened: Open, shift: Shift) -> None:
    citizen, talk = await led(shift)
    page = await opened_talk(opened, shift, talk)
    await page.locator("#answer").press_sequentially("/запись ")
    await page.click("#send")
    await page.locator("#alert").get_by_text("Допишите или уберите {время_записи}").wait_for()
    assert await asyncio.to_thread(shift.said, citizen) == []
    selected = "(() => { const a = document.getElementById('answer'); return a.value.slice(a.selectionStart, a.selectionEnd); })()"
    assert await page.evaluate(selected) == "{время_записи}"
    await page.fill("#answer", "Анна, вы записаны.")
    await page.click("#send")
    await page.locator(".one.us", has_text="Анна, вы записаны.").wait_for()


async def test_ready_answers_are_chosen_by_keyboard_alone(opened: Open, shift: Shift) -> None:
    _, talk = await led(shift)
    page = await opened_talk(opened, shift, talk)
    await page.focus("#answer")
    await page.keyboard.press("Alt+e")
    await page.keyboard.type("мошенники")
    assert await axe(page, "#composer-tools") == []
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    assert "код из СМС" in await page.input_value("#answer")
    assert await page.locator("#canned-box").is_hidden()
    await page.keyboard.press("Alt+e")
    await page.keyboard.press("Escape")
    assert await page.evaluate("document.activeElement.id") == "canned-open"


async def test_a_slip_is_replaced_by_a_click_also_behind_an_emoji(opened: Open, shift: Shift) -> None:
    _, talk = await led(shift)
    page = await opened_talk(opened, shift, talk)
    await page.fill("#answer", "🙂🙂 Здраствуйте! В целях записи придите завтра.")
    await page.locator("#draft-check [data-better='Здравствуйте']").click()
    assert await page.input_value("#answer") == "🙂🙂 Здравствуйте! В целях записи придите завтра."
    await page.locator("#draft-check [data-better='Для']").click()
    assert "Для записи" in await page.input_value("#answer")
    await page.locator("#draft-check .said[role=status]", has_text="из 100").wait_for(state="attached")
    assert await axe(page, "#draft-check") == []
    await page.fill("#answer", "")
    await page.locator("#draft-check .draft-sum").wait_for(state="detached")


async def test_a_visit_is_booked_in_two_clicks_and_the_citizen_reads_it(opened: Open, shift: Shift) -> None:
    citizen, talk = await led(shift, agrees=True, slots=SLOTS)
    page = await opened_talk(opened, shift, talk)
    await page.click("#errand-book")
    await page.locator("#book-go").wait_for()
    assert await page.evaluate("document.activeElement.id") == "errand-title"
    assert await axe(page) == []
    await page.click("#book-go")
    await page.locator("#errand .say.good", has_text="Запись ТЛ-").wait_for()
    told = (await asyncio.to_thread(shift.said, citizen))[-1]
    assert "Вы записаны" in told
    await page.locator(".one.us", has_text="Вы записаны").wait_for()
    # The card and the ready answers know of it at once.
    await page.locator("#citizen-card", has_text="Перенести").wait_for()
    await page.locator("#answer").press_sequentially("/запись ")
    assert "ТЛ-2026-" in await page.input_value("#answer")


async def test_day_and_centre_may_be_changed_before_booking(opened: Open, shift: Shift) -> None:
    _, talk = await led(shift, agrees=True, slots=SLOTS)
    page = await opened_talk(opened, shift, talk)
    await page.click("#errand-book")
    await page.fill("#book-name", "Пётр Иванов")
    await page.select_option("#errand-day", index=2)
    wanted = await page.input_value("#errand-day")
    await page.wait_for_function("day => document.querySelector('.times input').value.startsWith(day)", arg=wanted)
    assert await page.input_value("#book-name") == "Пётр Иванов"
    await page.locator(".times label").nth(3).click()
    await page.click("#book-go")
    await page.locator("#errand .say.good").wait_for()


async def test_a_consent_is_asked_for_first_and_leads_on_to_the_booking(opened: Open, shift: Shift) -> None:
    citizen, talk = await led(shift, slots=SLOTS)
    page = await opened_talk(opened, shift, talk)
    await page.click("#errand-book")
    await page.locator("#errand").get_by_role("button", name="Взять согласие").click()
    await page.click("#consent-send")
    await page.locator("#errand .badge.good").wait_for()
    assert await axe(page) == []
    await asyncio.to_thread(citizen.say, "Да")
    await page.fill("#consent-said", "Да")
    await page.click("#consent-yes")
    await page.click("#errand-next")
    await page.locator("#book-go").wait_for()
    person = await asyncio.to_thread(shift.citizen_id, talk)
    assert await asyncio.to_thread(shift.do, shift.parts.consents.has(person, "personal_data"))


async def test_a_ticket_is_taken_and_a_visit_cancelled(opened: Open, shift: Shift) -> None:
    citizen, talk = await led(shift, agrees=True, slots=SLOTS | {"problem_text": "Во дворе не вывозят мусор"})
    page = await opened_talk(opened, shift, talk)
    await page.click("#errand-ticket")
    await page.locator("#ticket-go").wait_for()
    assert await axe(page) == []
    await page.click("#ticket-go")
    await page.locator("#errand .say.good", has_text="Обращение ОБ-").wait_for()
    await page.click("#errand-book")
    await page.select_option("#book-centre", index=1)
    await drawn_again(page)
    await page.select_option("#errand-day", index=3)
    await drawn_again(page)
    await page.click("#book-go")
    await page.locator("#citizen-card").get_by_role("button", name="Отменить запись").click()
    assert await axe(page) == []
    await page.click("#cancel-go")
    await page.locator("#errand .say.good", has_text="отменена").wait_for()
    assert "отменена" in (await asyncio.to_thread(shift.said, citizen))[-1]


async def test_the_telephone_is_shown_only_when_asked_for(opened: Open, shift: Shift) -> None:
    _, talk = await led(shift)
    page = await opened_talk(opened, shift, talk)
    assert "911" not in await page.inner_text("#card-phone")
    await page.get_by_role("button", name="Показать телефон полностью").click()
    await page.locator("#card-phone a[href='tel:+79111234567']").wait_for()


async def test_alt_c_closes_the_talk_and_the_next_one_opens(opened: Open, shift: Shift) -> None:
    for one in await asyncio.to_thread(shift.do, shift.parts.views.mine(shift.me.id)):
        if one.state == "taken":
            close = shift.parts.handovers.close(one.conversation_id, shift.me.id, topic="other", result="answered")
            await asyncio.to_thread(shift.do, close)
    _, first = await led(shift)
    _, second = await led(shift)
    page = await opened_talk(opened, shift, first)
    await page.keyboard.press("Alt+c")
    await page.locator("#close-form").wait_for()
    assert await axe(page, "#ask") == []
    await page.select_option("#close-topic", "transport")
    await page.get_by_label("Ответили на вопрос").check()
    await page.get_by_label("Да", exact=True).check()
    await page.click("#close-go")
    await page.locator(f"#talk[data-conversation='{second}']").wait_for()
    await page.locator("#card-title").wait_for()
    assert await page.evaluate("location.search") == f"?talk={second}"
    await page.keyboard.press("Alt+c")
    await page.select_option("#close-topic", "transport")
    await page.get_by_label("Ответили на вопрос").check()
    await page.click("#close-go")
    await page.locator(".talk.nothing").wait_for()


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080), (390, 844)])
async def test_the_card_breaks_no_rule_of_accessibility(opened: Open, shift: Shift, width: int, height: int) -> None:
    citizen, talk = await led(shift, agrees=True)
    await asyncio.to_thread(citizen.say, "Какие документы нужны для замены паспорта?")
    page = await opened_talk(opened, shift, talk, width=width, height=height)
    if width < 1200:
        await page.evaluate("document.getElementById('desk').dataset.view = 'side'")
    await page.locator("#suggestion-insert").wait_for()
    await page.fill("#knowledge-q", "загранпаспорт")
    await page.locator("#knowledge-found [data-insert]").first.wait_for()
    assert await axe(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_page_of_ready_answers(opened: Open, shift: Shift) -> None:
    boss = await asyncio.to_thread(shift.world.account, "Марина", ("supervisor",), ("general",))
    page = await opened(boss, "/desk/canned")
    await page.get_by_role("button", name="Новый ответ").click()
    await page.fill("#canned-title", "Часы работы")
    await page.fill("#canned-shortcut", "часы")
    await page.fill("#canned-text", "{имя}, мы работаем с 8 до 20.")
    await page.locator("#canned-preview", has_text="Анна, мы работаем").wait_for()
    pdf = {"name": "часы.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
    await page.set_input_files("#canned-files", pdf)
    assert await axe(page, "main") == []
    await page.get_by_role("button", name="Сохранить").click()
    await page.locator("#canned-answers", has_text="часы.pdf").wait_for()
    assert await page.locator("#canned-edit").count() == 0
    assert await axe(page, "main") == []

    citizen, talk = await led(shift)
    window = await opened_talk(opened, shift, talk)
    await window.locator("#answer").press_sequentially("/часы ")
    assert "Анна, мы работаем" in await window.input_value("#answer")
    await window.locator("#picked", has_text="часы.pdf").wait_for()
    await window.click("#send")
    await window.locator(".one.us", has_text="часы.pdf").wait_for()
    sent = [m for m in await asyncio.to_thread(citizen.history) if m.author == "operator"][-1]
    assert [f["name"] for f in sent.body["attachments"]] == ["часы.pdf"]

    page.once("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await page.get_by_role("button", name="Удалить «Часы работы»").click()
    await page.locator("#canned-answers .say", has_text="удалён").wait_for()
