"""The telephone lines of content/lines.yml: who answers a dialled number, and which queue of the PBX takes over."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from bot.services.calls.interface import After
from bot.services.calls.numbers import dialled
from bot.services.content.fields import Fields, read_yaml
from bot.services.errors import ContentError
from bot.services.production_calendar import parse_hours

PERSONAS = ("dokumenty", "line122", "neutral")
_EXTENSION = re.compile(r"\+?[0-9*#]{1,20}")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,40}")


@dataclass(frozen=True)
class PhoneLine:
    """One line. `greeting` is said first; `long_wait_minutes` is the wait from which a call-back is offered."""

    id: str
    title: str
    numbers: tuple[str, ...]
    persona: str
    greeting: str
    group: str
    records: bool
    retention_days: int
    max_transfers: int
    long_wait_minutes: int


@dataclass(frozen=True)
class OutgoingRules:
    """How the robot rings people up: pauses before each further try, and the hours (local) in which it may."""

    retries: tuple[timedelta, ...]
    ring_seconds: int
    at_once: int
    workdays: tuple[time, time]
    days_off: tuple[time, time]


@dataclass(frozen=True)
class Lines:
    """All lines of the region. `queues` maps a group of operators to the PBX's queue."""

    lines: Mapping[str, PhoneLine]
    default: PhoneLine
    queues: Mapping[str, str]
    outgoing: OutgoingRules

    def get(self, line_id: str) -> PhoneLine:
        """The line of this id; the default one for an id that is gone from the content."""
        return self.lines.get(line_id, self.default)

    def for_number(self, number: str) -> PhoneLine:
        """The line that answers a dialled number in any spelling; the default one for an unknown number."""
        plain = dialled(number)
        return next((line for line in self.lines.values() if plain in line.numbers), self.default)

    def queue(self, group: str) -> After:
        """The way to the operators of a group; of the default line's group for an unknown one."""
        known = group if group in self.queues else self.default.group
        return After("queue", self.queues[known], known)

    def leads_somewhere(self, after: After) -> bool:
        """Whether the dialplan can follow this way."""
        return {
            "queue": after.target in self.queues.values() and after.group in ("", *self.queues),
            "line": after.target in self.lines,
            "extension": bool(_EXTENSION.fullmatch(after.target)),
            "hangup": True,
        }.get(after.kind, False)


def load_lines(path: Path, groups: Collection[str]) -> Lines:
    """Read `lines.yml`; `groups` are the ids of groups.yml. Raises ContentError that names the file, the place and the slip."""
    top = read_yaml(path)
    lines = [_line(fields, groups) for fields in top.items("lines")]
    where = top.where
    if not lines:
        raise ContentError(f"{where}: нужна хотя бы одна линия")
    _check_unique(lines, where)
    by_id = {line.id: line for line in lines}
    default = top.text("default")
    if default not in by_id:
        raise ContentError(f"{where}: default — нет линии {default}")
    queues = _queues(top, groups)
    rules = _outgoing(top.inner("outgoing"))
    top.done()
    return Lines(by_id, by_id[default], queues, rules)


def _line(fields: Fields, groups: Collection[str]) -> PhoneLine:
    line = PhoneLine(
        id=_word(fields, "id"),
        title=fields.text("title"),
        numbers=tuple(_number(fields, text) for text in fields.texts("numbers", least=1)),
        persona=fields.choice("persona", PERSONAS),
        greeting=" ".join(fields.text("greeting").split()),
        group=fields.text("group"),
        records=fields.flag("records"),
        retention_days=fields.whole("retention_days"),
        max_transfers=fields.whole("max_transfers"),
        long_wait_minutes=fields.whole("long_wait_minutes"),
    )
    if line.group not in groups:
        raise ContentError(f"{fields.where}: group — в groups.yml нет группы {line.group}")
    words = line.greeting.casefold()
    if "робот" not in words:
        raise ContentError(f"{fields.where}: greeting — скажите в приветствии, что отвечает робот")
    if line.records and "записыва" not in words:
        raise ContentError(f"{fields.where}: greeting — скажите в приветствии, что разговор записывается")
    if line.records and not line.retention_days:
        raise ContentError(
            f"{fields.where}: retention_days — запись нельзя хранить ноль дней; не нужна — records: false"
        )
    fields.done()
    return line


def _number(fields: Fields, text: str) -> str:
    plain = dialled(text)
    if not plain:
        raise ContentError(f"{fields.where}: numbers — «{text}» не номер телефона")
    return plain


def _word(fields: Fields, key: str) -> str:
    word = fields.text(key)
    if not _WORD.fullmatch(word):
        raise ContentError(
            f"{fields.where}: {key} — латинские буквы, цифры, точка, дефис и подчёркивание, до 40 знаков"
        )
    return word


def _check_unique(lines: list[PhoneLine], where: str) -> None:
    owners: dict[str, str] = {}
    for line in lines:
        for number in line.numbers:
            if owners.setdefault(number, line.id) != line.id:
                raise ContentError(f"{where}: номер {number} есть и у линии {owners[number]}, и у {line.id}")
    ids = [line.id for line in lines]
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise ContentError(f"{where}: id {', '.join(twice)} встречается дважды")


def _queues(top: Fields, groups: Collection[str]) -> dict[str, str]:
    fields = top.inner("queues")
    found = {}
    for group in sorted(groups):
        if not fields.has(group):
            raise ContentError(f"{fields.where}: нет очереди для группы {group} из groups.yml")
        # The name goes into the dialplan's answer, whose parts are kept apart by commas.
        found[group] = _word(fields, group)
    fields.done()
    return found


def _outgoing(fields: Fields) -> OutgoingRules:
    minutes: Any = fields.raw("retry_minutes")
    if not isinstance(minutes, list) or any(isinstance(m, bool) or not isinstance(m, int) or m < 1 for m in minutes):
        raise ContentError(
            f"{fields.where}: retry_minutes — список целых минут, например [15, 120]; пустой — без повторов"
        )
    rules = OutgoingRules(
        retries=tuple(timedelta(minutes=m) for m in minutes),
        ring_seconds=fields.whole("ring_seconds"),
        at_once=fields.whole("at_once"),
        workdays=_span(fields, "workdays"),
        days_off=_span(fields, "days_off"),
    )
    if not 5 <= rules.ring_seconds <= 120:
        raise ContentError(f"{fields.where}: ring_seconds — от 5 до 120 секунд")
    if rules.at_once < 1:
        raise ContentError(f"{fields.where}: at_once — не меньше одного звонка сразу")
    fields.done()
    return rules


def _span(fields: Fields, key: str) -> tuple[time, time]:
    spans = parse_hours([fields.raw(key)], f"{fields.where}: {key}")
    return spans[0]
