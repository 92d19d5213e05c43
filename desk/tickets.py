"""Tickets for whoever answers them: the list by term, one ticket with its story, and every change that the citizen hears of."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from bot.accounts.interface import Signed
from bot.clean import clean
from bot.handover.ticket_desk import Sought, TicketCard, TicketDesk
from bot.handover.words import CHANNELS
from bot.services.tickets.interface import OPEN_STATES, STATES
from desk.access import need
from desk.list_tools import PAGE, names_of_accounts, page_number, said
from desk.parts import Parts
from desk.uploads import SANDBOX

Lister = Annotated[Signed, Depends(need("lists"))]
Text = Annotated[str, Form()]

WHO = {"all": "Все", "mine": "Мои", "free": "Без владельца"}
SHOW = {
    "open": "Открытые",
    "overdue": "Просроченные",
    "soon": "Срок через 3 дня и раньше",
    "escalated": "У руководителя",
    "registered": "Зарегистрированные",
    "in_progress": "В работе",
    "forwarded": "Переданные в другое ведомство",
    "answered": "С ответом",
    "rejected": "С отказом",
    "all": "Все",
}
STATE_TITLES = {
    "registered": "Зарегистрировано",
    "in_progress": "В работе",
    "forwarded": "Передано другому ведомству",
    "answered": "Ответ готов",
    "rejected": "Отказано в рассмотрении",
}
CONTACT_TITLES = {
    "surname": "Фамилия",
    "name": "Имя",
    "patronymic": "Отчество",
    "full_name": "Имя",
    "phone": "Телефон",
    "email": "Почта",
}


def tickets_router(parts: Parts) -> APIRouter:
    """`/tickets`, `/tickets/{number}` and the deeds on one ticket."""
    router = APIRouter()
    if parts.ticket_desk is None:
        _elsewhere(router, parts)
        return router
    room = _Room(parts, parts.ticket_desk)
    _looking(router, room)
    _doing(router, room)
    return router


def _elsewhere(router: APIRouter, parts: Parts) -> None:
    @router.get("/tickets")
    async def page(request: Request, me: Lister) -> HTMLResponse:
        return parts.pages.page(request, "tickets_elsewhere.html")


def _looking(router: APIRouter, room: _Room) -> None:
    parts = room.parts

    @router.get("/tickets")
    async def page(
        request: Request, me: Lister, who: str = "all", show: str = "open", topic: str = "", number: str = "",
        page: str = "",
    ) -> HTMLResponse:  # fmt: skip
        who, show, at = who if who in WHO else "all", show if show in SHOW else "open", page_number(page)
        number = clean(number)[:40]
        sought = Sought(
            state="" if show == "all" else show if show in STATES else "open", overdue=show == "overdue",
            soon=show == "soon", escalated=show == "escalated", owner=me.account.id if who == "mine" else "",
            free=who == "free", topic=topic[:40], limit=PAGE + 1, skip=at * PAGE,
        )  # fmt: skip
        if number:
            # A number names one ticket, whatever else was chosen.
            sought = Sought(state="", number=number)
        found = await room.desk.find(me.account.groups, sought)
        fragment = request.headers.get("HX-Request") == "true"
        return parts.pages.page(
            request, "tickets_list.html" if fragment else "tickets.html", cards=found[:PAGE], more=len(found) > PAGE,
            at=at, who=who, show=show, topic=topic, number=number, whos=WHO, shows=SHOW, topics=room.topics(me),
            names=await names_of_accounts(parts), group_title=lambda group: parts.groups.get(group).title,
        )  # fmt: skip

    @router.get("/tickets/{number}")
    async def one(request: Request, number: str, me: Lister) -> HTMLResponse:
        card = await room.get(number, me)
        await parts.audit.write(me, "citizen_viewed", card.ticket.number, card.citizen_id or None, what="ticket")
        return parts.pages.page(request, "ticket.html", **await room.shown(card, me))

    @router.post("/tickets/{number}/contact")
    async def contact(request: Request, number: str, me: Lister) -> HTMLResponse:
        card = await room.get(number, me)
        text = await room.desk.text(number, me.account.groups)
        await parts.audit.write(me, "citizen_viewed", card.ticket.number, card.citizen_id or None, what="contact")
        lines = [(CONTACT_TITLES.get(key, key), str(value)) for key, value in (text.contact or {}).items() if value]
        return parts.pages.page(request, "ticket_contact.html", lines=lines)

    @router.get("/tickets/{number}/files/{index}")
    async def file(number: str, index: int, me: Lister) -> Response:
        card = await room.get(number, me)
        attachments = (await room.desk.text(number, me.account.groups)).attachments
        try:
            if index < 0:
                raise IndexError(index)
            given = attachments[index]
            content = await asyncio.to_thread(parts.files.read, str(given["ref"]))
        except (IndexError, KeyError):
            raise HTTPException(404) from None
        await parts.audit.write(me, "citizen_viewed", card.ticket.number, card.citizen_id or None, what="file")
        name = quote(str(given.get("name") or "file"), safe="")
        # Always a download: what a citizen sent is never drawn on our own address.
        return Response(
            content, media_type=str(given.get("media_type") or "application/octet-stream"),
            headers=SANDBOX | {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
        )  # fmt: skip


def _doing(router: APIRouter, room: _Room) -> None:
    parts = room.parts

    @router.post("/tickets/{number}/state")
    async def state(
        request: Request, number: str, me: Lister, state: Text = "", note: Text = "", seen: Text = ""
    ) -> Response:
        await room.get(number, me)
        card = await room.desk.set_state(number, me.account.id, me.account.groups, state, clean(note), seen)
        await parts.audit.write(me, "ticket_state", card.ticket.number, card.citizen_id or None, state=state)
        told = "Состояние изменено, гражданину напишем." if card.citizen_id else "Состояние изменено."
        return await room.answer(request, card, me, told)

    @router.post("/tickets/{number}/owner")
    async def owner(request: Request, number: str, me: Lister, owner: Text = "") -> Response:
        await room.get(number, me)
        if owner and owner not in {account for account, _ in await room.colleagues(me)}:
            raise HTTPException(404)
        card = await room.desk.assign(number, me.account.id, me.account.groups, owner, supervisor=me.may("supervise"))
        if owner != me.account.id:
            await parts.audit.write(me, "ticket_assigned", card.ticket.number, card.citizen_id or None, owner=owner)
        return await room.answer(request, card, me, "Владелец назначен." if owner else "Обращение снова ничьё.")

    @router.post("/tickets/{number}/escalate")
    async def escalate(request: Request, number: str, me: Lister, reason: Text = "") -> Response:
        await room.get(number, me)
        card = await room.desk.escalate(number, me.account.id, me.account.groups, clean(reason))
        return await room.answer(request, card, me, "Руководитель смены увидит это обращение.")


class _Room:
    """What the handlers share."""

    def __init__(self, parts: Parts, desk: TicketDesk) -> None:
        self.parts, self.desk = parts, desk

    async def get(self, number: str, me: Signed) -> TicketCard:
        """The ticket, 404 when this account may not know of it."""
        try:
            return await self.desk.get(number, me.account.groups)
        except LookupError:
            raise HTTPException(404) from None

    def topics(self, me: Signed) -> list[tuple[str, str]]:
        """Topics whose tickets this account may see, by title."""
        heads = ((t.id, t.title) for t in self.parts.topics.topics.values() if t.parent is None)
        own = [(t, title) for t, title in heads if self.parts.groups.for_topic(t).id in me.account.groups]
        return sorted(own, key=lambda item: item[1])

    async def colleagues(self, me: Signed) -> list[tuple[str, str]]:
        """Accounts that may own a ticket of this one's groups."""
        accounts = await self.parts.accounts.all()
        return [
            (a.id, a.name) for a in accounts if "lists" in a.rights and not a.disabled and a.groups & me.account.groups
        ]

    async def shown(self, card: TicketCard, me: Signed) -> dict[str, Any]:
        """Everything that the page of a ticket shows."""
        names = await names_of_accounts(self.parts)
        text = await self.desk.text(card.ticket.number, me.account.groups)
        return {
            "card": card,
            "text": text,
            "linked": await self.desk.linked(card, me.account.groups),
            "names": names,
            "colleagues": await self.colleagues(me),
            "states": [(state, STATE_TITLES[state]) for state in STATES],
            "state_titles": STATE_TITLES,
            "group": self.parts.groups.get(card.group).title,
            "channel": CHANNELS.get(card.channel, card.channel),
            "is_open": card.ticket.state in OPEN_STATES,
            "supervisor": me.may("supervise"),
        }

    async def answer(self, request: Request, card: TicketCard, me: Signed, words: str) -> Response:
        """The ticket as it is now, and a sentence for the page."""
        return said(self.parts.pages.page(request, "ticket_body.html", **await self.shown(card, me)), words)
