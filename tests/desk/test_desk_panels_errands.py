"""The robot's work done by a person, over HTTP: visits, tickets, consents with proof, one-time links, and the close."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from bot.services.consents.tables import ConsentRow
from bot.store.events import EventRow
from tests.desk.panel_people import Shift
from tests.desk.world import World


@pytest.fixture(scope="module")
def shift(world: World) -> Shift:
    return Shift(world)


def fields(page: str) -> dict[str, str]:
    """What a browser would send of the first form, untouched."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]+>", page):
        given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if given.get("type") in ("radio", "checkbox") and " checked" not in tag:
            continue
        if "name" in given:
            found[given["name"]] = unescape(given.get("value", ""))
    for name, inside in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inside) or re.search(r'value="([^"]*)"', inside)
        found[name] = unescape(chosen[1]) if chosen else ""
    for name, inside in re.findall(r'<textarea [^>]*name="(\w+)"[^>]*>(.*?)</textarea>', page, re.S):
        found[name] = unescape(inside)
    return found


def events(shift: Shift, talk: str) -> list[Any]:
    async def read() -> list[Any]:
        async with shift.parts.store.read() as session:
            rows = await session.scalars(
                select(EventRow).where(EventRow.conversation_id == talk, EventRow.name == "errand_done")
            )
            return list(rows)

    return list(shift.do(read()))


def first_centre(shift: Shift) -> str:
    return str(shift.parts.content.centres[0].id)


def book(shift: Shift, talk: str, **change: str) -> Any:
    form = fields(shift.browser.get(f"/desk/talks/{talk}/book").text)
    return shift.browser.post(f"/desk/talks/{talk}/book", form | change)


def test_a_visit_is_booked_from_what_the_robot_gathered_and_the_citizen_is_told(shift: Shift) -> None:
    citizen = shift.world.citizen()
    centre = shift.parts.content.centres[1]
    wanted = {
        "service": "passport_replacement",
        "centre": centre.id,
        "appointment_day": "2026-11-18",
        "appointment_time": "11:00",
    }
    talk = shift.leads(citizen, slots=wanted)
    person = shift.knows(talk, full_name="Иванова Анна Петровна", phone="+79111234567")
    shift.agrees(talk)
    form = fields(shift.browser.get(f"/desk/talks/{talk}/book").text)
    assert (form["service"], form["centre"], form["day"]) == ("passport_replacement", centre.id, "2026-11-18")
    assert form["start"].startswith("2026-11-18T11:00") and form["name"] == "Иванова Анна Петровна"
    assert form["phone"] == ""

    done = shift.browser.post(f"/desk/talks/{talk}/book", form)
    assert done.headers["HX-Trigger"] == "panels:changed"
    visit = shift.do(shift.parts.appointments.mine(person, shift.world.clock()))[0]
    assert visit.number in done.text and visit.person == {"name": "Иванова Анна Петровна", "phone": "+79111234567"}
    told = shift.said(citizen)[-1]
    assert visit.number in told and centre.title in told and "18 ноября, среда, в 11:00" in told
    assert "visit_booked" in shift.actions(person)
    assert [e.data["deed"] for e in events(shift, talk)] == ["visit_booked"]
    assert events(shift, talk)[0].data["operator"] == shift.me.id

    twice = shift.browser.post(f"/desk/talks/{talk}/book", form)
    assert "уже записан" in twice.text and len(shift.said(citizen)) == 1


def test_no_personal_field_is_offered_before_a_consent(shift: Shift) -> None:
    talk = shift.leads(shift.world.citizen(), slots={"service": "passport_replacement"})
    page = shift.browser.get(f"/desk/talks/{talk}/book").text
    assert "Сначала нужно согласие" in page and 'name="name"' not in page and "then=book" in page
    forced = shift.browser.post(f"/desk/talks/{talk}/book", fields(page) | {"name": "Иванова Анна"})
    assert "Сначала нужно согласие" in forced.text
    assert shift.do(shift.parts.appointments.mine(shift.citizen_id(talk), shift.world.clock())) == []


def test_a_time_that_was_just_taken_gives_way_to_the_nearest(shift: Shift) -> None:
    talk = shift.leads(shift.world.citizen(), slots={"service": "passport_replacement"})
    shift.knows(talk, full_name="Иванова Анна")
    shift.agrees(talk)
    form = fields(shift.browser.get(f"/desk/talks/{talk}/book").text)
    page = shift.browser.post(
        f"/desk/talks/{talk}/book", form | {"start": re.sub(r"T\d\d:\d\d", "T12:07", form["start"])}
    ).text
    assert "не записывают" in page and "Ближайшее свободное" in page
    assert fields(page)["name"] == "Иванова Анна" and fields(page)["start"]


def test_wrong_names_and_telephones_are_said_before_anything_is_booked(shift: Shift) -> None:
    talk = shift.leads(shift.world.citizen(), slots={"service": "passport_replacement"})
    shift.agrees(talk)
    assert "кто придёт" in book(shift, talk, name=" ").text
    assert "не дозвониться" in book(shift, talk, name="Иванова Анна", phone="12").text
    assert "Выберите день и время" in book(shift, talk, name="Иванова Анна", start="завтра").text


