"""Talking: messages to the citizen, corrections, notes to colleagues, and the small signs between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Request, Response
from sqlalchemy import select

from bot.accounts.interface import Signed
from bot.handover.interface import NotYours, Refusal
from bot.handover.notes import NoteKind
from bot.handover.tables import CannedAnswerRow
from bot.handover.views import Talk
from bot.messages import Attachment
from bot.store.conversations import MessageRow
from bot.store.journal import Message
from desk.access import need
from desk.parts import Parts
from desk.uploads import forget, read_form
from desk.window.company import Company
from desk.window.pages import is_full
from desk.window.screen import LINES, Screen
from desk.window.sight import Sight

Me = Annotated[Signed, Depends(need("talk"))]
Seq = Annotated[int, Path(ge=1, le=2**31 - 1)]
MOST_CANNED = 5


def talking_router(parts: Parts, screen: Screen, sight: Sight, company: Company) -> APIRouter:
    """What is said is answered with the lines that it became."""
    router = APIRouter()

    async def visible(me: Signed, conversation_id: str) -> None:
        if not await sight.may(me, conversation_id):
            raise HTTPException(404)

    async def shown(request: Request, talk: Talk, message: Message) -> Response:
        lines = await parts.views.lines(talk.conversation_id, after=message.seq - 1, limit=LINES)
        return screen.lines_piece(request, talk, lines, more=is_full(lines))

    @router.post("/talks/{conversation_id}/messages")
    async def say(request: Request, me: Me, conversation_id: str) -> Response:
        talk = await sight.again(me, conversation_id)
        if talk.operator != me.account.id and request.headers.get("content-type", "").startswith("multipart/"):
            raise NotYours  # before megabytes are read
        form, files = await read_form(request, parts.files)
        key = str(form.get("key") or "")
        try:
            if not 8 <= len(key) <= 64:
                raise Refusal("Страница устарела. Обновите её и отправьте сообщение ещё раз.")
            canned = await _canned_files(parts, me, [str(one) for one in form.getlist("canned")])
            message = await parts.speaking.say(
                conversation_id, me.account.id, me.account.name, str(form.get("text") or ""), [*canned, *files], key=key
            )
        except BaseException:
            forget(parts.files, files)
            raise
        kept = {str(one.get("ref")) for one in message.body.get("attachments") or ()}
        # The same key twice: the first one's files were sent.
        forget(parts.files, [one for one in files if one.ref not in kept])
        return await shown(request, talk, message)

    @router.post("/talks/{conversation_id}/messages/{seq}/correct")
    async def correct(
        request: Request, me: Me, conversation_id: str, seq: Seq, text: Annotated[str, Form()] = ""
    ) -> Response:
        talk = await sight.again(me, conversation_id)
        async with parts.store.read() as session:
            row = await session.get(MessageRow, seq)
        if row is None or row.conversation_id != conversation_id:
            raise HTTPException(404)
        return await shown(request, talk, await parts.speaking.correct(seq, me.account.id, text))

    @router.post("/talks/{conversation_id}/notes")
    async def note(
        request: Request,
        me: Me,
        conversation_id: str,
        text: Annotated[str, Form()] = "",
        kind: Annotated[str, Form()] = "note",
        after: Annotated[int, Form(ge=0, le=2**31 - 1)] = 0,
    ) -> Response:
        talk = await sight.again(me, conversation_id)
        if kind not in ("note", "whisper") or (kind == "whisper" and not me.may("supervise")):
            raise HTTPException(404)
        wanted: NoteKind = "whisper" if kind == "whisper" else "note"
        await parts.notes.add(conversation_id, me.account.id, me.account.name, text, wanted)
        lines = await parts.views.lines(conversation_id, after=after, limit=LINES)
        return screen.lines_piece(request, talk, lines, more=is_full(lines))

    @router.post("/talks/{conversation_id}/typing")
    async def typing(me: Me, conversation_id: str) -> Response:
        talk = await parts.views.talk(conversation_id, summed_up=False)
        if talk is None or not talk.seen_by(me.account.groups, me.account.id):
            raise HTTPException(404)
        if talk.operator != me.account.id:
            raise NotYours
        parts.speaking.typing(conversation_id, me.account.id)
        company.writes(me.account, conversation_id)
        return Response(status_code=204)

    @router.post("/talks/{conversation_id}/read")
    async def read(me: Me, conversation_id: str, seq: Annotated[int, Form(ge=1, le=2**31 - 1)]) -> Response:
        await visible(me, conversation_id)
        await parts.speaking.read(conversation_id, me.account.id, seq)
        return Response(status_code=204)

    return router


async def _canned_files(parts: Parts, me: Signed, ids: Sequence[str]) -> list[Attachment]:
    """The files of ready answers that this account may use; an unknown one is left out."""
    numbers = [int(one) for one in ids if one.isascii() and one.isdigit() and len(one) < 10][:MOST_CANNED]
    if not numbers:
        return []
    async with parts.store.read() as session:
        rows = await session.scalars(
            select(CannedAnswerRow).where(
                CannedAnswerRow.id.in_(numbers),
                CannedAnswerRow.deleted_at.is_(None),
                CannedAnswerRow.group.in_(["", *me.account.groups]),
            )
        )
        return [Attachment(f["name"], f["media_type"], f["size"], f["ref"]) for row in rows for f in row.files]
