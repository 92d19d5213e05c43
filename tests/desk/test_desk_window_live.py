"""The operator's window in a real Chromium: live lines, lost connections, the keyboard alone, nothing sent twice."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe

from bot.accounts.interface import Account
from tests.channels.widget_page import AXE_TAGS
from tests.desk.conftest import Open
from tests.desk.world import Citizen, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


def operator(world: World, name: str, groups: tuple[str, ...] = ("crisis",)) -> Account:
    """A colleague on the line, in the group that chooses for itself."""
    account = world.account(name, groups=groups)
    world.browser(account).post("/desk/status", {"status": "online"})
    return account


def waiting(world: World, text: str = "Мне нужна помощь", channel: str = "widget") -> Citizen:
    citizen = world.citizen(channel)
    citizen.say(text)
    citizen.call_human("crisis", priority=100)
    return citizen


def held(world: World, account: Account, text: str = "Мне нужна помощь", channel: str = "widget") -> Citizen:
    """A citizen whose talk this colleague leads."""
    citizen = waiting(world, text, channel)
    taken = world.browser(account).post(f"/desk/talks/{citizen.conversation}/take")
    assert taken.status_code == 200, taken.text
    return citizen


def said(citizen: Citizen) -> list[str]:
    return [message.body["text"] for message in citizen.history() if message.author == "operator"]


async def until(true: Callable[[], bool], seconds: float = 8) -> None:
    """Wait for something that happens outside of the page."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.05)


async def line(page: Any, text: str) -> Any:
    found = page.locator("#lines > li", has_text=text)
    await found.first.wait_for()
    return found


async def stands(page: Any) -> None:
    """Until the stream of news stands."""
    await page.wait_for_function("() => document.getElementById('line').textContent === '' && performance.getEntriesByType"
                                 "('resource').some((one) => one.name.includes('/lines?after='))")  # fmt: skip


async def violations(page: Any) -> list[str]:
    results = await Axe().run(page, options={"runOnly": AXE_TAGS})
    return [
        f"{v['id']}: {v['nodes'][0]['html'][:200]} {v['nodes'][0]['failureSummary']}"
        for v in results.response["violations"]
    ]


async def test_new_words_appear_by_themselves_and_once(world: World, opened: Open) -> None:
    anna = operator(world, "Анна Котова")
    citizen = held(world, anna)
    page = await opened(anna, f"/desk?talk={citizen.conversation}")
    await stands(page)
    for number in range(5):
        await asyncio.to_thread(citizen.say, f"Сообщение {number}")
    await line(page, "Сообщение 4")
    seqs = await page.eval_on_selector_all("#lines > [data-seq]", "all => all.map(one => Number(one.dataset.seq))")
    assert seqs == sorted(set(seqs))
    assert len(seqs) == len(citizen.history())
    # Looking at everything again adds nothing.
    await page.evaluate("() => desk.lines.refresh()")
    assert await page.locator("#lines > [data-seq]").count() == len(seqs)
    assert await page.locator("#lines > .day").count() == 1


async def test_one_who_waits_is_shown_and_counted_in_the_title(world: World, opened: Open) -> None:
    anna = operator(world, "Анна Титова")
    page = await opened(anna, "/desk")
    await page.wait_for_function("() => document.getElementById('line').textContent === ''")
    citizen = await asyncio.to_thread(waiting, world, "Дом горит, помогите")
    await page.locator(f"#to-{citizen.conversation}").wait_for()
    assert re.search(r"ждут \d+", await page.title())
    await page.locator(f"#take-{citizen.conversation}").click()
    await page.locator("#answer").wait_for()
    await page.locator("#toast", has_text="Разговор ваш").wait_for()
    assert f"talk={citizen.conversation}" in page.url
    await page.locator(f"#mine #to-{citizen.conversation}").wait_for()


async def test_two_windows_reach_for_one_citizen(world: World, opened: Open) -> None:
    anna, boris = operator(world, "Анна Первая"), operator(world, "Борис Второй")
    citizen = waiting(world)
    pages = [await opened(one, f"/desk?talk={citizen.conversation}") for one in (anna, boris)]
    await pages[0].locator("#company", has_text="сейчас смотрит Борис Второй").wait_for()
    await asyncio.gather(*(page.locator("#take-open").click() for page in pages))
    await asyncio.gather(*(page.locator("#talk[data-state=taken]").wait_for() for page in pages))
    mine = [await page.locator("#answer").count() for page in pages]
    assert sorted(mine) == [0, 1]
    loser, winner = pages[mine.index(0)], pages[mine.index(1)]
    await loser.locator("#alert", has_text="взял").wait_for()
    await winner.locator("#answer").press_sequentially("Зд")
    await loser.locator("#company", has_text="отвечает").wait_for()


