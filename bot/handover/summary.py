"""The summary over a talk: who it is, what for, what the robot gathered, what was tried, and the mood, in short lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.handover.words import MOODS, NOBODY, SEGMENTS, Titles, name_of, reason_title
from bot.services.russian_dates import day_text

LONGEST_WISH = 200
LONGEST_CALL = 60
"""Characters above which words say more than a call for a human, however they begin."""
AUDIBLE = 0.3
"""Intensity from which a feeling is worth a word."""

_CALLS = ("оператор", "позов", "специалист", "человек", "живо", "соедини", "да", "нет", "хорошо", "спасибо", "/")
_TRIED = {
    "appointment_booked": "запись на приём",
    "appointment_moved": "запись перенесена",
    "appointment_cancelled": "запись отменена",
    "ticket_filed": "принято обращение",
    "ticket_details_added": "обращение дополнено",
    "application_registered": "подано заявление",
    "status_shown": "показан статус дела",
    "ticket_shown": "показано обращение",
    "inquiry_filed": "задан вопрос о сроке",
    "proof_failed": "данные для проверки не подошли",
    "consent_given": "дано согласие",
    "callback_requested": "обещан звонок",
    "video_requested": "обещана видеоконсультация",
    "link_issued": "дана ссылка на сайт",
    "incident_subscribed": "подписка на вести об аварии",
}
"""Events that say what was tried, in the words of the line «Что уже было»."""


@dataclass(frozen=True)
class Told:
    """What a summary is made of. `wishes` are the citizen's newest words, `gathered` the sealed part of the hand-over, opened."""

    profile: Mapping[str, Any]
    channel: str
    reason: str
    topic: str
    gathered: Mapping[str, Any]
    wishes: Sequence[str]
    events: Sequence[tuple[str, Mapping[str, Any]]]
    moods: Sequence[Mapping[str, Any]]
    transfer_notes: Sequence[str] = ()


def names_of_events() -> frozenset[str]:
    """Names of the events that a summary tells of."""
    return frozenset(_TRIED)


def summary(told: Told, titles: Titles, topic_title: Callable[[str], str]) -> tuple[str, ...]:
    """The lines, the most needed first; a line that would say nothing is left out."""
    lines = (
        _who(told),
        _what_for(told, topic_title),
        _wish(told),
        *gathered_lines(told.gathered, titles),
        _tried(told),
        _mood(told.moods),
        *(f"Коллега: {note}" for note in told.transfer_notes),
    )
    return tuple(line for line in lines if line)


def _who(told: Told) -> str:
    name = name_of(told.profile)
    segment = str(told.profile.get("segment") or "")
    about = [SEGMENTS.get(segment, segment)] if segment else []
    if name == NOBODY and not about:
        return ""
    return "Кто: " + ", ".join([name, *about])


def _what_for(told: Told, topic_title: Callable[[str], str]) -> str:
    topic = f", тема «{topic_title(told.topic)}»" if told.topic else ""
    return f"Почему человек: {reason_title(told.reason)}{topic}" if told.reason or topic else ""


def _wish(told: Told) -> str:
    wish = next((words for words in told.wishes if _says_something(words)), "")
    short = wish if len(wish) <= LONGEST_WISH else wish[: LONGEST_WISH - 1].rstrip() + "…"
    return f"Слова гражданина: «{short}»" if short else ""


def _says_something(words: str) -> bool:
    """Whether these words tell more than «позовите оператора»."""
    plain = " ".join(words.lower().split())
    return len(plain) > LONGEST_CALL or (len(plain) > 3 and not plain.startswith(_CALLS))


def gathered_lines(gathered: Mapping[str, Any], titles: Titles) -> list[str]:
    """What the robot gathered, a line for each matter."""
    slots: Mapping[str, Any] = gathered.get("slots") or {}
    lines = []
    if service := slots.get("service") or slots.get("last_service"):
        lines.append(f"Услуга: {titles.services.get(str(service), str(service))}")
    visit = [
        titles.centres.get(str(slots["centre"]), str(slots["centre"])) if slots.get("centre") else "",
        _day(slots.get("appointment_day")),
        str(slots.get("appointment_time") or ""),
    ]
    if any(visit):
        lines.append("Приём: " + ", ".join(part for part in visit if part))
    if case := slots.get("case_number") or slots.get("last_case"):
        lines.append(f"Дело: {case}")
    if problem := slots.get("problem_text"):
        lines.append(f"Жалоба: {str(problem)[:LONGEST_WISH]}")
    if address := _address(slots.get("problem_address")):
        lines.append(f"Адрес: {address}")
    if form := slots.get("application_form_id"):
        lines.append(f"Заявление: {titles.forms.get(str(form), str(form))}")
    return lines


def _day(value: Any) -> str:
    try:
        return day_text(date.fromisoformat(str(value)[:10])) if value else ""
    except ValueError:
        return str(value)


def _address(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("text") or ", ".join(str(part) for part in value.values() if part)
    return str(value or "").strip("- ")[:LONGEST_WISH]


def _tried(told: Told) -> str:
    done: dict[str, int] = {}
    for name, data in told.events:
        if words := _TRIED.get(name):
            number = data.get("number")
            what = f"{words} {number}" if number else words
            done[what] = done.get(what, 0) + 1
    tried = [what if times == 1 else f"{what} ({times} раза)" for what, times in done.items()]
    if told.reason == "misunderstood":
        tried.append("робот дважды не понял")
    return "Что уже было: " + "; ".join(tried) if tried else ""


def _mood(moods: Sequence[Mapping[str, Any]]) -> str:
    """«Настроение: сначала раздражение, сейчас спокойствие»."""
    felt = [str(m.get("name")) if float(m.get("intensity") or 0) >= AUDIBLE else "neutral" for m in moods]
    if not felt:
        return ""
    now = felt[-1]
    before = next((name for name in reversed(felt[:-1]) if name not in (now, "neutral")), None)
    if before is None and now != "neutral" and "neutral" in felt[:-1]:
        before = "neutral"
    if before is None:
        return "" if now == "neutral" else f"Настроение: {MOODS.get(now, now)}"
    return f"Настроение: сначала {MOODS.get(before, before)}, сейчас {MOODS.get(now, now)}"
