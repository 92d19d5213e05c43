"""A click on «Сохранить» right after typing: the check that leaving the field starts must not take the click away."""

from __future__ import annotations

from typing import Any

import pytest

from bot.accounts.interface import Account
from tests.desk.conftest import Open
from tests.desk.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG = "В целях осуществления получения справки необходимо произвести оформление заявления."
FORMS = {
    "line": ("/desk/studio/persona/line122/feelings.anger", "[id^=text-]", "Понимаю вас и не спорю с вами.", "/check"),
    "answer": ("/desk/studio/answers/utter_goodbye", "[id^=text-]", LONG, "/check"),
    "record": ("/desk/studio/records/services", "textarea[hx-trigger=change]", LONG, "/plain"),
}
"""Each form whose fields are checked while it is filled in: address, field, new words, end of the check's address."""


@pytest.fixture
def editor(world: World) -> Account:
    return world.account("Анна Редакторова", ("editor",))


@pytest.mark.parametrize("form", FORMS)
async def test_a_slow_press_on_save_after_typing_saves(editor: Account, opened: Open, form: str) -> None:
    path, field, words, check = FORMS[form]
    page = await opened(editor, path)
    if form == "record":
        await page.locator("tbody th a").first.click()
        await page.locator("form.record").wait_for()
    checks: list[str] = []
    page.on("request", lambda sent: checks.append(sent.url) if sent.url.endswith(check) else None)
    box = page.locator(field).last
    await box.fill(words)
    save = page.get_by_role("button", name="Сохранить в черновик").last
    await save.scroll_into_view_if_needed()
    await _press(page, save)
    # A whole answer of the server passes while the mouse is down: time for a check to come back.
    await page.evaluate("async () => { await (await fetch(location.href)).text(); }")
    assert await save.is_enabled()
    before = len(checks)
    await page.mouse.up()
    await page.get_by_text("Сохранено в").wait_for(timeout=10_000)
    assert before <= 1, "only the pause after typing may have asked for a check"


async def _press(page: Any, button: Any) -> None:
    place = await button.bounding_box()
    await page.mouse.move(place["x"] + place["width"] / 2, place["y"] + 3)
    await page.mouse.down()
