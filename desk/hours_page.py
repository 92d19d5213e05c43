"""When the groups work this week: breaks, shifts past midnight, holidays, and whether somebody is there now."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from bot.accounts.interface import Signed
from bot.services.people.groups import Group
from desk.access import need
from desk.parts import Parts

Supervisor = Annotated[Signed, Depends(need("supervise"))]
WEEKDAYS = ("Понедельник", "Вторник", "Среда", "Четверг", "Пятница", "Суббота", "Воскресенье")
FARTHEST_WEEK = 26


def hours_router(parts: Parts) -> APIRouter:
    """`/hours`, this week or another one (`?week=1` is the next)."""
    router = APIRouter()

    @router.get("/hours")
    async def page(request: Request, me: Supervisor, week: str = "0") -> HTMLResponse:
        ahead = int(week) if week.removeprefix("-").isdecimal() and len(week) < 4 else 0
        ahead = max(-FARTHEST_WEEK, min(FARTHEST_WEEK, ahead))
        now = parts.clock()
        today = now.astimezone(parts.pages.zone).date()
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=ahead)
        days = [monday + timedelta(days=number) for number in range(7)]
        return parts.pages.page(
            request, "hours.html", week=ahead, farthest=FARTHEST_WEEK, monday=monday, sunday=days[-1],
            days=[_day(parts, day, today) for day in days],
            groups=[_group(parts, parts.groups.get(id), days, today, now) for id in sorted(me.account.groups)],
        )  # fmt: skip

    return router


def _day(parts: Parts, day: date, today: date) -> dict[str, Any]:
    return {
        "title": WEEKDAYS[day.weekday()],
        "date": f"{day:%d.%m}",
        "today": day == today,
        "holiday": parts.groups.holiday(day),
    }


def _group(parts: Parts, group: Group, days: list[date], today: date, now: datetime) -> dict[str, Any]:
    is_open = parts.groups.is_open(group, now)
    return {
        "title": group.title,
        "open": is_open,
        "next": None if is_open else parts.groups.next_opening(group, now),
        "fallback": parts.groups.get(group.fallback).title if group.fallback else "",
        "days": [{"today": day == today, "spans": [_span(*s) for s in parts.groups.spans(group, day)]} for day in days],
    }


def _span(start: datetime, end: datetime) -> str:
    """«08:00–13:00»; a shift that ends on another day says so."""
    if end - start >= timedelta(days=1):
        return "круглые сутки"
    if end.date() == start.date():
        return f"{start:%H:%M}–{end:%H:%M}"
    if f"{end:%H:%M}" == "00:00":
        return f"{start:%H:%M}–24:00"
    return f"{start:%H:%M}–{end:%H:%M} следующего дня"
