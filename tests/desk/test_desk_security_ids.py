"""An id alone opens nothing: talks, files, tickets, call-backs and ready answers of another group are not there, and stay so."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from bot.handover.bulletin import News
from bot.messages import Attachment, attachment_json
from bot.services.people.tables import CallbackRow, HandoverRow
from bot.store.audit import AuditRow
from tests.desk.desk_routes import CALLBACK, TALK, TICKET, address
from tests.desk.world import Browser, World

FORM: dict[str, Any] = {
    "text": "Чужими руками", "note": "Чужими руками", "to": "group:general", "kind": "note", "seq": "1", "status": "offline",
    "task": "", "result": "solved", "topic": "other", "key": "0123456789abcdef", "group": "general", "state": "answered",
    "owner": "", "reason": "Чужими руками", "tries": "1", "answer": "yes", "said": "да", "how": "read", "errand": "book",
    "name": "Чужая Рука", "phone": "+79101234567", "anonymous": "1", "service": "passport", "centre": "left",
    "start": "2026-11-20T10:00:00+03:00", "resolved": "yes",
}  # fmt: skip
"""Something sensible in every field that any form has."""


class Theirs:
    """A citizen of the group «city»: her talk, a message with a file, a ticket and a promised call."""

    def __init__(self, world: World) -> None:
        self.world, parts = world, world.assistant.desk.parts
        citizen = world.citizen()
        file = world.do(self._file(parts))
        citizen.say("Во дворе яма", attachments=(file,))
        self.conversation = citizen.call_human(topic="roads")
        self.seq = str(next(m.seq for m in citizen.history() if m.body.get("attachments")))

        async def ground() -> str:
            async with parts.store.read() as session:
                return str(
                    await session.scalar(
                        select(HandoverRow.citizen_id).where(HandoverRow.conversation_id == self.conversation)
                    )
                )

        self.citizen = world.do(ground())
        ticket = world.do(
            parts.tickets.file(
                self.citizen, "Яма на дороге", "roads", contact={"name": "Пётр", "phone": "+79101112233"},
                attachments=[attachment_json(file)], key="t-1",
            )
        )  # fmt: skip
        self.ticket = ticket.number
        self.callback = world.do(self._callback(parts))

    async def _file(self, parts: Any) -> Attachment:
        async def chunks() -> Any:
            yield b"%PDF-1.4 secret"

        kept: Attachment = await parts.files.save("yama.pdf", chunks())
        return kept

    async def _callback(self, parts: Any) -> str:
        await parts.people.request_callback(self.citizen, "+79101112233", None, "roads", self.conversation)
        async with parts.store.read() as session:
            return str(await session.scalar(select(CallbackRow.number)))


@pytest.fixture(scope="module")
def theirs(world: World) -> Theirs:
    return Theirs(world)


@pytest.fixture
def stranger(world: World) -> Browser:
    """A supervisor of another group: all the rights, none of the sight."""
    return world.browser(world.account("Чужая Смена", ("operator", "supervisor"), ("social",)))


def ask(browser: Browser, route: str, **ids: str) -> int:
    method, path = address(route, **ids)
    if method == "GET":
        return browser.get(path).status_code
    return browser.post(path, FORM).status_code


@pytest.mark.parametrize("route", TALK)
def test_a_talk_of_another_group_is_not_there(stranger: Browser, theirs: Theirs, route: str) -> None:
    route = route.replace(" ", " /talks/{conversation_id}", 1)
    assert ask(stranger, route, conversation_id=theirs.conversation, seq=theirs.seq) == 404


def test_nor_its_files(stranger: Browser, theirs: Theirs, world: World) -> None:
    path = "GET /files/{conversation_id}/{seq}/{index}"
    assert ask(stranger, path, conversation_id=theirs.conversation, seq=theirs.seq, index="0") == 404
    own = world.citizen()
    own.call_human(topic="labour")
    mine = world.browser(world.account("Своя Рука", groups=("social",)))
    assert mine.get(f"/desk/talks/{own.conversation}").status_code == 200
    # Through a talk that is hers to a file that is not.
    assert ask(mine, path, conversation_id=own.conversation, seq=theirs.seq, index="0") == 404
    assert mine.post(f"/desk/talks/{own.conversation}/messages/{theirs.seq}/correct", FORM).status_code in (404, 409)
    right = world.browser(world.account("Нужная Рука", groups=("city",)))
    assert ask(right, path, conversation_id=theirs.conversation, seq=theirs.seq, index="0") == 200


@pytest.mark.parametrize("route", TICKET)
def test_a_ticket_of_another_group_is_not_there(stranger: Browser, theirs: Theirs, route: str) -> None:
    assert ask(stranger, route, number=theirs.ticket, index="0") == 404


@pytest.mark.parametrize("route", CALLBACK)
def test_a_call_back_of_another_group_is_not_there(stranger: Browser, theirs: Theirs, route: str) -> None:
    assert ask(stranger, route, number=theirs.callback) == 404


def test_the_lists_of_another_group_are_empty(stranger: Browser, theirs: Theirs) -> None:
    for path in ("/desk", "/desk/queue", "/desk/callbacks?state=all", "/desk/tickets?show=all", "/desk/board/now"):
        page = stranger.get(path)
        assert page.status_code == 200
        text = page.text.replace('placeholder="ОБ-2026-000001"', "")
        assert not [one for one in (theirs.conversation, theirs.ticket, theirs.callback) if one in text], path
    sought = stranger.get("/desk/tickets", params={"number": theirs.ticket}).text
    assert "/desk/tickets/" not in sought and "Яма" not in sought


@pytest.mark.parametrize("deed", ["whisper", "take", "pass"])
def test_a_supervisor_steps_in_only_where_she_sees(stranger: Browser, theirs: Theirs, deed: str) -> None:
    form = {"conversation": theirs.conversation, "text": "Чужими руками", "to": "group:social"}
    assert stranger.post(f"/desk/board/{deed}", form).status_code == 404


def test_a_supervisor_sets_the_status_of_her_own_team_only(stranger: Browser, world: World) -> None:
    other = world.account("Чужой Человек", groups=("city",))
    assert stranger.post("/desk/board/status", {"operator": other.id, "status": "offline"}).status_code == 404


def test_ready_answers_of_another_group_are_not_there(world: World, stranger: Browser) -> None:
    editor = world.browser(world.account("Редактор Города", ("editor",), ("city",)))
    made = editor.post(
        "/desk/canned", {"title": "Про ямы", "text": "Яму заделают.", "group": "city", "shortcut": "yama"}
    )
    assert made.status_code < 400, made.text
    page = editor.get("/desk/canned").text
    number = page.split("/desk/canned/")[-1].split("/")[0].split('"')[0]
    assert "Про ямы" not in stranger.get("/desk/canned").text
    for route in ("GET /canned/{canned_id}/edit", "POST /canned/{canned_id}", "POST /canned/{canned_id}/delete"):
        assert ask(stranger, route, canned_id=number) == 404
    assert "Про ямы" in editor.get("/desk/canned").text


@pytest.mark.parametrize("number", ["1", "0", "-1", "1e3", "١", "1;--", "%00", "null", "9" * 30])
def test_made_up_ids_are_not_there(world: World, number: str) -> None:
    browser = world.browser(world.account("Всё Могу", ("operator", "supervisor", "administrator"), ("general",)))
    for path in ("talks", "tickets", "incidents", "staff", "privacy/citizens", "board/calls"):
        assert browser.get(f"/desk/{path}/{number}").status_code == 404, path
    for path in ("files/{0}/{0}/{0}", "canned/{0}/edit", "canned/{0}/files/{0}", "tickets/{0}/files/{0}"):
        assert browser.get(f"/desk/{path.format(number)}").status_code == 404, path
    for path in ("talks/{0}/messages/{0}/correct", "notices/{0}/withdraw", "canned/{0}/delete", "callbacks/{0}/take"):
        assert browser.post(f"/desk/{path.format(number)}", FORM).status_code == 404, path


def test_all_of_that_changed_nothing_and_left_no_look_in_the_log(world: World, theirs: Theirs) -> None:
    parts = world.assistant.desk.parts

    async def look() -> tuple[Any, Any, list[str]]:
        async with parts.store.read() as session:
            handover = await session.scalar(
                select(HandoverRow).where(HandoverRow.conversation_id == theirs.conversation)
            )
            callback = await session.scalar(select(CallbackRow))
            names = await session.scalars(select(AuditRow.actor_name).where(AuditRow.citizen_id == theirs.citizen))
            return handover, callback, list(names)

    handover, callback, names = world.do(look())
    assert (handover.state, handover.operator, handover.group, handover.transfers) == ("queued", None, "city", 0)
    assert (callback.state, callback.owner, callback.tries) == ("waiting", None, 0)
    assert not {"Чужая Смена", "Своя Рука"} & set(names)


def test_news_of_a_talk_reach_nobody_who_may_not_see_it(world: World, theirs: Theirs) -> None:
    parts = world.assistant.desk.parts
    listeners = {
        "editor": world.browser(world.account("Редактор Слышит", ("editor",), ("city",))),
        "technician": world.browser(world.account("Техник Слышит", ("technician",), ("city",))),
        "administrator": world.browser(world.account("Админ Слышит", ("administrator",), ("city",))),
        "stranger": world.browser(world.account("Чужой Слышит", groups=("social",))),
        "right": world.browser(world.account("Свой Слышит", groups=("city",))),
    }

    async def post() -> None:
        for kind in ("message", "typing", "note", "queue"):
            parts.bulletin.post(News(kind, theirs.conversation, "city"))
        await asyncio.sleep(0)
        parts.bulletin.post(News("notice"))

    heard = {}
    for name, browser in listeners.items():
        with browser.http.stream("GET", "/desk/events", headers={"Accept": "text/event-stream"}) as stream:
            lines = stream.iter_lines()
            while "hello" not in next(lines):
                pass
            world.do(post())
            kinds = []
            for line in lines:
                if line.startswith("event: "):
                    kinds.append(line.removeprefix("event: "))
                if line == "event: notice":
                    break
            heard[name] = {kind for kind in kinds if kind not in ("alive", "notice")}
    assert heard["right"] == {"message", "typing", "note", "queue"}
    assert {name: kinds for name, kinds in heard.items() if kinds and name != "right"} == {}
