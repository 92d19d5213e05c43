"""Test conversations: saved from a trial, changed, run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from bot.clean import clean
from bot.services.errors import ContentError
from bot.studio.conversation_play import ConversationResult, Seen
from bot.studio.conversations import BUTTON, EDITORS, Conversation, Step, conversations_of, with_saved, without
from bot.studio.drafts import Draft
from bot.studio.phrases import Wish, wishes
from bot.studio.refusals import NotPossible
from desk.parts import Parts
from desk.studio.common import Editor, draft_of, studio_page
from desk.studio.trial_words import LIVES, PRETENDED

Text = Annotated[str, Form()]
Name = Annotated[str, Query()]
STEPS = 60
"""Steps of one test conversation."""
LONGEST = 500
SAID = {
    "saved": "Проверка сохранена в вашем черновике. Выделите в ответах слова, которые должны остаться, и запустите её.",
    "changed": "Изменения сохранены.",
    "copied": "Это ваша копия: её можно менять.",
    "removed": "Проверка удалена из черновика.",
}
GROUPS = {
    "test_editors": "Сохранили редакторы", "test_booking": "Запись на приём", "test_visits": "Перенос и отмена",
    "test_applications": "Заявления и статус", "test_consents": "Согласия", "test_feedback": "Отзывы",
    "test_information": "Справки", "test_people": "Вызов человека", "test_problems": "Жалобы и аварии",
    "test_telegram": "Telegram",
}  # fmt: skip
"""Files of conversations in words."""


@dataclass(frozen=True)
class Row:
    """One conversation in the list. `fresh`: its result is for the draft as it is now."""

    conversation: Conversation
    result: ConversationResult | None
    fresh: bool


def conversations_router(parts: Parts) -> APIRouter:
    """`/conversations`: the list with results, one to edit, and runs."""
    router = APIRouter()
    trials = parts.studio.trials

    async def listed(me: Any) -> dict[str, Any]:
        everything = await asyncio.to_thread(lambda: _all(draft_of(parts, me).work))
        robot = await trials.robot(me.account.id)
        checked = trials.checked(me.account.id)
        groups: dict[str, list[Row]] = {}
        for one in sorted(everything, key=lambda c: not c.by_editors):
            result, of = checked.results.get(one.name, (None, ""))
            row = Row(one, result if of else None, result is not None and of == robot and result.played == one)
            groups.setdefault(GROUPS.get(_stem(one.file), _stem(one.file)), []).append(row)
        rows = [row for group in groups.values() for row in group]
        failed = [row for row in rows if row.result and not row.result.passed]
        return {"groups": groups, "checked": checked, "failed": failed, "total": len(rows)}

    @router.get("/conversations")
    async def page(request: Request, me: Editor, said: str = "") -> HTMLResponse:
        return studio_page(parts, request, "studio/conversations.html", said=SAID.get(said, ""), **await listed(me))

    @router.get("/conversations/now")
    async def now(request: Request, me: Editor) -> HTMLResponse:
        return parts.pages.page(request, "studio/conversations_now.html", **await listed(me))

    @router.post("/conversations/run")
    async def run(request: Request, me: Editor, names: Annotated[list[str], Form()], back: Text = "") -> Response:
        await trials.check(me.account.id, [] if names == ["*"] else names)
        if back:
            return _go(edit_address(back))
        return parts.pages.page(request, "studio/conversations_now.html", **await listed(me))

    @router.get("/conversations/running")
    async def running(request: Request, me: Editor) -> HTMLResponse:
        """The page of one conversation asks this until its run is over, then looks at the result."""
        checked = trials.checked(me.account.id)
        page = parts.pages.page(request, "studio/conversation_running.html", checked=checked)
        if not checked.running:
            page.headers["HX-Refresh"] = "true"
        return page

    @router.get("/conversations/edit")
    async def edit(request: Request, me: Editor, name: Name = "", said: str = "") -> HTMLResponse:
        def read() -> tuple[Conversation, list[Wish]]:
            work = draft_of(parts, me).work
            return _one(_all(work), name), wishes(work)

        one, known = await asyncio.to_thread(read)
        robot = await trials.robot(me.account.id)
        checked = trials.checked(me.account.id)
        result, of = checked.results.get(one.name, (None, ""))
        fresh = result is not None and of == robot and result.played == one
        seen: Sequence[Seen | None] = result.seen if result else ()
        return studio_page(
            parts, request, "studio/conversation.html", one=one, wishes=sorted(known, key=_shown),
            seen=[*seen, *([None] * (len(one.steps) - len(seen)))], result=result if of else None, fresh=fresh,
            channels=PRETENDED, lives=LIVES, said=SAID.get(said, ""), button=BUTTON, checked=checked,
        )  # fmt: skip

    @router.post("/conversations")
    async def save(request: Request, me: Editor, old: Text, name: Text) -> Response:
        form = await request.form()
        made = Conversation(
            name=_title(name),
            file=EDITORS,
            steps=_steps_of(
                [{key: str(form.get(f"{key}-{n}", "")) for key in ("user", "intent", "bot")} for n in _numbers(form)]
            ),
            channel=_of(PRETENDED, str(form.get("channel", "widget"))),
            segment=_of(LIVES, str(form.get("segment", ""))),
        )

        def write() -> None:
            draft = draft_of(parts, me)
            everything = _all(draft.work)
            if not _one(everything, old).by_editors:
                raise NotPossible("Эту проверку меняет программист. Сделайте себе копию.")
            if made.name != old and any(one.name == made.name for one in everything):
                raise NotPossible("Проверка с таким названием уже есть. Назовите эту иначе.")
            draft.write(EDITORS, with_saved(file_text(draft), made, old))

        await asyncio.to_thread(write)
        await parts.audit.write(me, "conversation_saved", made.name)
        if form.get("run"):
            await trials.check(me.account.id, [made.name])
        return _go(edit_address(made.name, "changed"))

    @router.post("/conversations/copy")
    async def copy(me: Editor, name: Text) -> Response:
        def write() -> str:
            draft = draft_of(parts, me)
            everything = _all(draft.work)
            one = _one(everything, name)
            steps = tuple(Step(step.user, step.intent, (), step.fragments) for step in one.steps)
            made = Conversation(free_name(one.name, everything), EDITORS, steps, one.channel, one.segment)
            draft.write(EDITORS, with_saved(file_text(draft), made))
            return made.name

        made = await asyncio.to_thread(write)
        await parts.audit.write(me, "conversation_saved", made)
        return _go(edit_address(made, "copied"))

    @router.post("/conversations/remove")
    async def remove(me: Editor, name: Text) -> Response:
        def write() -> None:
            draft = draft_of(parts, me)
            if not _one(_all(draft.work), name).by_editors:
                raise NotPossible("Эту проверку написал программист: удалить её может только он.")
            if left := without(file_text(draft), name):
                draft.write(EDITORS, left)
            else:
                draft.work.remove(EDITORS)

        await asyncio.to_thread(write)
        await parts.audit.write(me, "conversation_removed", name)
        return _go("/desk/studio/conversations?said=removed")

    return router


def edit_address(name: str, said: str = "") -> str:
    """The page where a conversation is edited."""
    return f"/desk/studio/conversations/edit?name={quote(name, safe='')}" + (f"&said={said}" if said else "")


def file_text(draft: Draft) -> str:
    """The editors' file of conversations, "" when the draft has none."""
    try:
        return draft.read(EDITORS)
    except FileNotFoundError:
        return ""


