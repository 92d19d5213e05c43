"""The operator's window over HTTP: taking, talking, passing on, and everything that is refused."""

from __future__ import annotations

import re
import threading
import uuid
from typing import Any

import httpx
import pytest

from bot.accounts.interface import Account
from tests.desk.world import Browser, Citizen, World

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def online(world: World, name: str = "Анна", **more: Any) -> tuple[Account, Browser]:
    """A colleague on the line. The group «crisis» chooses for itself, so nothing is given to her unasked."""
    account = world.account(name, **{"groups": ("crisis",), **more})
    browser = world.browser(account)
    assert browser.post("/desk/status", {"status": "online"}).status_code == 200
    return account, browser


def waiting(world: World, channel: str = "widget", text: str = "Мне очень нужна помощь") -> Citizen:
    """A citizen in the queue of the group «crisis»."""
    citizen = world.citizen(channel)
    citizen.say(text)
    citizen.call_human("crisis", priority=100)
    return citizen


def key() -> dict[str, str]:
    return {"key": str(uuid.uuid4())}


def said(citizen: Citizen, author: str = "operator") -> list[str]:
    return [message.body["text"] for message in citizen.history() if message.author == author]


def held(world: World, name: str = "Анна", channel: str = "widget") -> tuple[Browser, Citizen, str]:
    """A talk that a colleague has just taken; her browser, the citizen, the talk's address."""
    _, browser = online(world, name)
    citizen = waiting(world, channel)
    address = f"/desk/talks/{citizen.conversation}"
    taken = browser.post(f"{address}/take")
    assert taken.status_code == 200, taken.text
    return browser, citizen, address


def test_the_window_shows_who_waits_and_what_was_said(world: World) -> None:
    _, browser = online(world)
    citizen = waiting(world, "vk", "Прорвало трубу, что делать")
    lists = browser.get("/desk/queue").text
    assert citizen.conversation in lists
    assert "ВКонтакте" in lists
    assert "беда" in lists
    page = browser.get(f"/desk?talk={citizen.conversation}")
    assert page.status_code == 200
    assert "Прорвало трубу, что делать" in page.text
    assert "Взять разговор" in page.text
    assert 'id="answer"' not in page.text, "nobody answers before she has taken the talk"


def test_without_a_talk_the_window_says_how_to_begin(world: World) -> None:
    page = world.browser(world.account("Новая", groups=("health",))).get("/desk")
    assert page.status_code == 200
    assert "Разговор не открыт" in page.text
    assert "Включите статус «На линии»" in page.text


