"""Takes a consent for the citizen: its exact words are read out or sent, and her yes is kept as the proof."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse

from bot.accounts.interface import Signed
from bot.handover.interface import Refusal
from bot.handover.views import Talk
from bot.services.consents import PURPOSES
from bot.services.consents.interface import Purpose
from bot.services.errors import ServiceError
from desk.access import need
from desk.panels.common import PERSONAL_DATA, Told, consent_in_force, held, in_words, last_words, recent, tell
from desk.panels.errand import done, nonce, written
from desk.parts import Parts

THANKS = "Спасибо, согласие записано. Отозвать его можно в любой момент: напишите «отозвать согласие»."
ASK = "Согласны? Ответьте «да» или «нет»."
NEXT = {"book": "Записать на приём", "ticket": "Принять обращение"}
"""Errands that a consent opens the way to."""
NOT_HERE = "В этом канале нельзя принимать согласия и личные данные. Отправьте гражданину одноразовую ссылку."
LONGEST = 4_000
Field = Annotated[str, Form()]


def purpose_of(name: str) -> Purpose:
    """The purpose of this name, personal data for none of ours."""
    return next((p for p in PURPOSES if p == name), PERSONAL_DATA)


def script(parts: Parts, purpose: Purpose) -> list[str]:
    """The exact words for the citizen, in messages that every channel takes."""
    text = parts.consents.text(purpose)
    whole = f"{text.title}\n\n{text.text}\n\n{ASK}"
    if len(whole) <= LONGEST:
        return [whole]
    pieces, piece = [], ""
    for paragraph in whole.split("\n\n"):
        if piece and len(piece) + len(paragraph) > LONGEST - 2:
            pieces.append(piece)
            piece = ""
        piece = f"{piece}\n\n{paragraph}".strip()
    return [*pieces, piece]


def consent_router(parts: Parts) -> APIRouter:
    """The script, sending it, and the answer."""
    router = APIRouter()

    async def form(
        request: Request, talk: Talk, purpose: Purpose, then: str, sent: bool = False, problem: str = "", **more: Any
    ) -> HTMLResponse:
        messages = await recent(parts, talk.conversation_id)
        asked = max(
            (m.seq for m in messages if m.author == "operator" and ASK in str(m.body.get("text") or "")), default=0
        )
        answered = next((m for m in reversed(messages) if m.author == "citizen" and asked and m.seq > asked), None)
        return parts.pages.page(
            request, "panels/consent.html", talk=talk, text=parts.consents.text(purpose), purpose=purpose,
            purposes=[parts.consents.text(p) for p in PURPOSES], then=then if then in NEXT else "", sent=sent or bool(asked),
            in_force=await consent_in_force(parts, talk.citizen_id, purpose), problem=problem,
            said=str(answered.body.get("text") or "")[:200] if answered else "", nonce=nonce(),
            **({"failure": ""} | more),
        )  # fmt: skip

    @router.get("/talks/{conversation_id}/consent")
    async def consent_form(
        request: Request,
        conversation_id: str,
        me: Annotated[Signed, Depends(need("talk"))],
        purpose: Annotated[str, Query()] = PERSONAL_DATA,
        then: Annotated[str, Query()] = "",
    ) -> HTMLResponse:
        talk = await held(parts, me, conversation_id)
        return await form(request, talk, purpose_of(purpose), then)

    @router.post("/talks/{conversation_id}/consent/send")
    async def send(
        request: Request,
        conversation_id: str,
        me: Annotated[Signed, Depends(need("talk"))],
        purpose: Field = PERSONAL_DATA,
        then: Field = "",
        key: Field = "",
    ) -> HTMLResponse:
        talk = await held(parts, me, conversation_id)
        told = Told("")
        for number, piece in enumerate(script(parts, purpose_of(purpose))):
            told = await tell(parts, me, talk, piece, f"script-{number}-{key}")
            if told.failure:
                break
        await parts.audit.write(me, "consent_asked", conversation_id, talk.citizen_id, purpose=purpose_of(purpose))
        return await form(request, talk, purpose_of(purpose), then, sent=not told.failure, failure=told.failure)

    @router.post("/talks/{conversation_id}/consent")
    async def give(
        request: Request,
        conversation_id: str,
        me: Annotated[Signed, Depends(need("talk"))],
        purpose: Field = PERSONAL_DATA,
        answer: Field = "",
        said: Field = "",
        how: Field = "",
        then: Field = "",
        key: Field = "",
    ) -> HTMLResponse:
        talk = await held(parts, me, conversation_id)
        wanted = purpose_of(purpose)
        if not talk.personal_data:
            raise Refusal(NOT_HERE)
        if answer == "no":
            await written(parts, me, talk, "consent_declined", wanted)
            return done(
                parts, request, talk, "Гражданин не согласен. Отвечайте на вопросы без личных данных.", Told("")
            )
        said = " ".join(said.split())[:200]
        if answer != "yes" or how not in ("sent", "read") or not said:
            problem = "Отметьте, как гражданин узнал текст, и запишите его слова: без них согласие не доказать."
            return await form(request, talk, wanted, then, problem=problem)
        messages = await recent(parts, conversation_id)
        last = next((m.seq for m in reversed(messages) if m.author == "citizen"), None)
        proof = {
            "operator": me.account.id, "said": said, "how": how, "message": last, "conversation": conversation_id,
            "words": last_words(messages)[:200],
        }  # fmt: skip
        try:
            consent = await parts.consents.give(talk.citizen_id, wanted, channel=talk.channel, proof=proof)
        except ServiceError as error:
            return await form(request, talk, wanted, then, problem=in_words(error))
        await written(parts, me, talk, "consent_taken", wanted, purpose=wanted, version=consent.text_version)
        told = await tell(parts, me, talk, THANKS, f"consent-{key}")
        title = f"{parts.consents.text(wanted).title}: записано"
        following = then if then in NEXT else ""
        return done(parts, request, talk, title, told, then=following, then_title=NEXT.get(following, ""))

    return router
