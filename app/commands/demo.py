"""`./otklik demo`: demonstration cases with their proofs, phrases to book with, streets with a known incident."""

from __future__ import annotations

import json

from rich.console import Console
from rich.table import Column, Table

from app import settings as configuration
from app.compose import demo_hints


def run(as_json: bool) -> int:
    """Print everything that can be tried; the exit code."""
    hints = demo_hints(configuration.load())
    if as_json:
        print(json.dumps(by_kind(hints), ensure_ascii=False, indent=2))
        return 0
    number = Column("номер дела", no_wrap=True)
    cases = Table(
        number, Column("фамилия", no_wrap=True), "дата рождения", "кодовое слово", "что с ним", title="Заявления"
    )
    for hint in hints:
        if "surname" in hint:
            cases.add_row(*(hint.get(k, "") for k in ("number", "surname", "birth_date", "code_word", "title")))
    phrases = Table("что написать", "что будет", title="Фразы")
    for hint in hints:
        phrases.add_row(f"«{hint['text']}»", hint["title"])
    console = Console()
    console.print(cases)
    console.print(phrases)
    console.print("Люди, дела и улицы вымышлены.")
    return 0


def by_kind(hints: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """The hints sorted for programs: `cases`, `booking`, `streets`, `other`."""
    result: dict[str, list[dict[str, str]]] = {"cases": [], "booking": [], "streets": [], "other": []}
    for hint in hints:
        kind = "cases" if "surname" in hint else "streets" if "street" in hint else "other"
        if kind == "other" and "запи" in (hint["title"] + hint["text"]).lower():
            kind = "booking"
        result[kind].append(hint)
    return result
