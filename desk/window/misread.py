"""The operator tells the editors that the robot took a message amiss, and what was meant."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Request, Response
from sqlalchemy import select

from bot.accounts.interface import Signed
from bot.handover.views import Talk
from bot.store.conversations import ConversationRow, MessageRow
from bot.studio.phrases import wishes
from bot.studio.tables import ReadingRow
from desk.access import need
from desk.parts import Parts
from desk.window.screen import Screen
from desk.window.sight import Sight

Me = Annotated[Signed, Depends(need("talk"))]
Seq = Annotated[int, Path(ge=1, le=2**31 - 1)]
SHOWN = 400
"""Characters of the message that the dialog repeats."""


def misread_router(parts: Parts, screen: Screen, sight: Sight) -> APIRouter:
    """`/talks/{conversation_id}/messages/{seq}/misread`: the question and the answer."""
    router = APIRouter()

    async def seen(me: Signed, conversation_id: str, seq: int) -> tuple[Talk, MessageRow]:
        """The talk and a message of its citizen, in any channel, that the robot read. Raises HTTPException 404."""
        talk = await sight.again(me, conversation_id)
        async with parts.store.read() as session:
            message = await session.scalar(
                select(MessageRow)
                .join(ReadingRow, ReadingRow.message == MessageRow.seq)
                .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
                .where(MessageRow.seq == seq, ConversationRow.citizen_id == talk.citizen_id)
            )
        if message is None:
            raise HTTPException(404)
        return talk, message

    async def titles() -> dict[str, str]:
        """Wishes of the published robot that have a name for people, by title."""
        found = {w.name: w.title for w in await asyncio.to_thread(wishes, parts.studio.published) if w.title}
        return dict(sorted(found.items(), key=lambda item: item[1].lower()))

    @router.get("/talks/{conversation_id}/messages/{seq}/misread")
    async def ask(request: Request, me: Me, conversation_id: str, seq: Seq) -> Response:
        talk, message = await seen(me, conversation_id, seq)
        text = str(parts.vault.open(message.body).get("text") or "")
        return screen.dialog_piece(
            request, "window_misread.html", talk=talk, seq=seq, text=text[:SHOWN], wishes=await titles()
        )

    @router.post("/talks/{conversation_id}/messages/{seq}/misread")
    async def mark(
        request: Request, me: Me, conversation_id: str, seq: Seq, meant: Annotated[str, Form()] = ""
    ) -> Response:
        talk, message = await seen(me, conversation_id, seq)
        known = meant if meant in await titles() else ""
        await parts.studio.readings.doubt(message.conversation_id, "misread", seq, known)
        await parts.audit.write(me, "reading_marked", conversation_id, talk.citizen_id, message=seq, meant=known)
        lines = await parts.views.lines(conversation_id, after=seq - 1, limit=1)
        return screen.lines_piece(request, talk, lines, more=False)

    return router
