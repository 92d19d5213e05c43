"""The widget while people talk: names, typing, read marks, corrections, files and a grade, with the real desk behind it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.accounts.interface import Account
from bot.handover.bulletin import News
from bot.handover.tables import ReadMarkRow
from bot.messages import Attachment
from bot.store.journal import Message
from tests.browsers import browser  # noqa: F401 - a fixture
from tests.channels.widget_page import WidgetPage
from tests.channels.widget_tab import Tab, session_cookie, tab
from tests.desk.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
PDF = b"%PDF-1.7\n%demo\n"


@dataclass(frozen=True)
class Door:
    """Where the widget's client finds the world."""

    url: str
    ws_url: str


class Talk:
    """A citizen in the widget, and the colleague who answers her."""

    def __init__(self, world: World, conversation: str) -> None:
        self.world, self.conversation = world, conversation
        self.parts = world.assistant.desk.parts
        self.anna = account(world, "Анна Белова")

    def queue(self) -> None:
        """The robot calls a human of a group whose operators choose for themselves."""
        people = self.world.assistant.services.people
        citizen = self.world.do(self._citizen())
        self.world.do(people.request_operator(self.conversation, citizen, "asked", priority=100))
        self.world.do(self._told())

    async def _told(self) -> None:
        # The turn in which the robot calls a human ends with this.
        self.world.assistant.turns.mode_changed(self.conversation, "queued")

    async def _citizen(self) -> str:
        from bot.store.conversations import ConversationRow

        async with self.world.assistant.store.read() as session:
            return (await session.get_one(ConversationRow, self.conversation)).citizen_id

    def take(self) -> None:
        """Anna answers now."""
        self.world.do(self.parts.handovers.take(self.conversation, self.anna.id))

    def say(self, text: str, *files: Attachment) -> Message:
        """Anna writes."""
        speaking, key = self.parts.speaking, f"key-{text}"
        return self.world.do(speaking.say(self.conversation, self.anna.id, self.anna.name, text, files, key=key))

    def type(self) -> None:
        """Anna presses a key."""

        async def press() -> None:
            self.parts.speaking.typing(self.conversation, self.anna.id)

        self.world.do(press())

    def read_up_to(self) -> int:
        """What the citizen has seen."""

        async def mark() -> int:
            async with self.world.assistant.store.read() as session:
                row = await session.get(ReadMarkRow, (self.conversation, "citizen"))
                return row.seq if row else 0

        return self.world.do(mark())