def test_another_centre_keeps_what_was_filled_in(shift: Shift) -> None:
    talk = shift.leads(shift.world.citizen(), slots={"service": "passport_replacement"})
    shift.agrees(talk)
    form = fields(shift.browser.get(f"/desk/talks/{talk}/book").text)
    other = shift.parts.content.centres[-1].id
    page = shift.browser.post(
        f"/desk/talks/{talk}/book/choice", form | {"centre": other, "name": "Пётр Иванов", "phone": "+79110000000"}
    ).text
    assert fields(page)["centre"] == other and fields(page)["name"] == "Пётр Иванов"
    assert fields(page)["key"] == form["key"]


def test_the_citizens_words_name_the_service_when_the_robot_gathered_none(shift: Shift) -> None:
    citizen = shift.world.citizen()
    citizen.say("Хочу заменить паспорт")
    talk = shift.leads(citizen)
    assert fields(shift.browser.get(f"/desk/talks/{talk}/book").text)["service"] == "passport_replacement"


def test_who_comes_does_not_replace_the_name_of_the_citizen(shift: Shift) -> None:
    talk = shift.leads(shift.world.citizen(), slots={"service": "passport_replacement"})
    person = shift.knows(talk, full_name="Иванова Анна")
    shift.agrees(talk)
    book(shift, talk, name="Иванов Пётр", phone="+79110000000")
    profile = shift.do(shift.parts.profiles.get(person))
    assert profile["full_name"] == "Иванова Анна" and profile["phone"] == "+79110000000"


def test_a_visit_is_moved_and_cancelled(shift: Shift) -> None:
    citizen = shift.world.citizen()
    talk = shift.leads(citizen, slots={"service": "passport_replacement"})
    person = shift.knows(talk, full_name="Иванова Анна")
    shift.agrees(talk)
    book(shift, talk, start="2026-11-19T12:00:00+03:00")
    number = shift.do(shift.parts.appointments.mine(person, shift.world.clock()))[0].number
    base = f"/desk/talks/{talk}/visits/{number}"
    form = fields(shift.browser.get(f"{base}/move?day=2026-11-20").text)
    assert form["start"].startswith("2026-11-20")
    moved = shift.browser.post(f"{base}/move", form)
    assert "перенесена" in moved.text and "20 ноября" in shift.said(citizen)[-1] and number in shift.said(citizen)[-1]
    gone = shift.browser.post(f"{base}/cancel", fields(shift.browser.get(f"{base}/cancel").text))
    assert "отменена" in gone.text and "отменена" in shift.said(citizen)[-1]
    assert shift.do(shift.parts.appointments.find(number)).state == "cancelled"
    assert {"visit_moved", "visit_cancelled"} <= set(shift.actions(person))
    assert shift.browser.get(f"{base}/cancel").status_code == 404


def test_a_visit_of_another_citizen_is_not_found(shift: Shift) -> None:
    first = shift.leads(shift.world.citizen(), slots={"service": "passport_replacement"})
    person = shift.knows(first, full_name="Иванова Анна")
    shift.agrees(first)
    book(shift, first)
    number = shift.do(shift.parts.appointments.mine(person, shift.world.clock()))[0].number
    second = shift.leads(shift.world.citizen())
    assert shift.browser.get(f"/desk/talks/{second}/visits/{number}/move").status_code == 404
    assert shift.browser.post(f"/desk/talks/{second}/visits/{number}/cancel").status_code == 404


def test_a_consent_is_taken_with_its_script_and_proof(shift: Shift) -> None:
    citizen = shift.world.citizen()
    talk = shift.leads(citizen)
    person = shift.citizen_id(talk)
    text = shift.parts.consents.text("personal_data")
    page = shift.browser.get(f"/desk/talks/{talk}/consent?then=book").text
    assert text.version in page and all(part in unescape(page) for part in text.text.split("\n\n"))
    form = fields(page)
    assert (
        "без них согласие не доказать"
        in shift.browser.post(f"/desk/talks/{talk}/consent", form | {"answer": "yes"}).text
    )

    sent = shift.browser.post(f"/desk/talks/{talk}/consent/send", form)
    assert text.text in shift.said(citizen)[-1] and "Отправлено" in sent.text
    citizen.say("Да, согласна")
    ready = fields(shift.browser.get(f"/desk/talks/{talk}/consent?then=book").text)
    assert (ready["said"], ready["how"]) == ("Да, согласна", "sent")
    done = shift.browser.post(f"/desk/talks/{talk}/consent", ready | {"answer": "yes"})
    assert "записано" in done.text and f"/desk/talks/{talk}/book" in done.text
    assert shift.do(shift.parts.consents.has(person, "personal_data"))

    async def proof() -> Any:
        async with shift.parts.store.read() as session:
            row = await session.scalar(select(ConsentRow).where(ConsentRow.citizen_id == person))
            return row.channel, shift.parts.vault.open(row.proof_sealed)

    channel, kept = shift.do(proof())
    assert channel == "widget" and text.version in [
        c.text_version for c in shift.do(shift.parts.consents.active(person))
    ]
    shown = json.dumps(kept, ensure_ascii=False)
    assert shift.me.id in shown and "Да, согласна" in shown and '"how": "sent"' in shown
    assert "consent_taken" in shift.actions(person)


