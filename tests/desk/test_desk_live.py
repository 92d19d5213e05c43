"""Two operators and three citizens at once, in real browsers and messengers, over the trained robot: to a human and back."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml
from sqlalchemy import select

from app.paths import HERE
from benchmarks.fakes.telegram import FakeTelegram
from benchmarks.fakes.vk import FakeVk
from bot.accounts.interface import Account
from bot.store import journal
from bot.store.conversations import ConversationRow
from desk.access import COOKIE
from tests.browsers import browser  # noqa: F401 - a fixture
from tests.channels.widget_page import WidgetPage
from tests.desk.world import MONDAY, PASSWORD
from tests.house import House

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]
SITE = "сайт"
PATIENCE = 30_000
"""Milliseconds for a turn of the robot on a busy machine."""


class Clock:
    """Goes as ever, but begins on Monday morning; `forward` moves it."""

    def __init__(self) -> None:
        self.shift = MONDAY - datetime.now(UTC)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift

    def forward(self, **delta: float) -> None:
        self.shift += timedelta(**delta)


class Town:
    """The house, its two messengers and its people."""

    def __init__(self, folder: Path, telegram: FakeTelegram, vk: FakeVk, engine: Any) -> None:
        self.telegram, self.vk, self._engine, self.clock = telegram, vk, engine, Clock()
        content = folder / "content"
        shutil.copytree(HERE.root / "bot" / "content", content)
        rules = yaml.safe_load((content / "handover.yml").read_text("utf-8"))
        # Operators take by hand here, so that two may want the same citizen.
        rules["manual_groups"] = ["crisis", "general"]
        (content / "handover.yml").write_text(yaml.safe_dump(rules, allow_unicode=True), "utf-8")
        environ = {
            "OTKLIK_TELEGRAM_TOKEN": telegram.token, "OTKLIK_TELEGRAM_API_URL": telegram.url,
            "OTKLIK_TELEGRAM_RECEIVE": "poll", "OTKLIK_VK_TOKEN": vk.token, "OTKLIK_VK_API_URL": vk.url,
            "OTKLIK_VK_GROUP_ID": str(vk.group_id), "OTKLIK_VK_RECEIVE": "poll",
        }  # fmt: skip
        self.house = House(folder, self.clock, environ, content_dir=content)
        self._contexts: list[Any] = []
        self.errors: list[str] = []

    def account(self, login: str, name: str, *roles: str) -> Account:
        """A colleague of the general group."""
        accounts = self.house.assistant.desk.accounts
        return self.house.do(accounts.add(login, name, roles or ("operator",), ("general",), password=PASSWORD))

    async def page(self, path: str, account: Account | None = None, width: int = 1366, height: int = 768) -> Any:
        """A page in a browser of its own."""
        context = await self._engine.new_context(viewport={"width": width, "height": height}, locale="ru-RU")
        self._contexts.append(context)
        if account is not None:
            token = self.house.do(self.house.assistant.desk.accounts.open_session(account.id))
            await context.add_cookies([{"name": COOKIE, "value": token, "url": self.house.url}])
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.errors.append(f"pageerror: {error}"))
        page.on("console", lambda said: self.errors.append(said.text) if "Content Security" in said.text else None)
        await page.goto(self.house.url + path)
        return page

    async def operator(self, account: Account) -> Window:
        """A colleague's window, on the line."""
        window = Window(await self.page("/desk", account))
        await window.status("На линии")
        return window

    async def kept(self, channel: str, user: str, words: str) -> None:
        """Wait until a citizen's words are stored."""
        found: list[str] = []
        async with asyncio.timeout(PATIENCE / 1000):
            while words not in found:
                found = await asyncio.to_thread(self.house.do, self._written(channel, user))

    async def _written(self, channel: str, user: str) -> list[str]:
        assistant = self.house.assistant
        async with assistant.store.read() as session:
            row = await session.scalar(
                select(ConversationRow).where(ConversationRow.channel == channel, ConversationRow.user == user)
            )
            said = await journal.history(session, assistant.vault, row.id) if row is not None else []
        return [message.body["text"] for message in said]

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()


