"""Plays an edition's test conversations in a trial house, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

from app.studio.trial_house import TrialHouse
from bot.services.content.fields import parse_yaml
from bot.services.errors import ContentError
from bot.studio.conversation_days import placeholders
from bot.studio.conversation_play import ConversationResult, Memory, Mismatch, Seen, button_for, mismatch
from bot.studio.conversations import BUTTON, NEXT_DAY, Conversation, conversations_of
from bot.studio.project import Project
from bot.studio.refusals import NotPossible


class Houses(Protocol):
    """Who brings a trial house up (`app.studio.trials.Trials`)."""

    def smoke(self, project: Project, model: Path) -> AbstractAsyncContextManager[TrialHouse]:
        """A house while the context lasts. Raises NotPossible."""
        ...


TITLES = "bot/content/intents.yml"


async def run_conversations(trials: Houses, project: Project, model: Path) -> list[ConversationResult]:
    """All test conversations of an edition in a house of its own, about a second each. Raises NotPossible."""
    async with trials.smoke(project, model) as house:
        player = await Player.of(house)
        return [await player.play(conversation) for conversation in await readable(house.project)]


async def readable(project: Project) -> list[Conversation]:
    """The test conversations of a project. Raises NotPossible when a file is damaged."""
    try:
        return await asyncio.to_thread(conversations_of, project)
    except ContentError as error:
        raise NotPossible(f"Проверки не читаются: {error}") from error


class Player:
    """Plays conversations in one house. `titles` are wishes by intent, in Russian."""

    def __init__(self, house: TrialHouse, known: Mapping[str, str], titles: Mapping[str, str]) -> None:
        self._house, self._known, self._titles = house, known, titles

    @classmethod
    async def of(cls, house: TrialHouse) -> Player:
        """With the dates and titles of the house's edition. Raises NotPossible."""

        def read() -> tuple[Mapping[str, str], Any]:
            known = placeholders(house.project.content, house.now())
            return known, parse_yaml(house.project.read(TITLES), TITLES)

        try:
            known, titles = await asyncio.to_thread(read)
        except (ContentError, OSError) as error:
            raise NotPossible(f"Проверки не запускаются: {error}") from error
        return cls(house, known, {str(k): str(v) for k, v in (titles or {}).items()})

    async def play(self, conversation: Conversation) -> ConversationResult:
        """One conversation from its beginning. Never raises: a silent house is a failure of the step."""
        talk, memory = self._house.talk(conversation.channel, conversation.segment), Memory(self._known)
        buttons: list[Any] = []
        seen: list[Seen] = []

        def failed(number: int, expected: str, got: str) -> ConversationResult:
            return ConversationResult(conversation.name, False, number, expected, got, tuple(seen), conversation)

        for number, step in enumerate(conversation.steps, 1):
            text, payload = memory.filled(step.user.removeprefix(NEXT_DAY)), ""
            if text.startswith(BUTTON):
                text = text.removeprefix(BUTTON)
                button = button_for(text, buttons)
                if button is None:
                    offered = ", ".join(f"«{b['title']}»" for b in buttons) or "кнопок не было"
                    return failed(number, f"кнопка «{text}»", offered)
                text, payload = button["title"], button["payload"]
            try:
                said = await talk.say(text, payload, next_day=step.user.startswith(NEXT_DAY))
            except NotPossible as refusal:
                return failed(number, "ответ", refusal.text)
            buttons = said.buttons
            seen.append(Seen(said.text, tuple(b["title"] for b in buttons), said.intent))
            memory.remember(said.text, seen[-1].buttons)
            wrong = mismatch(step, memory, said.intent, said.actions, said.text, seen[-1].buttons)
            if wrong is not None:
                return failed(number, *self._words(wrong))
        return ConversationResult(conversation.name, True, seen=tuple(seen), played=conversation)

    def _words(self, wrong: Mismatch) -> tuple[str, str]:
        if wrong.what == "intent":
            return f"желание «{self._title(wrong.expected)}»", f"понял как «{self._title(wrong.got)}»"
        if wrong.what == "actions":
            return f"действия: {wrong.expected}", f"сделал: {wrong.got or 'ничего'}"
        return f"в ответе есть «{wrong.expected}»", f"ответил: {wrong.got}"

    def _title(self, intent: str) -> str:
        return self._titles.get(intent, intent or "ничего")
