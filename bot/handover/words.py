"""What names of reasons, feelings, channels and gathered facts mean, in the words colleagues read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOBODY = "Гражданин"
"""Who a citizen is while nobody knows the name."""

REASONS = {
    "asked": "просьба позвать человека",
    "misunderstood": "робот дважды не понял",
    "anger": "растёт раздражение",
    "crisis": "угроза жизни или здоровью",
    "form": "для формы нужен человек",
    "out_of_remit": "вопрос не для робота",
    "no_input": "в трубке тишина",
    "error": "робот не справился",
    "transfer": "звонок перевели",
    "supervisor": "решение руководителя",
    "call": "звонок в очереди",
}

MOODS = {
    "despair": "отчаяние",
    "anger": "гнев",
    "sadness": "грусть",
    "worry": "тревога",
    "irritation": "раздражение",
    "confusion": "растерянность",
    "gratitude": "благодарность",
    "joy": "радость",
    "neutral": "спокойствие",
}

CHANNELS = {
    "widget": "сайт",
    "portal": "портал",
    "telegram": "Telegram",
    "vk": "ВКонтакте",
    "max": "MAX",
    "email": "почта",
    "phone": "телефон",
    "cli": "терминал",
}

SEGMENTS = {
    "pensioner": "на пенсии",
    "family": "семья с детьми",
    "job_seeker": "ищет работу",
    "entrepreneur": "предприниматель",
    "disability": "с инвалидностью",
}


@dataclass(frozen=True)
class Titles:
    """Russian titles of what editors name by ids."""

    services: Mapping[str, str] = field(default_factory=dict)
    centres: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    results: Mapping[str, str] = field(default_factory=dict)
    tasks: Mapping[str, str] = field(default_factory=dict)


def reason_title(name: str) -> str:
    """Why a human was called; the name itself for a reason nobody foresaw."""
    return REASONS.get(name, name)


def mood_of(moods: list[dict[str, Any]]) -> str:
    """The name of the newest feeling, neutral without one."""
    return str(moods[-1].get("name") or "neutral") if moods else "neutral"


def name_of(profile: Mapping[str, Any]) -> str:
    """How colleagues call a citizen: the whole name as far as it is known."""
    whole = str(profile.get("full_name") or "").strip()
    if whole:
        return whole[:120]
    parts = (str(profile.get(key) or "").strip() for key in ("surname", "name", "patronymic"))
    return " ".join(part for part in parts if part)[:120] or NOBODY


def files_in_words(attachments: list[dict[str, Any]]) -> str:
    """What stands for files where only words fit."""
    names = ", ".join(str(one.get("name") or "без имени") for one in attachments[:3])
    return f"{'файл' if len(attachments) == 1 else 'файлы'}: {names}" if attachments else ""
