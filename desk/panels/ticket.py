"""Files a ticket for the citizen: her words, the guessed topic and the place are filled in already."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from bot.accounts.interface import Signed
from bot.handover.views import Talk
from bot.services.errors import ServiceError
from bot.services.russian_dates import day_text
from bot.services.tickets.topics import OTHER
from desk.access import need
from desk.panels.common import gathered, held, in_words, last_words, recent, remember, tell
from desk.panels.errand import allowed, done, nonce, written
from desk.panels.people import masked_phone, valid_phone
from desk.parts import Parts

MESSAGE = "Ваше обращение принято, номер {номер_обращения}. Ответ придёт не позже {срок_обращения}."
CODE = " Код для проверки: {код}. Сохраните его: обращение без имени открывается только по нему."
LONGEST = 4_000
Field = Annotated[str, Form()]


def ticket_router(parts: Parts) -> APIRouter:
    """The form and the deed."""
    router = APIRouter()

    async def form(request: Request, talk: Talk, given: Mapping[str, Any], problem: str = "") -> HTMLResponse:
        profile = await parts.profiles.get(talk.citizen_id)
        phone = str(profile.get("phone") or "")
        files = await citizen_files(talk)
        shown: dict[str, Any] = {
            "text": "", "topic": OTHER, "address": "", "name": profile.get("full_name") or "", "phone": "",
            "anonymous": False, "kept": [f["ref"] for f in files], "message": MESSAGE,
        }  # fmt: skip
        shown |= given
        return parts.pages.page(
            request, "panels/ticket.html", talk=talk, topics=topics(), may=await allowed(parts, talk), files=files,
            known_phone=masked_phone(phone) if phone else "", problem=problem,
            **(shown | {"message": shown["message"] or MESSAGE, "nonce": given.get("nonce") or nonce()}),
        )  # fmt: skip

    def topics() -> list[tuple[str, str, bool]]:
        """Id, title and whether it is a subtopic, in the order of content."""
        return [(t.id, t.title, t.parent is not None) for t in parts.topics.topics.values()]

    async def citizen_files(talk: Talk) -> list[dict[str, Any]]:
        """What the citizen sent in this conversation lately."""
        messages = await recent(parts, talk.conversation_id)
        return [f for m in messages if m.author == "citizen" for f in m.body.get("attachments") or ()][-10:]

    @router.get("/talks/{conversation_id}/ticket")
    async def ticket_form(
        request: Request, conversation_id: str, me: Annotated[Signed, Depends(need("talk"))]
    ) -> HTMLResponse:
        talk = await held(parts, me, conversation_id)
        slots = await gathered(parts, conversation_id)
        text = str(slots.get("problem_text") or last_words(await recent(parts, conversation_id)))[:LONGEST]
        topic = talk.topic if talk.topic in parts.topics.topics else ""
        if not topic and text:
            # In a thread: the model thinks for some milliseconds.
            topic = (await asyncio.to_thread(parts.topics.classify, text))[0][0]
        address = str(slots.get("problem_address") or "")
        given = {"text": text, "topic": topic or OTHER, "address": "" if address == "skipped" else address}
        return await form(request, talk, given)

    @router.post("/talks/{conversation_id}/ticket")
    async def file(
        request: Request,
        conversation_id: str,
        me: Annotated[Signed, Depends(need("talk"))],
        text: Field = "",
        topic: Field = "",
        address: Field = "",
        name: Field = "",
        phone: Field = "",
        anonymous: Field = "",
        message: Field = "",
        key: Field = "",
        refs: Annotated[list[str] | None, Form()] = None,
    ) -> HTMLResponse:
        talk = await held(parts, me, conversation_id)
        text, name = text.strip()[:LONGEST], " ".join(name.split())[:120]
        given = {
            "text": text, "topic": topic, "address": address, "name": name, "phone": phone,
            "anonymous": bool(anonymous), "message": message, "nonce": key, "kept": refs or [],
        }  # fmt: skip
        if not text:
            return await form(request, talk, given, "Опишите, что случилось.")
        contact: dict[str, Any] | None = None
        if not anonymous:
            if not (await allowed(parts, talk)).both:
                return await form(
                    request, talk, given, "Сначала нужно согласие. Без имени обращение можно принять и так."
                )
            number = valid_phone(phone) if phone.strip() else (await parts.profiles.get(talk.citizen_id)).get("phone")
            if not name or (phone.strip() and number is None):
                problem = "Напишите имя и телефон, по которому можно дозвониться, или отметьте «без имени»."
                return await form(request, talk, given, problem)
            contact = {"name": name, "phone": number}
        kept = [f for f in await citizen_files(talk) if f["ref"] in (refs or ())]
        try:
            ticket = await parts.tickets.file(
                talk.citizen_id, text, topic or OTHER, address=address.strip()[:300] or None, attachments=kept,
                contact=contact, channel=talk.channel, key=f"desk:{conversation_id}:{key}"[:80],
            )  # fmt: skip
        except ServiceError as error:
            return await form(request, talk, given, in_words(error))
        if contact:
            await remember(parts, talk, name, contact["phone"])
        if not ticket.repeated:
            await written(parts, me, talk, "ticket_taken", ticket.number, topic=ticket.topic)
        told_text = message if ticket.code is None else message.rstrip() + CODE.replace("{код}", ticket.code)
        for name_, value in (("номер_обращения", ticket.number), ("срок_обращения", day_text(ticket.due_on))):
            told_text = told_text.replace(f"{{{name_}}}", value)
        told = await tell(parts, me, talk, told_text, f"ticket-{key}")
        return done(parts, request, talk, f"Обращение {ticket.number}: {ticket.topic_title}", told)

    return router
