"""What every room of the studio does alike: who may come in, whose draft it is, and how its pages are framed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from bot.accounts.interface import Signed
from bot.studio.drafts import Draft
from desk.access import need
from desk.parts import Parts
from desk.studio.waiting import Counts

Editor = Annotated[Signed, Depends(need("teach"))]

ROOMS = (
    ("/desk/studio", "Обзор"),
    ("/desk/studio/phrases", "Фразы"),
    ("/desk/studio/answers", "Ответы"),
    ("/desk/studio/records/services", "Справочники"),
    ("/desk/studio/persona", "Характер"),
    ("/desk/studio/inbox", "Из жизни"),
    ("/desk/studio/plain", "Простой язык"),
    ("/desk/studio/trial", "Проба"),
    ("/desk/studio/training", "Обучение"),
    ("/desk/studio/changes", "Изменения"),
    ("/desk/studio/publish", "Выпуск"),
)
"""Address and name of every room, in the order of an editor's work."""


def draft_of(parts: Parts, me: Signed) -> Draft:
    """The editor's draft."""
    return parts.studio.drafts.of(me.account.id)


def studio_page(parts: Parts, request: Request, template: str, /, status: int = 200, **values: Any) -> HTMLResponse:
    """A page that extends `studio/layout.html`: the bar of rooms, how many files the draft changes, and what else waits."""
    me: Signed | None = getattr(request.state, "signed", None)
    changed = len(draft_of(parts, me).changed()) if me is not None and me.may("teach") else 0
    rooms = ROOMS if me is not None and me.may("teach") else ROOMS[-1:]
    counts: Counts = getattr(request.state, "waiting", Counts(0, ""))
    waits = {"phrases": counts.phrases, "approvals": counts.approvals(me) if me is not None else 0}
    return parts.pages.page(request, template, status, rooms=rooms, draft_changed=changed, waits=waits, **values)
