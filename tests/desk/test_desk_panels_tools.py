"""Knowledge, the suggested answer, the check of a draft, and the page of ready answers, over HTTP."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.desk.panel_people import Shift
from tests.desk.world import World

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture(scope="module")
def shift(world: World) -> Shift:
    return Shift(world)


def inserts(page: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'data-insert="([^"]*)"', page)]


def test_a_search_finds_facts_with_their_source(shift: Shift) -> None:
    talk = shift.leads(shift.world.citizen())
    page = shift.browser.get(f"/desk/talks/{talk}/knowledge", params={"q": "сколько стоит загранпаспорт"}).text
    price = next(text for text in inserts(page) if "Стоимость" in text)
    assert "Источник: каталог услуг" in price
    status = shift.browser.get(f"/desk/talks/{talk}/knowledge", params={"q": "передано на выдачу в ОГВ"}).text
    assert any("орган государственной власти" in text for text in inserts(status))
    assert all("\nИсточник: " in text for text in inserts(page + status))


def test_a_search_that_finds_nothing_says_so(shift: Shift) -> None:
    talk = shift.leads(shift.world.citizen())
    assert "Ничего похожего" in shift.browser.get(f"/desk/talks/{talk}/knowledge?q=щщщщ").text
    assert "три буквы" in shift.browser.get(f"/desk/talks/{talk}/knowledge?q=ж").text
    assert shift.browser.get(f"/desk/talks/{talk}/knowledge?q=").text.strip() == ""


def test_an_answer_is_suggested_only_when_the_house_is_sure(shift: Shift) -> None:
    sure, unsure = shift.world.citizen(), shift.world.citizen()
    sure.say("Какие документы нужны для замены паспорта?")
    unsure.say("Мне грустно, кот сбежал на крышу соседнего дома")
    page = shift.browser.get(f"/desk/talks/{shift.leads(sure)}/suggestion").text
    assert len(inserts(page)) == 1 and "Возьмите с собой" in inserts(page)[0] and "каталог услуг" in page
    assert inserts(shift.browser.get(f"/desk/talks/{shift.leads(unsure)}/suggestion").text) == []


def test_a_draft_is_judged_and_its_slips_are_named(shift: Shift) -> None:
    page = shift.browser.post("/desk/draft-check", {"text": "Здраствуйте! В целях записи придите <b>завтра</b>."}).text
    assert (
        "из 100" in page
        and 'data-better="Здравствуйте"' in page
        and 'data-better="Для"' in page
        and "канцелярит" in page
    )
    assert "<b>завтра" not in page
    assert shift.browser.post("/desk/draft-check", {"text": " "}).text.strip() == ""
    assert "100 из 100" in shift.browser.post("/desk/draft-check", {"text": "Да, приходите завтра."}).text


def test_the_name_of_the_talks_citizen_is_no_slip(shift: Shift) -> None:
    talk = shift.leads(shift.world.citizen())
    shift.knows(talk, full_name="Забельченко Анна")
    text = "Забельченко, приходите завтра."
    assert "нет в словаре" in shift.browser.post("/desk/draft-check", {"text": text}).text
    assert "нет в словаре" not in shift.browser.post("/desk/draft-check", {"text": text, "talk": talk}).text


def test_a_supervisor_writes_changes_and_deletes_answers_of_her_groups(shift: Shift) -> None:
    boss = shift.world.account("Марина", ("supervisor",), ("general",))
    browser = shift.world.browser(boss)
    assert browser.get("/desk/canned").status_code == 200
    given = {"group": "general", "shortcut": "график", "title": "Часы", "text": "Работаем с 8 до 20."}
    made = browser.post("/desk/canned", given, files={"files": ("график.pdf", PDF, "application/pdf")})
    assert "сохранён" in made.text and "график.pdf" in made.text
    one = next(c for c in shift.do(shift.parts.canned.all()) if c.shortcut == "график")
    assert one.changed_by == boss.id
    file = browser.get(f"/desk/canned/{one.id}/files/0")
    assert file.content == PDF and "sandbox" in file.headers["content-security-policy"]

    again = browser.post("/desk/canned", given)
    assert "уже занято" in again.text and again.headers["HX-Retarget"] == "#canned-form"
    form = browser.get(f"/desk/canned/{one.id}/edit").text
    assert "Работаем с 8 до 20." in form and "график.pdf" in form
    changed = browser.post(f"/desk/canned/{one.id}", given | {"text": "Работаем с 9 до 20.", "kept": one.files[0].ref})
    assert "с 9 до 20" in changed.text
    assert len(shift.do(shift.parts.canned.get(one.id)).files) == 1
    assert "удалён" in browser.post(f"/desk/canned/{one.id}/delete").text
    log = [e.action for e in shift.do(shift.parts.audit.page(actor=boss.id))]
    assert [a for a in log if a.startswith("canned")] == ["canned_deleted", "canned_changed", "canned_added"]


def test_an_operator_gets_the_answers_of_her_groups_with_files(shift: Shift) -> None:
    boss = shift.world.browser(shift.world.account("Марина", ("supervisor",), ("city", "health")))
    text = {"title": "Двор", "text": "Двор убирает компания."}
    boss.post("/desk/canned", text | {"group": "city", "shortcut": "двор"}, files={"files": ("а.pdf", PDF)})
    boss.post("/desk/canned", text | {"group": "health", "shortcut": "врач"})
    side = shift.browser.get(f"/desk/talks/{shift.leads(shift.world.citizen())}/side").text
    answers = unescape(re.findall(r"data-answers='([^']*)'", side)[0])
    assert '"shortcut": "\\u0434\\u0432\\u043e\\u0440"' in answers and "\\u0432\\u0440\\u0430\\u0447" not in answers
    assert '"files": ["\\u0430.pdf"]' in answers


def test_answers_of_other_groups_and_everybodys_are_not_a_supervisors_to_change(shift: Shift) -> None:
    editor = shift.world.browser(shift.world.account("Редактор", ("editor",), ()))
    boss = shift.world.browser(shift.world.account("Марина", ("supervisor",), ("general",)))
    editor.post("/desk/canned", {"group": "", "shortcut": "всем", "title": "Всем", "text": "Добрый день."})
    editor.post("/desk/canned", {"group": "city", "shortcut": "яма", "title": "Яма", "text": "Яму заделают."})
    page = boss.get("/desk/canned").text
    assert "Добрый день." in page and "Яму заделают." not in page
    for one in shift.do(shift.parts.canned.all()):
        if one.shortcut in ("всем", "яма"):
            assert boss.get(f"/desk/canned/{one.id}/edit").status_code == 404
            assert boss.post(f"/desk/canned/{one.id}/delete").status_code == 404
            assert boss.get(f"/desk/canned/{one.id}/files/0").status_code == 404
    refused = boss.post("/desk/canned", {"group": "city", "shortcut": "", "title": "Чужое", "text": "Текст."})
    assert "другой руководитель" in refused.text
    assert boss.get("/desk/canned/common:hello/edit").status_code == 404


def test_an_operator_may_not_open_the_page_of_ready_answers(shift: Shift) -> None:
    assert shift.browser.get("/desk/canned").status_code == 403
    assert shift.browser.post("/desk/canned", {"title": "Х", "text": "Х"}).status_code == 403


def test_a_hostile_file_is_refused_and_nothing_is_kept(shift: Shift) -> None:
    boss = shift.world.browser(shift.world.account("Марина", ("supervisor",), ("general",)))
    before = len(shift.do(shift.parts.canned.all()))
    given = {"group": "general", "shortcut": "", "title": "Вирус", "text": "Текст."}
    refused = boss.post("/desk/canned", given, files={"files": ("x.html", b"<script>alert(1)</script>")})
    assert refused.status_code == 409
    assert len(shift.do(shift.parts.canned.all())) == before


def test_a_preview_shows_what_the_citizen_will_read(shift: Shift) -> None:
    boss = shift.world.browser(shift.world.account("Марина", ("supervisor",), ("general",)))
    page = boss.post("/desk/canned/preview", {"text": "{имя}, вас ждут: {время_записи}. {луна} <b>"}).text
    assert "Анна, вас ждут: 24 ноября" in page and "Нет такой вставки: луна" in page and "&lt;b&gt;" in page
