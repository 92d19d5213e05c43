"""The chat as a page of its own: for one-time links, QR codes, and sites that cannot embed anything."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

import yaml
from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse

from channels.widget.bundle import build
from channels.widget.settings import PAGE_HEADERS

_STATIC = Path(__file__).with_name("static")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


def page_router(content: Path, title: str = "Мои документы") -> APIRouter:
    """`/chat` and its style. `content` is the folder with `region.yml`, `title` the agency's name."""
    router = APIRouter(include_in_schema=False)
    region = yaml.safe_load((content / "region.yml").read_text("utf-8"))["region"]
    words = {k: escape(str(v)) for k, v in region.items()} | {"agency": escape(title), "tag": build().tag(into="#chat")}
    page = Template((_STATIC / "chat.html").read_text("utf-8")).substitute(words)
    # A one-time link ends here: no other site is to learn that it was followed.
    headers = PAGE_HEADERS | {
        "Content-Security-Policy": CSP,
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
    }

    @router.get("/chat")
    async def chat() -> HTMLResponse:
        return HTMLResponse(page, headers=headers)

    @router.get("/chat/chat.css")
    async def style() -> FileResponse:
        return FileResponse(_STATIC / "chat.css", headers=headers)

    return router
