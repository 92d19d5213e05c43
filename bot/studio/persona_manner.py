"""How a character speaks: its voice, and how often it speaks of feelings; and how one of its lines sounds in a whole answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.persona.persona import Pace
from bot.studio.answer_samples import with_samples
from bot.studio.answers import answers
from bot.studio.drafts import Draft
from bot.studio.file_values import values
from bot.studio.persona_lines import PERSONAS, Block, Line, blocks, path_of
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from bot.studio.yaml_text import edit

GENDERS: Mapping[str, str] = {"feminine": "женский", "masculine": "мужской"}


@dataclass(frozen=True)
class Limit:
    """What a number of a character means, and its bounds. `whole`: no fractions."""

    title: str
    hint: str
    least: float
    most: float
    step: float
    whole: bool = False


VOICE: Mapping[str, Limit] = {
    "rate": Limit("Скорость", "1 — как голос говорит сам; меньше — медленнее", 0.88, 1.08, 0.01),
    "pitch": Limit("Высота", "в полутонах: 0 — как есть, меньше — ниже", -2, 2, 0.5),
}
PACE: Mapping[str, Limit] = {
    "turns": Limit(
        "Сообщений между двумя строками", "чем больше, тем реже робот говорит о чувствах", 1, 20, 1, whole=True
    ),
    "strong_turns": Limit("Если чувство сильное и новое", "столько сообщений подождать тогда", 1, 20, 1, whole=True),
    "neutral_turns": Limit("Если человек спокоен", "столько сообщений подождать тогда", 1, 40, 1, whole=True),
    "intensity": Limit("С какой силы говорить", "слабее этого чувства робот не замечает вслух", 0.3, 1, 0.05),
    "strong": Limit("Какое чувство сильное", "с этой силы ждать меньше", 0.3, 1, 0.05),
}

_ANSWERS: Mapping[str, str] = {
    "greeting": "utter_help", "first_request": "utter_ask_centre", "waiting": "utter_case_status",
    "bad_news": "utter_rejection_next", "success": "utter_booked", "misunderstanding": "utter_not_understood",
    "in_form": "utter_ask_phone", "death": "utter_which_situation",
}  # fmt: skip
"""An answer that goes with each situation."""


@dataclass(frozen=True)
class Manner:
    """A character's numbers by their names in the file."""

    gender: str
    voice: Mapping[str, float]
    pace: Mapping[str, float]


@dataclass(frozen=True)
class Whole:
    """A line with the answer behind it, as it is read and as it is heard."""

    written: str
    heard: str


def manner(project: Project, persona: str) -> Manner:
    """What the file says, and for what it does not say the robot's own numbers. Raises KeyError, ContentError."""
    if persona not in PERSONAS:
        raise KeyError(persona)
    data = values(project, path_of(persona)) or {}
    voice, pace, own = data.get("voice") or {}, data.get("pace") or {}, Pace()
    return Manner(
        str(voice.get("gender") or "feminine"),
        {name: float(voice.get(name, 1.0 if name == "rate" else 0.0)) for name in VOICE},
        {name: float(pace.get(name, getattr(own, name))) for name in PACE},
    )


def set_manner(draft: Draft, persona: str, wanted: Manner) -> None:
    """Write a character's numbers; those that are as before are left alone. Raises KeyError, NotPossible, BadYaml."""
    before = manner(draft.work, persona)
    if wanted.gender not in GENDERS:
        raise NotPossible("Выберите голос: женский или мужской.")
    for name, limit in (*VOICE.items(), *PACE.items()):
        number = wanted.voice[name] if name in VOICE else wanted.pace[name]
        if not limit.least <= number <= limit.most:
            raise NotPossible(f"«{limit.title}»: от {limit.least:g} до {limit.most:g}. Поправьте число.")
    if wanted == before:
        return

    def change(tree: Any) -> None:
        for table, now, was in (("voice", wanted.voice, before.voice), ("pace", wanted.pace, before.pace)):
            for name, number in now.items():
                if number != was[name]:
                    tree.setdefault(table, {})[name] = int(number) if number == int(number) else number
        if wanted.gender != before.gender:
            tree.setdefault("voice", {})["gender"] = wanted.gender

    path = path_of(persona)
    draft.write(path, edit(draft.read(path), change))


def whole(project: Project, persona: str, block: Block, line: Line) -> Whole:
    """A line of a place in an answer of the project, with the second part where one follows. Raises KeyError, ContentError."""
    told = blocks(project, persona)
    answer = answers(project).get(_ANSWERS.get(block.situation, "utter_ask_centre"))
    plain = next((v.text for v in answer.variants if v.for_all), "") if answer else ""
    heard = next((v.text for v in answer.variants if v.channel == "phone"), plain) if answer else ""
    text = line.text.strip()
    first, second = text, ""
    if block.part == "feelings":
        second = _first(told.get("to_work"))
    elif block.part == "turns" or block.key == "to_work":
        first, second = _first(told.get("feelings.worry")), text
    written = f"{first} {second}".strip()
    # A caller hears the feeling alone, then the answer (`Persona._compose`).
    said = first if second else written
    return Whole(f"{written}\n\n{with_samples(plain)}".strip(), f"{said} {with_samples(heard)}".strip())


def _first(block: Block | None) -> str:
    return block.lines[0].text if block and block.lines else ""
