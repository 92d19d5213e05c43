"""A talk with the draft beside the published robot, with everything it understood."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from bot.clean import clean
from bot.studio.conversation_days import placeholders
from bot.studio.conversation_play import Memory
from bot.studio.conversations import BUTTON, EDITORS, Conversation, Step, conversations_of, with_saved
from bot.studio.drafts import Draft
from bot.studio.phrases import TITLES, loaded
from bot.studio.refusals import NotPossible
from bot.studio.studio import SIDES, Exchange
from desk.parts import Parts
from desk.studio.common import Editor, draft_of, studio_page
from desk.studio.conversations import edit_address, file_text, free_name
from desk.studio.trial_words import LIVES, PRETENDED, SIDE_NAMES, STATES, shown

Text = Annotated[str, Form()]
LONGEST = 1000
"""Characters of one message."""
NOTHING_SAID = "В этом разговоре черновик ещё ничего не ответил. Напишите ему что-нибудь и сохраните."


def trial_router(parts: Parts) -> APIRouter:
    """`/trial`: the page, its state, a new talk, a message, and a talk kept as a test conversation."""
    router = APIRouter()
    trials = parts.studio.trials

    @router.get("/trial")
    async def page(request: Request, me: Editor) -> HTMLResponse:
        trial = trials.current(me.account.id)
        titles = await asyncio.to_thread(titles_of, draft_of(parts, me))
        channel, segment = trials.manner(trial) if trial else ("widget", "")
        return studio_page(
            parts, request, "studio/trial.html", trial=trial, channel=channel, segment=segment, channels=PRETENDED,
            lives=LIVES, talk=[shown(one, titles, names()) for one in trials.history(trial)] if trial else [],
            **await houses(me.account.id),
        )  # fmt: skip

    def names() -> dict[str, str]:
        services = {one.id: one.title for one in parts.content.services}
        return services | {one.id: one.title for one in parts.content.centres}

    async def houses(draft: str) -> dict[str, Any]:
        state = await trials.state(draft)
        waiting = "starting" in (state["draft"], state["live"])
        return {"state": state, "states": STATES, "waiting": waiting, "side_names": SIDE_NAMES}

    @router.get("/trial/state")
    async def state(request: Request, me: Editor) -> HTMLResponse:
        trial = trials.current(me.account.id)
        return parts.pages.page(request, "studio/trial_houses.html", trial=trial, **await houses(me.account.id))

    @router.post("/trial/open")
    async def open_talk(me: Editor, channel: Text, segment: Text = "") -> Response:
        if channel not in PRETENDED or segment not in LIVES:
            raise NotPossible("Такого канала или жизненной ситуации нет. Обновите страницу.")
        await trials.open(me.account.id, channel, segment)
        return Response(status_code=204, headers={"HX-Redirect": "/desk/studio/trial"})

    @router.post("/trial/say")
    async def say(request: Request, me: Editor, text: Text, payload: Text = "", side: Text = "") -> HTMLResponse:
        text = clean(text).strip()[:LONGEST]
        if not text:
            raise NotPossible("Напишите, что говорит человек.")
        trial = trials.current(me.account.id)
        sides = list(SIDES)
        if payload and side in SIDES:
            sides = [s for s in SIDES if s == side or _offers(trials.history(trial), s, text, payload)]
        exchange = await trials.exchange(trial, text, payload, sides)
        titles = await asyncio.to_thread(titles_of, draft_of(parts, me))
        return parts.pages.page(
            request, "studio/trial_exchange.html", one=shown(exchange, titles, names()), side_names=SIDE_NAMES
        )

    @router.post("/trial/save")
    async def save(me: Editor, name: Text) -> Response:
        name = " ".join(clean(name).split())[:120]
        if not name:
            raise NotPossible("Назовите проверку: о чём этот разговор.")
        trial = trials.current(me.account.id)
        channel, segment = trials.manner(trial)
        exchanges = trials.history(trial)

        def write() -> Conversation:
            draft = draft_of(parts, me)
            name_now = free_name(name, conversations_of(draft.work))
            known = placeholders(draft.work.content, parts.clock().astimezone(parts.pages.zone))
            steps = steps_of(exchanges, Memory(known))
            if not steps:
                raise NotPossible(NOTHING_SAID)
            made = Conversation(name_now, EDITORS, steps, channel, segment)
            draft.write(EDITORS, with_saved(file_text(draft), made))
            return made

        made = await asyncio.to_thread(write)
        trials.remember(me.account.id, made.name, trial)
        await parts.audit.write(me, "conversation_saved", made.name)
        return Response(status_code=204, headers={"HX-Redirect": edit_address(made.name, "saved")})

    return router


def titles_of(draft: Draft) -> Mapping[str, str]:
    """Titles of the wishes by intent, as the draft has them."""
    return {str(name): str(title) for name, title in (loaded(draft.work, TITLES) or {}).items()}


def steps_of(exchanges: Any, memory: Memory) -> tuple[Step, ...]:
    """What the draft was told and understood, with braces instead of what will be another tomorrow."""
    steps = []
    for one in exchanges:
        said = one.said.get("draft")
        if said is None:
            continue
        user = memory.lasting(one.text)
        steps.append(Step(f"{BUTTON}{user}" if one.payload else user, said.intent or None))
        memory.remember(said.text, [str(b.get("title")) for b in said.buttons])
    return tuple(steps)


def _offers(history: Any, side: str, title: str, payload: str) -> bool:
    """Whether the latest answer of a side has this button."""
    latest: Exchange | None = next((one for one in reversed(history) if side in one.said), None)
    buttons = latest.said[side].buttons if latest else []
    return any(b.get("title") == title and b.get("payload") == payload for b in buttons)