async def test_a_lost_connection_loses_nothing_and_sends_nothing_twice(world: World, opened: Open) -> None:
    anna = operator(world, "Анна Связная")
    citizen = held(world, anna)
    page = await opened(anna, f"/desk?talk={citizen.conversation}")
    await stands(page)
    await page.context.set_offline(True)
    await page.locator("#line", has_text="Нет связи").wait_for()
    for number in range(3):
        await asyncio.to_thread(citizen.say, f"Пока вас не было {number}")
    await page.locator("#answer").fill("Я здесь, пишу без связи")
    await page.locator("#answer").press("Enter")
    await page.locator("#unsent li", has_text="Повторить").wait_for()
    assert said(citizen) == []
    # What could not be sent survives even a closed tab.
    assert "Я здесь" in await page.evaluate("() => JSON.stringify(localStorage)")
    await page.context.set_offline(False)
    await page.locator("#lines .gap", has_text="Пока не было связи: 3 сообщения").wait_for()
    await line(page, "Я здесь, пишу без связи")
    await page.locator("#unsent li").wait_for(state="detached")
    assert await page.locator("#line").inner_text() == ""
    assert said(citizen) == ["Я здесь, пишу без связи"]
    for number in range(3):
        assert await page.locator("#lines > li", has_text=f"Пока вас не было {number}").count() == 1


async def test_an_answer_that_got_lost_on_the_way_back_is_not_sent_again(world: World, opened: Open) -> None:
    anna = operator(world, "Анна Потерянная")
    citizen = held(world, anna)
    page = await opened(anna, f"/desk?talk={citizen.conversation}")
    await stands(page)
    lost = []

    async def swallow(route: Any) -> None:
        if not lost:
            lost.append(await route.fetch())  # the server has it, the page never hears
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/messages", swallow)
    await page.locator("#answer").fill("Один раз")
    await page.locator("#send").click()
    retry = page.locator("#unsent button", has_text="Повторить")
    await retry.wait_for()
    await retry.click()
    await page.locator("#unsent li").wait_for(state="detached")
    await line(page, "Один раз")
    assert said(citizen) == ["Один раз"]
    assert await page.locator("#lines > li.us", has_text="Один раз").count() == 1


async def test_a_note_never_reaches_the_citizen_and_drafts_are_kept_apart(world: World, opened: Open) -> None:
    anna = operator(world, "Анна Заметная")
    citizen = held(world, anna)
    page = await opened(anna, f"/desk?talk={citizen.conversation}")
    await stands(page)
    await page.locator("#answer").fill("начало ответа")
    await page.locator("#mode-note").click()
    assert await page.locator("#answer").is_hidden()
    assert await page.evaluate("() => getComputedStyle(document.getElementById('compose')).backgroundColor") != (
        await page.evaluate("() => getComputedStyle(document.querySelector('.head')).backgroundColor")
    )
    await page.locator("#note").fill("Только между нами")
    await page.locator("#note").press("Enter")
    await page.locator("#lines > li.inner", has_text="Только между нами").wait_for()
    assert said(citizen) == []
    await page.reload()
    assert await page.locator("#answer").input_value() == "начало ответа"
    assert await page.locator("#note").input_value() == ""
    # Signing out takes the drafts along.
    await page.locator(".who button").click()
    await page.wait_for_url("**/sign-in*")
    assert "начало" not in await page.evaluate("() => JSON.stringify(localStorage)")


async def test_enter_shift_enter_and_the_setting(world: World, opened: Open) -> None:
    anna = operator(world, "Анна Клавишная")
    citizen = held(world, anna)
    page = await opened(anna, f"/desk?talk={citizen.conversation}")
    await stands(page)
    field = page.locator("#answer")
    await field.press_sequentially("раз")
    await field.press("Shift+Enter")
    await field.press_sequentially("два")
    await field.press("Enter")
    await until(lambda: said(citizen) == ["раз\nдва"])
    await page.locator("#set-enter").uncheck()
    await page.reload()
    assert not await page.locator("#set-enter").is_checked()
    await field.press_sequentially("три")
    await field.press("Enter")
    assert await field.input_value() == "три\n"
    await field.press("Control+Enter")
    await until(lambda: said(citizen) == ["раз\nдва", "три"])


