"""What a trial shows in Russian: the wish, what was found, what the robot noted, and which words of two answers differ."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.handover.words import CHANNELS, MOODS, SEGMENTS
from bot.studio.studio import SIDES, Exchange, Said

PRETENDED = {name: CHANNELS[name] for name in ("widget", "telegram", "vk", "max", "phone")}
"""Channels to pretend."""
LIVES = {"": "не важно", **SEGMENTS}
"""Life situations to pretend."""
SIDE_NAMES = {"draft": "Черновик", "live": "Выпущенный"}
STATES = {
    "off": ("не запущен", ""),
    "starting": ("запускается", "warn"),
    "up": ("готов", "good"),
    "failed": ("не запустился", "bad"),
    "untrained": ("не обучен", "warn"),
}
NOTHING = "ничего не понял"
FALLBACK = "nlu_fallback"

THINGS = {
    "service": "услуга", "centre": "центр", "district": "район", "street": "улица", "topic": "тема", "date": "дата",
    "time": "время", "datetime": "дата и время", "interval": "промежуток", "month": "месяц", "case_number": "номер дела",
    "snils": "СНИЛС", "phone": "телефон", "email": "почта", "person_name": "имя", "birth_date": "дата рождения",
    "money": "деньги", "address": "адрес", "number": "число", "code_word": "кодовое слово", "misses": "сколько раз не понял",
    "offer": "что предложил", "more": "что может рассказать ещё", "pending_question": "вопрос, к которому вернётся",
    "last_service": "о какой услуге речь", "last_centre": "о каком центре речь", "last_case": "о каком деле речь",
    "last_ticket": "о каком обращении речь", "last_incident": "о какой аварии речь", "life_situation": "жизненная ситуация",
    "appointment_day": "день записи", "appointment_time": "время записи", "part_of_day": "часть дня",
    "personal_data_consent": "согласие на данные", "appointment_confirmed": "запись подтверждена",
    "appointment_hold": "место придержано", "appointment_number": "номер записи", "problem_text": "жалоба",
    "problem_topic": "тема жалобы", "problem_address": "адрес жалобы", "problem_details": "подробности",
    "ticket_contact": "контакт", "ticket_confirmed": "обращение подтверждено", "known_incident": "известная авария",
    "segment": "кто человек", "choice": "выбор", "answer": "ответ", "satisfaction": "оценка", "callback_time": "когда звонить",
    "video_time": "время видео", "consent_purpose": "цель согласия", "consent_scope": "на что согласие",
}  # fmt: skip
"""What entities and slots are called."""


@dataclass(frozen=True)
class Piece:
    """A part of an answer; `new` when the other side does not say it."""

    text: str
    new: bool


@dataclass(frozen=True)
class Side:
    """One side's answer as it is drawn. `understood` is the wish's title, `others` the next likely ones with percents."""

    key: str
    said: Said
    replies: Sequence[tuple[Sequence[Piece], Sequence[Mapping[str, Any]]]]
    understood: str
    percent: int
    others: Sequence[tuple[str, int]]
    found: Sequence[tuple[str, str]]
    noted: Sequence[tuple[str, str]]
    emotion: str


@dataclass(frozen=True)
class Shown:
    """One exchange as it is drawn. `changed`: the two answers differ; `reread`: the two robots understood differently."""

    exchange: Exchange
    sides: Mapping[str, Side]
    changed: bool
    reread: bool


def shown(exchange: Exchange, titles: Mapping[str, str], names: Mapping[str, str]) -> Shown:
    """An exchange ready to be drawn. `titles` are wishes by intent, `names` services and centres by id."""
    told = [exchange.said[side] for side in SIDES if side in exchange.said]
    both = len(told) == 2
    sides = {
        key: _side(
            key, said, next((exchange.said[o] for o in SIDES if o != key and o in exchange.said), None), titles, names
        )
        for key, said in exchange.said.items()
    }
    return Shown(
        exchange, sides, both and _whole(told[0]) != _whole(told[1]), both and told[0].intent != told[1].intent
    )


def title_of(intent: str, titles: Mapping[str, str]) -> str:
    """A wish in Russian; its name when nobody gave it a title."""
    if intent in ("", FALLBACK):
        return NOTHING
    return titles.get(intent) or intent


def _side(key: str, said: Said, other: Said | None, titles: Mapping[str, str], names: Mapping[str, str]) -> Side:
    others = [(title_of(name, titles), round(100 * part)) for name, part in said.ranking if name != said.intent]
    return Side(
        key=key,
        said=said,
        replies=_replies(said, other),
        understood=title_of(said.intent, titles),
        percent=round(100 * said.confidence),
        others=others[:4],
        found=[(_thing(e.get("entity")), _value(e.get("value"), names)) for e in said.entities],
        noted=[
            (_thing(name), "забыл" if value is None else _value(value, names)) for name, value in said.slots.items()
        ],
        emotion=MOODS.get(said.emotion, said.emotion),
    )


def _replies(said: Said, other: Said | None) -> list[tuple[Sequence[Piece], Sequence[Mapping[str, Any]]]]:
    theirs = [str(reply.get("text", "")) for reply in other.replies] if other else []
    drawn: list[tuple[Sequence[Piece], Sequence[Mapping[str, Any]]]] = []
    for number, reply in enumerate(said.replies):
        text = str(reply.get("text", ""))
        compared = theirs[number] if number < len(theirs) else ""
        drawn.append((pieces(text, compared) if other else [Piece(text, False)], reply.get("buttons") or []))
    return drawn


def pieces(mine: str, theirs: str) -> list[Piece]:
    """My text in pieces, marked where theirs says something else; words stay whole."""
    a, b = _words(mine), _words(theirs)
    found: list[Piece] = []
    for kind, begin, end, _, _ in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        text = "".join(a[begin:end])
        if text:
            found.append(Piece(text, kind != "equal" and bool(text.strip())))
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|[^\s]+", text)


def _whole(said: Said) -> tuple[str, tuple[str, ...]]:
    return said.text, tuple(str(b.get("title")) for b in said.buttons)


def _thing(name: Any) -> str:
    return THINGS.get(str(name), str(name))


def _value(value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, (list, tuple)):
        return ", ".join(_value(one, names) for one in value) or "пусто"
    if isinstance(value, Mapping):
        return ", ".join(f"{_thing(key)}: {_value(one, names)}" for key, one in value.items() if one is not None)
    text = names.get(str(value), str(value))
    return text if len(text) <= 120 else f"{text[:119]}…"
