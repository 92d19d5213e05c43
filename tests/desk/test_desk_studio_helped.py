"""From the press on «Не помогло» in the widget to the editor: her inbox, the share of every answer, the supervisor's board."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import httpx
import pytest
from playwright.async_api import expect
from sqlalchemy import delete

from bot.studio.tables import VoteRow
from channels.widget.sessions import COOKIE
from tests.desk.conftest import Open
from tests.desk.looks import sideways, violations
from tests.desk.test_desk_studio_inbox import INBOX, editor, settle_all
from tests.desk.world import World

in_browser = pytest.mark.asyncio(loop_scope="session")


class Visitor:
    """A visitor of the site whose page posts its frames."""

    def __init__(self, world: World) -> None:
        self.world, self.headers = world, {"Origin": world.url}
        answer = httpx.post(f"{world.url}/widget/session", headers=self.headers)
        self.headers["Cookie"] = f"{COOKIE}={answer.cookies[COOKIE]}"

    def frame(self, **frame: Any) -> dict[str, Any]:
        sent = httpx.post(
            f"{self.world.url}/widget/frames", json={"id": str(uuid.uuid4())} | frame, headers=self.headers
        )
        (answer,) = sent.json()["frames"]
        return dict(answer)

    def ask(self, words: str, intent: str, second: str, answer: str) -> int:
        """Ask, and be answered as in life: Rasa calls an action first; the number of the answer."""
        judged = {"answered": {"intent": intent, "answer": answer}}
        self.world.rasa.answering = lambda _text: [{"text": "Вот что нужно."}, {"custom": judged}]
        seq = self.frame(type="message", text=words)["seq"]
        with httpx.stream(
            "POST", f"{self.world.url}/widget/events", json={"after": seq}, headers=self.headers
        ) as events:
            said = next(one for line in events.iter_lines() if line.startswith("data:") and (one := json.loads(line[5:]))
                        ["type"] == "message")  # fmt: skip
        ranking = [{"name": intent, "confidence": 0.6}, {"name": second, "confidence": 0.2}]
        latest = {"text": words, "intent": ranking[0], "intent_ranking": ranking, "metadata": {"message": seq}}

        async def hear() -> None:
            self.world.assistant.studio.readings.heard({"latest_message": latest, "events": []}, "action_ask_documents")

        self.world.do(hear())
        assert said["vote"] == "none"
        return int(said["seq"])


@pytest.fixture
def fresh(world: World) -> World:
    settle_all(world)

    async def forget() -> None:
        async with world.assistant.store.write() as session:
            await session.execute(delete(VoteRow))

    world.do(forget())
    return world


def test_a_press_reaches_the_inbox_with_the_masked_words_before_it(fresh: World) -> None:
    visitor = Visitor(fresh)
    answer = visitor.ask("какие документы нужны Кузнецовой Марии", "ask_documents", "ask_fee", "services/passport_rf")
    ack = visitor.frame(type="vote", seq=answer, value="down")
    assert [button["payload"] for button in ack["buttons"]] == ["/ask_fee"]
    me = fresh.browser(editor(fresh))
    page = me.get(f"{INBOX}/groups?doubt=thumbs_down").text
    assert "ответ не помог" in page and "какие документы нужны [фамилия] [имя]" in page and "Кузнецов" not in page
    visitor.frame(type="vote", seq=answer, value="up")
    assert "какие документы нужны" not in me.get(f"{INBOX}/groups?doubt=thumbs_down").text


def test_answers_are_listed_with_their_counts_the_worst_first(fresh: World) -> None:
    for number in range(4):
        visitor = Visitor(fresh)
        good = visitor.ask("сколько стоит", "ask_fee", "ask_documents", "utter_payment_link")
        visitor.frame(type="vote", seq=good, value="up")
        bad = visitor.ask("какие документы", "ask_documents", "ask_fee", "articles/pin_code")
        visitor.frame(type="vote", seq=bad, value="up" if number == 0 else "down")
    me = fresh.browser(editor(fresh))
    page = me.get("/desk/studio/helped").text
    assert "Помогло 5 из 8, это 62 %" in page
    assert re.findall(r">(\d из \d)<", page) == ["1 из 4", "4 из 4"]
    assert (
        "/desk/studio/records/articles/one?key=pin_code" in page and "/desk/studio/answers/utter_payment_link" in page
    )
    for address in ("/desk/studio/records/articles/one?key=pin_code", "/desk/studio/answers/utter_payment_link"):
        assert me.get(address).status_code == 200
    card = me.get("/desk/studio/home/helped").text
    assert "Помогло 5 из 8 за 30 дней" in card and "1 из 4" in card and "4 из 4" not in card
    boss = fresh.browser(fresh.account("Ирина Главная", ("supervisor",)))
    assert "сегодня 5 из 8 оценок" in boss.get("/desk/board/now").text


def test_votes_older_than_the_span_are_left_out_and_strange_names_do_no_harm(fresh: World) -> None:
    visitor = Visitor(fresh)
    old = visitor.ask("где пин", "no_such_wish", "ask_fee", "articles/<b>gone</b>")
    visitor.frame(type="vote", seq=old, value="down")
    me = fresh.browser(editor(fresh))
    page = me.get("/desk/studio/helped?days=99999").text
    assert "&lt;b&gt;gone" in page and "<b>gone" not in page and "0 из 1" in page
    fresh.forward(days=8)
    me = fresh.browser(editor(fresh))
    assert "Оценок пока нет" in me.get("/desk/studio/helped?days=7").text
    assert "0 из 1" in me.get("/desk/studio/helped?days=30").text


@in_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_the_page_of_shares(fresh: World, opened: Open, scheme: str) -> None:
    for words, answer, value in (
        ("сколько стоит", "utter_payment_link", "up"),
        ("где пин", "articles/pin_code", "down"),
    ):
        visitor = Visitor(fresh)
        visitor.frame(type="vote", seq=visitor.ask(words, "ask_fee", "ask_documents", answer), value=value)
    page = await opened(editor(fresh), "/desk/studio/helped", width=390, height=844, color_scheme=scheme)
    await expect(page.get_by_role("heading", name="Помогло 1 из 2")).to_be_visible()
    assert await violations(page) == []
    assert await sideways(page) == 0
    await page.goto(f"{fresh.url}/desk/studio")
    await expect(page.get_by_text("Помогло 1 из 2 за 30 дней")).to_be_visible()
    assert await violations(page) == []