def free_name(name: str, everything: Sequence[Conversation]) -> str:
    """The name, with a number behind it when it is taken."""
    taken = {one.name for one in everything}
    number, free = 2, name
    while free in taken:
        number, free = number + 1, f"{name} {number}"
    return free


def _all(work: Any) -> list[Conversation]:
    try:
        return conversations_of(work)
    except ContentError as error:
        raise NotPossible(f"Проверки не читаются: {error}. Верните файл на странице «Изменения».") from None


def _one(everything: Sequence[Conversation], name: str) -> Conversation:
    for one in everything:
        if one.name == name:
            return one
    raise HTTPException(404)


def _numbers(form: Any) -> list[int]:
    found = {int(key[5:]) for key in form if key.startswith("user-") and key[5:].isdigit() and len(key) < 10}
    return sorted(found)


def _steps_of(rows: Sequence[dict[str, str]]) -> tuple[Step, ...]:
    """The steps of a form; one without the citizen's words is dropped. Raises NotPossible when none is left."""
    steps = []
    for row in rows:
        user = " ".join(clean(row["user"]).split())[:LONGEST]
        parts_of_answer = [" ".join(clean(line).split())[:LONGEST] for line in row["bot"].splitlines()]
        if user:
            steps.append(Step(user, row["intent"] or None, (), tuple(part for part in parts_of_answer if part)))
    if not steps:
        raise NotPossible("Нужна хотя бы одна реплика человека.")
    if len(steps) > STEPS:
        raise NotPossible(f"В проверке может быть не больше {STEPS} реплик. Разделите её на две.")
    return tuple(steps)


def _title(name: str) -> str:
    found = " ".join(clean(name).split())[:120]
    if not found:
        raise NotPossible("Назовите проверку: о чём этот разговор.")
    return found


def _of(known: Any, value: str) -> str:
    if value not in known:
        raise NotPossible("Такого канала или жизненной ситуации нет. Обновите страницу.")
    return value


def _shown(wish: Wish) -> str:
    return wish.title or wish.name


def _stem(file: str) -> str:
    return file.rpartition("/")[2].removesuffix(".yml")


def _go(address: str) -> Response:
    return Response(status_code=204, headers={"HX-Redirect": address})
