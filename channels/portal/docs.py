"""The OpenAPI page at /docs, drawn by a small script of our own, so that no browser has to reach a foreign server."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from channels.static import SECURITY_HEADERS

_STATIC = Path(__file__).with_name("static")
CSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'"


def docs_router() -> APIRouter:
    """`/docs` and its two assets. The application itself is made with `docs_url=None, redoc_url=None`."""
    router = APIRouter(include_in_schema=False)
    headers = SECURITY_HEADERS | {"Content-Security-Policy": CSP, "Cache-Control": "no-cache"}

    @router.get("/docs")
    async def page() -> FileResponse:
        return FileResponse(_STATIC / "docs.html", headers=headers)

    @router.get("/docs/docs.js")
    async def script() -> FileResponse:
        return FileResponse(_STATIC / "docs.js", media_type="text/javascript", headers=headers)

    @router.get("/docs/docs.css")
    async def style() -> FileResponse:
        return FileResponse(_STATIC / "docs.css", headers=headers)

    return router
