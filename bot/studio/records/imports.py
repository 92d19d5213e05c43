"""What a table would change in the records of a project, and the change itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from bot.studio.project import Project
from bot.studio.records.editing import Checks, keys_of, known, lock, named, referrers, rules, tried
from bot.studio.records.kinds import KEY, Field, Kind
from bot.studio.records.sheets import Table, columns
from bot.studio.records.store import Op, Record, apply, changes, name_of, records
from bot.studio.records.values import Raw, WrongValue, cell, dig, from_cell, read
from bot.studio.records.zip_guard import BadSheet

What = Literal["new", "changed", "same", "refused"]
MOST_SHOWN = 300
"""Characters of a value in the report."""


@dataclass(frozen=True)
class Difference:
    """One field of a record before and after, as cells."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Row:
    """What becomes of one line of the table. `line` is its number in the file."""

    line: int
    what: What
    name: str
    differences: tuple[Difference, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What an import would do. `gone` are records that the table does not have: key, name, and why one may not go ("" if it may).

    `mistakes` say why the assistant would not start with it; then nothing may be applied.
    """

    rows: tuple[Row, ...]
    gone: tuple[tuple[str, str, str], ...]
    mistakes: tuple[str, ...]
    notes: tuple[str, ...]
    ops: tuple[Op, ...]

    def count(self, what: What) -> int:
        """How many rows are so."""
        return sum(row.what == what for row in self.rows)


def plan(project: Project, kind: Kind, table: Table, checks: Checks, today: date, base: Project | None = None) -> Plan:
    """Compare a table with the records. Raises BadSheet when its columns are not those of the kind."""
    by_column = _columns(kind, table.header)
    old = {one.key: one for one in records(project, kind)}
    refs = known(project, kind)
    taken: set[str] = set(old)
    met: dict[str, int] = {}
    rows: list[Row] = []
    ops: list[Op] = []
    for line, cells in table.rows:
        texts = {field.name: cells[at] if at < len(cells) else "" for at, field in by_column.items()}
        row, op, key = _row(project, kind, line, texts, old, refs, taken, today, base)
        if key and key in met:
            row = Row(line, "refused", row.name, reasons=(f"Такая же запись уже есть в строке {met[key]}.",))
            op = None
        if key:
            met.setdefault(key, line)
        rows.append(row)
        if op is not None:
            ops.append(op)
    gone = () if kind.fixed else tuple(_gone(project, kind, one) for key, one in old.items() if key not in met)
    notes = list(table.notes)
    absent = [
        f.label for f in columns(kind) if f.name not in {field.name for field in by_column.values()} and f.name != "id"
    ]
    if absent:
        notes.append(f"Нет столбцов: {', '.join(absent)}. Эти поля останутся как были.")
    mistakes = tuple(_said(tried(project, changes(project, kind, ops), checks)) if ops else ())
    return Plan(tuple(rows), gone, mistakes, tuple(notes), tuple(ops))


def carry_out(project: Project, kind: Kind, ready: Plan, remove: Sequence[str], checks: Checks) -> list[str]:
    """Apply a plan and remove these records of `gone`; [] when it is done, else why nothing was changed."""
    with lock(project):
        allowed = {key for key, _, why in ready.gone if not why}
        ops = [*ready.ops, *(Op(key, None) for key in remove if key in allowed)]
        if not ops:
            return ["В таблице нет ничего нового: черновик уже такой."]
        files = changes(project, kind, ops)
        if found := _said(tried(project, files, checks)):
            return found
        apply(project, files)
        return []


def _row(
    project: Project, kind: Kind, line: int, texts: Mapping[str, str], old: Mapping[str, Record],
    refs: Mapping[str, Sequence[tuple[str, str]]], taken: set[str], today: date, base: Project | None,
) -> tuple[Row, Op | None, str]:  # fmt: skip
    """One line: the row of the report, what to do, and the key it is about."""
    key = _key(kind, texts)
    before = old.get(key)
    values, reasons, differences = _values(kind, texts, before, refs)
    name = (
        name_of(kind, before)
        if before is not None
        else (texts.get(kind.named_by) or texts.get("title") or key or "новая")
    )
    name = name.split("\n", 1)[0][:120]
    if before is None and kind.fixed:
        known_keys = ", ".join(old)
        return (
            Row(line, "refused", name, reasons=(f"Записи «{key}» нет, а новых здесь не заводят. Есть: {known_keys}.",)),
            None,
            "",
        )
    if before is None:
        missing = [f.label for f in kind.fields if f.required and f.name not in texts and f.name != "id"]
        if missing:
            reasons.append(f"Для новой записи нужны столбцы: {', '.join(missing)}.")
    if not reasons:
        reasons += rules(kind, before, values, base, today).values()
    if reasons:
        return Row(line, "refused", name, reasons=tuple(reasons)), None, key if before is not None else ""
    if before is not None and not values:
        return Row(line, "same", name), None, key
    if before is None:
        new_key, values, problems = named(project, kind, None, values, {"id": texts.get("id", "")})
        if not problems and new_key in taken and "id" in kind.key and not texts.get("id"):
            number = 2
            while f"{new_key}_{number}" in taken:
                number += 1
            new_key = f"{new_key}_{number}"
            values["id"] = new_key
        if problems:
            return Row(line, "refused", name, reasons=tuple(problems.values())), None, ""
        taken.add(new_key)
        return Row(line, "new", name, differences), Op("", values), new_key
    return Row(line, "changed", name, differences), Op(key, values), key


def _values(
    kind: Kind, texts: Mapping[str, str], before: Record | None, refs: Mapping[str, Sequence[tuple[str, str]]]
) -> tuple[dict[str, Any], list[str], tuple[Difference, ...]]:
    values: dict[str, Any] = {}
    reasons: list[str] = []
    differences: list[Difference] = []
    for field in kind.fields:
        if field.name not in texts or field.name == "id" or (field.name == "_parent" and before is not None):
            continue
        was = cell(field, dig(before.values, field)) if before is not None else ""
        text = texts[field.name].replace("\r\n", "\n")
        if before is not None and text.strip() == was.strip():
            continue
        raw: Raw = from_cell(field, text)
        try:
            value = read(field, raw, keys_of(refs, kind, field.name))
        except WrongValue as error:
            reasons.append(f"«{field.label}»: {error}")
            continue
        now = cell(field, value)
        if before is None or now != was:
            values[field.name] = value
            if now != was:
                differences.append(Difference(field.label, was[:MOST_SHOWN], now[:MOST_SHOWN]))
    return values, reasons, tuple(differences)


def _columns(kind: Kind, header: Sequence[str]) -> dict[int, Field]:
    fields = {field.label.casefold(): field for field in columns(kind)}
    found: dict[int, Field] = {}
    for at, name in enumerate(header):
        field = fields.get(name.casefold())
        if field is None:
            raise BadSheet(
                f"Столбец «{name[:60]}» не знаком. Бывают: {', '.join(f.label for f in columns(kind))}. "
                "Скачайте таблицу этого справочника и правьте её."
            )
        found[at] = field
    needed = [name for name in kind.key if name not in ("id", "centre")] or ["id"]
    for name in [KEY] if kind.shape == "named" else needed:
        if all(field.name != name for field in found.values()):
            label = next(field.label for field in columns(kind) if field.name == name)
            raise BadSheet(f"Нет столбца «{label}»: по нему робот узнаёт, какая это запись.")
    return found


def _key(kind: Kind, texts: Mapping[str, str]) -> str:
    """The key as the store makes it."""
    parts = []
    for name in kind.key:
        text = texts.get(name, "").strip() if name != KEY else texts.get(name, "")
        if name not in (KEY, "id") and text:
            field = kind.field(name)
            try:
                value = read(field, from_cell(field, text), None)
            except WrongValue:
                value = text
            text = str(value[0] if isinstance(value, list) and value else value)
        if text:
            parts.append(text)
    return ", ".join(parts)


def _gone(project: Project, kind: Kind, one: Record) -> tuple[str, str, str]:
    named_by = referrers(project, kind, one.key)
    why = f"На неё ссылается {named_by[0].words}." if named_by else ""
    return one.key, name_of(kind, one), why


def _said(found: Sequence[Any]) -> list[str]:
    return [
        f"С такими правками робот не запустится. {m.path.rsplit('/', 1)[-1]}{', ' + m.where if m.where else ''}: {m.text}"
        for m in found
    ]