def test_of_two_who_take_one_talk_one_gets_it_and_the_other_is_told_why(world: World) -> None:
    pair = [online(world, "Анна")[1], online(world, "Борис")[1]]
    citizen = waiting(world)
    start, answers = threading.Barrier(2), list[httpx.Response]()

    def take(browser: Browser) -> None:
        start.wait(10)
        answers.append(browser.post(f"/desk/talks/{citizen.conversation}/take"))

    threads = [threading.Thread(target=take, args=(one,)) for one in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert "взял" in refused.json()["detail"]
    taken = next(answer for answer in answers if answer.status_code == 200)
    assert 'id="answer"' in taken.text


def test_an_answer_sent_twice_with_one_key_reaches_the_citizen_once(world: World) -> None:
    browser, citizen, address = held(world)
    once = key()
    first = browser.post(f"{address}/messages", {"text": "Добрый день, я помогу", **once})
    again = browser.post(f"{address}/messages", {"text": "Добрый день, я помогу", **once})
    assert (first.status_code, again.status_code) == (200, 200)
    assert "Добрый день, я помогу" in first.text
    assert said(citizen) == ["Добрый день, я помогу"]


def test_a_correction_is_a_message_of_its_own_and_shown_as_one(world: World) -> None:
    browser, citizen, address = held(world)
    browser.post(f"{address}/messages", {"text": "Приходите в 9:00", **key()})
    seq = next(m.seq for m in citizen.history() if m.author == "operator")
    shown = browser.post(f"{address}/messages/{seq}/correct", {"text": "Приходите в 10:00"})
    assert shown.status_code == 200
    assert "исправление" in shown.text
    assert said(citizen) == ["Приходите в 9:00", "Исправление: Приходите в 10:00"]
    robot = next(m.seq for m in citizen.history() if m.author == "robot")
    assert browser.post(f"{address}/messages/{robot}/correct", {"text": "Нет"}).status_code == 409
    stranger = held(world, "Борис")[1]
    foreign = next(m.seq for m in stranger.history() if m.author == "citizen")
    assert browser.post(f"{address}/messages/{foreign}/correct", {"text": "Нет"}).status_code == 404


def test_a_note_is_seen_by_colleagues_only(world: World) -> None:
    browser, citizen, address = held(world)
    assert "Живёт одна, сын в отъезде" in browser.post(f"{address}/notes", {"text": "Живёт одна, сын в отъезде"}).text
    assert all("сын в отъезде" not in m.body["text"] for m in citizen.history())
    colleague = world.browser(world.account("Вера", groups=("crisis",)))
    assert "сын в отъезде" in colleague.get(f"{address}/lines").text
    assert browser.post(f"{address}/notes", {"text": "  "}).status_code == 409
    assert browser.post(f"{address}/notes", {"text": "тише", "kind": "whisper"}).status_code == 404


def test_files_go_to_the_citizen_and_back_out_safely(world: World) -> None:
    browser, citizen, address = held(world)
    sent = browser.post(
        f"{address}/messages",
        {"text": "Вот памятка", **key()},
        files=[
            ("files", ("Памятка.pdf", b"%PDF-1.4 text", "application/pdf")),
            ("files", ("map.png", PNG, "image/png")),
        ],
    )
    assert sent.status_code == 200, sent.text
    message = citizen.history()[-1]
    assert [one["name"] for one in message.body["attachments"]] == ["Памятка.pdf", "map.png"]
    paper = browser.get(f"/desk/files/{citizen.conversation}/{message.seq}/0")
    assert paper.content == b"%PDF-1.4 text"
    assert paper.headers["content-disposition"].startswith("attachment")
    assert paper.headers["x-content-type-options"] == "nosniff"
    picture = browser.get(f"/desk/files/{citizen.conversation}/{message.seq}/1")
    assert picture.content == PNG
    assert picture.headers["content-type"] == "image/png"
    assert "sandbox" in picture.headers["content-security-policy"]
    stranger = world.browser(world.account("Чужая", groups=("health",)))
    assert stranger.get(f"/desk/files/{citizen.conversation}/{message.seq}/0").status_code == 404
    other = held(world, "Борис")[1]
    assert browser.get(f"/desk/files/{other.conversation}/{message.seq}/0").status_code == 404
    assert browser.get(f"/desk/files/{citizen.conversation}/{message.seq}/7").status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("virus.exe", b"MZ\x90\x00", "Такой файл"),
        ("пусто.pdf", b"", "пуст"),
        ("big.pdf", b"%PDF-" + bytes(5_300_000), "5 МБ"),
    ],
)
def test_a_file_that_cannot_go_is_refused_with_words(world: World, name: str, content: bytes, words: str) -> None:
    browser, citizen, address = held(world)
    refused = browser.post(
        f"{address}/messages", {"text": "", **key()}, files={"files": (name, content, "application/pdf")}
    )
    assert refused.status_code == 409
    assert words in refused.json()["detail"]
    assert said(citizen) == []


def test_a_retry_with_its_file_leaves_no_second_file(world: World) -> None:
    browser, citizen, address = held(world)
    once = key()
    for _ in range(2):
        sent = browser.post(
            f"{address}/messages", {"text": "", **once}, files={"files": ("a.pdf", b"%PDF-1 once", "application/pdf")}
        )
        assert sent.status_code == 200
    refs = {one["ref"] for m in citizen.history() for one in m.body.get("attachments") or ()}
    kept = [ref for ref in world.assistant.files.refs() if world.assistant.files.read(ref) == b"%PDF-1 once"]
    assert refs == set(kept)


def test_only_whoever_holds_the_talk_speaks(world: World) -> None:
    _, citizen, address = held(world)
    _, other = online(world, "Борис")
    for path, data in (
        ("messages", {"text": "Я тоже тут", **key()}),
        ("typing", {}),
        ("transfer", {"note": "туда", "to_group": "general"}),
        ("give-back", {}),
    ):
        refused = other.post(f"{address}/{path}", data)
        assert refused.status_code == 409, path
        assert refused.json()["detail"]
    assert said(citizen) == []


