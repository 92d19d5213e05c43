"""The whole conversation as a text a citizen can keep: in Russian, with local times, who said what."""

from __future__ import annotations

import textwrap
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from starlette.responses import StreamingResponse

from bot.services.russian_dates import long_day_text, time_text
from bot.store import journal
from bot.store.journal import Message
from channels.widget.backend import Backend

PAGE = 200
NAMES = {"citizen": "Вы", "robot": "Робот", "operator": "Специалист"}
INDENT = "    "


async def transcript(backend: Backend, user: str) -> StreamingResponse:
    """The conversation of a visitor so far, to be saved as a file. Raises SQLAlchemyError."""
    now = datetime.now(UTC).astimezone(backend.zone)
    conversation_id = await backend.known_conversation(user)
    heading = (
        f"{backend.settings.title} — {backend.settings.subtitle}\n"
        f"Переписка в чате на сайте, сохранено {long_day_text(now.date())} в {time_text(now)} "
        f"(время местное, UTC{_offset(now)})\n"
    )
    name = f"Переписка с роботом {now:%Y-%m-%d}.txt"
    disposition = f"attachment; filename=\"otklik-{now:%Y-%m-%d}.txt\"; filename*=UTF-8''{quote(name)}"
    return StreamingResponse(
        _pages(backend, conversation_id, heading),
        media_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )


async def _pages(backend: Backend, conversation_id: str | None, heading: str) -> AsyncIterator[str]:
    yield heading
    day, last = None, -1  # after 0 would mean the newest messages only
    while conversation_id is not None:
        async with backend.store.read() as session:
            found = await journal.history(session, backend.vault, conversation_id, last, PAGE)
        for message in found:
            at = message.at.astimezone(backend.zone)
            if at.date() != day:
                day = at.date()
                yield f"\n{long_day_text(day)}\n"
            yield f"\n{time_text(at)}  {NAMES.get(message.author, message.author)}:\n{_said(message)}"
        if len(found) < PAGE:
            break
        last = found[-1].seq
    if day is None:
        yield "\nРазговор ещё не начинался.\n"


def _said(message: Message) -> str:
    body: dict[str, Any] = message.body
    form = body.get("form") or {}
    lines = [str(body.get("text") or ""), *(str(form[k]) for k in ("title", "text") if form.get(k))]
    if body.get("kind") == "voice":
        lines.insert(0, "[сказано голосом]")
    lines += [f"[файл: {f['name']}, {_size(f['size'])}]" for f in body.get("attachments") or []]
    if titles := [f"«{b['title']}»" for b in body.get("buttons") or [] if b.get("title")]:
        lines.append("[на выбор: " + ", ".join(titles) + "]")
    # Every line is set in, so that nobody's words can look like those of somebody else.
    return "".join(textwrap.indent(line, INDENT) + "\n" for part in lines for line in part.splitlines() if line.strip())


def _size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} МБ".replace(".", ",") if size >= 1024 * 1024 else f"{max(1, size // 1024)} КБ"


def _offset(moment: datetime) -> str:
    text = f"{moment:%z}"
    return text[:3] + (f":{text[3:5]}" if text[3:5] != "00" else "")
