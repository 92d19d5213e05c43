"""A demonstration page: the site of an invented agency with the widget on it, and what to try there."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from itertools import groupby
from pathlib import Path
from string import Template
from typing import Any

import yaml
from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse

from channels.widget.bundle import build
from channels.widget.settings import PAGE_HEADERS

_STATIC = Path(__file__).with_name("static")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DAYS = {"mon": "пн", "tue": "вт", "wed": "ср", "thu": "чт", "fri": "пт", "sat": "сб", "sun": "вс"}

Hints = Callable[[], list[dict[str, str]]]
"""Things to try: `title` says what it shows, `text` is what a citizen would write."""


def demo_router(demo_hints: Hints, content: Path) -> APIRouter:
    """`/demo` and its assets. `content` is the folder with `centres.yml`, so that the addresses are the robot's own."""
    router = APIRouter(include_in_schema=False)
    headers = PAGE_HEADERS | {"Content-Security-Policy": CSP, "Cache-Control": "no-cache"}
    page = Template((_STATIC / "demo.html").read_text("utf-8"))
    bundle = build()
    words = {
        "tag": bundle.tag(),
        "example": escape(bundle.tag("https://assistant.agency.example")),
        "integrity": escape(bundle.integrity),
    }
    centres = yaml.safe_load((content / "centres.yml").read_text("utf-8"))["centres"]

    @router.get("/demo")
    async def demo() -> HTMLResponse:
        hints = "\n".join(_hint(h) for h in demo_hints())
        places = "\n".join(_centre(c) for c in centres)
        return HTMLResponse(page.substitute(words, hints=hints, centres=places), headers=headers)

    @router.get("/demo/demo.css")
    async def style() -> FileResponse:
        return FileResponse(_STATIC / "demo.css", headers=headers)

    @router.get("/demo/demo.js")
    async def script() -> FileResponse:
        return FileResponse(_STATIC / "demo.js", media_type="text/javascript", headers=headers)

    return router


def _hint(hint: dict[str, str]) -> str:
    title, text = escape(hint["title"]), escape(hint["text"])
    return f'<li><button type="button" class="try" data-ask="{text}"><b>{title}</b><span>«{text}»</span></button></li>'


def _centre(centre: dict[str, Any]) -> str:
    phone = str(centre.get("phone", ""))
    digits = "".join(c for c in phone if c.isdigit())
    call = f'<a href="tel:+7{digits[1:]}">{escape(phone)}</a>' if len(digits) == 11 else escape(phone)
    # A range of hours must not be torn apart at its dash.
    times = ", ".join(f"<span>{escape(part)}</span>" for part in hours(centre.get("hours") or {}).split(", "))
    return f"<li><h3>{escape(centre['title'])}</h3><p>{escape(centre['address'])}</p><p>{times}</p><p>{call}</p></li>"


def hours(week: dict[str, list[list[str]]]) -> str:
    """The opening hours of a week in one line, equal days together: «пн–пт 08:00–20:00, сб 09:00–17:00»."""
    parts = []
    for spans, days in groupby(DAYS, lambda day: tuple(tuple(span) for span in week.get(day) or ())):
        if not spans:
            continue
        names = [DAYS[d] for d in days]
        when = names[0] if len(names) == 1 else f"{names[0]}–{names[-1]}"
        parts.append(f"{when} " + " и ".join("–".join(span) for span in spans))
    return ", ".join(parts)
