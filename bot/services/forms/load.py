"""Reads forms from content/forms/*.yml and tells the editor, in one line, what is wrong with one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, cast, get_args

import yaml

from bot.services.applications import ProofKind
from bot.services.errors import ContentError
from bot.services.forms.conditions import fields_of, validate
from bot.services.forms.form import Form
from bot.services.forms.interface import FIELD_TYPES, Check, Choice, Field
from bot.services.plain_yaml import plain_yaml


def load_forms(path: Path, clock: Callable[[], datetime]) -> dict[str, Form]:
    """Every form of the folder by its id. Raises ContentError that names the file."""
    forms: dict[str, Form] = {}
    for file in sorted(path.glob("*.yml")):
        try:
            data = plain_yaml(file.read_text("utf-8"))
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            raise ContentError(f"{file.name}: ошибка разметки в строке {mark.line + 1 if mark else '?'}") from None
        form = parse_form(data, file.name, clock)
        if form.id in forms:
            raise ContentError(f"{file.name}: форма {form.id} уже есть в другом файле")
        forms[form.id] = form
    return forms


def parse_form(data: Any, where: str, clock: Callable[[], datetime]) -> Form:
    """A form from its parsed file; `where` names the file in errors. Raises ContentError."""
    if not isinstance(data, Mapping):
        raise ContentError(f"{where}: это не описание формы")
    _need(data, ("id", "title", "service_id", "fields"), where)
    params = dict(data.get("params") or {})
    fields: list[Field] = []
    for item in data["fields"]:
        earlier = {one.id for one in fields}
        fields.append(_field(item, where, earlier, set(params)))
    ids = {one.id for one in fields}
    checks = []
    for item in data.get("checks") or []:
        place = f"{where}, checks, {item.get('id', '?')}"
        _need(item, ("id", "when", "level", "text"), place)
        if item["level"] not in ("warn", "refuse"):
            raise ContentError(f"{place}: level — warn или refuse")
        validate(item["when"], ids, set(params), place)
        checks.append(Check(str(item["id"]), item["when"], item["level"], str(item["text"])))
    proofs = dict(data.get("proofs") or {})
    if wrong := [key for key, value in proofs.items() if key not in get_args(ProofKind) or value not in ids]:
        raise ContentError(f"{where}: proofs: неверно {', '.join(wrong)}")
    return Form(
        id=str(data["id"]),
        title=str(data["title"]),
        service_id=str(data["service_id"]),
        intro=str(data.get("intro", "")),
        done=str(data.get("done", "")),
        fields=tuple(fields),
        checks=tuple(checks),
        clock=clock,
        params=params,
        proofs=cast(Mapping[ProofKind, str], proofs),
        working_days=data.get("working_days"),
    )


def _field(item: Mapping[str, Any], where: str, earlier: set[str], params: set[str]) -> Field:
    place = f"{where}, поле {item.get('id', '?')}"
    _need(item, ("id", "type", "title", "question", "error"), place)
    if item["type"] not in FIELD_TYPES:
        raise ContentError(f"{place}: тип {item['type']} незнаком, есть {', '.join(FIELD_TYPES)}")
    if item["id"] in earlier:
        raise ContentError(f"{place}: такое поле уже есть")
    show_if = item.get("show_if")
    if show_if is not None:
        validate(show_if, earlier | {item["id"]}, params, f"{place}, show_if")
        if item["id"] in fields_of(show_if):
            raise ContentError(f"{place}: show_if смотрит на само себя")
    if (item["type"] == "choice") != bool(item.get("choices")):
        raise ContentError(f"{place}: choices нужны полю типа choice, и только ему")
    return Field(
        id=str(item["id"]),
        type=item["type"],
        title=str(item["title"]),
        question=str(item["question"]),
        hint=str(item.get("hint", "")),
        error=str(item["error"]),
        errors={str(k): str(v) for k, v in (item.get("errors") or {}).items()},
        prefill=item.get("prefill"),
        show_if=show_if,
        optional=bool(item.get("optional", False)),
        choices=tuple(
            Choice(str(c["value"]), str(c["title"]), tuple(map(str, c.get("aliases") or ())))
            for c in item.get("choices") or ()
        ),
        minimum=item.get("min"),
        maximum=item.get("max"),
    )


def _need(item: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    if missing := [key for key in keys if item.get(key) in (None, "", [])]:
        raise ContentError(f"{where}: не хватает {', '.join(missing)}")