def test_a_no_is_noted_and_gives_no_consent(shift: Shift) -> None:
    talk = shift.leads(shift.world.citizen())
    form = fields(shift.browser.get(f"/desk/talks/{talk}/consent").text)
    assert "не согласен" in shift.browser.post(f"/desk/talks/{talk}/consent", form | {"answer": "no"}).text
    person = shift.citizen_id(talk)
    assert not shift.do(shift.parts.consents.has(person, "personal_data"))
    assert "consent_declined" in shift.actions(person)


def test_a_ticket_is_filed_with_the_guessed_topic_and_told(shift: Shift) -> None:
    citizen = shift.world.citizen()
    story = "Во дворе третью неделю не вывозят мусор, контейнеры переполнены"
    talk = shift.leads(citizen, slots={"problem_text": story, "problem_address": "ул. Садовая, 12"})
    person = shift.knows(talk, full_name="Иванова Анна", phone="+79111234567")
    shift.agrees(talk)
    form = fields(shift.browser.get(f"/desk/talks/{talk}/ticket").text)
    assert form["text"] == story and form["address"] == "ул. Садовая, 12" and form["topic"].startswith("ecology_waste")
    done = shift.browser.post(f"/desk/talks/{talk}/ticket", form)
    ticket = shift.do(shift.parts.tickets.mine(person))[0]
    assert ticket.number in done.text and ticket.number in shift.said(citizen)[-1] and not ticket.anonymous
    kept = shift.do(shift.parts.tickets.text_of(ticket.number))
    assert kept.text == story and kept.contact == {"name": "Иванова Анна", "phone": "+79111234567"}
    shift.browser.post(f"/desk/talks/{talk}/ticket", form)
    assert len(shift.do(shift.parts.tickets.mine(person))) == 1 and len(shift.said(citizen)) == 1
    assert "ticket_taken" in shift.actions(person)


def test_without_a_consent_a_ticket_can_be_filed_without_a_name(shift: Shift) -> None:
    citizen = shift.world.citizen()
    talk = shift.leads(citizen, slots={"problem_text": "Автобус номер пять не приходит по утрам"})
    form = fields(shift.browser.get(f"/desk/talks/{talk}/ticket").text)
    named = {k: v for k, v in form.items() if k != "anonymous"}
    assert "Сначала нужно согласие" in shift.browser.post(f"/desk/talks/{talk}/ticket", named | {"name": "Анна"}).text
    shift.browser.post(f"/desk/talks/{talk}/ticket", form)
    ticket = shift.do(shift.parts.tickets.mine(shift.citizen_id(talk)))[0]
    assert ticket.anonymous and re.search(r"Код для проверки: \d{6}", shift.said(citizen)[-1])


def test_where_personal_data_must_not_go_a_one_time_link_is_sent(shift: Shift) -> None:
    citizen = shift.world.citizen("telegram")
    talk = shift.leads(citizen, slots={"service": "passport_replacement"})
    page = shift.browser.get(f"/desk/talks/{talk}/book").text
    assert "В этом канале нельзя" in page and 'name="name"' not in page
    done = shift.browser.post(f"/desk/talks/{talk}/link", fields(page) | {"errand": "book"})
    assert "Ссылка отправлена" in done.text
    told = shift.said(citizen)[-1]
    assert "/chat#otk=" in told and "15 минут" in told
    consent = shift.browser.post(f"/desk/talks/{talk}/consent", {"answer": "yes", "how": "read", "said": "да"})
    assert consent.status_code == 409


def test_closing_needs_topic_and_result_and_opens_the_next_talk(shift: Shift) -> None:
    left = [one.conversation_id for one in shift.do(shift.parts.views.mine(shift.me.id)) if one.state == "taken"]
    for one in left:
        shift.browser.post(f"/desk/talks/{one}/close", {"topic": "other", "result": "answered"})
    first = shift.leads(shift.world.citizen(), topic="transport")
    second = shift.leads(shift.world.citizen())
    page = shift.browser.get(f"/desk/talks/{first}/closing").text
    assert fields(page)["topic"] == "transport" and "Решено с первого раза" in page
    assert shift.browser.post(f"/desk/talks/{first}/close", {"topic": "transport"}).status_code == 409
    done = shift.browser.post(
        f"/desk/talks/{first}/close", {"topic": "transport", "result": "done", "resolved": "yes", "note": "всё хорошо"}
    )
    assert json.loads(done.headers["HX-Trigger-After-Swap"])["panels:next"]["conversation"] == second
    assert shift.do(shift.parts.views.talk(first)).mode == "robot"
    gone = shift.browser.post(f"/desk/talks/{first}/close", {"topic": "transport", "result": "done"})
    assert gone.status_code == 409
    last = shift.browser.post(f"/desk/talks/{second}/close", {"topic": "other", "result": "no_answer"})
    assert json.loads(last.headers["HX-Trigger-After-Swap"])["panels:next"]["conversation"] == ""
