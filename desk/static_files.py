"""Styles and scripts of the desk: they need no sign-in, and browsers keep them, since their address changes with them."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

from desk.parts import Parts

FOLDER = Path(__file__).parent / "static"


def static_router(_parts: Parts) -> APIRouter:
    """`/static/<name>`."""
    router = APIRouter()
    names = frozenset(path.name for path in FOLDER.iterdir())

    @router.get("/static/{name}")
    async def static(name: str) -> FileResponse:
        if name not in names:
            raise HTTPException(404)
        return FileResponse(FOLDER / name, headers={"Cache-Control": "public, max-age=31536000, immutable"})

    return router
