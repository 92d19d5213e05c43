"""Real phrases in the studio: from the citizen's message over Rasa's action call to one key, and nothing personal on the way."""

from __future__ import annotations

import re
import uuid
from typing import Any

import httpx
import pytest
from playwright.async_api import expect
from sqlalchemy import select

from bot.accounts.interface import Account
from bot.store.audit import AuditRow
from bot.studio.phrases import find
from bot.studio.tables import ReadingRow
from tests.desk.conftest import Open
from tests.desk.looks import sideways, violations
from tests.desk.world import Citizen, World

INBOX = "/desk/studio/inbox"
browser_test = pytest.mark.asyncio(loop_scope="session")


def read_by_robot(world: World, citizen: Citizen, words: str, *ranking: tuple[str, float], unsure: bool = True) -> int:
    """A citizen writes, and Rasa calls the action as it does in life; the message's number."""
    citizen.say(words)
    message = [m for m in citizen.history() if m.author == "citizen"][-1].seq
    named = [{"name": name, "confidence": sure} for name, sure in ranking]
    top = {"name": "nlu_fallback", "confidence": 0.7} if unsure else named[0]
    metadata = {"message": message, "conversation": citizen.conversation, "channel": citizen.channel, "words": words}
    latest = {
        "text": words,
        "intent": top,
        "intent_ranking": [top, *named] if unsure else named,
        "entities": [],
        "metadata": metadata,
    }
    call = {
        "next_action": "action_not_understood" if unsure else "action_smalltalk",
        "sender_id": citizen.conversation,
        "tracker": {
            "sender_id": citizen.conversation, "slots": {}, "latest_message": latest, "paused": False, "active_loop": {},
            "latest_action_name": "action_listen", "followup_action": None, "latest_input_channel": "rest",
            "events": [{"event": "user", "text": words, "parse_data": latest, "metadata": metadata}],
        },
        "domain": {},
    }  # fmt: skip
    assert httpx.post(f"{world.url}/actions", json=call).status_code == 200
    world.do(world.assistant.studio.readings.store_now())
    return message


def editor(world: World) -> Account:
    return world.account(f"Редактор {uuid.uuid4().hex[:4]}", roles=("editor",), groups=())


def settle_all(world: World) -> None:
    """Begin with an empty inbox."""
    readings = world.assistant.studio.readings

    async def work() -> None:
        while found := await readings.open(days=90):
            await readings.settle([one.message for one in found], "ignored", "nobody")

    world.do(work())


def row_of(world: World, message: int) -> ReadingRow:
    async def read() -> ReadingRow:
        async with world.assistant.store.read() as session:
            return await session.get_one(ReadingRow, message)

    return world.do(read())


def deeds(world: World, action: str) -> list[AuditRow]:
    async def read() -> list[AuditRow]:
        async with world.assistant.store.read() as session:
            return list(await session.scalars(select(AuditRow).where(AuditRow.action == action)))

    return world.do(read())


@pytest.fixture
def fresh(world: World) -> World:
    settle_all(world)
    return world


def test_a_message_of_a_citizen_comes_masked_and_without_any_id(fresh: World) -> None:
    citizen = fresh.citizen()
    read_by_robot(
        fresh,
        citizen,
        "а бумага Кузнецовой Марии по делу 2/2/134660 где",
        ("check_status", 0.25),
        ("ask_documents", 0.2),
    )
    me = fresh.browser(editor(fresh))
    assert me.get(INBOX).status_code == 200
    page = me.get(f"{INBOX}/groups").text
    assert "а бумага [фамилия] [имя] по делу [номер] где" in page and "Узнать, где моё заявление" in page
    for secret in ("Кузнецов", "134660", citizen.conversation, citizen.user):
        assert secret not in page
    assert me.get(f"/desk/talks/{citizen.conversation}").status_code == 403


