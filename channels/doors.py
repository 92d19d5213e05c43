"""One configured channel with its receiver, inbox and outbox: started together, and stopped in the order that loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.store import Store, StoreAway, Vault
from bot.turns import Turns
from channels.base import Channel
from channels.errors import ChannelError
from channels.files import FileStore
from channels.inbox import Inbox
from channels.outbox import Outbox
from channels.reading import Hear, Reader, Redeem
from channels.receiver import Receiver


@dataclass(frozen=True)
class Door:
    """The parts around one channel."""

    channel: Channel
    inbox: Inbox
    outbox: Outbox
    receiver: Receiver


class Doors:
    """All configured channels. What one of them suffers, the others do not."""

    def __init__(
        self,
        channels: Sequence[Channel],
        store: Store,
        vault: Vault,
        turns: Turns,
        files: FileStore,
        clock: Callable[[], datetime],
        slow_down: str,
        hear: Hear | None = None,
        redeem: Redeem | None = None,
    ) -> None:
        """`hear` turns speech into words when a recogniser is installed, `redeem` takes one-time links."""
        self._tasks: list[asyncio.Task[None]] = []
        self.all: dict[str, Door] = {}
        for channel in channels:
            reader = Reader(channel, store, vault, files, hear, redeem)
            inbox = Inbox(channel, store, vault, turns, reader, clock, slow_down)
            outbox = Outbox(channel, store, vault, files, clock)
            self.all[channel.name] = Door(channel, inbox, outbox, Receiver(channel, inbox, store))
        turns.tell_sender(self._wake)

    @property
    def inboxes(self) -> dict[str, tuple[Channel, Inbox]]:
        """What the webhook address needs."""
        return {name: (door.channel, door.inbox) for name, door in self.all.items()}

    def state(self) -> dict[str, str]:
        """How receiving goes, by channel; "" when it goes well."""
        return {name: door.receiver.state or door.receiver.remark for name, door in self.all.items()}

    async def start(self) -> None:
        """Take up what was left, then receive. A database that is away is waited for."""
        for door in self.all.values():
            self._tasks.append(asyncio.create_task(self._run(door), name=f"door-{door.channel.name}"))

    async def _run(self, door: Door) -> None:
        while True:
            try:
                await door.outbox.start()
                await door.inbox.start()
                break
            except StoreAway:
                await asyncio.sleep(1)
        async with asyncio.TaskGroup() as group:
            group.create_task(door.outbox.run())
            group.create_task(door.receiver.run())
            group.create_task(door.receiver.examine())

    async def stop_receiving(self) -> None:
        """The first step of stopping: nothing new comes in, what came is handed over or stays stored."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(door.inbox.stop() for door in self.all.values()))

    async def stop_sending(self, deadline: float = 5.0) -> None:
        """The last step, after the turns have ended: what was answered is sent, then connections are given back."""
        await asyncio.gather(*(door.outbox.stop(deadline) for door in self.all.values()))
        for door in self.all.values():
            with contextlib.suppress(ChannelError):
                await door.channel.close()

    def _wake(self, channel: str, user: str) -> None:
        if channel in self.all:
            self.all[channel].outbox.wake(user)
