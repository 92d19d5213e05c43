"""Plays editors' test conversations in the house of their draft, in the background, and keeps what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace

import structlog

from app.studio.conversation_runs import Player, readable
from app.studio.trial_pool import Pool
from bot.studio.conversation_play import ConversationResult
from bot.studio.drafts import Drafts
from bot.studio.refusals import NotPossible
from bot.studio.studio import Checked

log = structlog.get_logger(__name__)
RUNNING = "Проверки уже идут. Дождитесь их конца."
FELL = "Проверки прервались. Запустите их ещё раз; если не поможет, позовите техника."


class Checks:
    """One series of plays a draft at a time. Results live as long as the assistant runs."""

    def __init__(self, pool: Pool, drafts: Drafts) -> None:
        self._pool, self._drafts = pool, drafts
        self._checked: dict[str, Checked] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def of(self, draft: str) -> Checked:
        """How far the draft's plays are, and the latest result of each."""
        return self._checked.get(draft, Checked())

    async def begin(self, draft: str, names: Collection[str]) -> None:
        """Start a series with all conversations, or those named. Raises NotPossible."""
        if self.of(draft).running:
            raise NotPossible(RUNNING)
        self._checked[draft] = replace(self.of(draft), running=True, done=0, total=len(names), why="")
        try:
            project = (await asyncio.to_thread(self._drafts.of, draft)).work
            place = await self._pool.ensure(draft, project)
            if place.look() not in ("starting", "up"):
                raise NotPossible(place.why)
        except BaseException:
            self._checked[draft] = replace(self.of(draft), running=False)
            raise
        self._tasks[draft] = asyncio.create_task(self._run(draft, names))

    async def _run(self, draft: str, names: Collection[str]) -> None:
        why = ""
        try:
            await self._play(draft, names)
        except NotPossible as refusal:
            why = refusal.text
        except Exception as error:
            log.exception("trial.checks_failed", error=type(error).__name__)
            why = FELL
        finally:
            self._checked[draft] = replace(self.of(draft), running=False, why=why)

    async def _play(self, draft: str, names: Collection[str]) -> None:
        place = self._pool.place(draft)
        if place is not None and place.task is not None:
            await place.task
        if place is None or place.look() != "up" or place.house is None:
            raise NotPossible(place.why if place and place.why else FELL)
        player = await Player.of(place.house)
        # From the draft itself: a house does not start anew because a test conversation was written.
        everything = await readable((await asyncio.to_thread(self._drafts.of, draft)).work)
        wanted = [c for c in everything if not names or c.name in names]
        self._checked[draft] = replace(self.of(draft), total=len(wanted))
        for conversation in wanted:
            self._pool.touch(draft)
            result = await player.play(conversation)
            self.note(draft, result, place.edition)
            self._checked[draft] = replace(self.of(draft), done=self.of(draft).done + 1)

    def note(self, draft: str, result: ConversationResult, edition: str = "") -> None:
        """Keep a result; without an edition it counts for what the robot said only."""
        before = self.of(draft)
        self._checked[draft] = replace(before, results={**before.results, result.name: (result, edition)})

    async def stop(self) -> None:
        """Break off everything."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
