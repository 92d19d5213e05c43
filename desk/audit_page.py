"""The audit log as a page, and as a file for whoever has to answer for it; its chain can be checked at any time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response, StreamingResponse

from bot.accounts.audit import Entry
from bot.accounts.deeds import DEEDS, title_of
from bot.accounts.interface import ROLE_TITLES, Signed
from desk.access import need
from desk.parts import Parts

ON_PAGE = 100
FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")
"""A table program takes a cell that begins so for a formula."""
COLUMNS = (
    "Номер",
    "Когда (UTC)",
    "Кто (id)",
    "Кто",
    "Действие",
    "Название",
    "Над чем",
    "Гражданин",
    "Адрес",
    "Подробности",
)
WORDS = {
    "login": "логин", "name": "имя", "roles": "роли", "groups": "группы", "languages": "языки", "lines": "линии",
    "capacity": "разговоров сразу", "extension": "внутренний номер", "how": "способ", "reason": "причина", "until": "до",
    "since": "с", "left": "осталось", "holds": "цела", "what": "что", "state": "состояние", "owner": "владелец",
    "status": "статус", "to": "кому", "purpose": "цель", "version": "версия", "service": "услуга", "centre": "центр",
    "topic": "тема", "group": "группа", "citizens": "граждан", "rows": "строк", "errand": "дело", "told": "сообщим",
}  # fmt: skip
"""Details in Russian; others are shown by their own name."""
VALUES = ROLE_TITLES | {
    "password": "пароль", "totp": "пароль и код", "recovery": "пароль и запасной код", "sso": "система организации",
    "code": "код", "waiting": "закрыт после ошибок", "unknown": "неизвестный человек", "taken": "логин занят",
    "card": "карточка", "phone": "телефон", "contact": "контакты", "ticket": "обращение", "file": "файл",
}  # fmt: skip
Me = Annotated[Signed, Depends(need("audit"))]
Text = Annotated[str, Query(max_length=80)]


def audit_router(parts: Parts) -> APIRouter:
    """`audit`: filters and pages; `audit/check`; `audit/export`."""
    router = APIRouter(prefix="/audit")
    audit = parts.audit

    def day(text: str, after: int = 0) -> datetime | None:
        """The beginning of a local day, `after` days later; None for an empty or wrong date."""
        try:
            return datetime.combine(date.fromisoformat(text) + timedelta(days=after), time(), parts.pages.zone)
        except (ValueError, OverflowError):
            return None

    async def page(request: Request, checked: str = "", broken: int | None = None, **wanted: str) -> Response:
        wanted = {"actor": "", "action": "", "citizen": "", "since": "", "until": "", "before": ""} | wanted
        before = int(wanted["before"]) if wanted["before"].isascii() and wanted["before"].isdigit() else 0
        entries = await audit.page(
            actor=wanted["actor"], action=wanted["action"], citizen_id=wanted["citizen"].strip(),
            before=min(before, 2**53), limit=ON_PAGE + 1, since=day(wanted["since"]), until=day(wanted["until"], 1),
        )  # fmt: skip
        names = {account.id: account.name for account in await parts.accounts.all()}
        today = parts.clock().astimezone(parts.pages.zone).date()
        return parts.pages.page(
            request, "audit.html", entries=entries[:ON_PAGE], more=len(entries) > ON_PAGE, wanted=wanted, deeds=DEEDS,
            title=title_of, told=_told, names=names, checked=checked, broken=broken, seal=await audit.seal(),
            month_ago=(today - timedelta(days=30)).isoformat(), today=today.isoformat(),
        )  # fmt: skip

    @router.get("")
    async def show(
        request: Request,
        _me: Me,
        actor: Text = "",
        action: Text = "",
        citizen: Text = "",
        since: Text = "",
        until: Text = "",
        before: Text = "",
    ) -> Response:
        return await page(
            request, actor=actor, action=action, citizen=citizen, since=since, until=until, before=before
        )  # fmt: skip

    @router.post("/check")
    async def check(request: Request, me: Me) -> Response:
        broken = await audit.broken()
        await audit.write(me, "audit_checked", str(broken or ""), holds=broken is None)
        return await page(request, checked="yes", broken=broken)

    @router.post("/export")
    async def export(me: Me, since: Annotated[str, Form()] = "", until: Annotated[str, Form()] = "") -> Response:
        begin = day(since) or datetime(2000, 1, 1, tzinfo=UTC)
        end = day(until, 1) or parts.clock()
        await audit.write(me, "audit_exported", since=begin.isoformat(), until=end.isoformat())
        name = f"audit-{parts.clock().astimezone(parts.pages.zone):%Y-%m-%d-%H%M}.csv"
        return StreamingResponse(
            _csv(audit.export(begin, end)), media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )  # fmt: skip

    return router


async def _csv(entries: AsyncIterator[Entry]) -> AsyncIterator[str]:
    """A table that Excel opens as it is: semicolons and a byte order mark."""
    yield "\ufeff" + _line(COLUMNS)
    async for entry in entries:
        yield _line(
            (
                entry.id, entry.at.astimezone(UTC).isoformat(timespec="seconds"), entry.actor, entry.actor_name,
                entry.action, title_of(entry.action), entry.subject, entry.citizen_id or "", entry.ip,
                json.dumps(entry.data, ensure_ascii=False) if entry.data else "",
            )
        )  # fmt: skip


def _line(cells: tuple[Any, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";", quoting=csv.QUOTE_ALL).writerow([plain(str(cell)) for cell in cells])
    return buffer.getvalue()


def plain(cell: str) -> str:
    """A cell that no table program runs as a formula."""
    return f"'{cell}" if cell.lstrip().startswith(FORMULA) or cell.startswith(FORMULA) else cell


def _told(data: dict[str, Any]) -> str:
    """Details of a deed as one line; a change as «old → new»."""
    said = []
    for key, value in data.items():
        name = WORDS.get(key, key)
        if isinstance(value, dict) and value.keys() == {"old", "new"}:
            said.append(f"{name}: {_short(value['old'])} → {_short(value['new'])}")
        else:
            said.append(f"{name}: {_short(value)}")
    return "; ".join(said)


def _short(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_short, value)) or "—"
    if isinstance(value, bool):
        return "да" if value else "нет"
    return VALUES.get(str(value), str(value)) if value not in ("", None) else "—"
