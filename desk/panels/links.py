"""Sends a one-time link where personal data may not be taken here: the citizen goes on with the same form in another channel."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from bot.accounts.interface import Signed
from bot.handover.interface import Refusal
from desk.access import need
from desk.panels.common import Told, gathered, held, tell
from desk.panels.errand import done, written
from desk.parts import Parts

SCENARIOS = {
    "book": ("appointment_form", ("service", "centre", "appointment_day", "appointment_time")),
    "ticket": ("ticket_form", ("problem_text", "problem_topic", "problem_address")),
    "consent": ("action_show_consents", ()),
    "visits": ("action_my_appointments", ()),
}
"""What the citizen goes on with there, and the slots she takes along: never personal ones."""
TITLES = {"vk": "ВКонтакте", "max": "MAX"}
MESSAGE = (
    "В этом мессенджере нельзя передавать личные данные. Продолжите по одноразовой ссылке, она действует 15 минут: {ссылка}\n"
    "Всё, что вы уже рассказали, повторять не нужно."
)
Field = Annotated[str, Form()]


def links_router(parts: Parts) -> APIRouter:
    """`POST …/link`."""
    router = APIRouter()

    @router.post("/talks/{conversation_id}/link")
    async def link(
        request: Request,
        conversation_id: str,
        me: Annotated[Signed, Depends(need("talk"))],
        errand: Field = "",
        service: Field = "",
        centre: Field = "",
        day: Field = "",
        start: Field = "",
        key: Field = "",
    ) -> HTMLResponse:
        talk = await held(parts, me, conversation_id)
        if errand not in SCENARIOS:
            raise Refusal("Для этого дела ссылки нет.")
        scenario, names = SCENARIOS[errand]
        slots = await gathered(parts, conversation_id)
        chosen = {"service": service, "centre": centre, "appointment_day": day, "appointment_time": start[11:16]}
        slots |= {name: value for name, value in chosen.items() if value}
        issued = await parts.continuations.issue(
            conversation_id, scenario, {name: slots[name] for name in names if slots.get(name)}
        )
        others = "".join(f"\n{TITLES.get(channel, channel)}: {url}" for channel, url in issued.others)
        told = await tell(parts, me, talk, MESSAGE.replace("{ссылка}", issued.url) + others, f"link-{key}")
        await written(parts, me, talk, "link_sent", errand, errand=errand)
        title = "Ссылка отправлена" if not told.failure else "Ссылка готова, но не отправлена"
        return done(parts, request, talk, title, Told(told.text, told.failure))

    return router
