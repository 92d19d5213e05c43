"""Small things that the pages of lists share: words beside a fragment, moments typed by people, and names of colleagues."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi.responses import Response

from bot.handover.interface import Refusal
from desk.parts import Parts

PAGE = 50
"""Rows of a list at once."""


def said(response: Response, text: str) -> Response:
    """The response, with a sentence that the page shows and reads out (lists.js)."""
    response.headers["HX-Trigger"] = json.dumps({"said": text})
    return response


def local_moment(text: str, zone: ZoneInfo, name: str) -> datetime:
    """What a field «2026-11-16T11:00» says, aware in `zone`. Raises Refusal that names the field."""
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=zone)
    except ValueError:
        raise Refusal(f"{name}: укажите день и время.") from None


def for_field(moment: datetime, zone: ZoneInfo) -> str:
    """The moment as a field of type datetime-local wants it."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}"


def page_number(text: str) -> int:
    """The page of a list, 0 for the first and for nonsense."""
    return min(int(text), 10_000) if text.isascii() and text.isdigit() else 0


async def names_of_accounts(parts: Parts) -> dict[str, str]:
    """Names of all colleagues by account id."""
    return {account.id: account.name for account in await parts.accounts.all()}
