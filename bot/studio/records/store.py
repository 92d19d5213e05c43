"""Records of a project: read them from its files, and rewrite only the lines of those that change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.services.content.fields import parse_yaml
from bot.studio.project import Project
from bot.studio.records.kinds import KEY, VALUE, Kind
from bot.studio.records.nodes import key as key_node
from bot.studio.records.nodes import node, put
from bot.studio.records.splice import Span, dedented, indented, spans, trimmed
from bot.studio.records.values import dig, show
from bot.studio.yaml_text import edit

_TOP, _DEEP = "records", 2


@dataclass(frozen=True)
class Record:
    """One record. `values` are as YAML gave them, with `_key` and `_parent` where the kind has them, VALUE for a bare value."""

    key: str
    values: Mapping[str, Any]

    @property
    def mark(self) -> str:
        """Changes whenever the record does."""
        return hashlib.sha256(repr(sorted(self.values.items(), key=str)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Op:
    """One change. `values` by field name, None for what is to go; `key` "" for a new one (put `after` another, or at the end)."""

    key: str
    values: Mapping[str, Any] | None
    """None: remove the record."""
    after: str = ""


def records(project: Project, kind: Kind) -> list[Record]:
    """All records of a kind in the order of the file. Raises ContentError for a file that is no YAML, FileNotFoundError."""
    if kind.shape == "articles":
        return [_article(project.read(path), path) for path in article_paths(project, kind)]
    return list(_records(kind, project.read(kind.file)))


def record(project: Project, kind: Kind, key: str) -> Record | None:
    """The record of this key."""
    return next((one for one in records(project, kind) if one.key == key), None)


def article_paths(project: Project, kind: Kind) -> list[str]:
    """The files of articles."""
    return [path for path in project.paths() if path.startswith(f"{kind.file}/") and path.endswith(".md")]


def name_of(kind: Kind, one: Record) -> str:
    """The words by which an editor knows a record."""
    names = dict(kind.names)
    if one.key in names:
        return names[one.key]
    if kind.shape == "single":
        return kind.title
    if kind.named_by == KEY:
        return one.key
    shown = show(kind.field(kind.named_by), dig(one.values, kind.field(kind.named_by)))
    return str(shown).split("\n", 1)[0] or one.key


def changes(project: Project, kind: Kind, ops: Sequence[Op]) -> dict[str, str | None]:
    """The files as they will be: text by path, None for one that goes. Raises KeyError for an unknown key."""
    if kind.shape == "articles":
        return _article_changes(project, kind, ops)
    text = project.read(kind.file)
    return {kind.file: rewritten(kind, text, ops)}


def rewritten(kind: Kind, text: str, ops: Sequence[Op]) -> str:
    """A file's text with the changes made. Raises KeyError for an unknown key."""
    if kind.shape == "single":
        return edit(text, lambda root: _set(kind, _at(root, kind.path), ops[0].values or {}))
    gone = [op for op in ops if op.values is None]
    if gone and len(gone) < len(ops):
        # One after the other: a removal takes a blank line along, where an addition may want to stand.
        return rewritten(kind, rewritten(kind, text, gone), [op for op in ops if op.values is not None])
    known = [one.key for one in _records(kind, text)]
    where = spans(text, kind.path)
    if where is None or len(where) != len(known) or _empties(kind, known, ops):
        return edit(text, lambda root: _in_tree(kind, root, ops))
    parents = _parents(kind, text)
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    edits: list[tuple[int, int, list[str]]] = []
    alone: list[Op] = []
    for op in ops:
        if op.key:
            place = where[known.index(op.key)] if op.key in known else None
            if place is None:
                raise KeyError(op.key)
            first, last = trimmed(lines, place)
            if op.values is None:
                edits.append((*_with_blank(lines, first, last), []))
            else:
                edits.append((first, last, _changed(kind, lines[first:last], place, op.values)))
            continue
        family = _family(kind, op, where, parents)
        if not family:
            alone.append(op)
            continue
        after = where[known.index(op.after)] if op.after in known else family[-1]
        edits.append((trimmed(lines, after)[1],) * 2 + (_added(kind, lines, after, family, op.values or {}),))
    # From the bottom up, so that the numbers above stay true; of several additions in one place the later one goes below.
    for first, last, new in sorted(edits, key=lambda one: one[0])[::-1]:
        lines[first:last] = new
    done = "".join(lines)
    return edit(done, lambda root: _in_tree(kind, root, alone)) if alone else done


def apply(project: Project, files: Mapping[str, str | None]) -> None:
    """Write what `changes` gave."""
    for path, text in files.items():
        if text is None:
            project.remove(path)
        elif not (project.folder / path).exists() or project.read(path) != text:
            project.write(path, text)


