"""Saves, adds and removes one record: fields are checked one by one, then the assistant's own loaders have the word."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from bot.services.content.fields import parse_yaml
from bot.studio.content_checks import ContentMistake
from bot.studio.project import Project
from bot.studio.records.kinds import KEY, VALUE, Kind, id_from
from bot.studio.records.registry import KINDS
from bot.studio.records.store import Op, Record, apply, changes, name_of, record, records
from bot.studio.records.values import Raw, WrongValue, dig, read, same, show

Checks = Callable[[Project], list[ContentMistake]]
GONE = "Этой записи уже нет в черновике: её удалили в другом окне. Откройте список."
_ID = re.compile(r"[a-z][a-z0-9_]{0,47}")
_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True)
class Saved:
    """What came of a save: `problems` by name of the field, `general` those of no field; without any it is saved under `key`."""

    key: str = ""
    changed: bool = False
    problems: Mapping[str, str] = field(default_factory=dict)
    general: Sequence[str] = ()

    @property
    def good(self) -> bool:
        """Whether it was saved (or there was nothing to change)."""
        return not self.problems and not self.general


@dataclass(frozen=True)
class Referrer:
    """Something that names a record: what it is in words, and its kind and key ("" where it has no page)."""

    words: str
    kind: str = ""
    key: str = ""


def lock(project: Project) -> threading.Lock:
    """One change at a time in a project."""
    return _locks[str(project.folder)]


def known(project: Project, kind: Kind) -> dict[str, list[tuple[str, str]]]:
    """Key and name of everything that references of this kind may name, by kind."""
    wanted = {one.of for f in kind.fields for one in (f, *f.columns) if one.of}
    return {name: [(one.key, name_of(KINDS[name], one)) for one in records(project, KINDS[name])] for name in wanted}


def keys_of(known_records: Mapping[str, Sequence[tuple[str, str]]], kind: Kind, name: str) -> set[str] | None:
    """The keys that a field may name; None when it names no records."""
    found = kind.field(name)
    of = found.of or next((column.of for column in found.columns if column.of), "")
    return {key for key, _ in known_records[of]} if of else None


def problems_of(kind: Kind, one: Record, known_records: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, str]:
    """What is wrong with a record as it stands, by field."""
    found = {}
    for each in kind.fields:
        if each.name in (KEY, "id", "_parent"):
            continue
        try:
            read(each, show(each, dig(one.values, each)), keys_of(known_records, kind, each.name))
        except WrongValue as error:
            found[each.name] = str(error)
    return found


def values_of(
    project: Project, kind: Kind, old: Record | None, raws: Mapping[str, Raw]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values that differ from the old record, and what is wrong with those typed. Fields that were not sent stay."""
    refs = known(project, kind)
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for each in kind.fields:
        if each.name == "id" or (each.name == "_parent" and old is not None):
            continue
        if each.name not in raws:
            if old is None and each.required:
                problems[each.name] = "Заполните это поле."
            continue
        before = dig(old.values, each) if old is not None else None
        if old is not None and _alike(raws[each.name], show(each, before)):
            continue
        try:
            value = read(each, raws[each.name], keys_of(refs, kind, each.name))
        except WrongValue as error:
            problems[each.name] = str(error)
            continue
        if old is None or not same(each, before, value) or (value is None) != (before is None):
            values[each.name] = value
    return values, problems


def save(
    project: Project, kind: Kind, key: str, raws: Mapping[str, Raw], checks: Checks, today: date,
    base: Project | None = None, like: str = "", mark: str = "",
) -> Saved:  # fmt: skip
    """Change the record of `key`, or add one ("") after `like`. `mark` is that of the record the form was filled from, if given.

    Raises KeyError for a record that is gone.
    """
    with lock(project):
        old = record(project, kind, key) if key else None
        if key and old is None:
            raise KeyError(key)
        if old is not None and mark and mark != old.mark:
            return Saved(general=["Эту запись изменили в другом окне. Откройте её заново и повторите правку."])
        values, problems = values_of(project, kind, old, raws)
        problems |= rules(kind, old, values, base, today)
        if problems:
            return Saved(key, problems=problems)
        if not values and old is not None:
            return Saved(key)
        new_key, values, taken = named(project, kind, old, values, raws)
        if taken:
            return Saved(key, problems=taken)
        op = Op(key, values, after=like)
        files = changes(project, kind, [op])
        found = tried(project, files, checks)
        if found:
            return _refused(kind, key, found)
        apply(project, files)
        return Saved(new_key, changed=True)


