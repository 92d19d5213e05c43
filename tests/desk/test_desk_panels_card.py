"""The aside of a talk over HTTP: who sees what, what is noted of it, and what the card holds."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from tests.desk.panel_people import Shift
from tests.desk.world import World


@pytest.fixture(scope="module")
def shift(world: World) -> Shift:
    return Shift(world)


def canned_in(page: str) -> list[dict[str, object]]:
    found = re.search(r"data-answers='([^']*)'", page)
    assert found
    return list(json.loads(unescape(found[1])))


def test_the_card_shows_who_this_is_and_hides_the_telephone(shift: Shift) -> None:
    citizen = shift.world.citizen()
    talk = shift.leads(citizen)
    person = shift.knows(talk, full_name="Иванова Анна Петровна", phone="+79111234567", segment="pensioner")
    shift.agrees(talk)
    page = shift.browser.get(f"/desk/talks/{talk}/side")
    assert page.status_code == 200
    for shown in ("Иванова Анна Петровна", "•••-45-67", "на пенсии", "русский", "Согласие на обработку", "2026-11-01"):
        assert shown in page.text
    assert "9111234567" not in page.text and "911 123" not in page.text
    assert shift.actions(person)[0] == "card_viewed"

    full = shift.browser.post(f"/desk/talks/{talk}/phone")
    assert "+7 911 123-45-67" in full.text
    assert shift.actions(person)[0] == "phone_shown"


def test_past_talks_cases_and_call_backs_are_listed(shift: Shift) -> None:
    citizen = shift.world.citizen()
    talk = shift.leads(citizen, topic="transport")
    person = shift.knows(talk, phone="+79111234567")
    shift.do(shift.parts.tickets.file(person, "Автобус 5 не ходит", "transport", channel="widget", key="card-1"))
    number = shift.do(shift.parts.people.request_callback(person, "+79111234567", None, "transport", talk)).number
    closed = shift.browser.post(
        f"/desk/talks/{talk}/close", {"topic": "transport", "result": "answered", "resolved": "yes"}
    )
    assert closed.status_code == 200
    again = shift.leads(citizen)
    page = shift.browser.get(f"/desk/talks/{again}/side").text
    assert "ОБ-2026-" in page and "/desk/tickets/" in page
    assert number in page
    assert "Ответили на вопрос" in page and "решено сразу" in page and "Ольга" in page


def test_nobody_of_another_group_sees_any_panel(shift: Shift) -> None:
    talk = shift.leads(shift.world.citizen())
    stranger = shift.world.browser(shift.world.account("Чужой", groups=("health",)))
    get = ("side", "card", "knowledge?q=паспорт", "suggestion", "book", "ticket", "consent", "closing")
    post = ("phone", "book", "book/choice", "ticket", "consent", "consent/send", "link", "close")
    assert {stranger.get(f"/desk/talks/{talk}/{path}").status_code for path in get} == {404}
    assert {stranger.post(f"/desk/talks/{talk}/{path}").status_code for path in post} == {404}
    assert stranger.get(f"/desk/talks/{talk}/visits/ТЛ-2026-000001/move").status_code == 404
    assert stranger.post(f"/desk/talks/{talk}/visits/ТЛ-2026-000001/cancel").status_code == 404
    assert stranger.post("/desk/draft-check", {"text": "да", "talk": talk}).status_code == 404
    unknown = shift.browser.get("/desk/talks/00000000-0000-0000-0000-000000000000/side")
    assert unknown.status_code == 404


def test_a_colleague_who_does_not_lead_the_talk_sees_the_card_but_does_nothing_in_it(shift: Shift) -> None:
    talk = shift.leads(shift.world.citizen())
    other = shift.world.browser(shift.world.account("Коллега"))
    page = other.get(f"/desk/talks/{talk}/side")
    assert page.status_code == 200 and "Сделать за гражданина" not in page.text
    refused = other.post(f"/desk/talks/{talk}/consent", {"answer": "yes", "how": "read", "said": "да"})
    assert refused.status_code == 409 and "возьмите разговор" in refused.json()["detail"]


def test_nobody_without_a_session_sees_a_panel(shift: Shift) -> None:
    talk = shift.leads(shift.world.citizen())
    assert shift.world.browser().get(f"/desk/talks/{talk}/side", headers={"HX-Request": "true"}).status_code == 401


def test_what_a_citizen_says_of_herself_is_text_and_nothing_else(shift: Shift) -> None:
    talk = shift.leads(shift.world.citizen())
    evil = "<img src=x onerror=alert(1)>' \"</template>"
    shift.knows(talk, full_name=evil, phone=evil, segment=evil)
    page = shift.browser.get(f"/desk/talks/{talk}/side").text
    assert "<img" not in page and page.count("</template>") == 1


def test_ready_answers_are_filled_from_the_card(shift: Shift) -> None:
    talk = shift.leads(shift.world.citizen())
    shift.knows(talk, full_name="Иванова Анна Петровна")
    answers = {str(a["id"]): a for a in canned_in(shift.browser.get(f"/desk/talks/{talk}/side").text)}
    assert "Меня зовут Ольга" in str(answers["common:hello"]["text"])
    assert str(answers["common:hello_name"]["text"]).startswith("Здравствуйте, Анна!")
    visit = answers["common:visit"]
    assert "{номер_записи}" in str(visit["text"]) and "номер_записи" in visit["missing"]  # type: ignore[operator]


def test_a_messenger_that_must_not_carry_personal_data_gets_no_name(shift: Shift) -> None:
    talk = shift.leads(shift.world.citizen("telegram"))
    shift.knows(talk, full_name="Иванова Анна Петровна")
    answers = {str(a["id"]): a for a in canned_in(shift.browser.get(f"/desk/talks/{talk}/side").text)}
    assert answers["common:hello_name"]["missing"] == ["имя"]
    assert answers["common:swindlers"]["missing"] == []
