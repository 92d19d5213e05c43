"""Ready answers of groups: kept in the database, with common ones from content/canned.yml beside them, and filled from a card."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.interface import Refusal
from bot.handover.tables import CannedAnswerRow
from bot.messages import Attachment, attachment_json
from bot.services.errors import ContentError
from bot.services.plain_yaml import plain_yaml
from bot.services.transactions import transact
from bot.store import Store

VARIABLES: Mapping[str, str] = {
    "имя": "имя гражданина",
    "имя_отчество": "имя и отчество",
    "оператор": "ваше имя",
    "дата": "сегодняшний день",
    "центр": "центр его записи или последний центр",
    "адрес_центра": "адрес этого центра",
    "услуга": "услуга, на которую записан",
    "номер_записи": "номер ближайшей записи",
    "время_записи": "день и час ближайшей записи",
    "номер_обращения": "номер последнего обращения",
    "срок_обращения": "последний день ответа на обращение",
    "номер_заявления": "номер последнего заявления",
    "телефон_линии": "телефон линии",
    "портал": "адрес портала",
}
"""What may stand in braces, and what it becomes."""

LONGEST = 4_000
MOST_FILES = 5
_VARIABLE = re.compile(r"\{\s*([^{}\s][^{}]{0,30}?)\s*\}")
_SHORTCUT = re.compile(r"^[а-яёa-z0-9][а-яёa-z0-9_-]{0,38}$")


class BadCanned(Refusal):
    """A ready answer that cannot be kept as it is; `text` says why."""

    code = "bad_canned"


@dataclass(frozen=True)
class Canned:
    """A ready answer. `id` is a number of the database, or `common:<id>` of content; `group` "" means everybody's.

    `shortcut` is typed after a slash in the answer field. `files` go along. `common` ones are changed by editors of content.
    """

    id: str
    group: str
    shortcut: str
    title: str
    text: str
    files: tuple[Attachment, ...] = ()
    common: bool = False
    changed_by: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True)
class Filled:
    """A ready answer with its variables filled in; `missing` are those that stay marked."""

    text: str
    missing: tuple[str, ...]


def variables(text: str) -> tuple[str, ...]:
    """Names in braces, in the order of the text, each once."""
    return tuple(dict.fromkeys(m[1].lower() for m in _VARIABLE.finditer(text)))


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Put values into a text; a variable without one stays as it is."""
    missing: dict[str, None] = {}

    def value(found: re.Match[str]) -> str:
        name = found[1].lower()
        if values.get(name):
            return values[name]
        missing[name] = None
        return f"{{{name}}}"

    return Filled(_VARIABLE.sub(value, text), tuple(missing))