def test_a_decision_teaches_the_editors_own_draft_and_is_taken_back(fresh: World) -> None:
    said = read_by_robot(fresh, fresh.citizen(), "почём нынче загран сделать", ("ask_fee", 0.25))
    account = editor(fresh)
    me = fresh.browser(account)
    answer = me.post(
        f"{INBOX}/settle",
        {
            "messages": str(said),
            "intent": "ask_fee",
            "tick": ["1", "3"],
            "phrase-1": "почём нынче загран сделать",
            "phrase-2": "не отмечена",
        },
    )
    assert answer.status_code == 200 and "добавлена 1 фраза" in answer.text and "всё разобрано" in answer.text
    draft = fresh.assistant.studio.studio.drafts.of(account.id)
    assert "почём нынче загран сделать" in find(draft.work, "ask_fee").phrases
    assert "не отмечена" not in find(draft.work, "ask_fee").phrases
    assert (row_of(fresh, said).state, row_of(fresh, said).meant) == ("taught", "ask_fee")
    assert deeds(fresh, "phrases_settled")[-1].subject == "ask_fee"
    back = me.post(f"{INBOX}/undo", {"doubt": "", "channel": "", "days": "30"})
    assert back.status_code == 200 and "почём нынче загран сделать" in back.text
    assert draft.changed() == [] and row_of(fresh, said).state == "new"
    assert me.post(f"{INBOX}/undo").status_code == 409
    assert "почём" not in repr([row.data for row in deeds(fresh, "phrases_settled")])


@pytest.mark.parametrize(
    "form",
    [
        {}, {"messages": "1,x"}, {"messages": "999999", "intent": "ask_fee"}, {"messages": "999999", "ignore": "1"},
        {"messages": ",".join(["1"] * 501), "ignore": "1"},
    ],
)  # fmt: skip
def test_what_is_no_group_is_refused_with_words(fresh: World, form: dict[str, str]) -> None:
    answer = fresh.browser(editor(fresh)).post(f"{INBOX}/settle", form)
    assert answer.status_code == 409 and "Обновите страницу" in answer.json()["detail"]


def test_a_phrase_that_is_too_long_keeps_the_group(fresh: World) -> None:
    said = read_by_robot(fresh, fresh.citizen(), "почём загран", ("ask_fee", 0.25))
    form = {"messages": str(said), "intent": "ask_fee", "tick": "1", "phrase-1": "а " * 400}
    assert fresh.browser(editor(fresh)).post(f"{INBOX}/settle", form).status_code == 409
    assert row_of(fresh, said).state == "new"


def test_the_inbox_is_filtered_by_doubt_and_channel(fresh: World) -> None:
    read_by_robot(fresh, fresh.citizen("widget"), "почём загран", ("ask_fee", 0.25))
    read_by_robot(fresh, fresh.citizen("telegram"), "где вас искать", ("ask_address", 0.25))
    me = fresh.browser(editor(fresh))
    assert "где вас искать" not in me.get(f"{INBOX}/groups?channel=widget").text
    assert "почём загран" in me.get(f"{INBOX}/groups?doubt=unsure&days=7").text
    assert "ничего нет" in me.get(f"{INBOX}/groups?doubt=misread").text
    assert "почём загран" in me.get(f"{INBOX}/groups?doubt=%27&channel=nonsense&days=-5").text


def test_hand_over_and_a_low_grade_bring_the_wish_before_them(fresh: World) -> None:
    first, second = fresh.citizen(), fresh.citizen()
    handed = read_by_robot(fresh, first, "не платят пособие", ("report_problem", 0.8), unsure=False)
    first.call_human("asked")
    graded = read_by_robot(fresh, second, "как продлить права", ("ask_documents", 0.8), unsure=False)
    fresh.do(fresh.assistant.services.feedback.rate(second.conversation, satisfaction=1))
    fresh.do(fresh.assistant.studio.readings.store_now())
    assert (row_of(fresh, handed).doubts, row_of(fresh, graded).doubts) == ("handed_over", "thumbs_down")


def test_a_crisis_and_a_good_grade_are_no_doubt(fresh: World) -> None:
    citizen = fresh.citizen()
    said = read_by_robot(fresh, citizen, "не платят пособие", ("report_problem", 0.8), unsure=False)
    fresh.do(fresh.assistant.services.feedback.rate(citizen.conversation, satisfaction=4))
    citizen.call_human("crisis", priority=100)
    fresh.do(fresh.assistant.studio.readings.store_now())
    assert row_of(fresh, said).doubts == ""


