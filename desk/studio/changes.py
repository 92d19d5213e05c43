"""What the draft changes, item by item, with a way back for each; clashes with what others published."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.studio.difference import Change, differences, undo
from bot.studio.drafts import Draft
from bot.studio.item_words import Namer
from bot.studio.merge import Clash
from bot.studio.project import NotOfProject
from bot.studio.refusals import NotPossible
from desk.parts import Parts
from desk.studio.common import Editor, draft_of, studio_page

Text = Annotated[str, Form()]

SHOWN = 100
"""Changes on one page."""
LONGEST = 4_000
"""Characters of a text before and after."""
SAID = {
    "undone": "Вернули как было.",
    "discarded": "Черновик пуст: все правки отменены.",
    "taken": "Опубликованное теперь и в вашем черновике. Ваши правки на месте.",
    "clashes": "Опубликованное теперь и в вашем черновике. Выберите, чьи слова оставить.",
    "settled": "Выбор сохранён.",
}


@dataclass(frozen=True)
class Group:
    """Changes of one file."""

    title: str
    changes: list[Change]


def changes_router(parts: Parts) -> APIRouter:
    """`/changes`."""
    router = APIRouter(prefix="/changes")
    drafts = parts.studio.drafts

    @router.get("")
    async def page(request: Request, me: Editor, said: str = "", start: int = 0) -> HTMLResponse:
        values = await asyncio.to_thread(_looked_at, parts, draft_of(parts, me), max(0, start))
        return studio_page(parts, request, "studio/changes.html", said=SAID.get(said, ""), longest=LONGEST, **values)

    @router.post("/undo")
    async def undo_one(me: Editor, path: Text = "", key: Text = "") -> Response:
        await asyncio.to_thread(_undo, draft_of(parts, me), path, key)
        await parts.audit.write(me, "change_undone", path)
        return _to("undone")

    @router.post("/discard")
    async def discard(me: Editor, sure: Text = "") -> Response:
        if not sure:
            raise NotPossible("Отметьте, что отменяете все правки: вернуть их потом будет нельзя.")
        await asyncio.to_thread(drafts.discard, me.account.id)
        await parts.audit.write(me, "draft_discarded", me.account.id)
        return _to("discarded")

    @router.post("/take")
    async def take(me: Editor) -> Response:
        clashes = await asyncio.to_thread(drafts.refresh, me.account.id)
        await parts.audit.write(me, "published_taken", me.account.id)
        return _to("clashes" if clashes else "taken")

    @router.post("/settle")
    async def settle(me: Editor, path: Text = "", key: Text = "", choice: Text = "") -> Response:
        which: Literal["mine", "theirs"] = "theirs" if choice == "theirs" else "mine"
        await asyncio.to_thread(drafts.settle, me.account.id, {(path, key): which})
        await parts.audit.write(me, "clash_settled", path)
        return _to("settled")

    return router


def _looked_at(parts: Parts, draft: Draft, start: int) -> dict[str, Any]:
    drafts = parts.studio.drafts
    clashes: list[Clash] = drafts.clashes(draft.owner)
    behind = drafts.behind(draft.owner)
    changed = draft.changed()
    old = {path: text for path, text in draft.base.files().items() if path in changed or path in _NAMED}
    new = {path: text for path, text in draft.work.files().items() if path in changed or path in _NAMED}
    found = differences(old, new)
    names = Namer(new, old)
    shown = found[start : start + SHOWN]
    groups = [
        Group(names.file(path), [one for one in shown if one.path == path])
        for path in dict.fromkeys(one.path for one in shown)
    ]
    return {
        "groups": groups, "total": len(found), "start": start, "next": start + SHOWN if len(found) > start + SHOWN else 0,
        "clashes": clashes, "behind": len(behind),
    }  # fmt: skip


_NAMED = ("bot/content/intents.yml",)
"""Files that are read for the titles in them."""


def _undo(draft: Draft, path: str, key: str) -> None:
    try:
        old, new = draft.base.files(), draft.work.files()
        files = undo(old, new, path, key)
        if path in files:
            draft.write(path, files[path])
        else:
            draft.work.remove(path)
    except (KeyError, NotOfProject):
        raise NotPossible("Этой правки уже нет. Обновите страницу «Изменения».") from None


def _to(said: str) -> RedirectResponse:
    return RedirectResponse(f"/desk/studio/changes?said={said}", 303)
