"""Keeps the telephones of operators in step with the desk: whoever is not on the line there is not rung by the PBX's queues."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.handover.bulletin import Bulletin
from voice.ami import AmiAway, AmiClient, AmiRefused

log = structlog.get_logger(__name__)

Posts = Callable[[], Awaitable[Mapping[str, str | None]]]
"""Every extension of the desk, with the Russian reason not to ring it; None: it may ring."""
LOOK_EVERY = 30.0
"""Seconds between looks without news: a window that died tells nothing."""
AGAIN = 5.0
"""Seconds before the next try while the database is away."""


class Members:
    """One task. `member` is how queues.conf names a telephone, with `{extension}` in it."""

    def __init__(self, ami: AmiClient, posts: Posts, bulletin: Bulletin, member: str) -> None:
        self._ami, self._posts, self._bulletin, self._member = ami, posts, bulletin, member
        self._told: dict[str, str | None] = {}
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        ami.follow(lambda _message: None, self._anew)

    async def start(self) -> None:
        """Begin, without waiting for the PBX."""
        self._task = asyncio.create_task(self._run(), name="desk-members")

    async def stop(self) -> None:
        """Stop; members stay as they are."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _anew(self) -> None:
        """A new session: the PBX may have forgotten everything."""
        self._told.clear()
        self._woken.set()

    async def _run(self) -> None:
        async with self._bulletin.listen() as news, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep())
            while True:
                if (await news.get()).kind in ("presence", "mine"):
                    self._woken.set()

    async def _keep(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._tell()
            except (AmiAway, SQLAlchemyError) as error:
                log.warning("desk_members.away", error=type(error).__name__)
                await asyncio.sleep(AGAIN)
            except Exception as error:
                log.error("desk_members.failed", error=type(error).__name__)
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _tell(self) -> None:
        if not self._ami.connected:
            return
        for extension, reason in (await self._posts()).items():
            if extension in self._told and self._told[extension] == reason:
                continue
            try:
                await self._ami.pause_member(self._member.format(extension=extension), reason)
            except AmiRefused as error:
                # A telephone of no queue: said once, so that the administrator finds the slip.
                log.warning("desk_members.refused", extension=extension, reason=error.message)
            self._told[extension] = reason