def test_an_operator_marks_what_the_robot_took_amiss(fresh: World) -> None:
    citizen = fresh.citizen()
    said = read_by_robot(fresh, citizen, "хочу забрать паспорт", ("book_appointment", 0.9), unsure=False)
    citizen.call_human()
    operator = fresh.browser(fresh.account("Ольга"))
    talk = f"/desk/talks/{citizen.conversation}"
    assert "Робот понял не так" in operator.get(f"{talk}/lines").text
    asked = operator.get(f"{talk}/messages/{said}/misread")
    assert "хочу забрать паспорт" in asked.text and "Узнать, где моё заявление" in asked.text
    marked = operator.post(f"{talk}/messages/{said}/misread", {"meant": "check_status"})
    assert "отмечено: робот понял не так" in marked.text and "хочу забрать паспорт" in marked.text
    row = row_of(fresh, said)
    assert (row.doubts, row.meant, row.doubtful) == ("handed_over misread", "check_status", True)
    assert deeds(fresh, "reading_marked")[-1].subject == citizen.conversation
    assert fresh.browser(editor(fresh)).get(f"{INBOX}/groups").text.count("Узнать, где моё заявление") >= 1


def test_only_messages_that_the_robot_read_in_a_visible_talk_are_marked(fresh: World) -> None:
    mine, other = fresh.citizen(), fresh.citizen()
    read_by_robot(fresh, mine, "хочу забрать паспорт", ("book_appointment", 0.9), unsure=False)
    strange = read_by_robot(fresh, other, "другое дело", ("book_appointment", 0.9), unsure=False)
    mine.call_human()
    other.call_human()
    mine.say("вы тут")
    unread = mine.history()[-1].seq
    operator = fresh.browser(fresh.account("Ольга"))
    for seq in (strange, unread):
        path = f"/desk/talks/{mine.conversation}/messages/{seq}/misread"
        assert operator.get(path).status_code == operator.post(path).status_code == 404
    away = fresh.browser(fresh.account("Пётр", groups=("housing",)))
    assert away.post(f"/desk/talks/{other.conversation}/messages/{strange}/misread").status_code == 404
    fresh.do(fresh.assistant.studio.readings.store_now())
    assert row_of(fresh, strange).doubts == "handed_over"


def test_a_forgotten_citizen_leaves_the_inbox(fresh: World) -> None:
    citizen = fresh.citizen()
    read_by_robot(fresh, citizen, "почём загран", ("ask_fee", 0.25))
    me = fresh.browser(editor(fresh))
    assert "почём загран" in me.get(f"{INBOX}/groups").text

    async def erase() -> None:
        from bot.store.conversations import ConversationRow

        async with fresh.assistant.store.read() as session:
            person = (await session.get_one(ConversationRow, citizen.conversation)).citizen_id
        await fresh.assistant.desk.parts.privacy.erasures.erase(person, None, "request")

    fresh.do(erase())
    assert "почём загран" not in me.get(f"{INBOX}/groups").text


# In the browser


async def filled(world: World) -> None:
    """Two groups of fees and a lone phrase; the names in them are somebody's."""
    import asyncio

    def write() -> None:
        settle_all(world)
        for words in (
            "почём нынче загранпаспорт",
            "сколько берут за загранпаспорт",
            "какая цена загранпаспорта для Марии Кузнецовой",
        ):
            read_by_robot(world, world.citizen(), words, ("ask_fee", 0.28), ("ask_documents", 0.2))
        for words in ("куда подевались мои бумаги", "где сейчас мои бумаги"):
            read_by_robot(world, world.citizen(), words, ("check_status", 0.28))
        read_by_robot(world, world.citizen(), "а собаку привить", ("ask_service_info", 0.2))

    await asyncio.to_thread(write)


async def holds(page: Any, words: str) -> None:
    """Wait until the group with these words is in hand."""
    await expect(page.locator(".group:focus h2")).to_contain_text(words, timeout=30_000)


