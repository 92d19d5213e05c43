"""An editor's first day from the guide, in a real browser over the trained robot: teach, train, publish, talk to it, take back."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.accounts.interface import Account
from desk.access import COOKIE
from tests.browsers import browser  # noqa: F401 - a fixture
from tests.desk.world import PASSWORD
from tests.house import House
from tests.projects import copy_of_project

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]
PATIENCE = 60_000
"""Milliseconds for a page on a busy machine."""
LONG = 600_000
"""The same for a training and a publication."""
DAY = 15 * 60
"""Seconds in which an editor must have done all of this."""

ASKED = "а кофе у вас попить где-нибудь можно пока ждёшь"
PHRASES = (
    "где у вас кофе", "кофейный автомат есть?", "кофе", "хочу кофе", "есть ли в центре кофейный аппарат",
    "подскажите пожалуйста можно ли у вас выпить кофе пока очередь", "а кофемашина у вас стоит", "автомат с кофе работает",
    "сижу жду уже час хоть кофе бы выпить есть где", "кофе продаёте", "купить кофе в мфц", "где попить кофе",
    "Где находится кофейный автомат?", "есть кофе с собой", "кофе есть у вас на первом этаже или нет",
    "приехала издалека не завтракала скажите где рядом с вами или у вас внутри можно взять кофе и булочку",
    "кафе есть в здании", "буфет работает?", "буфет", "покушать у вас можно где нибудь", "где перекусить", "чай кофе есть?",
    "а вода и кофе для посетителей предусмотрены", "кофе для посетителей", "кулер или кофе есть", "капучино делаете",
)  # fmt: skip
ANSWER = "Кофе есть на первом этаже, у гардероба. Автомат принимает карты и наличные."
SPOKEN = "Кофе у нас на первом этаже, возле гардероба."
SERVICE = "Прокат зонтов посетителям"
MISREAD = "мне бы бумажку что дети со мной живут"


class Day:
    """The house of this day, its editor's browser and its citizens."""

    def __init__(self, house: House, engine: Any, project: Path) -> None:
        self.house, self.engine, self.project = house, engine, project
        self.errors: list[str] = []
        self.contexts: list[Any] = []

    def account(self) -> Account:
        accounts = self.house.assistant.desk.accounts
        return self.house.do(accounts.add("vera", "Вера Редактор", ("editor",), (), password=PASSWORD))

    async def say(self, talk: Any, text: str) -> str:
        """A citizen's words and the robot's answer."""
        answer: str = await asyncio.to_thread(talk.say, text)
        return answer

    async def page(self, account: Account) -> Any:
        token = self.house.do(self.house.assistant.desk.accounts.open_session(account.id))
        context = await self.engine.new_context(viewport={"width": 1366, "height": 768}, locale="ru-RU")
        self.contexts.append(context)
        await context.add_cookies([{"name": COOKIE, "value": token, "url": self.house.url}])
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.errors.append(f"pageerror: {error}"))
        page.on("console", lambda said: self.errors.append(said.text) if "Content Security" in said.text else None)
        return page