class CannedAnswers:
    """Ready answers of one database; `common` are those of content (`common_answers`)."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], groups: Collection[str], common: Sequence[Canned] = ()
    ) -> None:
        self._store, self._clock, self._groups = store, clock, groups
        self.common = common

    async def of_groups(self, groups: Collection[str]) -> list[Canned]:
        """What an account of these groups may use: its groups' own first, then everybody's, then the common ones.

        Of two with one shortcut the earlier in this order counts, the other one loses its shortcut.
        """
        async with self._store.read() as session:
            rows = await session.scalars(
                select(CannedAnswerRow)
                .where(CannedAnswerRow.deleted_at.is_(None), CannedAnswerRow.group.in_((*groups, "")))
                .order_by(CannedAnswerRow.title, CannedAnswerRow.id)
            )
            own = sorted(map(_canned, rows), key=lambda c: not c.group)
        found, taken = [], set()
        for one in (*own, *(c for c in self.common if not c.group or c.group in groups)):
            shortcut = "" if one.shortcut in taken else one.shortcut
            taken.add(shortcut)
            found.append(one if shortcut == one.shortcut else Canned(**{**vars(one), "shortcut": ""}))
        return found

    async def all(self) -> list[Canned]:
        """Those of the database, by group and title."""
        async with self._store.read() as session:
            rows = await session.scalars(
                select(CannedAnswerRow)
                .where(CannedAnswerRow.deleted_at.is_(None))
                .order_by(CannedAnswerRow.group, CannedAnswerRow.title, CannedAnswerRow.id)
            )
            return list(map(_canned, rows))

    async def get(self, canned_id: str) -> Canned | None:
        """A ready answer that is not deleted."""
        if not _is_number(canned_id):
            return next((c for c in self.common if c.id == canned_id), None)
        async with self._store.read() as session:
            row = await session.get(CannedAnswerRow, int(canned_id))
            return _canned(row) if row is not None and row.deleted_at is None else None

    async def add(
        self, group: str, shortcut: str, title: str, text: str, files: Sequence[Attachment], by: str
    ) -> Canned:
        """A new ready answer. Raises BadCanned, among others for a shortcut that the group has already."""
        fields = self._checked(group, shortcut, title, text, files)

        async def work(session: AsyncSession) -> Canned:
            await _free(session, fields["group"], fields["shortcut"], 0)
            row = CannedAnswerRow(**fields, changed_by=by, changed_at=self._clock(), deleted_at=None)
            session.add(row)
            await session.flush()
            return _canned(row)

        return await transact(self._store, work)

    async def change(
        self, canned_id: str, group: str, shortcut: str, title: str, text: str, files: Sequence[Attachment], by: str
    ) -> Canned:
        """Change a ready answer of the database. Raises BadCanned, LookupError."""
        fields = self._checked(group, shortcut, title, text, files)

        async def work(session: AsyncSession) -> Canned:
            row = await self._row(session, canned_id)
            await _free(session, fields["group"], fields["shortcut"], row.id)
            for name, value in fields.items():
                setattr(row, name, value)
            row.changed_by, row.changed_at = by, self._clock()
            await session.flush()
            return _canned(row)

        return await transact(self._store, work)

    async def delete(self, canned_id: str, by: str) -> Canned:
        """Hide a ready answer; it stays in the database. Raises LookupError."""

        async def work(session: AsyncSession) -> Canned:
            row = await self._row(session, canned_id)
            row.deleted_at = row.changed_at = self._clock()
            row.changed_by = by
            return _canned(row)

        return await transact(self._store, work)

    async def _row(self, session: AsyncSession, canned_id: str) -> CannedAnswerRow:
        row: CannedAnswerRow | None = None
        if _is_number(canned_id):
            row = await session.scalar(
                select(CannedAnswerRow)
                .where(CannedAnswerRow.id == int(canned_id), CannedAnswerRow.deleted_at.is_(None))
                .with_for_update()
            )
        if row is None:
            raise LookupError(canned_id)
        return row

    def _checked(self, group: str, shortcut: str, title: str, text: str, files: Sequence[Attachment]) -> dict[str, Any]:
        title, text, shortcut = " ".join(title.split()), text.strip(), shortcut.strip().lstrip("/").lower()
        if group and group not in self._groups:
            raise BadCanned("Такой группы нет.")
        if not title or len(title) > 200:
            raise BadCanned("Нужно название, не длиннее 200 знаков.")
        if not text or len(text) > LONGEST:
            raise BadCanned(f"Нужен текст, не длиннее {LONGEST} знаков.")
        if shortcut and not _SHORTCUT.match(shortcut):
            raise BadCanned("Сокращение — одно слово из букв и цифр, например «привет».")
        if unknown := [name for name in variables(text) if name not in VARIABLES]:
            raise BadCanned(f"Нет такой вставки: {{{unknown[0]}}}. Список вставок — под текстом.")
        if len(files) > MOST_FILES:
            raise BadCanned(f"Файлов не больше {MOST_FILES}.")
        kept = [attachment_json(one) for one in files]
        return {"group": group, "shortcut": shortcut, "title": title, "text": text, "files": kept}


async def _free(session: AsyncSession, group: str, shortcut: str, own: int) -> None:
    if not shortcut:
        return
    other = await session.scalar(
        select(CannedAnswerRow).where(
            CannedAnswerRow.group == group, CannedAnswerRow.shortcut == shortcut,
            CannedAnswerRow.deleted_at.is_(None), CannedAnswerRow.id != own,
        )
    )  # fmt: skip
    if other is not None:
        raise BadCanned(f"Сокращение /{shortcut} уже занято: «{other.title}».")


def _canned(row: CannedAnswerRow) -> Canned:
    files = tuple(Attachment(f["name"], f["media_type"], f["size"], f["ref"]) for f in row.files)
    return Canned(
        str(row.id), row.group, row.shortcut, row.title, row.text, files, False, row.changed_by, row.changed_at
    )


def common_answers(path: Path) -> tuple[Canned, ...]:
    """The ready answers of `canned.yml`. Raises ContentError that names the answer and what is wrong."""
    found: list[Canned] = []
    shortcuts: set[tuple[str, str]] = set()
    for item in (plain_yaml(path.read_text("utf-8")) or {}).get("answers") or []:
        name = str(item.get("id", "?"))
        title, text = str(item.get("title") or "").strip(), str(item.get("text") or "").strip()
        group, shortcut = str(item.get("group") or ""), str(item.get("shortcut") or "").lower()
        if name == "?" or not title or not text:
            raise ContentError(f"canned.yml, {name}: нужны id, title и text")
        if unknown := [v for v in variables(text) if v not in VARIABLES]:
            raise ContentError(f"canned.yml, {name}: незнакомая вставка {{{unknown[0]}}}")
        if shortcut and (not _SHORTCUT.match(shortcut) or (group, shortcut) in shortcuts):
            raise ContentError(f"canned.yml, {name}: сокращение /{shortcut} занято или написано не одним словом")
        shortcuts.add((group, shortcut))
        found.append(Canned(f"common:{name}", group, shortcut, title, text, common=True))
    if len({c.id for c in found}) < len(found):
        raise ContentError("canned.yml: один id встречается дважды")
    return tuple(found)


def _is_number(canned_id: str) -> bool:
    """Whether this may be the number of a row: more digits than the column holds are none."""
    return canned_id.isdecimal() and len(canned_id) < 10