async def test_arrow_up_corrects_the_last_own_words(world: World, opened: Open) -> None:
    anna = operator(world, "Анна Точная")
    citizen = held(world, anna)
    page = await opened(anna, f"/desk?talk={citizen.conversation}")
    await stands(page)
    field = page.locator("#answer")
    await field.fill("Приём в 9:00")
    await field.press("Enter")
    await line(page, "Приём в 9:00")
    await field.press("ArrowUp")
    assert await field.input_value() == "Приём в 9:00"
    await page.locator("#fixing", has_text="Исправляете").wait_for()
    await field.fill("Приём в 10:00")
    await field.press("Enter")
    await page.locator("#lines > li.fix", has_text="Исправление: Приём в 10:00").wait_for()
    assert said(citizen) == ["Приём в 9:00", "Исправление: Приём в 10:00"]
    assert await field.input_value() == ""


async def test_files_are_picked_shown_and_sent(world: World, opened: Open) -> None:
    anna = operator(world, "Анна Файлова")
    citizen = held(world, anna)
    page = await opened(anna, f"/desk?talk={citizen.conversation}")
    await stands(page)
    paper = {"name": "Памятка.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 paper"}
    await page.locator("#attach-files").set_input_files([paper, {**paper, "name": "лишний.pdf"}])
    await page.get_by_role("button", name="Убрать файл лишний.pdf").click()
    await page.locator("#answer").fill("Посмотрите памятку")
    await page.locator("#send").click()
    await page.locator("#lines > li.us a.file", has_text="Памятка.pdf").wait_for()
    assert [one["name"] for one in citizen.history()[-1].body["attachments"]] == ["Памятка.pdf"]
    wrong = {"name": "script.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
    await page.locator("#attach-files").set_input_files([wrong])
    await page.locator("#send").click()
    await page.locator("#unsent li", has_text="Такой файл").wait_for()
    await page.locator("#unsent button", has_text="Вернуть в поле").click()
    assert await page.locator("#picked li").count() == 1


async def test_reading_is_told_only_when_somebody_looks(world: World, opened: Open) -> None:
    anna = operator(world, "Анна Читающая")
    citizen = held(world, anna)
    page = await opened(anna, "/desk")
    await page.wait_for_function("() => document.getElementById('line').textContent === ''")
    await asyncio.to_thread(citizen.say, "Вы меня видите?")
    badge = page.locator(f"#mine #to-{citizen.conversation} .count")
    await badge.wait_for()
    assert await page.evaluate("() => Number(document.documentElement.dataset.rang || 0)") >= 1
    await page.locator(f"#to-{citizen.conversation}").click()
    await badge.wait_for(state="detached")


async def test_the_keyboard_alone_is_enough(world: World, opened: Open) -> None:
    vera = operator(world, "Вера Клавишина", groups=("crisis", "technical"))
    first = held(world, vera, "Первый гражданин")
    second = waiting(world, "Второй гражданин")
    page = await opened(vera, "/desk")
    await page.locator(f"#take-{second.conversation}").wait_for()

    async def focused() -> str:
        return str(await page.evaluate("() => document.activeElement.id || document.activeElement.className"))

    # Everything is on the way of Tab.
    met = set()
    for _ in range(40):
        await page.keyboard.press("Tab")
        met.add(await focused())
    assert {f"to-{first.conversation}", f"to-{second.conversation}", f"take-{second.conversation}", "show-help"} <= met

    await page.keyboard.press("?")
    assert await page.locator("#help").is_visible()
    await page.keyboard.press("Escape")
    assert await page.locator("#help").is_hidden()

    await page.keyboard.press("Alt+KeyQ")
    await page.locator("#answer").wait_for()
    await page.locator(f"#talk[data-conversation='{second.conversation}']").wait_for()
    await page.wait_for_function("() => document.activeElement.id === 'answer'")
    await page.keyboard.type("Здравствуйте")
    await page.keyboard.press("Enter")
    await until(lambda: said(second) == ["Здравствуйте"])

    await page.keyboard.press("Alt+KeyN")
    assert await focused() == "note"
    await page.keyboard.type("заметка")
    await page.keyboard.press("Control+Enter")
    await page.locator("#lines > li.inner", has_text="заметка").wait_for()
    await page.keyboard.press("Alt+KeyR")
    assert await focused() == "answer"

    await page.locator(f"#mine #to-{second.conversation}").wait_for()
    current = await page.locator(".item.current > a").get_attribute("id")
    await page.keyboard.press(
        "Alt+ArrowDown" if current != await page.locator(".item > a").last.get_attribute("id") else "Alt+ArrowUp"
    )
    await page.locator(f"#talk[data-conversation='{first.conversation}']").wait_for()

    await page.keyboard.press("Alt+KeyC")
    await page.locator("#ask").wait_for()
    assert await page.evaluate("() => document.getElementById('ask').contains(document.activeElement)")
    await page.keyboard.press("Escape")
    assert await page.locator("#ask").is_hidden()

    # The keys can be switched off: screen readers and habits have their own.
    await page.evaluate("() => localStorage.setItem('desk:set:keys', 'off')")
    await page.locator("#scroll").focus()
    await page.keyboard.press("?")
    assert await page.locator("#help").is_hidden()


async def test_status_is_changed_with_the_menu(world: World, opened: Open) -> None:
    zoya = operator(world, "Зоя Сменная")
    page = await opened(zoya, "/desk")
    await page.locator("#status-menu > summary").click()
    await page.get_by_role("button", name="Обед").click()
    await page.locator("#presence", has_text="Пауза: Обед").wait_for()
    assert await page.locator("#status-menu[open]").count() == 0
    await page.wait_for_function("() => document.activeElement.tagName === 'SUMMARY'")


async def test_a_talk_is_passed_on_with_a_dialog(world: World, opened: Open) -> None:
    anna, boris = operator(world, "Анна Передающая"), operator(world, "Борис Принимающий")
    citizen = held(world, anna)
    page = await opened(anna, f"/desk?talk={citizen.conversation}")
    other = await opened(boris, "/desk")
    await stands(page)
    await page.get_by_role("button", name="Передать", exact=True).click()
    dialog = page.locator("#ask")
    await dialog.get_by_role("radio", name="Борис Принимающий").check()
    await dialog.locator("textarea").fill("Ждёт звонка от врача")
    await dialog.get_by_role("button", name="Передать", exact=True).click()
    await dialog.wait_for(state="hidden")
    await page.locator(".nothing").wait_for()
    await other.locator(f"#mine #to-{citizen.conversation}").wait_for()
    await other.locator(f"#to-{citizen.conversation}").click()
    await line(other, "Ждёт звонка от врача")
    assert await other.evaluate("() => Number(document.documentElement.dataset.rang || 0)") >= 1


async def test_earlier_lines_come_without_a_jump(world: World, opened: Open) -> None:
    anna = operator(world, "Анна Долгая")
    citizen = world.citizen()
    for number in range(40):
        citizen.say(f"давняя строка {number:02}")
    citizen.call_human("crisis", priority=100)
    world.browser(anna).post(f"/desk/talks/{citizen.conversation}/take")
    page = await opened(anna, f"/desk?talk={citizen.conversation}")
    await stands(page)
    while await page.locator("#earlier button").is_visible():
        before = await page.locator("#lines > li").count()
        await page.locator("#earlier button").click()
        await page.wait_for_function(
            "n => document.querySelectorAll('#lines > li').length > n || document.getElementById('earlier').hidden",
            arg=before,
        )
    await line(page, "давняя строка 00")
    seqs = await page.eval_on_selector_all("#lines > [data-seq]", "all => all.map(one => Number(one.dataset.seq))")
    assert seqs == sorted(set(seqs))
    assert len(seqs) == len(citizen.history())
    assert await page.locator("#lines > .day").count() == 1


async def test_a_session_that_has_ended_leads_to_the_sign_in(world: World, opened: Open) -> None:
    anna = operator(world, "Анна Уходящая")
    page = await opened(anna, "/desk")
    await page.context.clear_cookies()
    await page.evaluate("() => { setTimeout(() => htmx.ajax('GET', '/desk/queue', '#lists').catch(() => {}), 0); }")
    await page.wait_for_url("**/desk/sign-in*")


@pytest.mark.parametrize(("width", "height", "scheme"), [(1366, 768, "light"), (900, 700, "dark"), (390, 844, "light")])
async def test_the_window_is_accessible_and_fits(
    world: World, opened: Open, width: int, height: int, scheme: str
) -> None:
    lidia = operator(world, "Лидия Доступная")
    citizen = held(world, lidia, "Почему так долго, безобразие!!!", "telegram")
    waiting(world, "Срочно нужна помощь")
    browser = world.browser(lidia)
    address = f"/desk/talks/{citizen.conversation}"
    browser.post(f"{address}/messages", {"text": "Сейчас помогу", "key": "axe-" + citizen.conversation})
    browser.post(f"{address}/notes", {"text": "Расстроена"})
    page = await opened(lidia, f"/desk?talk={citizen.conversation}", width=width, height=height, color_scheme=scheme)
    await page.locator("#side > :not(.empty)").first.wait_for(state="attached")
    assert await violations(page) == []
    assert await page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth") <= 0
    await page.locator("#mode-note").click()
    await page.locator("button[data-dialog$=give-back]").click()
    await page.locator("#ask").wait_for()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    if width < 768:
        await page.locator(".head .back").click()
        assert await page.locator("#lists").is_visible()
        await page.locator("#settings > summary").click()
        assert await violations(page) == []