@pytest_asyncio.fixture(loop_scope="session")
async def day(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> AsyncIterator[Day]:  # noqa: F811
    folder = tmp_path_factory.mktemp("first-day")
    project = copy_of_project(folder / "project")
    _git(project, "init", "-q")
    _git(project, "add", ".")
    _git(project, "commit", "-qm", "Исходная версия")
    house = House(folder, project_dir=project, studio_dir=folder / "studio")
    await asyncio.to_thread(house.start)
    made = Day(house, browser, project)
    yield made
    await asyncio.gather(*(context.close() for context in made.contexts))
    await asyncio.to_thread(house.stop)
    assert made.errors == []


def _git(folder: Path, *command: str) -> str:
    git = ["git", "-C", str(folder), "-c", "user.name=Программист", "-c", "user.email=dev@localhost"]
    return subprocess.run([*git, *command], check=True, capture_output=True, text=True).stdout


async def test_an_editors_first_day(day: Day) -> None:
    citizen, other = day.house.talk("widget"), day.house.talk("vk")
    assert ANSWER not in await day.say(citizen, ASKED)
    await day.say(other, MISREAD)
    await day.say(other, "оператор")
    # A form that is open during the publication has to go on after it.
    booking = day.house.talk("widget")
    assert "центр" in (await day.say(booking, "запишите меня на замену паспорта")).lower()

    page = await day.page(day.account())
    began = time.monotonic()
    await _add_a_wish(day, page)
    await _add_words_for_the_phone(day, page)
    await _add_a_service(day, page)
    await _settle_a_real_phrase(day, page)
    await _train(day, page)
    await _publish(day, page)
    await _citizens_meet_the_new_robot(day, citizen, booking)
    await _go_back(day, page)
    assert time.monotonic() - began < DAY

    assert ANSWER not in await day.say(day.house.talk("widget"), ASKED)
    log = _git(day.project, "log", "--format=%an: %s").splitlines()
    assert log == [
        "Вера Редактор: Возврат: Кофе закончился",
        "Вера Редактор: Кофе для посетителей",
        "Программист: Исходная версия",
    ]
    assert _git(day.project, "status", "--porcelain") == ""


async def _add_a_wish(day: Day, page: Any) -> None:
    await page.goto(f"{day.house.url}/desk/studio")
    await page.get_by_role("navigation", name="Студия").get_by_role("link", name="Фразы").click()
    await page.get_by_role("link", name="Новое желание").click()
    await page.get_by_label("Что хочет человек").fill("Выпить кофе")
    await page.get_by_label("Первые фразы, каждая с новой строки").fill("\n".join(PHRASES))
    await page.get_by_label("Что ответит робот").fill(ANSWER)
    await page.get_by_role("button", name="Добавить желание").click()
    await page.wait_for_url("**/desk/studio/phrases/**")
    await page.get_by_role("heading", level=1, name="Выпить кофе").wait_for()


async def _add_words_for_the_phone(day: Day, page: Any) -> None:
    await page.get_by_role("navigation", name="Студия").get_by_role("link", name="Ответы").click()
    await page.get_by_label("Слова ответа").fill("гардероба")
    await page.locator("#answers a", has_text="Кофе есть").click()
    await page.get_by_role("button", name="Добавить вариант").click()
    await page.locator("#text-1").fill(SPOKEN)
    await page.locator("#channel-1").select_option("phone")
    await page.get_by_role("button", name="Сохранить в черновик").click()
    await page.locator("text=Сохранено").first.wait_for()


async def _add_a_service(day: Day, page: Any) -> None:
    await page.get_by_role("navigation", name="Студия").get_by_role("link", name="Справочники").click()
    await page.get_by_role("link", name="СНИЛС", exact=True).click()
    await page.get_by_role("link", name="Скопировать").click()
    await page.get_by_label("Название", exact=True).fill(SERVICE)
    await page.get_by_label("Как её называют люди").fill(
        "прокат зонтов\nзонт напрокат\nвзять зонт\nодолжить зонтик\nвыдача зонтов\nзонтик посетителям\nзонт на время\nмой зонт"
    )
    await page.get_by_role("button", name="Сохранить в черновик").click()
    await page.get_by_role("heading", level=1, name=SERVICE).wait_for()


async def _settle_a_real_phrase(day: Day, page: Any) -> None:
    await page.get_by_role("navigation", name="Студия").get_by_role("link", name="Из жизни").click()
    group = page.locator("form.group", has_text="дети со мной живут").first
    await group.focus()
    await page.keyboard.press("1")
    await page.locator("#inbox-said .settled").wait_for()


async def _train(day: Day, page: Any) -> None:
    await page.get_by_role("navigation", name="Студия").get_by_role("link", name="Обучение").click()
    await page.get_by_role("button", name="Обучить", exact=True).click()
    await page.locator("#training-now, h2#figures-title").first.wait_for()
    await page.locator("h2#figures-title").wait_for(timeout=LONG)


async def _publish(day: Day, page: Any) -> None:
    rooms = page.get_by_role("navigation", name="Студия")
    await rooms.get_by_role("link", name="Изменения").click()
    await page.locator("#main", has_text="Выпить кофе").wait_for()
    await page.locator("#main", has_text=SERVICE).wait_for()
    await rooms.get_by_role("link", name="Выпуск").click()
    await page.get_by_label("Что и почему изменилось").fill("Кофе для посетителей")
    await page.get_by_role("button", name="Опубликовать").click()
    await _until_live(page, "Кофе для посетителей")


async def _until_live(page: Any, title: str) -> None:
    row = page.locator("table.versions tbody tr", has_text=title).filter(has_text="работает сейчас")
    stopped = page.locator(".ended")
    await row.or_(stopped).first.wait_for(timeout=LONG)
    assert await stopped.count() == 0, await stopped.inner_text()


async def _citizens_meet_the_new_robot(day: Day, citizen: Any, booking: Any) -> None:
    assert ANSWER in await day.say(citizen, ASKED)
    phone = day.house.talk("phone")
    heard = await day.say(phone, "где у вас попить кофе")
    assert SPOKEN in heard
    assert ANSWER not in heard
    assert "зонт" in (await day.say(day.house.talk("widget"), "какие документы нужны на прокат зонтов")).lower()
    asked = await day.say(booking, "на ленина")
    assert "день" in asked.lower()


async def _go_back(day: Day, page: Any) -> None:
    await page.locator("table.versions").get_by_role("link", name="Исходная версия").click()
    await page.get_by_label("Почему возвращаете").fill("Кофе закончился")
    await page.get_by_role("button", name="Вернуть").click()
    await _until_live(page, "Кофе закончился")