def test_an_account_of_another_group_finds_nothing(world: World) -> None:
    _, citizen, address = held(world)
    stranger = world.browser(world.account("Чужая", groups=("health",)))
    for path in (address, f"{address}/lines", f"{address}/head", f"{address}/transfer", f"{address}/give-back"):
        assert stranger.get(path).status_code == 404, path
    assert stranger.get(f"/desk?talk={citizen.conversation}").status_code == 404
    for path in ("messages", "notes", "take", "transfer", "give-back", "typing", "read", "messages/1/correct"):
        answer = stranger.post(
            f"{address}/{path}", {"text": "x", "seq": "1", "to_group": "general", "note": "x", **key()}
        )
        assert answer.status_code == 404, path
    assert citizen.conversation not in stranger.get("/desk/queue").text
    for nowhere in ("nothing", str(uuid.uuid4()), "1'--"):
        assert stranger.get(f"/desk/talks/{nowhere}").status_code == 404


def test_who_may_not_talk_has_no_window(world: World) -> None:
    editor = world.browser(world.account("Редактор", roles=("editor",)))
    assert editor.get("/desk").status_code == 403
    assert editor.get("/desk/queue").status_code == 403
    nobody = world.browser()
    assert nobody.get("/desk/queue").status_code in (303, 401)
    assert nobody.post("/desk/status", {"status": "online"}).status_code in (401, 403)


def test_a_transfer_needs_a_note_and_somebody_at_work(world: World) -> None:
    browser, citizen, address = held(world, "Галина")
    away = world.account("Ольга", groups=("crisis",))
    assert browser.post(f"{address}/transfer", {"note": "Помоги"}).status_code == 409
    refused = browser.post(f"{address}/transfer", {"note": "Помоги", "to_operator": away.id})
    assert refused.status_code == 409
    assert "нет на линии" in refused.json()["detail"]
    colleague, hers = online(world, "Дарья Сомова")
    dialog = browser.get(f"{address}/transfer").text
    assert "Дарья Сомова" in dialog
    assert "Ольга" not in dialog
    assert browser.post(f"{address}/transfer", {"note": " ", "to": f"operator:{colleague.id}"}).status_code == 409
    passed = browser.post(f"{address}/transfer", {"note": "Ждёт ответа про врача", "to": f"operator:{colleague.id}"})
    assert passed.status_code == 200
    assert "desk-moved" in passed.headers["HX-Trigger"]
    assert citizen.conversation in re.findall(r'id="to-([^"]+)"', hers.get("/desk/queue").text)
    assert "Ждёт ответа про врача" in hers.get(f"{address}/lines").text


def test_a_talk_goes_back_to_the_robot_with_a_task(world: World) -> None:
    browser, _, address = held(world)
    assert "Записать на приём" in browser.get(f"{address}/give-back").text
    assert browser.post(f"{address}/give-back", {"task": "/drop_table"}).status_code == 409
    assert browser.post(f"{address}/give-back", {"task": "/book_appointment"}).status_code == 200
    assert "итоги" in browser.get("/desk/queue").text
    assert 'id="answer"' not in browser.get(address).text
    assert browser.post(f"{address}/messages", {"text": "Ещё слово", **key()}).status_code == 409


def test_status_is_one_of_the_house(world: World) -> None:
    _, browser = online(world)
    assert "Пауза: Обед" in browser.post("/desk/status", {"status": "pause", "reason": "Обед"}).text
    for wrong in ({"status": "asleep"}, {"status": "pause", "reason": "Море"}, {"status": "wrap_up"}):
        assert browser.post("/desk/status", wrong).status_code == 409
    citizen = waiting(world)
    refused = browser.post(f"/desk/talks/{citizen.conversation}/take")
    assert refused.status_code == 409
    assert "На линии" in refused.json()["detail"]
    assert "Не на линии" in browser.post("/desk/status", {"status": "offline"}).text


def test_after_the_close_a_wrap_up_runs_until_she_is_ready(world: World) -> None:
    browser, _, address = held(world)
    world.forward(minutes=20)
    closed = browser.post(f"{address}/close", {"topic": "other", "result": "answered", "resolved": "yes"})
    assert closed.status_code == 200, closed.text
    lists = browser.get("/desk/queue").text
    assert "Дописываете итог" in lists
    assert 50 <= int(re.findall(r'data-left="(\d+)"', lists)[0]) <= 60
    assert "Дописываете итог" not in browser.post("/desk/wrapped-up").text
    assert "Дописываете итог" not in browser.get("/desk/queue").text