def account(world: World, name: str) -> Account:
    """A colleague who chooses her talks herself."""
    made = world.account(name, groups=("crisis",), capacity=20)
    world.do(world.assistant.desk.parts.presences.set(made.id, "online"))
    return made


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An assistant with its desk."""
    made = World(tmp_path_factory.mktemp("staffed"))
    made.start()
    yield made
    made.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Any, world: World) -> AsyncIterator[WidgetPage]:  # noqa: F811
    """The chat, open on the demonstration page; script errors fail the test."""
    errors: list[str] = []
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="ru-RU")
    shown = await context.new_page()
    shown.set_default_timeout(10_000)
    shown.on("pageerror", lambda error: errors.append(str(error)))
    await shown.goto(f"{world.url}/demo")
    yield await WidgetPage(shown).open()
    await context.close()
    assert errors == []


def newest_conversation(world: World) -> str:
    """The conversation that was begun last."""
    from sqlalchemy import select

    from bot.store.conversations import ConversationRow

    async def read() -> str:
        async with world.assistant.store.read() as session:
            newest = select(ConversationRow.id).order_by(ConversationRow.created_at.desc()).limit(1)
            return str(await session.scalar(newest))

    return world.do(read())


async def in_tab(world: World, open_tab: Tab) -> Talk:
    """The talk of this tab, after its first words."""
    await open_tab.resume()
    await open_tab.say("Здравствуйте")
    await open_tab.next("message")
    return Talk(world, newest_conversation(world))


def door(world: World) -> Any:
    return Door(world.url, world.url.replace("http", "ws") + "/widget/ws")


# --- over the socket ---


async def test_who_has_come_is_told_by_name(world: World) -> None:
    async with tab(door(world), await session_cookie(door(world))) as open_tab:
        talk = await in_tab(world, open_tab)
        talk.queue()
        talk.take()
        while (mode := await open_tab.next("mode"))["mode"] != "operator":
            pass
        assert mode == {"type": "mode", "mode": "operator", "name": "Анна Белова"}


async def test_her_words_come_with_her_name_and_a_correction_names_what_it_corrects(world: World) -> None:
    async with tab(door(world), await session_cookie(door(world))) as open_tab:
        talk = await in_tab(world, open_tab)
        talk.queue()
        talk.take()
        wrong = talk.say("Приём до шести")
        talk.world.do(talk.parts.speaking.correct(wrong.seq, talk.anna.id, "Приём до восьми"))
        said = []
        while len(said) < 2:
            frame = await open_tab.next("message")
            said += [frame] if frame["author"] == "operator" else []
        assert [(f["name"], f.get("corrects")) for f in said] == [("Анна Белова", None), ("Анна Белова", wrong.seq)]
        assert said[1]["text"] == "Исправление: Приём до восьми"
        # The account behind the name is nobody's business.
        assert talk.anna.id not in str(said)


async def test_the_desk_sees_the_citizen_type_and_read(world: World) -> None:
    async with tab(door(world), await session_cookie(door(world))) as open_tab:
        talk = await in_tab(world, open_tab)
        talk.queue()
        talk.take()
        message = talk.say("Секунду, смотрю")
        async with listening(world) as news:
            await open_tab.send(type="typing")
            await open_tab.send(type="read", seq=message.seq)
            found = await news("typing", "read")
        assert found["typing"].conversation == talk.conversation and found["typing"].data["by"] == "citizen"
        assert found["read"].data == {"reader": "citizen", "seq": message.seq}
        assert talk.read_up_to() == message.seq


async def test_a_read_mark_never_goes_back_nor_beyond_what_was_said(world: World) -> None:
    async with tab(door(world), await session_cookie(door(world))) as open_tab:
        talk = await in_tab(world, open_tab)
        talk.queue()
        talk.take()
        first, second = talk.say("Раз"), talk.say("Два")
        for seq in (2**31 - 1, first.seq):
            await open_tab.send(type="read", seq=seq)
        await open_tab.send(type="ping")
        await open_tab.next("pong")
        assert talk.read_up_to() == second.seq


@pytest.mark.parametrize("frame", [{"seq": 0}, {"seq": 2**31}, {"seq": "x"}, {}])
async def test_a_wrong_mark_is_refused(world: World, frame: dict[str, Any]) -> None:
    async with tab(door(world), await session_cookie(door(world))) as open_tab:
        await open_tab.send(type="read", **frame)
        assert "разобрать" in (await open_tab.next("error"))["text"]


@asynccontextmanager
async def listening(world: World) -> AsyncIterator[Callable[..., Awaitable[dict[str, News]]]]:
    """Hears what the desk is told inside the block: `news(*kinds)` waits for one of each kind."""
    begun = threading.Event()
    heard: list[News] = []

    async def listen() -> None:
        async with world.assistant.desk.parts.bulletin.listen() as queue:
            begun.set()
            while True:
                heard.append(await queue.get())

    task = asyncio.run_coroutine_threadsafe(listen(), world._loop)
    await asyncio.to_thread(begun.wait, 5)

    async def news(*kinds: str) -> dict[str, News]:
        async with asyncio.timeout(5):
            while not set(kinds) <= {one.kind for one in heard}:
                await asyncio.sleep(0.01)
        return {one.kind: one for one in heard}

    try:
        yield news
    finally:
        task.cancel()


# --- in a browser ---


async def begun(world: World, page: WidgetPage) -> Talk:
    """The talk of this page, after its first words."""
    await page.say("Здравствуйте")
    await page.page.locator("#otklik .messages .robot").first.wait_for()
    return Talk(world, await asyncio.to_thread(newest_conversation, world))


async def said_aloud(page: WidgetPage) -> list[str]:
    """What a screen reader was given since the page was watched."""
    found: list[str] = await page.page.evaluate("window.heard ?? []")
    return found


WATCH = """() => {
  window.heard = [];
  const regions = document.querySelector('#otklik').shadowRoot.querySelectorAll('[aria-live]');
  regions.forEach((region) => new MutationObserver(() => [...region.children].forEach((p) => window.heard.push(p.textContent)))
    .observe(region, { childList: true }));
}"""


async def test_an_operator_looks_human(world: World, page: WidgetPage) -> None:
    talk = await begun(world, page)
    await page.page.evaluate(WATCH)
    await asyncio.to_thread(talk.queue)
    banner = page.page.locator("#otklik .banner")
    await banner.get_by_text("Зову специалиста").wait_for()
    await page.button("Вернуться к роботу").wait_for()
    await page.button("Перезвоните мне").wait_for()
    assert await page.violations() == []
    await asyncio.to_thread(talk.take)
    await banner.get_by_text("Анна Белова на связи").wait_for()
    assert not await page.page.locator("#otklik .banner .chip").first.is_visible()
    await asyncio.to_thread(talk.type)
    typing = page.page.locator("#otklik .typing")
    await typing.get_by_text("Анна Белова печатает").wait_for()
    assert await page.violations() == []
    await asyncio.to_thread(talk.say, "Добрый день! Вижу вашу запись.")
    await page.answer("Вижу вашу запись")
    await typing.wait_for(state="hidden")
    message = page.page.locator("#otklik .message.operator").last
    assert "Анна Белова" in await message.inner_text()
    assert await message.locator(".av-human").count() == 1
    assert await page.violations() == []
    await page.page.wait_for_timeout(300)
    aloud = await said_aloud(page)
    assert len([one for one in aloud if "Анна Белова на связи" in one]) == 1
    assert any(one.startswith("Анна Белова: Добрый день") for one in aloud)


async def test_a_correction_marks_what_it_corrects(world: World, page: WidgetPage) -> None:
    talk = await begun(world, page)
    await asyncio.to_thread(talk.queue)
    await asyncio.to_thread(talk.take)
    wrong = await asyncio.to_thread(talk.say, "Приходите в субботу")
    await page.answer("Приходите в субботу")
    await asyncio.to_thread(world.do, talk.parts.speaking.correct(wrong.seq, talk.anna.id, "Приходите в пятницу"))
    await page.answer("Исправление: Приходите в пятницу")
    marked = page.page.locator("#otklik .message.operator", has_text="Приходите в субботу").first
    note = marked.get_by_text("исправлено ниже")
    assert (await note.bounding_box())["width"] > 40
    await page.page.reload()
    await page.online()
    await note.wait_for()
    assert (await note.bounding_box())["width"] > 40


async def test_what_the_citizen_saw_is_marked_and_what_she_did_not_see_is_not(world: World, page: WidgetPage) -> None:
    talk = await begun(world, page)
    await asyncio.to_thread(talk.queue)
    await asyncio.to_thread(talk.take)
    first = await asyncio.to_thread(talk.say, "Первое")
    await page.answer("Первое")
    await _read(talk, first.seq)
    await page.page.keyboard.press("Escape")
    second = await asyncio.to_thread(talk.say, "Второе, пока чат закрыт")
    await page.page.locator("#otklik .badge", has_text="1").wait_for()
    await page.page.wait_for_timeout(900)
    assert await asyncio.to_thread(talk.read_up_to) == first.seq
    await page.launcher.click()
    await _read(talk, second.seq)


async def _read(talk: Talk, seq: int) -> None:
    async with asyncio.timeout(5):
        while await asyncio.to_thread(talk.read_up_to) < seq:
            await asyncio.sleep(0.02)


async def test_a_file_of_an_operator_comes_down_whole(world: World, page: WidgetPage, tmp_path: Path) -> None:
    talk = await begun(world, page)
    await asyncio.to_thread(talk.queue)
    await asyncio.to_thread(talk.take)
    kept = await asyncio.to_thread(world.do, world.assistant.files.save_bytes("образец заявления.pdf", PDF))
    await asyncio.to_thread(talk.say, "Вот образец", kept)
    link = page.page.locator("#otklik .operator a.file", has_text="образец заявления.pdf")
    async with page.page.expect_download() as download:
        await link.click()
    saved = tmp_path / "saved.pdf"
    await (await download.value).save_as(saved)
    assert saved.read_bytes() == PDF and (await download.value).suggested_filename == "образец заявления.pdf"


async def test_after_the_talk_the_robot_is_back_and_asks_for_a_grade(world: World, page: WidgetPage) -> None:
    talk = await begun(world, page)
    await asyncio.to_thread(talk.queue)
    await asyncio.to_thread(talk.take)
    await asyncio.to_thread(
        world.do,
        talk.parts.handovers.close(talk.conversation, talk.anna.id, topic="", result="answered", resolved=True),
    )
    scale = page.page.locator("#otklik [role=radiogroup]")
    await scale.wait_for()
    assert not await page.page.locator("#otklik .banner").is_visible()
    assert await page.violations() == []
    await scale.get_by_text("Отлично").click()
    await page.page.locator("#otklik .rated").wait_for()
    await page.answer("решён с первого раза")
