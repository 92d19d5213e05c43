"""Lines of a talk as the page draws them: each with the name and the moment by which the page puts it in its place, once."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time

from bot.handover.views import Line
from bot.handover.words import CHANNELS
from desk.pages import Pages

INLINE = frozenset(("image/jpeg", "image/png", "image/webp", "audio/ogg"))
"""Types a browser may show by itself; no other can hold a script."""

STATUSES = {
    "waiting": ("…", "отправляется"),
    "sent": ("✓", "доставлено"),
    "read": ("✓✓", "прочитано"),
    "failed": ("!", "не доставлено"),
    "skipped": ("!", "не отправлено: гражданин запретил сообщения"),
}
"""Sign and words of what became of a message of ours."""

KINDS = {"note": "Заметка", "whisper": "Подсказка руководителя", "task": "Задание роботу"}


@dataclass(frozen=True)
class File:
    """An attachment: where it is fetched from, and how it is shown: image, audio or file."""

    url: str
    name: str
    size: str
    shown: str


@dataclass(frozen=True)
class Row:
    """A line, or the heading of a day (`line` None). `moment` is in milliseconds since 1970, by which the page sorts."""

    key: str
    moment: int
    title: str
    line: Line | None = None
    who: str = ""
    side: str = ""
    """Which look it gets: them (the citizen), robot, us (a colleague), inner (notes), event, day."""
    elsewhere: str = ""
    """The channel, where it is not that of the opened talk."""
    status: tuple[str, str] | None = None
    files: tuple[File, ...] = ()
    misread: str = ""
    """Where it is told that the robot took this message amiss, "" where no robot read it."""


def rows_of(lines: Iterable[Line], conversation_id: str, channel: str, name: str, pages: Pages) -> list[Row]:
    """Rows for lines of the citizen `name`, a heading before each new day; `conversation_id` and `channel` of the opened talk."""
    rows: list[Row] = []
    day = None
    for line in lines:
        local = line.at.astimezone(pages.zone)
        if local.date() != day:
            day = local.date()
            midnight = datetime.combine(day, time(), pages.zone)
            rows.append(Row(f"d{day:%Y%m%d}", _ms(midnight), pages.day(line.at), side="day"))
        rows.append(
            Row(
                key=line.key or f"{line.kind}{_ms(line.at)}x{zlib.crc32(line.text.encode()):x}",
                moment=_ms(line.at),
                title=pages.moment(line.at),
                line=line,
                who=_who(line, name),
                side=_side(line),
                elsewhere=CHANNELS.get(line.channel, line.channel) if line.channel != channel else "",
                status=STATUSES.get(line.status),
                files=tuple(
                    _file(conversation_id, line.seq, index, str(a.get("name") or "файл"), str(a.get("media_type")), a)
                    for index, a in enumerate(line.attachments)
                ),
                misread=f"/desk/talks/{conversation_id}/messages/{line.seq}/misread" if line.reading else "",
            )
        )
    return rows


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _side(line: Line) -> str:
    if line.kind in KINDS:
        return "inner"
    if line.kind == "event" or line.author == "system":
        return "event"
    return {"citizen": "them", "robot": "robot"}.get(line.author, "us")


def _who(line: Line, name: str) -> str:
    if line.kind in KINDS:
        return f"{KINDS[line.kind]}, {line.name}" if line.name else KINDS[line.kind]
    if line.kind == "event" or line.author == "system":
        return line.name
    return {"citizen": name, "robot": "Робот"}.get(line.author, line.name or "Специалист")


def _file(conversation_id: str, seq: int, index: int, name: str, media_type: str, data: dict[str, object]) -> File:
    size = data.get("size")
    kind = media_type.partition("/")[0] if media_type in INLINE else ""
    return File(
        url=f"/desk/files/{conversation_id}/{seq}/{index}",
        name=name,
        size=_size(size) if isinstance(size, int) else "",
        shown=kind if kind in ("image", "audio") else "file",
    )


def _size(size: int) -> str:
    if size < 1024:
        return f"{size} Б"
    return f"{size / 1024:.0f} КБ" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} МБ".replace(".", ",")
