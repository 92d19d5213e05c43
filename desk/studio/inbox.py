"""Real phrases that the robot was unsure of: one key settles one or many."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from bot.accounts.interface import Signed
from bot.clean import clean
from bot.handover.words import CHANNELS
from bot.studio.inbox import MOST, Decision
from bot.studio.phrases import LONGEST, wishes
from bot.studio.readings import DOUBTS, Doubt
from bot.studio.refusals import NotPossible
from desk.parts import Parts
from desk.studio.common import Editor, draft_of, studio_page

SHOWN = 30
"""Groups of one page; the next ones come when these are settled."""
LISTED = 12
"""Phrases of one group that can be ticked; the others are settled with it."""
DAYS = (7, 30, 90)
MOST_EXAMPLES = 20


@dataclass(frozen=True)
class Filter:
    """What the editor wants to see; nonsense means everything."""

    doubt: Doubt | None
    channel: str
    days: int

    @property
    def query(self) -> str:
        """As the address carries it."""
        return f"doubt={self.doubt or ''}&channel={self.channel}&days={self.days}"


def _wanted(doubt: str = "", channel: str = "", days: str = "30") -> Filter:
    return Filter(
        next((name for name in DOUBTS if name == doubt), None),
        channel if channel in CHANNELS else "",
        next((number for number in DAYS if str(number) == days), 30),
    )


Wanted = Annotated[Filter, Depends(_wanted)]


def inbox_router(parts: Parts) -> APIRouter:
    """`/inbox`."""
    router = APIRouter(prefix="/inbox")
    inbox, readings = parts.studio.inbox, parts.studio.readings

    async def listed(request: Request, me: Signed, wanted: Filter, said: str = "") -> HTMLResponse:
        draft = await asyncio.to_thread(draft_of, parts, me)
        groups = await inbox.groups(draft.work, wanted.doubt, wanted.channel, wanted.days)
        return parts.pages.page(
            request, "studio/inbox_groups.html", groups=groups[:SHOWN], left=len(groups) - SHOWN, listed=LISTED,
            wanted=wanted, channels=CHANNELS, said=said, waiting=await readings.waiting(), most=MOST,
        )  # fmt: skip

    @router.get("")
    async def page(request: Request, me: Editor, wanted: Wanted) -> HTMLResponse:
        draft = await asyncio.to_thread(draft_of, parts, me)
        everything = await asyncio.to_thread(wishes, draft.work)
        return studio_page(
            parts, request, "studio/inbox.html", wanted=wanted, doubts=DOUBTS, channels=CHANNELS, days=DAYS,
            wishes=sorted(everything, key=lambda one: (not one.title, one.shown.lower())),
            waiting=await readings.waiting(),
        )  # fmt: skip

    @router.get("/groups")
    async def groups(request: Request, me: Editor, wanted: Wanted) -> HTMLResponse:
        return await listed(request, me, wanted)

    @router.post("/settle")
    async def settle(
        request: Request, me: Editor, messages: Annotated[str, Form()] = "", intent: Annotated[str, Form()] = "",
        ignore: Annotated[str, Form()] = "",
    ) -> Response:  # fmt: skip
        numbers = _numbers(messages)
        if ignore:
            decision = await inbox.ignore(me.account.id, numbers)
        else:
            draft = await asyncio.to_thread(draft_of, parts, me)
            decision = await inbox.assign(draft, me.account.id, numbers, intent, await _ticked(request))
        await parts.audit.write(
            me, "phrases_settled", decision.intent or "ignored",
            messages=len(decision.messages), examples=len(decision.examples),
        )  # fmt: skip
        return parts.pages.page(
            request, "studio/inbox_said.html", said=_told(decision), undo=True, waiting=await readings.waiting()
        )

    @router.post("/undo")
    async def undo(request: Request, me: Editor, wanted: Annotated[Filter, Depends(_posted)]) -> Response:
        draft = await asyncio.to_thread(draft_of, parts, me)
        decision = await inbox.undo(draft, me.account.id)
        await parts.audit.write(
            me, "phrases_reopened", decision.intent or "ignored",
            messages=len(decision.messages), examples=len(decision.examples),
        )  # fmt: skip
        answer = await listed(request, me, wanted, "Решение отменено: группа снова в списке.")
        answer.headers["HX-Trigger-After-Settle"] = json.dumps({"inbox-again": {"messages": list(decision.messages)}})
        return answer

    return router


def _posted(
    doubt: Annotated[str, Form()] = "", channel: Annotated[str, Form()] = "", days: Annotated[str, Form()] = "30"
) -> Filter:
    return _wanted(doubt, channel, days)


def _numbers(messages: str) -> list[int]:
    found = [int(one) for one in messages.split(",") if one.isascii() and one.isdigit() and len(one) < 10]
    if not found or len(found) > MOST:
        raise NotPossible("В группе нет сообщений. Обновите страницу.")
    return found


async def _ticked(request: Request) -> list[str]:
    """The ticked phrases of a group's form, as the editor left them."""
    form: Any = await request.form()
    numbers = [str(one) for one in form.getlist("tick")][:MOST_EXAMPLES]
    phrases = [clean(str(form.get(f"phrase-{number}") or "")) for number in numbers]
    if long := next((one for one in phrases if len(one) > LONGEST), ""):
        raise NotPossible(f"Фраза «{long[:40]}…» длиннее {LONGEST} знаков. Сократите её.")
    return [one for one in phrases if one]


def _told(decision: Decision) -> str:
    """What the decision did, in one or two sentences."""
    count = len(decision.messages)
    which = f"{count} {_form(count, 'сообщение', 'сообщения', 'сообщений')}"
    if not decision.intent:
        return f"Пропущено: {which}."
    text = f"«{decision.title}»: {which}."
    if taught := len(decision.examples):
        added = _form(taught, "добавлена", "добавлены", "добавлено")
        text += f" В черновик {added} {taught} {_form(taught, 'фраза', 'фразы', 'фраз')}."
    if decision.skipped:
        text += f" Уже были в черновике: {decision.skipped}."
    return text


def _form(count: int, one: str, few: str, many: str) -> str:
    if count % 10 == 1 and count % 100 != 11:
        return one
    return few if count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14) else many
