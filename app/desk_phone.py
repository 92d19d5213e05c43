"""The desk's telephone, put together: live calls of the PBX's queues, and operators' telephones in step with their statuses."""

from __future__ import annotations

from app.desk import DeskSide
from bot.handover.calls import LiveCalls
from bot.handover.interface import Presence
from bot.services.calls.lines import Lines
from voice.ami import AmiClient
from voice.desk_calls import DeskCalls
from voice.desk_members import Members

OFFLINE, BREAK, WRAP_UP, FULL = "Не на линии", "Перерыв", "Дописывает итог", "Ведёт столько разговоров, сколько может"


class DeskPhone:
    """Built when there are both a desk and a PBX. `calls` are the controls for the desk's pages."""

    def __init__(self, side: DeskSide, ami: AmiClient, lines: Lines, member: str) -> None:
        self._side = side
        self.live = LiveCalls(
            side.store, side.vault, side.clock, lines, side.handovers, side.people, self._account_of,
            self._extension_of, side.bulletin, side.wake,
        )  # fmt: skip
        self.calls = DeskCalls(ami, self.live, lines, side.bulletin)
        self._members = Members(ami, self._posts, side.bulletin, member)

    async def start(self) -> None:
        """Begin to follow the PBX, without waiting for it."""
        await self.calls.start()
        await self._members.start()

    async def stop(self) -> None:
        """Stop following."""
        await self._members.stop()
        await self.calls.stop()

    async def _account_of(self, extension: str) -> str:
        accounts = await self._side.accounts.all()
        return next((a.id for a in accounts if extension and a.extension == extension and not a.disabled), "")

    async def _extension_of(self, account_id: str) -> str:
        account = await self._side.accounts.get(account_id)
        return account.extension if account is not None and not account.disabled else ""

    async def _posts(self) -> dict[str, str | None]:
        present = {presence.operator.id: presence for presence in await self._side.presences.all()}
        accounts = [a for a in await self._side.accounts.all() if a.extension and a.id in present]
        return {a.extension: _why_not(present[a.id]) for a in accounts}


def _why_not(presence: Presence) -> str | None:
    """Why a telephone is not to be rung; None: it may."""
    if presence.status == "online":
        return None if presence.free > 0 else FULL
    return {"wrap_up": WRAP_UP, "pause": presence.reason or BREAK}.get(presence.status, OFFLINE)