def _records(kind: Kind, text: str) -> Iterator[Record]:
    seen: dict[str, int] = {}
    for parent, item in _items(kind, _parsed(text, kind.file)):
        values: Mapping[str, Any]
        if kind.shape == "named":
            name, value = item
            values = {**(value if isinstance(value, Mapping) else {VALUE: value}), KEY: str(name)}
        elif kind.shape == "rows":
            values = {**item, **({"_parent": str(parent)} if kind.parent else {})}
        else:
            values = item if isinstance(item, Mapping) else {VALUE: item}
        key = kind.name if kind.shape == "single" else _key_of(kind, values)
        seen[key] = seen.get(key, 0) + 1
        yield Record(key if seen[key] == 1 else f"{key}~{seen[key]}", values)


def _key_of(kind: Kind, values: Mapping[str, Any]) -> str:
    parts = [values.get(name) for name in kind.key]
    return ", ".join(str(p[0] if isinstance(p, list) and p else p) for p in parts if p not in (None, "", []))


def _items(kind: Kind, data: Any) -> Iterator[tuple[Any, Any]]:
    if kind.shape == "single":
        for name in kind.path:
            data = (data or {}).get(name)
        yield None, data or {}
        return
    for parent, part in _parts(data, kind.path, None):
        if isinstance(part, Mapping):
            yield from ((parent, pair) for pair in part.items())
        else:
            yield from ((parent, one) for one in part or ())


def _parts(data: Any, path: tuple[str, ...], parent: Any) -> Iterator[tuple[Any, Any]]:
    if not path:
        yield parent, data
    elif path[0] == "*":
        for item in data or ():
            yield from _parts(item, path[1:], item.get("id"))
    else:
        yield from _parts((data or {}).get(path[0]), path[1:], parent)


@lru_cache(maxsize=48)
def _parsed(text: str, where: str) -> Any:
    return parse_yaml(text, where)


def _parents(kind: Kind, text: str) -> list[str]:
    """The parent of each group of spans."""
    if not kind.parent:
        return [""]
    return [str(parent) for parent, _ in _parts(_parsed(text, kind.file), kind.path, None)]


def _family(kind: Kind, op: Op, where: Sequence[Span], parents: Sequence[str]) -> list[Span]:
    """The spans among which a new record goes."""
    if not kind.parent:
        return list(where)
    wanted = str((op.values or {}).get("_parent", ""))
    return [span for span in where if parents[span.group] == wanted]


def _empties(kind: Kind, known: Sequence[str], ops: Sequence[Op]) -> bool:
    """Whether a list would stand empty: then `[]` has to be written."""
    gone = sum(op.values is None for op in ops)
    return gone > 0 and (gone >= len(known) or bool(kind.parent))


def _changed(kind: Kind, lines: Sequence[str], span: Span, values: Mapping[str, Any]) -> list[str]:
    def change(root: Any) -> None:
        if kind.shape == "rows":
            _set(kind, root[0], values)
        elif kind.shape == "words":
            put(root, (0,), values[VALUE])
        else:
            _set_named(kind, root, next(iter(root)), values)

    return _edited(lines, span.column, change)


def _added(
    kind: Kind, lines: Sequence[str], after: Span, family: Sequence[Span], values: Mapping[str, Any]
) -> list[str]:
    first, last = trimmed(lines, after)
    sample = [line for line in lines[first:last] if not line.lstrip().startswith("#")]

    def change(root: Any) -> None:
        if kind.shape == "words":
            put(root, (0,), values[VALUE])
        elif kind.shape == "rows":
            item = root[0]
            for name in list(item):
                if all(field.path[:1] != (name,) and field.name != name for field in kind.fields):
                    del item[name]
            _set(kind, item, {field.name: values.get(field.name) for field in kind.fields})
        else:
            name = next(iter(root))
            _set_named(kind, root, name, {field.name: values.get(field.name) for field in kind.fields})

    new = _edited(sample, after.column, change)
    blank = len(family) > 1 and any(not line.strip() for line in lines[trimmed(lines, family[0])[1] : family[1].first])
    return ["\n", *new] if blank else new


def _edited(lines: Sequence[str], column: int, change: Callable[[Any], None]) -> list[str]:
    """The lines of one record after a change. They are edited below a key of their own, as deep as lists of ours stand."""
    if column < _DEEP:
        return edit("".join(lines), change).splitlines(keepends=True)
    text = f"{_TOP}:\n{dedented(lines, column - _DEEP)}"
    return indented(edit(text, lambda root: change(root[_TOP])).removeprefix(f"{_TOP}:\n"), column - _DEEP)


