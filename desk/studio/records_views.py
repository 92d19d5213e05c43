"""What the pages of records show: lists with what the draft changed, forms with what was typed and how plainly it speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import HTTPException
from starlette.datastructures import FormData

from bot.plain import FAIR, PLAIN, Assessment, assess
from bot.services.errors import ContentError
from bot.studio.content_checks import ContentMistake
from bot.studio.drafts import Draft
from bot.studio.project import Project
from bot.studio.records.editing import known, next_version, problems_of
from bot.studio.records.kinds import Field, Kind
from bot.studio.records.registry import KINDS
from bot.studio.records.store import Record, article_paths, name_of, record, records
from bot.studio.records.values import Raw, cell, dig, show

PAGE = 100
"""Records of a list at once."""
SPARE_ROWS = 2
LONG_LINE = 90


@dataclass(frozen=True)
class Line:
    """One record of a list. `state` is new, changed or "" as against what was published; `wrong` what its fields lack."""

    key: str
    name: str
    shown: tuple[str, ...]
    state: str
    wrong: str


@dataclass(frozen=True)
class Listing:
    """A page of a list. `total` counts all records, `found` those that fit the search; `gone` are names of removed ones."""

    lines: Sequence[Line]
    total: int
    found: int
    page: int
    pages: int
    changed: int
    gone: Sequence[str]
    mistakes: Sequence[str]
    broken: str
    """Why the file cannot be read at all; "" when it can."""


@dataclass(frozen=True)
class Input:
    """One field of a form as it is drawn."""

    id: str
    field: Field
    raw: Raw
    problem: str
    options: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[str]]
    columns: Sequence[Sequence[tuple[str, str]]]
    """Options of each column of a table."""
    plain: Assessment | None
    height: int


def listing(draft: Draft, kind: Kind, query: str, page: int, mistakes: Sequence[ContentMistake]) -> Listing:
    """The list of a kind in the draft."""
    here = {kind.file} if kind.shape != "articles" else set(article_paths(draft.work, kind))
    said = [f"{m.where + ': ' if m.where else ''}{m.text}" for m in mistakes if m.path in here]
    try:
        now = records(draft.work, kind)
    except (ContentError, FileNotFoundError, ValueError, AttributeError, TypeError) as error:
        return Listing((), 0, 0, 0, 1, 0, (), said, _broken(draft.work, error))
    before = _before(draft.base, kind)
    refs = known(draft.work, kind)
    words = _folded(query).split()
    lines = []
    changed = 0
    fitting = []
    for one in now:
        state = "" if before.get(one.key) == one.mark else ("changed" if one.key in before else "new")
        changed += bool(state)
        if not words or all(word in _searched(kind, one) for word in words):
            fitting.append((one, state))
    pages = max(1, -(-len(fitting) // PAGE))
    page = min(page, pages - 1)
    for one, state in fitting[page * PAGE : (page + 1) * PAGE]:
        wrong = problems_of(kind, one, refs)
        first = next(iter(wrong.items()), None)
        words_of = f"{kind.field(first[0]).label}: {first[1]}" if first else ""
        shown = tuple(_short(cell(kind.field(name), dig(one.values, kind.field(name)))) for name in kind.shown)
        lines.append(Line(one.key, name_of(kind, one), shown, state, words_of))
    keys = {one.key for one in now}
    old = {one.key: one for one in _safely(draft.base, kind)}
    gone = [name_of(kind, old[key]) for key in before if key not in keys]
    return Listing(lines, len(now), len(fitting), page, pages, changed, gone, said, "")


def inputs(
    project: Project, kind: Kind, old: Record | None, typed: Mapping[str, Raw] | None = None,
    problems: Mapping[str, str] | None = None, *, copy: bool = False,
) -> list[Input]:  # fmt: skip
    """The fields of a form: those of a record, or what was typed."""
    refs = known(project, kind)
    found = []
    for number, field in enumerate(kind.fields):
        if field.name == "id" or (field.name == "_parent" and old is not None and not copy):
            continue
        value = show(field, dig(old.values, field)) if old is not None else ([] if field.many and field.type not in (
            "texts", "hours") else "")  # fmt: skip
        raw = typed.get(field.name, value) if typed is not None else value
        rows: list[list[str]] = []
        if field.type == "table":
            rows = [[*row, *[""] * (len(field.columns) - len(row))] for row in raw if isinstance(row, list)]
            rows += [[""] * len(field.columns) for _ in range(SPARE_ROWS)]
        plain = assess(raw) if field.plain and isinstance(raw, str) and raw.strip() else None
        found.append(
            Input(
                f"f{number}", field, raw, (problems or {}).get(field.name, ""), _options(field, refs), rows,
                [_options(column, refs) for column in field.columns], plain, _height(field, raw),
            )
        )  # fmt: skip
    return found


def typed_of(kind: Kind, form: FormData) -> dict[str, Raw]:
    """What a form holds, by field."""
    found: dict[str, Raw] = {}
    for number, field in enumerate(kind.fields):
        name = f"f{number}"
        if field.type == "table":
            cells: dict[tuple[int, int], str] = {}
            for key, value in form.multi_items():
                match = re.fullmatch(rf"{name}\.(\d{{1,3}})\.(\d)", key)
                if match and isinstance(value, str):
                    cells[int(match[1]), int(match[2])] = value
            size = max((row for row, _ in cells), default=-1) + 1
            found[field.name] = [[cells.get((row, at), "") for at in range(len(field.columns))] for row in range(size)]
        elif field.type in ("boxes", "refs"):
            found[field.name] = [value for value in form.getlist(name) if isinstance(value, str) and value]
        elif field.name != "id" and isinstance(typed := form.get(name), str):
            found[field.name] = typed
    return found


def proposal(draft: Draft, kind: Kind, key: str, today: date) -> str:
    """The version to give to a consent when its words change; "" for other kinds."""
    if kind.name != "consents":
        return ""
    published = record(draft.base, kind, key)
    return next_version(published, today) if published is not None else today.isoformat()


def tone(score: int) -> str:
    """The class of a badge."""
    return "good" if score >= PLAIN else "warn" if score >= FAIR else "bad"


def _before(base: Project, kind: Kind) -> dict[str, str]:
    return {one.key: one.mark for one in _safely(base, kind)}


def _safely(base: Project, kind: Kind) -> list[Record]:
    try:
        return records(base, kind)
    except (ContentError, FileNotFoundError, ValueError, AttributeError, TypeError):
        return []


def _broken(project: Project, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "Файла нет. Верните его на странице «Изменения»."
    why = (
        str(error).replace(f"{project.folder}/", "")
        if isinstance(error, ContentError)
        else "он устроен не так, как ждёт робот"
    )
    return f"Файл не читается: {why}. Верните его на странице «Изменения»."


def _searched(kind: Kind, one: Record) -> str:
    return _folded(" ".join([one.key, name_of(kind, one), *(cell(f, dig(one.values, f)) for f in kind.fields)]))


def _folded(text: str) -> str:
    return text.casefold().replace("ё", "е")


def _short(text: str) -> str:
    line = ", ".join(part for part in text.split("\n") if part)
    return line if len(line) <= LONG_LINE else f"{line[: LONG_LINE - 1].rstrip()}…"


def _options(field: Field, refs: Mapping[str, Sequence[tuple[str, str]]]) -> Sequence[tuple[str, str]]:
    if field.of:
        return sorted(refs[field.of], key=lambda pair: pair[1].casefold())
    if field.type == "flag":
        return (("true", "да"), ("false", "нет"))
    return field.choices


def _height(field: Field, raw: Any) -> int:
    text = raw if isinstance(raw, str) else ""
    lines = sum(1 + len(line) // 95 for line in text.split("\n"))
    return min(18, max(4 if field.type == "texts" else 2, lines + 1))


def kind_of(name: str, *, changing: bool = False) -> Kind:
    """The kind of this name. Raises HTTPException 404; with `changing` also for one whose records are there for good."""
    kind = KINDS.get(name)
    if kind is None or (changing and (kind.fixed or kind.shape == "single")):
        raise HTTPException(404)
    return kind
