"""What the pages of a character show: its places with what is wrong in them, one place as a form, and its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData

from bot.clean import clean
from bot.handover.words import CHANNELS
from bot.studio.answer_words import Note
from bot.studio.persona_lines import LEAST, PARTS, Block, Line, blocks, line_notes
from bot.studio.persona_manner import PACE, VOICE, Manner
from bot.studio.project import Project

PLACES: Mapping[str, str] = {name: title for name, title in CHANNELS.items() if name != "cli"}
"""Channels a line may be for."""


@dataclass(frozen=True)
class Row:
    """One place of a character in the list. `wrong` counts lines that break a rule."""

    block: Block
    wrong: int
    changed: bool

    @property
    def few(self) -> bool:
        """Whether the robot would repeat itself."""
        return len(self.block.lines) < LEAST


@dataclass(frozen=True)
class Shown:
    """A line of the form with what is to be said about it."""

    line: Line
    notes: list[Note]


def rows(work: Project, base: Project, persona: str) -> dict[str, list[Row]]:
    """All places of a character by the titles of their parts. Blocks for some 20 ms. Raises KeyError, ContentError."""
    before = blocks(base, persona)
    found: dict[str, list[Row]] = {title: [] for title in PARTS.values()}
    for key, block in blocks(work, persona).items():
        wrong = sum(bool(line_notes(block, line)) for line in block.lines)
        found[PARTS[block.part]].append(Row(block, wrong, block != before.get(key)))
    return found


def lines_from(form: FormData) -> list[Line]:
    """The lines as they were sent, empty ones too."""
    found = []
    for key in map(str, form.getlist("line")):
        text = clean(str(form.get(f"text-{key}") or "").replace("\n", " "))
        channels = tuple(name for name in map(str, form.getlist(f"channel-{key}")) if name in PLACES)
        found.append(Line(text, () if len(channels) == len(PLACES) else channels))
    return found


def changed(lines: list[Line], deed: str) -> tuple[list[Line], int]:
    """The lines after a deed («add», «delete-3»), and which one to go on with."""
    name, _, at = deed.partition("-")
    if name == "add":
        return [*lines, Line("")], len(lines)
    if name == "delete" and at.isdecimal() and int(at) < len(lines):
        return [line for number, line in enumerate(lines) if number != int(at)], max(0, int(at) - 1)
    return lines, -1


def shown(block: Block, lines: list[Line]) -> list[Shown]:
    """The lines with what is to be said about each."""
    return [Shown(line, line_notes(block, line)) for line in lines]


def manner_from(form: FormData, now: Manner) -> Manner:
    """A character's numbers as they were sent; what is no number becomes one that no limit lets pass."""

    def number(name: str) -> float:
        try:
            return float(str(form.get(name) or "").replace(",", "."))
        except ValueError:
            return float("nan")

    pace = {name: number(name) for name in PACE}
    # Half a message is no pace: rounded away as the field's step says.
    pace = {name: round(value) if PACE[name].whole and value == value else value for name, value in pace.items()}
    return Manner(str(form.get("gender") or now.gender), {name: number(name) for name in VOICE}, pace)