def remove(project: Project, kind: Kind, key: str, checks: Checks) -> list[str]:
    """Remove a record; [] when it is done, else why not. Raises KeyError for a record that is gone."""
    with lock(project):
        if record(project, kind, key) is None:
            raise KeyError(key)
        if kind.fixed or kind.shape == "single":
            return ["Эта запись нужна роботу всегда: её можно изменить, а удалить нельзя."]
        if named_by := referrers(project, kind, key):
            return [f"На неё ссылается {one.words}." for one in named_by]
        files = changes(project, kind, [Op(key, None)])
        if found := tried(project, files, checks):
            return [_words(one) for one in found]
        apply(project, files)
        return []


def tried(project: Project, files: Mapping[str, str | None], checks: Checks) -> list[ContentMistake]:
    """What the assistant would refuse with these files and does not refuse now. The project stays as it is."""
    before = set(checks(project))
    with tempfile.TemporaryDirectory(prefix="otklik-trial-") as folder:
        trial = Project(Path(folder))
        for part in ("content", "persona"):
            shutil.copytree(project.folder / "bot" / part, trial.folder / "bot" / part)
        apply(trial, files)
        return [one for one in checks(trial) if one not in before]


def named(
    project: Project, kind: Kind, old: Record | None, values: dict[str, Any], raws: Mapping[str, Raw]
) -> tuple[str, dict[str, Any], dict[str, str]]:
    """The key under which a record will stand, its values with a new id where one is due, and what is wrong with the key."""
    if kind.shape == "single" or kind.fixed:
        return old.key if old is not None else kind.name, values, {}
    taken = {one.key for one in records(project, kind)} - ({old.key} if old is not None else set())
    if "id" in kind.key:
        if old is not None:
            return old.key, values, {}
        given = str(raws.get("id") or "").strip()
        prefix = f"{values['_parent']}." if kind.parent else ""
        if given and not (
            kind.name == "incidents" or (given.startswith(prefix) and _ID.fullmatch(given[len(prefix) :]))
        ):
            return "", values, {"id": "Имя для робота — маленькие латинские буквы, цифры и _."}
        if given in taken:
            return "", values, {"id": "Такое имя уже занято."}
        made = given or _next_id(kind, str(values.get(kind.id_from) or ""), taken, prefix)
        return made, values | {"id": made}, {}
    merged = {**(old.values if old is not None else {}), **values}
    parts = [merged.get(name) for name in kind.key]
    key = ", ".join(str(p[0] if isinstance(p, list) and p else p) for p in parts if p not in (None, "", []))
    if key in taken:
        return "", values, {kind.key[0]: "Такая запись уже есть. Измените её или напишите другое."}
    return key, values, {}


def rules(
    kind: Kind, old: Record | None, values: Mapping[str, Any], base: Project | None, today: date
) -> dict[str, str]:
    """What the fields of a kind have to be together, by the field to mend."""
    merged = {**(dict(old.values) if old is not None else {}), **values}
    if kind.name == "situations":
        for number, item in enumerate(merged.get("items") or [], 1):
            if bool(item.get("service")) == bool(item.get("text")):
                return {"items": f"Строка {number}: заполните либо услугу, либо свои слова."}
    if kind.name == "incidents" and not merged.get("streets") and not merged.get("districts"):
        return {"streets": "Отметьте хотя бы одну улицу или район."}
    if kind.name == "services" and merged.get("at_centre") is False and len(str(merged.get("elsewhere") or "")) < 3:
        return {"elsewhere": "Услуги в центре нет. Напишите, где она есть."}
    if kind.name == "consents" and old is not None:
        published = record(base, kind, old.key) if base is not None else old
        if published is not None:
            changed = any(str(published.values.get(n)).strip() != str(merged.get(n)).strip() for n in ("short", "text"))
            if changed and str(published.values.get("version")) == str(merged.get("version")):
                return {
                    "version": f"Слова изменились, поэтому нужна новая версия. Поставьте {next_version(published, today)}."
                }
    return {}


