"""The robot's characters: what they say about feelings, how often, in what voice, and the words by which feelings are noticed."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.clean import clean
from bot.handover.words import MOODS
from bot.persona.emotion import NAMES
from bot.studio.persona_lexicon import FEELINGS, LEXICON, add_sign, levels, read, remove_sign, signs
from bot.studio.persona_lines import (
    LEAST,
    LONGEST,
    PERSONAS,
    SITUATION_WORDS,
    Block,
    Line,
    block_of,
    path_of,
    set_lines,
)
from bot.studio.persona_manner import GENDERS, PACE, VOICE, manner, set_manner, whole
from bot.studio.refusals import NotPossible
from desk.parts import Parts
from desk.studio.answers import NO_VOICE
from desk.studio.common import Editor, draft_of, studio_page
from desk.studio.persona_view import PLACES, changed, lines_from, manner_from, rows, shown

SAID = {
    "saved": "Сохранено в вашем черновике.",
    "added": "Слово добавлено в черновик.",
    "removed": "Слово удалено из черновика.",
}
SIGNS_SHOWN = 150
LONGEST_SENTENCE = 500
Text = Annotated[str, Form()]


def persona_router(parts: Parts) -> APIRouter:
    """`/persona`: the characters, one place of lines, and the lexicon of feelings."""
    router = APIRouter()
    room = _Room(parts)

    @router.get("/persona")
    async def first(me: Editor) -> Response:
        return RedirectResponse(f"/desk/studio/persona/{next(iter(PERSONAS))}", 303)

    @router.get("/persona/lexicon")
    async def lexicon(request: Request, me: Editor, q: str = "", emotion: str = "", said: str = "") -> HTMLResponse:
        found = await room.signs(me, clean(q)[:60], emotion)
        if request.headers.get("hx-request"):
            return parts.pages.page(request, "studio/persona_signs.html", **found)
        return studio_page(
            parts,
            request,
            "studio/persona_lexicon.html",
            said=SAID.get(said, ""),
            tab="lexicon",
            personas=PERSONAS,
            **found,
        )

    @router.post("/persona/lexicon/try")
    async def trial(request: Request, me: Editor, text: Text = "") -> HTMLResponse:
        text = clean(text)[:LONGEST_SENTENCE]
        reading = await asyncio.to_thread(read, draft_of(parts, me).work, text) if text else None
        return parts.pages.page(request, "studio/persona_reading.html", reading=reading, moods=MOODS)

    @router.post("/persona/lexicon/add")
    async def add(me: Editor, emotion: Text = "", weight: Text = "", phrase: Text = "") -> Response:
        await asyncio.to_thread(add_sign, draft_of(parts, me), emotion, _number(weight), clean(phrase).lower())
        await parts.audit.write(me, "persona_changed", LEXICON)
        return _go("lexicon", f"emotion={emotion}&said=added")

    @router.post("/persona/lexicon/remove")
    async def remove(me: Editor, emotion: Text = "", weight: Text = "", phrase: Text = "") -> Response:
        await asyncio.to_thread(remove_sign, draft_of(parts, me), emotion, _number(weight), phrase)
        await parts.audit.write(me, "persona_changed", LEXICON)
        return _go("lexicon", f"emotion={emotion if emotion in FEELINGS else ''}&said=removed")

    @router.get("/persona/{persona}")
    async def one(request: Request, persona: str, me: Editor, said: str = "") -> HTMLResponse:
        return studio_page(
            parts,
            request,
            "studio/persona.html",
            said=SAID.get(said, ""),
            **await room.character(me, persona),
            problem="",
        )

    @router.post("/persona/{persona}")
    async def numbers(request: Request, persona: str, me: Editor) -> Response:
        draft, form = draft_of(parts, me), await request.form()
        told = await room.character(me, persona)
        wanted = manner_from(form, told["manner"])
        try:
            await asyncio.to_thread(set_manner, draft, persona, wanted)
        except NotPossible as error:
            return parts.pages.page(
                request, "studio/persona_manner.html", **(told | {"manner": wanted}), problem=error.text
            )
        await parts.audit.write(me, "persona_changed", path_of(persona))
        return _go(persona, "said=saved")

    @router.get("/persona/{persona}/pair")
    async def pair(persona: str, me: Editor, emotion: str = "", situation: str = "") -> Response:
        if persona not in PERSONAS or emotion not in NAMES or situation not in SITUATION_WORDS:
            raise HTTPException(404)
        return RedirectResponse(f"/desk/studio/persona/{persona}/pairs.{emotion}.{situation}", 303)

    @router.get("/persona/{persona}/{block}")
    async def lines(request: Request, persona: str, block: str, me: Editor, said: str = "") -> HTMLResponse:
        told = await room.place(me, persona, block)
        return studio_page(
            parts, request, "studio/persona_block.html", said=SAID.get(said, ""), **told,
            shown=shown(told["block"], list(told["block"].lines)), focus=-1, problem="",
        )  # fmt: skip

    @router.post("/persona/{persona}/{block}/form")
    async def deed(request: Request, persona: str, block: str, me: Editor) -> HTMLResponse:
        told, form = await room.place(me, persona, block), await request.form()
        now, focus = changed(lines_from(form), str(form.get("deed") or ""))
        return parts.pages.page(
            request, "studio/persona_lines.html", **told, shown=shown(told["block"], now), focus=focus, problem=""
        )

    @router.post("/persona/{persona}/{block}/check")
    async def check(request: Request, persona: str, block: str, me: Editor) -> HTMLResponse:
        told, form = await room.place(me, persona, block), await request.form()
        now, at = lines_from(form), str(form.get("at") or "")
        if not at.isdecimal() or int(at) >= len(now):
            raise HTTPException(404)
        line = now[int(at)]
        return parts.pages.page(
            request, "studio/persona_check.html", **told, at=int(at), one=shown(told["block"], [line])[0],
            whole=await room.whole(me, persona, told["block"], line),
        )  # fmt: skip

    @router.post("/persona/{persona}/{block}")
    async def save(request: Request, persona: str, block: str, me: Editor) -> Response:
        told, form = await room.place(me, persona, block), await request.form()
        now = lines_from(form)
        try:
            await asyncio.to_thread(set_lines, draft_of(parts, me), persona, block, now)
        except NotPossible as error:
            return parts.pages.page(
                request,
                "studio/persona_lines.html",
                **told,
                shown=shown(told["block"], now),
                focus=-1,
                problem=error.text,
            )
        await parts.audit.write(me, "persona_changed", f"{path_of(persona)} {block}")
        return _go(f"{persona}/{block}" if now else persona, "said=saved")

    return router


class _Room:
    """What the handlers share."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._voiced = parts.studio.hear is not None

    async def character(self, me: Editor, persona: str) -> dict[str, Any]:
        """A character with its places and numbers, or 404."""
        draft = draft_of(self._parts, me)
        try:
            told = await asyncio.to_thread(rows, draft.work, draft.base, persona)
            numbers = await asyncio.to_thread(manner, draft.work, persona)
        except KeyError:
            raise HTTPException(404) from None
        return {
            "persona": persona, "personas": PERSONAS, "tab": persona, "rows": told, "manner": numbers, "voice": VOICE, "pace": PACE,
            "genders": GENDERS, "voiced": self._voiced, "no_voice": NO_VOICE, "least": LEAST,
            "moods": {name: MOODS[name] for name in NAMES}, "situations": SITUATION_WORDS,
        }  # fmt: skip

    async def place(self, me: Editor, persona: str, key: str) -> dict[str, Any]:
        """One place of a character, or 404."""
        try:
            block = await asyncio.to_thread(block_of, draft_of(self._parts, me).work, persona, key)
        except KeyError:
            raise HTTPException(404) from None
        return {
            "persona": persona, "personas": PERSONAS, "tab": persona, "block": block, "places": PLACES, "least": LEAST,
            "longest": LONGEST, "voiced": self._voiced, "no_voice": NO_VOICE,
        }  # fmt: skip

    async def whole(self, me: Editor, persona: str, block: Block, line: Line) -> Any:
        """How the line sounds in a whole answer."""
        return await asyncio.to_thread(whole, draft_of(self._parts, me).work, persona, block, line)

    async def signs(self, me: Editor, words: str, emotion: str) -> dict[str, Any]:
        """The lexicon as it is looked through."""
        work = draft_of(self._parts, me).work
        emotion = emotion if emotion in FEELINGS else ""
        found = await asyncio.to_thread(signs, work, words, emotion)
        named = emotion or FEELINGS[0]
        return {
            "found": found[:SIGNS_SHOWN], "total": len(found), "words": words, "emotion": emotion,
            "moods": {name: MOODS[name] for name in FEELINGS}, "named": named,
            "levels": {name: await asyncio.to_thread(levels, work, name) for name in FEELINGS},
        }  # fmt: skip


def _go(page: str, query: str) -> Response:
    return Response(headers={"HX-Redirect": f"/desk/studio/persona/{page}?{query}"})


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0
