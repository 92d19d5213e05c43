"""Citizens' data at rest: demands to delete with their terms, search, one citizen's data given out or deleted, and retention."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from bot.accounts.interface import Signed
from bot.handover.words import CHANNELS
from bot.privacy.erasure import CannotErase, Outlook
from bot.privacy.export import UnknownCitizen
from bot.privacy.farewell import Farewells, words
from bot.privacy.inventory import holdings
from bot.privacy.wording import CLASSES, MATTERS
from bot.services.calls.numbers import e164
from desk.access import need
from desk.parts import Parts

Me = Annotated[Signed, Depends(need("privacy"))]
Text = Annotated[str, Form(max_length=200)]

NOTHING_GIVEN = "Напишите телефон или имя."
NO_PHONE = "Это не телефон. Нужен номер вида +7 912 345-67-89."
WRONG_WORD = "Номер для подтверждения не совпал. Ничего не удалено."


def confirmation(outlook: Outlook) -> str:
    """What has to be typed before a deletion: the demand's number, else the beginning of the citizen's."""
    return outlook.requests[0] if outlook.requests else outlook.citizen_id[:8]


def privacy_router(parts: Parts) -> APIRouter:
    """`privacy`: demands, search, retention; `privacy/citizens/{id}`: one citizen, `…/export`, `…/erase`."""
    router = APIRouter(prefix="/privacy")
    privacy = parts.privacy

    async def page(request: Request, status: int = 200, **shown: object) -> Response:
        given: dict[str, object] = {"found": None, "wrong": "", "phone": "", "name": "", "done": ""}
        return parts.pages.page(
            request, "privacy.html", status, requests=await privacy.requests(), overdue=privacy.overdue,
            last=await privacy.retention.last(), preview=await privacy.retention.last(preview=True),
            days=privacy.retention.rules.days, terms=privacy.retention.rules.terms, matters=MATTERS, classes=CLASSES,
            titles={name: one.title for name, one in holdings().items()}, channels=CHANNELS, **(given | shown),
        )  # fmt: skip

    async def outlook_of(citizen_id: str) -> Outlook:
        outlook = await privacy.erasures.outlook(citizen_id)
        if outlook.nothing and not outlook.stays:
            raise HTTPException(404)
        return outlook

    async def citizen_page(request: Request, outlook: Outlook, status: int = 200, wrong: str = "") -> Response:
        found = await privacy.search.profile(outlook.citizen_id)
        return parts.pages.page(
            request, "privacy_citizen.html", status, outlook=outlook, citizen=found, wrong=wrong,
            word=confirmation(outlook), told=words(outlook), channels=CHANNELS,
        )  # fmt: skip

    @router.get("")
    async def show(request: Request, _me: Me, done: str = "") -> Response:
        return await page(request, done="yes" if done else "")

    @router.post("/find")
    async def find(request: Request, me: Me, phone: Text = "", name: Text = "") -> Response:
        wrong = ""
        if not phone.strip() and not name.strip():
            wrong = NOTHING_GIVEN
        elif phone.strip() and e164(phone) is None:
            wrong = NO_PHONE
        if wrong:
            return await page(request, 422, wrong=wrong, phone=phone, name=name)
        found = await privacy.search.find(me, phone=phone, name=name)
        return await page(request, found=found, phone=phone, name=name)

    @router.post("/preview")
    async def preview(me: Me) -> Response:
        await privacy.retention.preview(me)
        return RedirectResponse("/desk/privacy#retention", 303)

    @router.get("/citizens/{citizen_id}")
    async def citizen(request: Request, me: Me, citizen_id: str) -> Response:
        outlook = await outlook_of(citizen_id)
        await parts.audit.write(me, "citizen_viewed", "данные гражданина", citizen_id)
        return await citizen_page(request, outlook)

    @router.post("/citizens/{citizen_id}/export")
    async def export(me: Me, citizen_id: str) -> Response:
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "citizen.zip"
            try:
                await privacy.exports.write(citizen_id, target, me)
            except UnknownCitizen:
                raise HTTPException(404) from None
            content = target.read_bytes()
        headers = {"Content-Disposition": f'attachment; filename="citizen-{citizen_id[:8]}.zip"'}
        return Response(content, media_type="application/zip", headers=headers)

    @router.post("/citizens/{citizen_id}/erase")
    async def erase(request: Request, me: Me, citizen_id: str, word: Text = "") -> Response:
        outlook = await outlook_of(citizen_id)
        if word.strip().casefold() != confirmation(outlook).casefold():
            return await citizen_page(request, outlook, 422, WRONG_WORD)
        farewells = Farewells(parts.store, parts.turns, parts.clock, words(outlook))
        try:
            await privacy.erasures.erase(citizen_id, me, farewell=farewells.say)
        except CannotErase as error:
            return await citizen_page(request, await outlook_of(citizen_id), 409, error.text)
        return RedirectResponse("/desk/privacy?done=1", 303)

    return router
