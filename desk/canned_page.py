"""The page «Готовые ответы»: supervisors write those of their groups, editors everybody's; common ones stand beside."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from fastapi.responses import HTMLResponse

from bot.accounts.interface import Signed
from bot.clean import clean
from bot.handover.canned import MOST_FILES, VARIABLES, Canned, fill
from bot.handover.interface import Refusal
from bot.plain import assess
from desk.access import need
from desk.panels.draft import verdict
from desk.parts import Parts
from desk.uploads import SANDBOX, forget, read_form
from desk.window.rows import INLINE

Writer = Annotated[Signed, Depends(need("canned"))]
EXAMPLES = {
    "имя": "Анна", "имя_отчество": "Анна Петровна", "дата": "24 ноября", "центр": "Центр на Ленина",
    "адрес_центра": "ул. Ленина, 18", "услуга": "Замена паспорта", "номер_записи": "ТЛ-2026-000017",
    "время_записи": "24 ноября, вторник, в 9:05", "номер_обращения": "ОБ-2026-000012", "срок_обращения": "20 декабря",
    "номер_заявления": "ЗЯ-2026-000123",
}  # fmt: skip
"""What a preview puts into the variables."""


def groups_of(parts: Parts, me: Signed) -> dict[str, str]:
    """Groups whose answers the account writes, with titles; "" stands for everybody's, which editors write."""
    editor = "editor" in me.account.roles
    titles = {g: parts.groups.get(g).title for g in sorted(parts.groups.ids) if editor or g in me.account.groups}
    return ({"": "Для всех групп"} if editor else {}) | titles


def canned_page_router(parts: Parts) -> APIRouter:
    """`/canned`: the list, a new answer, changes, deletion, and a preview."""
    router = APIRouter()

    async def listed(request: Request, me: Signed, template: str, said: str = "") -> HTMLResponse:
        mine = groups_of(parts, me)
        titles = {g: parts.groups.get(g).title for g in parts.groups.ids} | {"": "Для всех групп"}
        shown = [one for one in await parts.canned.all() if one.group in mine or one.group == ""]
        names = {a.id: a.name for a in await parts.accounts.all()}
        texts = {one.text for one in (*shown, *parts.canned.common)}
        # In a thread: the first text of all loads a dictionary and a library.
        scores = await asyncio.to_thread(lambda: {text: assess(text).score for text in texts})
        return parts.pages.page(
            request, template, answers=shown, common=parts.canned.common, groups=mine, titles=titles, names=names,
            said=said, variables=VARIABLES, most_files=MOST_FILES, scores=scores, verdict=verdict,
        )  # fmt: skip

    async def own(me: Signed, canned_id: str) -> Canned:
        one = await parts.canned.get(canned_id)
        if one is None or one.common or one.group not in groups_of(parts, me):
            raise HTTPException(404)
        return one

    def form(request: Request, me: Signed, values: Mapping[str, Any], problem: str = "") -> HTMLResponse:
        return parts.pages.page(
            request, "canned_form.html", groups=groups_of(parts, me), variables=VARIABLES, most_files=MOST_FILES,
            problem=problem, **({"id": "", "group": "", "shortcut": "", "title": "", "text": "", "files": ()} | dict(values)),
        )  # fmt: skip

    @router.get("/canned")
    async def page(request: Request, me: Writer) -> HTMLResponse:
        return await listed(request, me, "canned.html")

    @router.get("/canned/new")
    async def new(request: Request, me: Writer) -> HTMLResponse:
        return form(request, me, {})

    @router.get("/canned/{canned_id}/edit")
    async def edit(request: Request, canned_id: str, me: Writer) -> HTMLResponse:
        return form(request, me, vars(await own(me, canned_id)))

    @router.post("/canned")
    async def add(request: Request, me: Writer) -> Response:
        return await keep(request, me, None)

    @router.post("/canned/preview")
    async def preview(request: Request, me: Writer) -> HTMLResponse:
        sent = await request.form()
        text = clean(str(sent.get("text") or ""))[:4_000]
        region = parts.content.region
        values = EXAMPLES | {
            "оператор": me.account.name, "телефон_линии": region.line_phone, "портал": region.portal_url,
        }  # fmt: skip
        filled, found = fill(text, values), await asyncio.to_thread(assess, text)
        words, look = verdict(found.score)
        misspelled = await asyncio.to_thread(parts.spelling.check, text, (me.account.name,))
        return parts.pages.page(
            request, "canned_preview.html", filled=filled, found=found, words=words, look=look, misspelled=misspelled
        )

    @router.post("/canned/{canned_id}")
    async def change(request: Request, canned_id: str, me: Writer) -> Response:
        return await keep(request, me, await own(me, canned_id))

    @router.post("/canned/{canned_id}/delete")
    async def delete(request: Request, canned_id: str, me: Writer) -> Response:
        await own(me, canned_id)
        try:
            gone = await parts.canned.delete(canned_id, me.account.id)
        except LookupError:
            raise HTTPException(404) from None
        await parts.audit.write(me, "canned_deleted", gone.id, group=gone.group)
        return await listed(request, me, "canned_list.html", f"Ответ «{gone.title}» удалён.")

    @router.get("/canned/{canned_id}/files/{index}")
    async def file(canned_id: str, index: Annotated[int, Path(ge=0, le=99)], me: Writer) -> Response:
        one = await own(me, canned_id)
        if index >= len(one.files):
            raise HTTPException(404)
        kept = one.files[index]
        try:
            content = await asyncio.to_thread(parts.files.read, kept.ref)
        except KeyError:
            raise HTTPException(404) from None
        safe = kept.media_type in INLINE
        return Response(
            content, media_type=kept.media_type if safe else "application/octet-stream",
            headers=SANDBOX | {"Content-Disposition": "inline" if safe else "attachment"},
        )  # fmt: skip

    async def keep(request: Request, me: Signed, old: Canned | None) -> Response:
        sent, files = await read_form(request, parts.files)
        given = {name: clean(str(sent.get(name) or "")) for name in ("group", "shortcut", "title", "text")}
        wanted = {str(ref) for ref in sent.getlist("kept")}
        kept = [one for one in old.files if one.ref in wanted] if old else []
        try:
            if given["group"] not in groups_of(parts, me):
                raise Refusal("Эту группу ведёт другой руководитель.")
            fields = (given["group"], given["shortcut"], given["title"], given["text"], [*kept, *files], me.account.id)
            saved = await (parts.canned.change(old.id, *fields) if old else parts.canned.add(*fields))
        except Refusal as refusal:
            forget(parts.files, files)
            shown = given | {"id": old.id if old else "", "files": old.files if old else ()}
            answer = form(request, me, shown, refusal.text)
            answer.headers["HX-Retarget"] = "#canned-form"
            return answer
        except BaseException:
            forget(parts.files, files)
            raise
        await parts.audit.write(me, "canned_changed" if old else "canned_added", saved.id, group=saved.group)
        return await listed(request, me, "canned_list.html", f"Ответ «{saved.title}» сохранён.")

    return router
