"""Lets whoever may follow a call read its transcript while it goes on."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from voice import gateway
from voice.transcript import Transcripts


def live_router(transcripts: Transcripts, token: str) -> APIRouter:
    """`GET /voice/calls/{uuid}`: {entries: [{at, who, text, …}], busy, ended}. `token` as in `gateway_router`."""
    router = APIRouter(prefix="/voice", include_in_schema=False)

    @router.get("/calls/{call_id}")
    async def transcript(call_id: str, request: Request) -> Response:
        if not gateway.may_call(request, token):
            return JSONResponse({"error": "forbidden"}, 403)
        found = transcripts.get(call_id)
        if found is None:
            return JSONResponse({"error": "no such call"}, 404)
        entries = [entry.as_dict() for entry in found.entries]
        return JSONResponse({"entries": entries, "busy": not found.ended and found.busy(), "ended": found.ended})

    return router