class Window:
    """An operator's window."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.answer = page.locator("#answer")

    async def status(self, title: str) -> None:
        """Choose a status."""
        await self.page.locator("#status-menu summary").click()
        await self.page.locator("#status-menu button", has_text=title).first.click()
        await self.page.locator("#presence", has_text=title).wait_for()

    async def waits(self, count: int) -> None:
        """Until so many citizens stand in the queue."""
        await self.page.locator(f"#counts[data-waiting='{count}']").wait_for(state="attached")

    async def open(self, where: str, text: str) -> None:
        """Open the conversation of a list (`mine`, `queue`) that shows this text."""
        await self.page.locator(f"#{where} li.item", has_text=text).first.locator("a").first.click()
        await self.page.locator("#talk[data-conversation]").wait_for()

    async def take(self, text: str) -> None:
        """Open one who waits, and take her."""
        await self.open("queue", text)
        await self.page.locator("#take-open").click()
        await self.page.locator("#talk[data-mine='1']").wait_for()

    async def say(self, text: str) -> None:
        """Write to the citizen."""
        await self.answer.fill(text)
        await self.page.locator("#send").click()
        await self.line(text)

    async def line(self, text: str) -> Any:
        """Wait for a line of the conversation."""
        found = self.page.locator("#lines li", has_text=text).first
        await found.wait_for()
        return found

    async def transfer(self, name: str, note: str) -> None:
        """Pass the open talk on."""
        await self.page.get_by_role("button", name="Передать", exact=True).click()
        dialog = self.page.locator("#ask")
        await dialog.locator("label", has_text=name).locator("input").check()
        await dialog.locator("textarea").fill(note)
        await dialog.get_by_role("button", name="Передать", exact=True).click()
        await dialog.wait_for(state="hidden")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:  # noqa: F811
    telegram, vk = FakeTelegram("4242:desk-token"), FakeVk("vk-desk-token")
    await telegram.start()
    await vk.start()
    made = Town(tmp_path_factory.mktemp("desk"), telegram, vk, browser)
    await asyncio.to_thread(made.house.start)
    yield made
    await made.close()
    await asyncio.to_thread(made.house.stop)
    await telegram.stop()
    await vk.stop()
    assert made.errors == []


async def heard(fake: FakeTelegram | FakeVk, peer: str, words: str) -> str:
    """The newest message to a peer with these words, once it is there."""
    async with asyncio.timeout(PATIENCE / 1000):
        while True:
            for sent in reversed(fake.to(peer)):
                if words in sent.text:
                    return sent.text
            fake.news.clear()
            await fake.news.wait()


async def test_two_operators_and_three_citizens(town: Town) -> None:
    anna, boris = town.account("anna", "Анна Ветрова"), town.account("boris", "Борис Лугов")
    first, second = await town.operator(anna), await town.operator(boris)

    # Three citizens want a human at once.
    widget = await WidgetPage(await town.page("/demo")).open()
    await widget.say("Здравствуйте, позовите оператора")
    town.telegram.say("501", "соедините с оператором пожалуйста")
    town.vk.say("701", "мне нужен живой человек, оператор")
    await asyncio.gather(first.waits(3), second.waits(3))
    await heard(town.telegram, "501", "очеред")
    await heard(town.vk, "701", "очеред")

    # Both reach for the same one: one holds it, the other is told who does.
    await first.open("queue", SITE)
    await second.open("queue", SITE)
    await asyncio.gather(first.page.locator("#take-open").click(), second.page.locator("#take-open").click())
    held = [one.page.locator("#talk[data-mine='1']") for one in (first, second)]
    async with asyncio.timeout(PATIENCE / 1000):
        while sum([await one.count() for one in held]) == 0:
            await asyncio.sleep(0.1)
    assert sum([await one.count() for one in held]) == 1
    winner, loser = (first, second) if await held[0].count() else (second, first)
    name, other = ("Анна", "Борис") if winner is first else ("Борис", "Анна")
    await loser.page.locator("#alert", has_text="взял").wait_for()

    # A talk, typed both ways; the robot keeps silent.
    await winner.say("Добрый день! Вижу, что вы писали роботу. Чем помочь?")
    await widget.answer("Чем помочь?")
    await widget.say("до скольки вы сегодня работаете")
    await winner.line("до скольки вы сегодня работаете")
    texts = await widget.texts()
    assert "работаете" in texts[-1], "the robot spoke while a human did"
    assert any(name in text for text in texts)

    # The other one takes the two messengers.
    await loser.take("Telegram")
    await loser.say("Здравствуйте, это специалист центра")
    await heard(town.telegram, "501", "это специалист центра")
    await loser.take("ВКонтакте")
    await loser.say("Слушаю вас")
    await heard(town.vk, "701", "Слушаю вас")

    # Her network goes; what was written meanwhile is there when it is back, once.
    await loser.page.context.set_offline(True)
    town.vk.say("701", "у меня вопрос про загранпаспорт")
    town.vk.say("701", "ребёнку десять лет")
    await town.kept("vk", "701", "ребёнку десять лет")
    assert await loser.page.locator("#lines li", has_text="ребёнку десять лет").count() == 0
    await loser.page.context.set_offline(False)
    await loser.line("ребёнку десять лет")
    assert await loser.page.locator("#lines li", has_text="загранпаспорт").count() == 1

    # At most two transfers, each with a note that the colleague reads.
    await winner.transfer(other, "Спрашивает про часы работы, паспорт уже готов")
    await loser.open("mine", SITE)
    await loser.line("паспорт уже готов")
    await loser.transfer(name, "Возвращаю: это твой вопрос")
    await winner.open("mine", SITE)
    await winner.page.get_by_role("button", name="Передать", exact=True).click()
    await winner.page.locator("#ask", has_text="Больше нельзя").wait_for()
    await winner.page.keyboard.press("Escape")

    # The end: the robot is back, says so, and answers again.
    await winner.page.locator("#close-talk").click()
    dialog = winner.page.locator("#ask")
    await dialog.locator("#close-topic").select_option(index=1)
    await dialog.locator("input[name=result][value=answered]").check()
    await dialog.locator("input[name=resolved][value=yes]").check()
    await dialog.locator("#close-go").click()
    await widget.answer("снова")
    await widget.say("до скольки вы сегодня работаете?")
    await widget.answer("20:00")


async def test_at_night_a_call_back_is_promised_and_waits_in_the_list(town: Town) -> None:
    town.clock.forward(hours=12)
    try:
        vera = town.account("vera", "Вера Полева")
        widget = await WidgetPage(await town.page("/demo")).open()
        await widget.say("позовите оператора")
        await widget.answer("записать вам звонок")
        await widget.say("перезвоните мне завтра в 10 утра")
        accept = widget.button("Согласиться")
        await accept.wait_for()
        await widget.page.locator("#otklik input[type=checkbox]").check()
        await accept.click()
        await widget.answer("номер")
        await widget.say("8 916 123-45-67")
        await widget.answer("ПЗ-")
        page = await town.page("/desk/callbacks", vera)
        await page.locator("main", has_text="ПЗ-").wait_for()
        assert "916" not in await page.locator("main").inner_text(), "a number is shown only to who asks for it"
    finally:
        town.clock.forward(hours=-12)
