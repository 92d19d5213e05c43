"""A short talk with a house before its edition is published: does it greet, understand, book, look up, and call a human."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Protocol

from bot.rasa import Parsed
from bot.studio.phrases import Wish, wishes
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from bot.studio.studio import Said

SLOW = 20.0
"""Seconds after which an answer counts as missing."""
EVERYDAY = (
    "greet", "ask_working_hours", "ask_address", "ask_documents", "ask_fee", "ask_service_info", "find_services",
    "my_appointments", "report_problem", "show_consents", "recover_access", "help",
)  # fmt: skip
"""Wishes whose first phrase is said."""
SCENES = (
    ("запись на приём", "запишите меня на замену паспорта", "book_appointment"),
    ("вопрос о статусе", "где моё заявление", "check_status"),
    ("вызов специалиста", "оператор", "request_operator"),
)
"""What every robot of the state has to be able to do: what it is called, what is said, and the wish."""
NEW = 20
"""New wishes that are tried at most."""
NOT_UNDERSTOOD = frozenset(("action_not_understood", "action_default_fallback"))
_MARK = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


class Talk(Protocol):
    """One pretended citizen."""

    async def say(self, text: str, payload: str = "") -> Said:
        """One turn. Raises NotPossible when the house does not answer."""
        ...


class Tried(Protocol):
    """A house that can be talked to (`app.studio.trial_house.TrialHouse`)."""

    @property
    def project(self) -> Project:
        """The edition it runs on."""
        ...

    @property
    def published(self) -> Project:
        """What the citizens' robot runs on."""
        ...

    def talk(self, channel: str = "widget", segment: str = "") -> Talk:
        """A new citizen."""
        ...

    async def say(self, text: str, payload: str = "") -> Said:
        """One turn of one talk; a button by its payload. Raises NotPossible when the house does not answer."""
        ...

    async def parse(self, text: str) -> Parsed:
        """How the model reads a text. Raises NotPossible when the house does not answer."""
        ...


async def smoke_test(house: Tried) -> list[str]:
    """What went wrong, one Russian sentence each; [] when the edition may go to the citizens. Takes some 5 seconds."""
    try:
        before, now = await asyncio.to_thread(lambda: (wishes(house.published), wishes(house.project)))
    except NotPossible as refusal:
        return [refusal.text]
    known = {wish.name: wish for wish in now}
    old = {wish.name for wish in before}
    fresh = [wish for wish in now if wish.name not in old and wish.phrases][:NEW]
    found: list[str] = []
    for name in EVERYDAY:
        if (wish := known.get(name)) and wish.phrases:
            found += await _try(house, f"желание «{wish.shown}»", _said_first(wish), name)
    for title, text, name in SCENES:
        if name in known:
            found += await _try(house, title, text, name)
    for wish in fresh:
        found += await _try(house, f"новое желание «{wish.shown}»", _said_first(wish), wish.name)
    return found


async def _try(house: Tried, title: str, text: str, wish: str) -> list[str]:
    """What is wrong with the answer to a text that means a wish."""
    try:
        said = await house.talk().say(text)
    except NotPossible as refusal:
        return [f"{_capital(title)}: на «{text}» нет ответа. {refusal.text}"]
    return [f"{_capital(title)}: {words}" for words in _faults(said, text, wish)]


def _faults(said: Said, text: str, wish: str) -> Sequence[str]:
    if said.failed:
        return [f"на «{text}» сломалось действие {', '.join(said.failed)}."]
    if not any(str(reply.get("text", "")).strip() for reply in said.replies):
        return [f"на «{text}» робот промолчал."]
    if NOT_UNDERSTOOD & set(said.actions) and wish != "nlu_fallback":
        return [f"робот не понял фразу «{text}», хотя она есть среди обученных."]
    if said.seconds > SLOW:
        return [f"ответ на «{text}» занял {said.seconds:.0f} с, это дольше {SLOW:.0f} с."]
    return []


def _said_first(wish: Wish) -> str:
    """The first phrase of a wish as a citizen writes it, without marks of entities."""
    return _MARK.sub(r"\1", wish.phrases[0])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
