"""Numbers beside the studio's rooms: phrases of citizens that wait, and a publication that waits for this very person."""

from __future__ import annotations

import re

import pytest

from bot.accounts.interface import Account
from desk.studio.waiting import SECONDS, Waiting
from tests.desk.conftest import Open
from tests.desk.looks import sideways, violations
from tests.desk.test_desk_studio_inbox import read_by_robot
from tests.desk.world import World

PHRASES, APPROVALS = "ждут решения, фраз: ", "ждёт вашего одобрения, выпусков: "


def badges(world: World, who: Account, page: str = "/desk/studio/plain") -> str:
    """The bar of rooms in words."""
    shown = world.browser(who).get(page)
    assert shown.status_code == 200
    bar = re.search(r'<nav class="rooms".*?</nav>', shown.text, re.S)
    assert bar is not None
    return " ".join(re.sub(r"<[^>]+>", "", bar[0]).split())


def propose(world: World, author: str) -> str:
    begun = world.do(
        world.assistant.studio.studio.publications.begin(
            "proposed",
            kind="publication",
            why="Новые слова",
            author=author,
            changes=["Изменён ответ"],
            edition="e",
            model="m",
        )
    )
    return str(begun.id)


@pytest.fixture(scope="module")
def editor(world: World) -> Account:
    return world.account("Анна Редакторова", ("editor",))


@pytest.fixture(scope="module")
def approver(world: World) -> Account:
    return world.account("Борис Одобряев", ("editor", "approver"))


@pytest.fixture(scope="module")
def number(world: World, editor: Account, approver: Account) -> int:
    """A message of a citizen, and a proposal of the first editor."""
    said = read_by_robot(world, world.citizen(), "почём нынче загран сделать", ("ask_fee", 0.25))
    propose(world, editor.id)
    return said


def test_what_waits_stands_beside_its_room_until_somebody_settles_it(
    world: World, editor: Account, approver: Account, number: int
) -> None:
    assert f"Из жизни {PHRASES}1" in badges(world, editor)
    world.browser(editor).post("/desk/studio/inbox/settle", {"messages": str(number), "ignore": "1"})
    assert PHRASES not in badges(world, editor)


def test_a_proposal_is_shown_to_whoever_may_approve_it_and_to_nobody_else(
    world: World, editor: Account, approver: Account, number: int
) -> None:
    assert f"Выпуск {APPROVALS}1" in badges(world, approver)
    assert APPROVALS not in badges(world, editor)
    only = world.account("Вера Одобряева", ("approver",))
    assert f"Выпуск {APPROVALS}1" in badges(world, only, "/desk/studio/publish")


def test_the_database_is_asked_once_in_a_few_seconds(world: World) -> None:
    time, house = [0.0], world.assistant.studio
    waiting = Waiting(house.readings, house.studio.publications, clock=lambda: time[0])
    before = world.do(waiting.now()).phrases
    read_by_robot(world, world.citizen(), "сколько за загранку", ("ask_fee", 0.25))
    assert world.do(waiting.now()).phrases == before
    time[0] = SECONDS
    assert world.do(waiting.now()).phrases == before + 1


@pytest.mark.asyncio(loop_scope="session")
async def test_the_numbers_are_readable_by_everybody_on_any_screen(
    approver: Account, number: int, opened: Open
) -> None:
    page = await opened(approver, "/desk/studio/plain", 390, 844)
    assert await violations(page) == []
    assert await sideways(page) == 0
