"""Catalogue, centres, knowledge and the like as forms and tables, with import and export."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.plain import assess
from bot.studio.records.editing import GONE, referrers, remove, save
from bot.studio.records.kinds import Kind
from bot.studio.records.registry import families
from bot.studio.records.store import name_of, record
from bot.studio.refusals import NotPossible
from desk.list_tools import page_number
from desk.parts import Parts
from desk.studio.common import Editor, draft_of, studio_page
from desk.studio.records_sheets import sheets_router
from desk.studio.records_views import inputs, kind_of, listing, proposal, tone, typed_of

SAID = {
    "saved": "Сохранено в черновике.",
    "same": "Ничего не изменилось.",
    "removed": "Запись удалена из черновика.",
    "imported": "Таблица перенесена в черновик.",
}


def records_router(parts: Parts) -> APIRouter:
    """`/records/{kind}`: the list, the form of one record, its removal; tables in `records_sheets`."""
    router = APIRouter()
    checks = parts.studio.content_mistakes

    def page(request: Request, me: Any, template: str, kind: Kind, /, status: int = 200, **values: Any) -> HTMLResponse:
        return studio_page(
            parts, request, f"studio/{template}", status, kind=kind, families=families(), tone=tone, **values
        )

    @router.get("/records/{kind}")
    async def show(request: Request, kind: str, me: Editor, q: str = "", said: str = "") -> Response:
        what, draft = kind_of(kind), draft_of(parts, me)
        if what.shape == "single":
            return RedirectResponse(f"/desk/studio/records/{kind}/one?key={kind}", 303)
        query, number = q.strip()[:200], page_number(request.query_params.get("page", ""))

        def look() -> Any:
            return listing(draft, what, query, number, checks(draft.work))

        found = await asyncio.to_thread(look)
        return page(request, me, "records.html", what, listing=found, query=query, said=SAID.get(said, ""))

    @router.get("/records/{kind}/new")
    async def new(request: Request, kind: str, me: Editor, like: str = "") -> HTMLResponse:
        what, draft = kind_of(kind, changing=True), draft_of(parts, me)

        def look() -> Any:
            sample = record(draft.work, what, like) if like else None
            return sample, inputs(draft.work, what, sample, copy=True)

        sample, fields = await asyncio.to_thread(look)
        return page(
            request, me, "record.html", what, key="", name=f"Новая запись: {what.one}", fields=fields, general=(), mark="",
            like=sample.key if sample else "", proposed="", said="", shown_key="",
        )  # fmt: skip

    @router.post("/records/{kind}/new")
    async def add(request: Request, kind: str, me: Editor) -> Response:
        return await store(request, kind_of(kind, changing=True), me, "")

    @router.get("/records/{kind}/one")
    async def one(request: Request, kind: str, me: Editor, key: str = "", said: str = "") -> HTMLResponse:
        what, draft = kind_of(kind), draft_of(parts, me)

        def look() -> Any:
            found = record(draft.work, what, key)
            return found, inputs(draft.work, what, found) if found else []

        found, fields = await asyncio.to_thread(look)
        if found is None:
            raise HTTPException(404)
        return page(
            request, me, "record.html", what, key=key, name=name_of(what, found), fields=fields, general=(), mark=found.mark,
            like="", proposed=proposal(draft, what, key, today()), said=SAID.get(said, ""), shown_key=found.values.get("id", ""),
        )  # fmt: skip

    @router.post("/records/{kind}/one")
    async def change(request: Request, kind: str, me: Editor) -> Response:
        form = await request.form()
        return await store(request, kind_of(kind), me, str(form.get("key") or ""))

    @router.get("/records/{kind}/remove")
    async def ask(request: Request, kind: str, me: Editor, key: str = "") -> HTMLResponse:
        what, draft = kind_of(kind, changing=True), draft_of(parts, me)
        found = await asyncio.to_thread(record, draft.work, what, key)
        if found is None:
            raise HTTPException(404)
        named_by = await asyncio.to_thread(referrers, draft.work, what, key)
        return page(
            request, me, "record_remove.html", what, key=key, name=name_of(what, found), named_by=named_by, problems=()
        )

    @router.post("/records/{kind}/remove")
    async def drop(request: Request, kind: str, me: Editor) -> Response:
        what, draft = kind_of(kind, changing=True), draft_of(parts, me)
        key = str((await request.form()).get("key") or "")
        try:
            found = await asyncio.to_thread(record, draft.work, what, key)
            problems = await asyncio.to_thread(remove, draft.work, what, key, checks)
        except KeyError:
            raise NotPossible(GONE) from None
        name = name_of(what, found) if found else key
        if problems:
            named_by = await asyncio.to_thread(referrers, draft.work, what, key)
            return page(
                request, me, "record_remove.html", what, 422, key=key, name=name, named_by=named_by, problems=problems
            )
        await parts.audit.write(me, "record_removed", f"{what.name}: {key}"[:200])
        return RedirectResponse(f"/desk/studio/records/{kind}?said=removed", 303)

    @router.post("/records/{kind}/plain")
    async def plain(request: Request, kind: str, me: Editor) -> HTMLResponse:
        kind_of(kind)
        form = await request.form()
        text = next((str(value) for name, value in form.multi_items() if name != "csrf"), "")[:4000]
        found = await asyncio.to_thread(assess, text) if text.strip() else None
        return parts.pages.page(request, "studio/record_plain.html", plain=found, tone=tone)

    async def store(request: Request, what: Kind, me: Any, key: str) -> Response:
        draft, form = draft_of(parts, me), await request.form()
        typed, like, mark = typed_of(what, form), str(form.get("like") or ""), str(form.get("mark") or "")
        try:
            done = await asyncio.to_thread(
                lambda: save(draft.work, what, key, typed, checks, today(), draft.base, like, mark)
            )
        except KeyError:
            raise NotPossible(GONE) from None
        if not done.good:
            old = await asyncio.to_thread(record, draft.work, what, key) if key else None
            fields = await asyncio.to_thread(inputs, draft.work, what, old, typed, done.problems)
            return page(
                request, me, "record.html", what, 422, key=key,
                name=name_of(what, old) if old else f"Новая запись: {what.one}", fields=fields, general=done.general, mark=mark,
                like=like, proposed=proposal(draft, what, key, today()) if key else "", said="",
                shown_key=old.values.get("id", "") if old else "",
            )  # fmt: skip
        if done.changed:
            await parts.audit.write(me, "record_saved", f"{what.name}: {done.key}"[:200])
        said = "saved" if done.changed else "same"
        return RedirectResponse(f"/desk/studio/records/{what.name}/one?key={quote(done.key, safe='')}&said={said}", 303)

    def today() -> Any:
        return parts.clock().astimezone(parts.pages.zone).date()

    router.include_router(sheets_router(parts, page))
    return router