def _set(kind: Kind, item: Any, values: Mapping[str, Any]) -> None:
    for field in kind.fields:
        if field.name in values and field.name != "_parent":
            put(item, field.path, values[field.name])


def _set_named(kind: Kind, root: Any, name: Any, values: Mapping[str, Any]) -> None:
    wanted = str(values.get(KEY, name))
    if wanted != str(name):
        old = root.pop(name)
        root.insert(0, key_node(wanted, name), old)
        name = wanted
    if any(field.name == VALUE for field in kind.fields):
        if VALUE in values:
            put(root, (name,), "" if values[VALUE] is None else values[VALUE])
    else:
        _set(kind, root[name], values)


def _at(root: Any, path: Sequence[str]) -> Any:
    for name in path:
        root = root[name]
    return root


def _in_tree(kind: Kind, root: Any, ops: Sequence[Op]) -> None:
    """The same changes in the tree of the whole file, where records share lines or a list is or becomes empty."""
    for op in ops:
        holder, last = _holder(kind, root, op)
        if holder.get(last) is None:
            holder[last] = CommentedMap() if kind.shape == "named" else CommentedSeq()
        part = holder[last]
        if kind.shape == "named":
            if op.values is None:
                del part[op.key]
            else:
                if not op.key:
                    name = key_node(str(op.values[KEY]))
                    part[name] = "" if VALUE in op.values else CommentedMap()
                _set_named(kind, part, op.key or str(op.values[KEY]), op.values)
            continue
        keys = [_key_of(kind, one if isinstance(one, Mapping) else {VALUE: one}) for one in part]
        if op.values is None:
            del part[keys.index(op.key)]
            if not part:
                holder[last] = CommentedSeq()
        elif kind.shape == "words":
            put(part, (keys.index(op.key),), op.values[VALUE]) if op.key else part.append(node(op.values[VALUE]))
        elif op.key:
            _set(kind, part[keys.index(op.key)], op.values)
        else:
            item = CommentedMap()
            _set(kind, item, op.values)
            if not part:
                part = holder[last] = CommentedSeq()
            part.append(item)


def _holder(kind: Kind, root: Any, op: Op) -> tuple[Any, str]:
    """The mapping and the key under which the list or mapping of records lies."""
    if not kind.parent:
        return _at(root, kind.path[:-1]), kind.path[-1]
    for item in _at(root, kind.path[: kind.path.index("*")]):
        inner = [str(one["id"]) for one in item.get(kind.path[-1]) or ()]
        if op.key in inner or (not op.key and str(item["id"]) == str((op.values or {}).get("_parent"))):
            return item, kind.path[-1]
    raise KeyError(op.key)


def _with_blank(lines: Sequence[str], first: int, last: int) -> tuple[int, int]:
    """The lines of a record that goes, with one of the blank lines around it."""
    above = first == 0 or not lines[first - 1].strip()
    if last < len(lines) and not lines[last].strip() and above:
        return first, last + 1
    return (first - 1, last) if last == len(lines) and above and first else (first, last)


def _article(text: str, path: str) -> Record:
    head, body = _halves(text, path)
    values = {**(_parsed(head, path) or {}), "text": body.strip()}
    return Record(str(values.get("id") or path.rsplit("/", 1)[-1].removesuffix(".md")), values)


def _halves(text: str, path: str) -> tuple[str, str]:
    parts = text.split("---\n", 2)
    return (parts[1], parts[2]) if len(parts) == 3 and not parts[0].strip() else ("", text)


def _article_changes(project: Project, kind: Kind, ops: Sequence[Op]) -> dict[str, str | None]:
    paths = {_article(project.read(path), path).key: path for path in article_paths(project, kind)}
    done: dict[str, str | None] = {}
    for op in ops:
        if op.key and op.values is None:
            done[paths[op.key]] = None
            continue
        values = dict(op.values or {})
        path = paths[op.key] if op.key else f"{kind.file}/{values['id']}.md"
        sample = paths.get(op.key or op.after) or next(iter(paths.values()), "")
        head, body = _halves(project.read(sample) if sample else "---\n{}\n---\n\n.\n", sample or path)
        new_body = values.pop("text", None)
        rest = {field.name: values.get(field.name) for field in kind.fields if field.name != "text"}
        wanted = values if op.key else rest

        def change(root: Any, wanted: Mapping[str, Any] = wanted) -> None:
            _set(kind, root, wanted)

        head = edit(head, change) if wanted else head
        if new_body is not None:
            body = body.replace(body.strip(), str(new_body)) if body.strip() else f"\n{new_body}\n"
        done[path] = f"---\n{head}---\n{body}"
    return done