def next_version(published: Record, today: date) -> str:
    """The version to give to changed words of a consent: today, with a number when today's is out already."""
    version = str(published.values.get("version", ""))
    if not version.startswith(today.isoformat()):
        return today.isoformat()
    number = version.partition(".")[2]
    return f"{today.isoformat()}.{int(number) + 1 if number.isdecimal() else 2}"


def referrers(project: Project, kind: Kind, key: str) -> list[Referrer]:
    """Everything that names this record."""
    found: list[Referrer] = []
    for other in KINDS.values():
        fields = [f for f in other.fields if kind.name in (f.of, *(column.of for column in f.columns))]
        if not fields:
            continue
        for one in records(project, other):
            if any(key in _named_in(f, dig(one.values, f)) for f in fields):
                found.append(Referrer(f"{other.one} «{name_of(other, one)}»", other.name, one.key))
    if kind.name in ("services", "topics", "centres"):
        found += _elsewhere(project, kind, key)
    return found


def _elsewhere(project: Project, kind: Kind, key: str) -> list[Referrer]:
    """What names a record in files that are no records: forms, groups, demonstration cases."""
    found = []
    for path in project.paths():
        if kind.name == "services" and path.startswith("bot/content/forms/"):
            form = parse_yaml(project.read(path), path)
            if isinstance(form, Mapping) and form.get("service_id") == key:
                found.append(Referrer(f"форма заявления «{form.get('title')}»"))
    if kind.name == "services":
        cases = (parse_yaml(project.read("bot/content/demo.yml"), "demo.yml") or {}).get("applications") or []
        found += [Referrer(f"показательное дело {c.get('number')}") for c in cases if c.get("service_id") == key]
    if kind.name == "topics":
        groups = (parse_yaml(project.read("bot/content/groups.yml"), "groups.yml") or {}).get("groups") or []
        found += [Referrer(f"группа специалистов «{g.get('title')}»") for g in groups if key in (g.get("topics") or ())]
    return found


def _named_in(each: Any, value: Any) -> set[str]:
    if each.type == "table":
        return {str(row.get(c.name)) for row in value or () for c in each.columns if c.of}
    if each.type == "refs":
        return {str(one) for one in value or ()}
    return {str(value)} if value is not None else set()


def _alike(raw: Raw, shown: Raw) -> bool:
    if isinstance(raw, str) and isinstance(shown, str):
        return raw.replace("\r\n", "\n").strip() == shown.strip()
    if shown and isinstance(shown, list) and isinstance(shown[0], list):
        rows = [row for row in raw if isinstance(row, list) and any(text.strip() for text in row)]
        return [[text.strip() for text in row] for row in rows] == [[text.strip() for text in row] for row in shown]
    return isinstance(raw, list) and [one for one in raw if one] == shown


def _next_id(kind: Kind, title: str, taken: set[str], prefix: str) -> str:
    if kind.name == "incidents":
        numbers = [int(match[1]) for one in taken if (match := re.fullmatch(r"АВ-(\d+)", one))]
        return f"АВ-{max(numbers, default=1000) + 1}"
    return id_from(title, taken, prefix)


def _refused(kind: Kind, key: str, found: Sequence[ContentMistake]) -> Saved:
    problems: dict[str, str] = {}
    general: list[str] = []
    for mistake in found:
        place = next(
            (f.name for f in kind.fields if f.path and re.search(rf"\b{re.escape(f.path[-1])}\b", mistake.text)), None
        )
        if place is None and len(kind.fields) == 1 and kind.fields[0].name == VALUE:
            place = VALUE
        if place is None:
            general.append(_words(mistake))
        else:
            problems.setdefault(place, _words(mistake))
    return Saved(key, problems=problems, general=general)


def _words(mistake: ContentMistake) -> str:
    name = mistake.path.rsplit("/", 1)[-1]
    return f"С такой правкой робот не запустится. {name}{', ' + mistake.where if mistake.where else ''}: {mistake.text}"
