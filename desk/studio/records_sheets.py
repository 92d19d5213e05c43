"""Tables of records both ways: a file to take away, and one that is brought, reported on and then carried into the draft."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from bot.studio.drafts import Draft
from bot.studio.records.imports import Plan, carry_out, plan
from bot.studio.records.kinds import Kind
from bot.studio.records.sheets import MOST_BYTES, Table, read_table, to_csv, to_xlsx
from bot.studio.records.store import article_paths, records
from bot.studio.records.zip_guard import BadSheet
from bot.studio.refusals import NotPossible
from desk.limits import SHEET
from desk.parts import Parts
from desk.studio.common import Editor, draft_of
from desk.studio.records_views import kind_of
from desk.uploads import SANDBOX

AS = {
    "csv": ("text/csv; charset=utf-8", to_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", to_xlsx),
}
TOO_MUCH = "Файл больше 20 МБ. Для справочника это слишком много: оставьте только нужные строки."
STALE = "С тех пор черновик изменился. Загрузите таблицу ещё раз: отчёт покажет всё заново."
SHOWN = 500
"""Rows of a report that are drawn."""

Page = Callable[..., HTMLResponse]


def sheets_router(parts: Parts, page: Page) -> APIRouter:
    """`/records/{kind}/export` and `/records/{kind}/import`."""
    router = APIRouter()
    checks = parts.studio.content_mistakes

    @router.get("/records/{kind}/export")
    async def export(kind: str, me: Editor, form: str = "xlsx") -> Response:
        what, draft = tabular(kind), draft_of(parts, me)
        if form not in AS:
            raise HTTPException(404)
        media_type, write = AS[form]
        content = await asyncio.to_thread(lambda: write(what, records(draft.work, what)))
        await parts.audit.write(me, "records_exported", f"{what.name}.{form}")
        name = quote(f"{what.title}.{form}", safe="")
        headers = SANDBOX | {"Content-Disposition": f"attachment; filename*=utf-8''{name}"}
        return Response(content, media_type=media_type, headers=headers)

    @router.get("/records/{kind}/import")
    async def ask(request: Request, kind: str, me: Editor) -> HTMLResponse:
        return page(request, me, "record_import.html", tabular(kind))

    @router.post("/records/{kind}/import")
    async def report(request: Request, kind: str, me: Editor) -> HTMLResponse:
        what, draft = tabular(kind), draft_of(parts, me)
        try:
            table = await _brought(request)
            ready = await asyncio.to_thread(plan, draft.work, what, table, checks, today(), draft.base)
        except BadSheet as error:
            return parts.pages.page(
                request, "studio/record_report.html", kind=what, plan=None, refused=error.text, mark="", shown=SHOWN
            )
        mark = await asyncio.to_thread(_keep, draft, what, table)
        return parts.pages.page(
            request, "studio/record_report.html", kind=what, plan=ready, refused="", mark=mark, shown=SHOWN
        )

    @router.post("/records/{kind}/import/apply")
    async def carry(request: Request, kind: str, me: Editor) -> Response:
        what, draft, form = tabular(kind), draft_of(parts, me), await request.form(max_fields=6000)
        gone = [str(key) for key in form.getlist("gone")]

        def work() -> tuple[Plan, list[str]]:
            table = _kept(draft, what, str(form.get("mark") or ""))
            ready = plan(draft.work, what, table, checks, today(), draft.base)
            return ready, carry_out(draft.work, what, ready, gone, checks)

        try:
            ready, problems = await asyncio.to_thread(work)
        except BadSheet as error:
            raise NotPossible(error.text) from None
        if problems:
            raise NotPossible(" ".join(problems[:3]))
        await parts.audit.write(
            me, "records_imported", what.name, new=ready.count("new"), changed=ready.count("changed"), removed=len(gone)
        )
        return Response(headers={"HX-Redirect": f"/desk/studio/records/{kind}?said=imported"})

    def tabular(name: str) -> Kind:
        what = kind_of(name)
        if not what.tabular:
            raise HTTPException(404)
        return what

    def today() -> Any:
        return parts.clock().astimezone(parts.pages.zone).date()

    return router


async def _brought(request: Request) -> Table:
    """The table of the form's file, read in a thread from a file of its own. Raises BadSheet."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > SHEET:
        raise BadSheet(TOO_MUCH)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise BadSheet("Выберите файл с таблицей.")
    try:
        form = await MultiPartParser(request.headers, _limited(request), max_files=1, max_fields=5).parse()
    except MultiPartException:
        raise BadSheet("Загрузите один файл с таблицей.") from None
    try:
        sent = form.get("table")
        if not isinstance(sent, UploadFile) or not sent.filename:
            raise BadSheet("Выберите файл с таблицей.")
        if (sent.size or 0) > MOST_BYTES:
            raise BadSheet(TOO_MUCH)
        return await asyncio.to_thread(_read, sent)
    finally:
        await form.close()


def _read(sent: UploadFile) -> Table:
    with tempfile.NamedTemporaryFile(prefix="otklik-table-") as file:
        while piece := sent.file.read(1 << 18):
            file.write(piece)
        file.flush()
        return read_table(Path(file.name), sent.filename or "")


async def _limited(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > SHEET:
            raise BadSheet(TOO_MUCH)
        yield chunk


def _keep(draft: Draft, kind: Kind, table: Table) -> str:
    """Lay the table aside until the editor has read the report; the mark says which table and which draft it was."""
    data = {"header": table.header, "rows": table.rows, "notes": table.notes}
    text = json.dumps(data, ensure_ascii=False)
    folder = draft.folder / "imports"
    folder.mkdir(exist_ok=True)
    (folder / f"{kind.name}.json").write_text(text, "utf-8")
    return _mark(draft, kind, text)


def _kept(draft: Draft, kind: Kind, mark: str) -> Table:
    """The table that was laid aside. Raises BadSheet when it is another one or the draft has changed since."""
    try:
        text = (draft.folder / "imports" / f"{kind.name}.json").read_text("utf-8")
    except FileNotFoundError:
        raise BadSheet(STALE) from None
    if _mark(draft, kind, text) != mark:
        raise BadSheet(STALE)
    data = json.loads(text)
    rows = tuple((int(number), tuple(cells)) for number, cells in data["rows"])
    return Table(tuple(data["header"]), rows, tuple(data["notes"]))


def _mark(draft: Draft, kind: Kind, text: str) -> str:
    total = hashlib.sha256(text.encode())
    for path in article_paths(draft.work, kind) if kind.shape == "articles" else [kind.file]:
        total.update(draft.read(path).encode())
    return total.hexdigest()[:32]