async def in_hand(page: Any, groups: int) -> None:
    """Wait until so many groups are left and one of them is in hand."""
    await expect(page.locator(".group")).to_have_count(groups, timeout=30_000)
    await expect(page.locator(".group:focus")).to_have_count(1, timeout=30_000)


@browser_test
async def test_by_keyboard_alone_everything_is_settled_and_taken_back(opened: Open, world: World) -> None:
    await filled(world)
    account = editor(world)
    page = await opened(account, INBOX)
    await page.wait_for_selector(".group")
    assert await page.locator(".group").count() == 3
    await page.locator(".group").first.focus()
    await holds(page, "загранпаспорт")
    await page.keyboard.press("ArrowDown")
    await holds(page, "бумаги")
    await page.keyboard.press("k")
    # The example with the invented name is put right before it is taken.
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("почём сегодня загранпаспорт")
    await page.keyboard.press("Enter")
    await holds(page, "загранпаспорт")
    await page.keyboard.press("1")
    await page.wait_for_selector("#inbox-said .settled")
    await in_hand(page, 2)
    await holds(page, "бумаги")
    assert "Узнать, сколько стоит" in await page.inner_text("#inbox-said")
    draft = world.assistant.studio.studio.drafts.of(account.id)
    assert "почём сегодня загранпаспорт" in find(draft.work, "ask_fee").phrases
    await page.keyboard.press("u")
    await in_hand(page, 3)
    await holds(page, "загранпаспорт")
    assert "почём сегодня загранпаспорт" not in find(draft.work, "ask_fee").phrases
    await page.keyboard.press("i")
    await in_hand(page, 2)
    # Another wish, found by a few letters of its name.
    await page.keyboard.press("o")
    await page.wait_for_selector("#other[open]")
    await page.keyboard.type("график")
    await page.keyboard.press("Enter")
    await in_hand(page, 1)
    assert "Узнать график работы" in await page.inner_text("#inbox-said")
    await page.keyboard.press("i")
    await expect(page.locator("#inbox-empty")).to_be_focused(timeout=30_000)


@browser_test
async def test_the_phrases_go_along_to_the_page_of_a_new_wish(opened: Open, world: World) -> None:
    await filled(world)
    page = await opened(editor(world), INBOX)
    await page.wait_for_selector(".group")
    await page.locator(".group").nth(2).focus()
    await page.keyboard.press("n")
    await page.wait_for_url(re.compile("/desk/studio/phrases/new"))
    assert "а собаку привить" in await page.input_value("textarea[name=phrases]")


@browser_test
@pytest.mark.parametrize(("width", "height", "scheme"), [(1366, 768, "light"), (390, 844, "dark")])
async def test_the_page_is_readable_by_everybody(
    opened: Open, world: World, width: int, height: int, scheme: str
) -> None:
    await filled(world)
    page = await opened(editor(world), INBOX, width, height, color_scheme=scheme)
    await page.wait_for_selector(".group")
    assert await violations(page) == []
    assert await sideways(page) == 0
    await page.locator(".group").first.focus()
    await page.keyboard.press("o")
    await page.wait_for_selector("#other[open]")
    assert await violations(page) == []


@browser_test
async def test_the_operator_marks_a_message_in_her_window(opened: Open, world: World) -> None:
    import asyncio

    def write() -> Citizen:
        citizen = world.citizen()
        read_by_robot(world, citizen, "хочу забрать паспорт", ("book_appointment", 0.9), unsure=False)
        citizen.call_human()
        return citizen

    citizen = await asyncio.to_thread(write)
    page = await opened(world.account("Инна"), f"/desk?talk={citizen.conversation}")
    await page.get_by_role("button", name="Робот понял не так").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#ask[open] #misread-meant")
    await page.select_option("#misread-meant", "check_status")
    assert await violations(page) == []
    await page.focus("#misread-meant")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".misread-said")
    await page.wait_for_selector("#ask:not([open])", state="attached")
    assert await page.get_by_role("button", name="Робот понял не так").count() == 0
