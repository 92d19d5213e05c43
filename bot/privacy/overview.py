"""The page of an archive that a citizen reads: what was said, what was done, in Russian, with everything escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

LABELS = {
    "number": "номер", "at": "время", "created_at": "создано", "updated_at": "изменено", "channel": "канал",
    "state": "состояние", "topic": "тема", "service_id": "услуга", "centre_id": "центр", "start_at": "начало",
    "end_at": "конец", "ended_at": "окончено", "starts_at": "с", "ends_at": "до", "reason": "причина",
    "result": "итог", "purpose": "цель", "given": "дано", "text_version": "версия текста", "scope": "уточнение",
    "satisfaction": "оценка", "ease": "легко ли", "nps": "посоветуете ли", "comment": "комментарий",
    "phone": "телефон", "caller": "номер звонившего", "registered_at": "время", "line": "линия", "filed_on": "подано",
    "due_on": "срок", "decided_on": "решено", "answers_sealed": "ответы", "person_sealed": "кто придёт",
    "proof_sealed": "подтверждение", "slots_sealed": "сказано раньше", "summary": "сводка для специалиста",
    "note": "заметка", "text": "текст", "body": "содержание", "profile": "сведения", "stage_text": "этап",
    "rejection_reason": "причина отказа", "due_at": "когда", "payload": "сообщение", "user": "имя в канале",
    "name": "событие", "saved_at": "сохранено", "requested_on": "подано", "received_at": "получено",
    "action": "действие", "form_id": "форма", "expires_at": "действует до",
}  # fmt: skip
"""Columns that the page shows; the others are in data.json."""
AUTHORS = {"citizen": "Вы", "robot": "Робот", "operator": "Специалист"}
HIDDEN = frozenset(("outbox", "raw_events", "events", "read_marks", "appointment_cells", "link_codes"))
"""Tables that repeat others or are technical: they are in data.json."""
STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}"
    "table{border-collapse:collapse;width:100%;margin:0 0 1rem}"
    "th,td{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid #ccc}"
    "th{width:14rem;font-weight:600}td{white-space:pre-wrap;overflow-wrap:anywhere}"
)


def page(
    found: Mapping[str, Sequence[Mapping[str, Any]]],
    titles: Mapping[str, str],
    made: datetime,
    zone: ZoneInfo,
    files: Mapping[str, str],
) -> str:
    """The whole page; `files` are the places of files in the archive by their reference."""
    shown = Shown(zone, files)
    parts = [shown.messages(found.get("messages", ()))]
    for table, rows in found.items():
        if table != "messages" and table not in HIDDEN:
            parts.append(f"<h2>{escape(titles[table])}</h2>" + "".join(shown.row(row) for row in rows))
    body = "".join(part for part in parts if part)
    return (
        '<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Ваши данные</title>'
        f"<style>{STYLE}</style></head><body><h1>Данные, которые о вас хранит оператор</h1>"
        f"<p>Составлено {shown.value(made)}. Всё то же и технические сведения — в файле data.json, "
        f"присланные файлы — в папке files, записи звонков — в папке recordings.</p>{body}</body></html>"
    )


class Shown:
    """Values as HTML."""

    def __init__(self, zone: ZoneInfo, files: Mapping[str, str]) -> None:
        self._zone, self._files = zone, files

    def messages(self, rows: Sequence[Mapping[str, Any]]) -> str:
        """The conversations, line by line."""
        if not rows:
            return ""
        lines = []
        for row in rows:
            body = row["body"] if isinstance(row["body"], Mapping) else {}
            given = [self._file(one) for one in body.get("attachments") or []]
            said = "<br>".join(part for part in (escape(str(body.get("text") or "")), *given) if part)
            who = escape(AUTHORS.get(str(row["author"]), str(row["author"])))
            lines.append(f'<tr><th scope="row">{self.value(row["at"])}<br>{who}</th><td>{said}</td></tr>')
        return f"<h2>Переписка и разговоры</h2><table>{''.join(lines)}</table>"

    def row(self, row: Mapping[str, Any]) -> str:
        """One row of any table, without what is empty."""
        cells = [
            f'<tr><th scope="row">{escape(LABELS[name])}</th><td>{self.value(value)}</td></tr>'
            for name, value in row.items()
            if name in LABELS and value not in (None, "", [], {})
        ]
        return f"<table>{''.join(cells)}</table>" if cells else ""

    def value(self, value: Any) -> str:
        """Any value."""
        if isinstance(value, datetime):
            return f"{value.astimezone(self._zone):%d.%m.%Y %H:%M}"
        if isinstance(value, date):
            return f"{value:%d.%m.%Y}"
        if isinstance(value, bool):
            return "да" if value else "нет"
        if isinstance(value, Mapping):
            return "<br>".join(
                f"{escape(str(k))}: {self.value(v)}" for k, v in value.items() if v not in (None, "", [], {})
            )
        if isinstance(value, (list, tuple)):
            return ", ".join(self.value(one) for one in value)
        return escape(str(value))

    def _file(self, attachment: Any) -> str:
        if not isinstance(attachment, Mapping):
            return ""
        place, name = self._files.get(str(attachment.get("ref"))), escape(str(attachment.get("name") or "файл"))
        return f'<a href="{escape(place)}">{name}</a>' if place else f"{name} (файла уже нет)"
