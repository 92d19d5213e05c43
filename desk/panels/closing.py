"""The close of a talk: topic, result and whether it was enough; then the next talk opens."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.accounts.interface import Signed
from bot.handover.interface import Refusal
from desk.access import need
from desk.panels.common import held, last_words, opened, recent
from desk.parts import Parts

RESOLVED = {"yes": True, "no": False}
SURE_TOPIC = 0.5
LONGEST_NOTE = 1_000
Field = Annotated[str, Form()]


def closing_router(parts: Parts) -> APIRouter:
    """The dialog and the deed."""
    router = APIRouter()

    async def topics(me: Signed, conversation_id: str) -> dict[str, Any]:
        """The topics to choose from and the likeliest one: that of the hand-over, else what the citizen's words are about."""
        talk = await held(parts, me, conversation_id)
        titles = dict(parts.topic_titles)
        if talk.topic and talk.topic not in titles:
            titles = {talk.topic: talk.topic_title or talk.topic} | titles
        guess = talk.topic
        if not guess and (said := last_words(await recent(parts, conversation_id))):
            best, chance = (await asyncio.to_thread(parts.topics.classify, said))[0]
            guess = best if chance >= SURE_TOPIC else ""
        return {"talk": talk, "topics": titles, "guess": guess}

    @router.get("/talks/{conversation_id}/closing")
    async def close_form(
        request: Request, conversation_id: str, me: Annotated[Signed, Depends(need("talk"))]
    ) -> Response:
        return parts.pages.page(
            request, "panels/close.html", results=parts.rules.results, **await topics(me, conversation_id)
        )

    @router.post("/talks/{conversation_id}/close")
    async def close(
        request: Request,
        conversation_id: str,
        me: Annotated[Signed, Depends(need("talk"))],
        topic: Field = "",
        result: Field = "",
        resolved: Field = "",
        note: Field = "",
    ) -> Response:
        await opened(parts, me, conversation_id)
        if result not in parts.rules.results:
            raise Refusal("Выберите, чем закончился разговор.")
        if not topic:
            raise Refusal("Выберите тему разговора.")
        await parts.handovers.close(
            conversation_id, me.account.id, topic=topic[:60], result=result, resolved=RESOLVED.get(resolved),
            note=note.strip()[:LONGEST_NOTE],
        )  # fmt: skip
        waiting = [one for one in await parts.views.mine(me.account.id) if one.state == "taken"]
        following = waiting[0].conversation_id if waiting else ""
        if request.headers.get("HX-Request") != "true":
            return RedirectResponse(f"/desk?talk={quote(following)}" if following else "/desk", 303)
        answer = parts.pages.page(request, "window_open.html", opened=None)
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#open", "innerHTML"
        said = "Разговор завершён." if following else "Разговор завершён. Других открытых нет."
        # Header values are ASCII: json escapes all else.
        answer.headers["HX-Trigger"] = json.dumps({"desk-moved": {"conversation": following, "said": said}})
        # After the swap: a window that still showed this talk would draw it again over the next one.
        answer.headers["HX-Trigger-After-Swap"] = json.dumps({"panels:next": {"conversation": following}})
        return answer

    return router
