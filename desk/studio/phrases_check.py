"""What an editor is told while she types a phrase: who says it already, what is near to it, and how the live robot reads it."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from bot.rasa import RasaUnavailable
from bot.studio.personal_marks import personal_marks
from bot.studio.phrases import LONGEST, tidy
from desk.studio.common import Editor
from desk.studio.phrases_common import Room, titles

SEEN = {
    "service": "услуга", "centre": "центр", "district": "район", "street": "улица", "settlement": "посёлок",
    "topic": "тема обращения", "date": "день", "time": "время", "datetime": "день и время", "interval": "промежуток",
    "month": "месяц", "case_number": "номер дела", "snils": "СНИЛС", "phone": "телефон", "email": "почта",
    "person_name": "имя", "birth_date": "дата рождения", "money": "сумма", "address": "адрес", "number": "число",
    "code_word": "кодовое слово", "status": "статус",
}  # fmt: skip
"""What the robot finds in words, in Russian."""
UNSURE = "nlu_fallback"


def check_router(room: Room) -> APIRouter:
    """`/phrases/check`."""
    router = APIRouter()

    @router.get("/check")
    async def check(request: Request, me: Editor, text: str = "", wish: str = "", old: str = "") -> HTMLResponse:
        phrase = tidy(text[: 2 * LONGEST])
        values: dict[str, Any] = {"phrase": "", "wish": wish}
        if any(c.isalnum() for c in phrase):
            _, everything = await room.all(me)
            prepared = room.prepare()
            near, live = await asyncio.gather(
                asyncio.to_thread(room.likeness.near, everything, phrase, old), read_live(room, phrase)
            )
            values = {
                "phrase": phrase, "wish": wish, "titles": titles(everything), "prepared": prepared, "live": live,
                "too_long": len(phrase) > LONGEST, "longest": LONGEST,
                "personal": await asyncio.to_thread(personal_marks, phrase),
                "same": next((n for n in near if n.why == "same"), None),
                "elsewhere": [n for n in near if n.why != "same" and n.wish != wish][:3],
                "here": [n for n in near if n.why != "same" and n.wish == wish][:1],
            }  # fmt: skip
        return room.parts.pages.page(request, "studio/phrases_check.html", **values)

    return router


async def read_live(room: Room, phrase: str) -> dict[str, Any] | None:
    """How the robot that citizens talk to reads a phrase; None when it does not answer."""
    try:
        parsed = await room.parts.studio.parse(phrase)
    except RasaUnavailable:
        return None
    ranking = [(name, share) for name, share in parsed.ranking if name != UNSURE]
    name, share = ranking[0] if ranking else (parsed.intent, parsed.confidence)
    return {
        "intent": name,
        "percent": round(100 * share),
        "unsure": parsed.intent == UNSURE,
        "entities": [_entity(entity, phrase) for entity in parsed.entities],
    }


def _entity(entity: dict[str, Any], phrase: str) -> tuple[str, str]:
    """What it is and the words; offsets are in the robot's own tidied text, so the words it gives come first."""
    kind = str(entity.get("entity") or "")
    start, end = entity.get("start"), entity.get("end")
    words = entity.get("text") or (phrase[start:end] if isinstance(start, int) and isinstance(end, int) else "")
    return SEEN.get(kind, kind), str(words or entity.get("value") or "")
