"""The list of promised calls and video visits: who makes which, what came of it, and those that are late on top."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from bot.accounts.interface import Signed
from bot.clean import clean
from bot.handover.promised_calls import Promise, Wanted
from desk.access import need
from desk.list_tools import PAGE, names_of_accounts, page_number, said
from desk.parts import Parts

Lister = Annotated[Signed, Depends(need("lists"))]
Text = Annotated[str, Form()]

WHO = {"all": "Все", "mine": "Мои", "free": "Ничьи"}
WHEN = {"all": "Любой срок", "today": "На сегодня", "late": "Опоздали"}
STATES = {"waiting": "Ждут", "done": "Дозвонились", "failed": "Не дозвонились", "cancelled": "Отменены"}


def callbacks_router(parts: Parts) -> APIRouter:
    """`/callbacks` and the deeds on one call."""
    router = APIRouter()
    calls = _Calls(parts)

    @router.get("/callbacks")
    async def page(
        request: Request, me: Lister, who: str = "all", when: str = "all", state: str = "waiting", page: str = ""
    ) -> HTMLResponse:
        who, when = who if who in WHO else "all", when if when in WHEN else "all"
        state = state if state in STATES else "waiting"
        at = page_number(page)
        wanted = Wanted(
            state=state, owner=me.account.id if who == "mine" else "", free=who == "free", late=when == "late",
            until=calls.end_of_today() if when == "today" else None, limit=PAGE + 1, skip=at * PAGE,
        )  # fmt: skip
        found = await parts.callbacks.find(me.account.groups, wanted)
        shown = request.headers.get("HX-Request") == "true"
        return parts.pages.page(
            request, "callbacks_list.html" if shown else "callbacks.html", rows=await calls.rows(found[:PAGE], me),
            late=await parts.callbacks.count_late(me.account.groups), more=len(found) > PAGE, at=at,
            who=who, when=when, state=state, whos=WHO, whens=WHEN, states=STATES,
        )  # fmt: skip

    @router.post("/callbacks/{number}/phone")
    async def phone(request: Request, number: str, me: Lister) -> HTMLResponse:
        promise = await calls.get(number, me)
        found = await parts.callbacks.phone(number, me.account.groups)
        profile = await parts.profiles.get(promise.citizen_id)
        await parts.audit.write(me, "citizen_viewed", number, promise.citizen_id, what="phone")
        name = str(profile.get("full_name") or profile.get("name") or "")
        return parts.pages.page(request, "callback_phone.html", phone=found, name=name)

    @router.post("/callbacks/{number}/take")
    async def take(request: Request, number: str, me: Lister) -> Response:
        await calls.get(number, me)
        done = await parts.callbacks.take(number, me.account.id, me.account.groups)
        return await calls.answer(request, done, me, "Звонок ваш.")

    @router.post("/callbacks/{number}/release")
    async def release(request: Request, number: str, me: Lister) -> Response:
        before = await calls.get(number, me)
        done = await parts.callbacks.release(number, me.account.id, me.account.groups, supervisor=me.may("supervise"))
        if before.owner not in ("", me.account.id):
            await parts.audit.write(me, "callback_released", number, before.citizen_id, owner=before.owner)
        return await calls.answer(request, done, me, "Звонок снова может взять любой специалист.")

    @router.post("/callbacks/{number}/reached")
    async def reached(request: Request, number: str, me: Lister, result: Text = "", note: Text = "") -> Response:
        await calls.get(number, me)
        done = await parts.callbacks.reached(number, me.account.id, me.account.groups, result, clean(note))
        return await calls.answer(request, done, me, "Итог записан.")

    @router.post("/callbacks/{number}/missed")
    async def missed(request: Request, number: str, me: Lister, tries: Text = "", note: Text = "") -> Response:
        await calls.get(number, me)
        done = await parts.callbacks.missed(number, me.account.id, me.account.groups, page_number(tries), clean(note))
        told = "Звонок закрыт, гражданину написали." if done.state == "failed" else calls.again(done)
        return await calls.answer(request, done, me, told)

    @router.post("/callbacks/{number}/cancel")
    async def cancel(request: Request, number: str, me: Lister, reason: Text = "", note: Text = "") -> Response:
        await calls.get(number, me)
        done = await parts.callbacks.cancel(number, me.account.id, me.account.groups, reason, clean(note))
        return await calls.answer(request, done, me, "Звонок отменён.")

    return router


class _Calls:
    """What the handlers share."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def get(self, number: str, me: Signed) -> Promise:
        """The call, 404 when this account may not know of it."""
        try:
            return await self._parts.callbacks.get(number, me.account.groups)
        except LookupError:
            raise HTTPException(404) from None

    def end_of_today(self) -> datetime:
        """The next local midnight."""
        zone = self._parts.pages.zone
        today = self._parts.clock().astimezone(zone).date()
        return datetime.combine(today + timedelta(days=1), time(), zone)

    def again(self, promise: Promise) -> str:
        """When the next try is due, in words."""
        return f"Следующая попытка — {self._parts.pages.moment(promise.due_at)}."

    async def answer(self, request: Request, promise: Promise, me: Signed, words: str) -> Response:
        """The row as it is now, and a sentence for the page."""
        row = (await self.rows([promise], me))[0]
        return said(self._parts.pages.page(request, "callback_row.html", row=row), words)

    async def rows(self, found: Sequence[Promise], me: Signed) -> list[dict[str, Any]]:
        """Calls with everything that the template shows."""
        parts = self._parts
        names = await names_of_accounts(parts)
        ends = await parts.callbacks.phones([p.number for p in found if p.kind == "phone"])
        notes = await parts.callbacks.notes([p.number for p in found])
        open_talks = await parts.callbacks.talks_of(found, me.account.groups, me.account.id)
        return [
            {
                "call": promise,
                "topic": _topic(parts, promise.topic),
                "group": parts.groups.get(promise.group).title,
                "owner": names.get(promise.owner, ""),
                "mine": promise.owner == me.account.id,
                "phone_end": ends.get(promise.number, ""),
                "talk": promise.conversation_id if promise.conversation_id in open_talks else "",
                "state": STATES[promise.state],
                "note": notes.get(promise.number, ""),
                "results": parts.callbacks.rules.results,
                "reasons": parts.callbacks.rules.reasons,
                "most": parts.callbacks.rules.most_tries,
                "may_free": me.may("supervise"),
            }
            for promise in found
        ]


def _topic(parts: Parts, topic: str) -> str:
    return parts.topic_titles.get(topic, topic) or "Тема не указана"
