"""The supervisor's board: how the shift goes, who is at work, and stepping into a talk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Annotated, Any, cast, get_args

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from bot.accounts.interface import Signed
from bot.clean import clean
from bot.handover.interface import Presence, Refusal, Status
from bot.handover.words import CHANNELS, reason_title
from desk.access import need
from desk.board_calls import RobotCalls
from desk.list_tools import said
from desk.parts import Parts

Supervisor = Annotated[Signed, Depends(need("supervise"))]
Text = Annotated[str, Form()]

STATUSES = {"online": "На линии", "wrap_up": "Пишет итог", "pause": "Пауза", "offline": "Не на линии"}
SETTABLE = ("online", "pause", "offline")


def board_router(parts: Parts) -> APIRouter:
    """`/board` and what a supervisor does from it."""
    router = APIRouter()
    room = _Room(parts)
    _looking(router, room)
    _stepping_in(router, room)
    return router


def _looking(router: APIRouter, room: _Room) -> None:
    parts = room.parts

    @router.get("/board")
    async def page(request: Request, me: Supervisor) -> HTMLResponse:
        return parts.pages.page(
            request, "board.html", **await room.shown(me), colleagues=await room.colleagues(me),
            groups=[(id, parts.groups.get(id).title) for id in sorted(parts.groups.ids)], statuses=STATUSES,
            settable=SETTABLE, pauses=parts.rules.pauses,
        )  # fmt: skip

    @router.get("/board/now")
    async def now(request: Request, me: Supervisor) -> HTMLResponse:
        return parts.pages.page(request, "board_now.html", **await room.shown(me))

    @router.get("/board/calls/{call_id}")
    async def call(request: Request, call_id: str, me: Supervisor) -> HTMLResponse:
        found = await room.calls.one(call_id) if parts.telephones is not None else None
        if found is None:
            raise HTTPException(404)
        fragment = request.headers.get("HX-Request") == "true"
        if not fragment:
            # Once for the whole time of listening, not for every look of the page.
            await parts.audit.write(me, "citizen_viewed", call_id, found.citizen_id or None, what="robot_call")
        template = "board_call_lines.html" if fragment else "board_call.html"
        return parts.pages.page(request, template, call=found, lines=await room.calls.lines(found))


def _stepping_in(router: APIRouter, room: _Room) -> None:
    parts = room.parts

    @router.post("/board/status")
    async def status(me: Supervisor, operator: Text = "", status: Text = "", reason: Text = "") -> Response:
        if operator not in {p.operator.id for p in await room.team(me)}:
            raise HTTPException(404)
        if status not in SETTABLE or status not in get_args(Status):
            raise Refusal("Выберите статус.")
        await parts.presences.set(operator, cast(Status, status), reason if status == "pause" else "")
        await parts.audit.write(me, "presence_set", operator, status=status)
        return said(Response(), "Статус изменён.")

    @router.post("/board/whisper")
    async def whisper(me: Supervisor, conversation: Text = "", text: Text = "") -> Response:
        await room.check(conversation, me)
        await parts.notes.add(conversation, me.account.id, me.account.name, clean(text), "whisper")
        await parts.audit.write(me, "whispered", conversation)
        return said(Response(), "Специалист увидит подсказку, гражданин — нет.")

    @router.post("/board/take")
    async def take(me: Supervisor, conversation: Text = "") -> Response:
        await room.check(conversation, me)
        await parts.handovers.take_over(conversation, me.account.id)
        await parts.audit.write(me, "taken_over", conversation)
        return Response(headers={"HX-Redirect": f"/desk/talks/{conversation}"})

    @router.post("/board/pass")
    async def pass_on(me: Supervisor, conversation: Text = "", to: Text = "") -> Response:
        await room.check(conversation, me)
        kind, _, target = to.partition(":")
        if kind not in ("operator", "group") or not target:
            raise Refusal("Выберите, кому передать.")
        if kind == "operator":
            await parts.handovers.reassign(conversation, me.account.id, to_operator=target)
        else:
            await parts.handovers.reassign(conversation, me.account.id, to_group=target)
        await parts.audit.write(me, "reassigned", conversation, to=to)
        return said(Response(), "Разговор передан.")


class _Room:
    """What the handlers share."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.calls = RobotCalls(parts.store, parts.vault, parts.clock)

    async def check(self, conversation: str, me: Signed) -> None:
        """404 for a conversation that this account may not know of."""
        if not conversation or not await self.parts.views.may_see(conversation, me.account.groups, me.account.id):
            raise HTTPException(404)

    async def team(self, me: Signed) -> list[Presence]:
        """Colleagues of the supervisor's groups, those on line first."""
        return [p for p in await self.parts.presences.all() if p.operator.groups & me.account.groups]

    async def colleagues(self, me: Signed) -> list[tuple[str, str]]:
        """Whom a talk may be given to."""
        return [(p.operator.id, f"{p.operator.name} — {STATUSES[p.status].lower()}") for p in await self.team(me)]

    async def shown(self, me: Signed) -> dict[str, Any]:
        """Everything that changes on the board."""
        parts, groups = self.parts, me.account.groups
        board, team = await parts.views.board(groups), await self.team(me)
        names = {p.operator.id: p.operator.name for p in team}
        title: Callable[[str], str] = lambda name: CHANNELS.get(name, name)  # noqa: E731
        midnight = datetime.combine(board.at.astimezone(parts.pages.zone).date(), time(), parts.pages.zone)
        tickets_late = await parts.ticket_desk.count_overdue(groups) if parts.ticket_desk is not None else 0
        return {
            "board": board,
            "rules": parts.rules,
            "reasons": [(reason_title(name), count) for name, count in board.reasons[:8]],
            "team": [
                {
                    "id": p.operator.id,
                    "name": p.operator.name,
                    "status": p.status,
                    "title": STATUSES[p.status],
                    "reason": p.reason,
                    "since": p.since,
                    "seconds": int((board.at - p.since).total_seconds()),
                    "holding": p.holding,
                    "capacity": p.operator.capacity,
                    "groups": ", ".join(parts.groups.get(g).title for g in sorted(p.operator.groups & groups)),
                }
                for p in team
            ],
            "waiting": await parts.views.queue(groups, 50),
            "talks": await parts.views.talks(groups),
            "names": names,
            "channel": title,
            "callbacks_late": await parts.callbacks.count_late(groups),
            "tickets_late": tickets_late,
            "helped": await parts.studio.votes.since(midnight),
            "calls": await self.calls.open() if parts.telephones is not None else None,
        }
