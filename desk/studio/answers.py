"""What the robot says: every answer with its variants, how plain they are, how they look, and how they sound."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from bot.clean import clean
from bot.persona.emotion import NAMES
from bot.studio.answer_places import Place, missing, places
from bot.studio.answer_removal import remove_answer, users
from bot.studio.answer_samples import with_samples
from bot.studio.answer_words import EAR_WORDS, MOODS, PLAIN, SEGMENTS, WHERE, allowed
from bot.studio.answers import LONGEST, LONGEST_TITLE, add_answer, answers, set_variants
from bot.studio.drafts import Draft
from bot.studio.file_values import values
from bot.studio.refusals import NotPossible
from desk.parts import Parts
from desk.studio.answers_form import Card, Look, cards_from, cards_of, changed, look, payloads
from desk.studio.answers_list import Scores, Search, find
from desk.studio.common import Editor, draft_of, studio_page

PERSONAS = {"dokumenty": "«Мои документы»", "line122": "Линия 122", "neutral": "Ровный голос"}
NO_VOICE = "Голос не включён. Чтобы слушать ответы, запустите помощника с голосом: ./otklik up --voice."
SAID = {
    "saved": "Сохранено в вашем черновике.",
    "added": "Ответ добавлен в черновик. Напишите его.",
    "removed": "Ответ удалён из вашего черновика. Вернуть его можно на странице «Изменения».",
}
Flag = Annotated[str, Form()]


def answers_router(parts: Parts) -> APIRouter:
    """`/answers`: the list, one answer, its deeds, its checks, and the voice."""
    router = APIRouter()
    room = _Room(parts)

    @router.get("/answers")
    async def page(
        request: Request,
        me: Editor,
        q: str = "",
        group: str = "",
        voice: str = "",
        unplain: str = "",
        changed: str = "",
        said: str = "",
    ) -> HTMLResponse:
        search = Search(clean(q)[:100], group, bool(voice), bool(unplain), bool(changed))
        found = await asyncio.to_thread(find, draft_of(parts, me), search, room.scores)
        told: dict[str, Any] = {"search": search, "found": found, "least": PLAIN}
        if request.headers.get("hx-request"):
            return parts.pages.page(request, "studio/answers_list.html", **told)
        lacking = await asyncio.to_thread(missing, draft_of(parts, me).work)
        return studio_page(parts, request, "studio/answers.html", lacking=lacking, said=SAID.get(said, ""), **told)

    @router.post("/answers/new")
    async def new(me: Editor, name: Annotated[str, Form()] = "", text: Annotated[str, Form()] = "") -> Response:
        draft = draft_of(parts, me)
        if name not in await asyncio.to_thread(missing, draft.work):
            raise NotPossible(
                "Этот ответ никто не скажет. Новый ответ появляется вместе с новым желанием: «Фразы», «Новое желание»."
            )
        await asyncio.to_thread(add_answer, draft, name, clean(text).strip())
        await parts.audit.write(me, "answer_changed", name)
        return Response(headers={"HX-Redirect": f"/desk/studio/answers/{name}?said=added"})

    @router.post("/answers/hear")
    async def hear(
        me: Editor,
        text: Flag = "",
        persona: Flag = "",
        emotion: Flag = "",
        feels: Flag = "",
        rate: Flag = "",
        pitch: Flag = "",
    ) -> Response:
        return Response(await room.heard(text, persona, emotion, bool(feels), rate, pitch), media_type="audio/wav")

    @router.get("/answers/{answer}")
    async def one(request: Request, answer: str, me: Editor, said: str = "") -> HTMLResponse:
        shown = await room.shown(draft_of(parts, me), answer)
        cards = cards_of(shown["answer"])
        return studio_page(
            parts,
            request,
            "studio/answer.html",
            said=SAID.get(said, ""),
            **shown,
            **await room.beside(cards, shown),
            problem="",
        )

    @router.post("/answers/{answer}/form")
    async def deed(request: Request, answer: str, me: Editor) -> HTMLResponse:
        shown, form = await room.shown(draft_of(parts, me), answer), await request.form()
        cards, at = changed(cards_from(form, shown["answer"]), str(form.get("deed") or ""))
        beside = await room.beside(cards, shown)
        return parts.pages.page(request, "studio/answer_form.html", **shown, **(beside | {"focus": at}), problem="")

    @router.post("/answers/{answer}/check")
    async def check(request: Request, answer: str, me: Editor) -> HTMLResponse:
        shown, form = await room.shown(draft_of(parts, me), answer), await request.form()
        cards, at = cards_from(form, shown["answer"]), str(form.get("at") or "")
        if not at.isdecimal() or int(at) >= len(cards):
            raise HTTPException(404)
        view = (await room.looks([cards[int(at)]], shown))[0]
        return parts.pages.page(request, "studio/answer_check.html", look=view, at=int(at), **shown)

    @router.post("/answers/{answer}")
    async def save(request: Request, answer: str, me: Editor) -> Response:
        draft = draft_of(parts, me)
        shown, form = await room.shown(draft, answer), await request.form()
        cards = cards_from(form, shown["answer"])
        beside = await room.beside(cards, shown)
        try:
            room.refuse(cards, beside["looks"])
            await asyncio.to_thread(set_variants, draft, answer, [card.variant for card in cards])
        except NotPossible as error:
            return parts.pages.page(request, "studio/answer_form.html", **shown, **beside, problem=error.text)
        await parts.audit.write(me, "answer_changed", answer)
        return Response(headers={"HX-Redirect": f"/desk/studio/answers/{answer}?said=saved"})

    @router.post("/answers/{answer}/remove")
    async def remove(answer: str, me: Editor) -> Response:
        try:
            await asyncio.to_thread(remove_answer, draft_of(parts, me), answer)
        except KeyError:
            raise HTTPException(404) from None
        await parts.audit.write(me, "answer_removed", answer)
        return Response(headers={"HX-Redirect": "/desk/studio/answers?said=removed"})

    return router


class _Room:
    """What the handlers share."""

    def __init__(self, parts: Parts) -> None:
        self._studio = parts.studio
        self.scores = Scores()

    async def shown(self, draft: Draft, id: str) -> dict[str, Any]:
        """What every view of an answer needs, or 404."""
        return await asyncio.to_thread(self._shown, draft, id)

    def _shown(self, draft: Draft, id: str) -> dict[str, Any]:
        answer = answers(draft.work).get(id)
        if answer is None:
            raise HTTPException(404)
        published = answers(draft.base).get(id)
        told: Place = places(draft.work)[id]
        titles: Mapping[str, str] = values(draft.work, "bot/content/intents.yml") or {}
        intents = (
            next(iter(i)) if isinstance(i, dict) else str(i)
            for i in (values(draft.work, "domain.yml") or {}).get("intents", ())
        )
        return {
            "answer": answer, "published": published, "place": told, "filled": sorted(allowed(answer, published)),
            "wishes": {name: str(titles.get(name, name)) for name in intents}, "segments": SEGMENTS, "where": WHERE,
            "moods": {name: MOODS[name] for name in NAMES}, "personas": PERSONAS, "voiced": self._studio.hear is not None,
            "held": users(draft.work, id),
            "no_voice": NO_VOICE, "least": PLAIN, "longest": LONGEST, "longest_title": LONGEST_TITLE, "ear": EAR_WORDS,
        }  # fmt: skip

    async def beside(self, cards: list[Card], shown: dict[str, Any]) -> dict[str, Any]:
        """The cards with what is shown beside each."""
        for_all = sum(card.variant.for_all for card in cards)
        return {
            "cards": cards, "looks": await self.looks(cards, shown), "focus": -1, "payloads": payloads(cards, shown["wishes"]),
            "alone": [card.variant.for_all and for_all == 1 for card in cards],
        }  # fmt: skip

    async def looks(self, cards: list[Card], shown: dict[str, Any]) -> list[Look]:
        """What is shown beside each card."""
        return await asyncio.to_thread(
            lambda: [look(card, shown["answer"], shown["published"], self._studio.draw) for card in cards]
        )

    def refuse(self, cards: list[Card], looks: list[Look]) -> None:
        """Raises NotPossible for texts whose braces nobody fills, and for buttons that do nothing."""
        for number, (card, view) in enumerate(zip(cards, looks, strict=True), 1):
            if wrong := next((note.text for note in view.notes if note.stops), ""):
                raise NotPossible(f"Вариант {number}: {wrong}")
            if any(not button.payload for button in card.variant.buttons):
                raise NotPossible(f"Вариант {number}: выберите, что делает каждая кнопка.")

    async def heard(self, text: str, persona: str, emotion: str, feels: bool, rate: str, pitch: str) -> bytes:
        """The WAV of a text as the form has it. Raises NotPossible."""
        if self._studio.hear is None:
            raise NotPossible(NO_VOICE)
        manner = {"rate": _number(rate, 1.0), "pitch": _number(pitch, 0.0)} if rate or pitch else None
        mood = emotion if emotion in NAMES else "neutral"
        return await self._studio.hear(with_samples(clean(text)[:LONGEST]), persona, mood, manner, feels=feels)


def _number(text: str, otherwise: float) -> float:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return otherwise
    return number if math.isfinite(number) else otherwise