def test_opening_a_talk_is_audited_once_and_its_pieces_are_not(world: World) -> None:
    account, browser = online(world)
    citizen = waiting(world)
    address = f"/desk/talks/{citizen.conversation}"

    def looks() -> int:
        entries = world.do(world.assistant.desk.parts.audit.page(actor=account.id, action="citizen_viewed"))
        return sum(1 for entry in entries if entry.subject == citizen.conversation)

    browser.get(address)
    assert looks() == 1
    for path in ("lines", "head"):
        browser.get(f"{address}/{path}")
    browser.get(f"{address}?again=1", headers={"HX-Request": "true"})
    assert looks() == 1
    browser.get(address)
    assert looks() == 2
    other = world.browser(account)
    other.get(f"{address}/lines")
    assert looks() == 3, "a piece that was asked for without the page is a look too"


def test_lines_come_once_in_order_and_page_by_page(world: World) -> None:
    browser, citizen, address = held(world)
    for number in range(35):
        citizen.say(f"строка {number:02}")
        browser.post(f"{address}/messages", {"text": f"ответ {number:02}", **key()})

    def seqs(text: str) -> list[int]:
        return [int(one) for one in re.findall(r'data-seq="(\d+)"', text)]

    page = browser.get(f"{address}/lines")
    newest = seqs(page.text)
    assert page.headers["X-More"] == "1"
    assert newest == sorted(newest)
    assert len(newest) == len(set(newest)) == 60
    older = browser.get(f"{address}/lines?before={newest[0]}")
    assert not set(seqs(older.text)) & set(newest)
    assert max(seqs(older.text)) < newest[0]
    assert seqs(browser.get(f"{address}/lines?after={newest[-3]}").text) == newest[-2:]
    assert browser.get(f"{address}/lines?after=-1").status_code == 422


def test_what_a_citizen_sends_stays_text(world: World) -> None:
    evil = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
    _, browser = online(world)
    citizen = waiting(world, "widget", evil)
    for path in (f"/desk?talk={citizen.conversation}", "/desk/queue", f"/desk/talks/{citizen.conversation}/lines"):
        text = browser.get(path).text
        assert "<img src=x" not in text
        assert "<script>alert" not in text


def test_a_supervisor_listens_without_a_trace_for_the_operator(world: World) -> None:
    browser, citizen, address = held(world)
    boss = world.browser(world.account("Ирина", roles=("supervisor",), groups=("crisis",)))
    page = boss.get(f"{address}?listen=1")
    assert "Вы слушаете" in page.text
    assert 'id="answer"' not in page.text
    assert "Ирина" not in browser.get(f"{address}/head").text
    assert boss.post(f"{address}/notes", {"text": "Предложите звонок врачу", "kind": "whisper"}).status_code == 200
    assert "Предложите звонок врачу" in browser.get(f"{address}/lines").text
    assert all("Предложите" not in m.body["text"] for m in citizen.history())
    plain = world.browser(world.account("Юлия", groups=("crisis",))).get(f"{address}?listen=1")
    assert "Вы слушаете" not in plain.text


def test_colleagues_see_who_else_looks_and_who_answers(world: World) -> None:
    browser, _, address = held(world, "Нина Орлова")
    browser.get(address, headers={"HX-Request": "true", "X-Window": "window-of-nina"})
    _, other = online(world, "Пётр Лис")
    other.get(address, headers={"HX-Request": "true", "X-Window": "window-of-petr"})
    assert "сейчас смотрит Пётр Лис" in browser.get(f"{address}/head").text
    assert browser.post(f"{address}/typing").status_code == 204
    assert "отвечает Нина Орлова" in other.get(f"{address}/head").text
    world.forward(seconds=10)
    assert "сейчас смотрит Нина Орлова" in other.get(f"{address}/head").text


def test_a_channel_without_personal_data_says_so_and_holds_to_it(world: World) -> None:
    browser, citizen, address = held(world, channel="telegram")
    assert "не для персональных данных" in browser.get(address).text
    refused = browser.post(f"{address}/messages", {"text": "Ваш СНИЛС 112-233-445 95, верно?", **key()})
    assert refused.status_code == 409
    assert said(citizen) == []


def test_a_call_is_not_written_to_and_has_no_buttons_without_a_pbx(world: World) -> None:
    browser, _, address = held(world, channel="phone")
    page = browser.get(address).text
    assert 'id="answer"' not in page
    assert "Это звонок" in page
    assert "Положить трубку" not in page
    assert browser.post(f"{address}/call/hang-up").status_code == 404
    assert browser.post(f"{address}/messages", {"text": "алло", **key()}).status_code == 409
