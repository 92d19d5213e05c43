"""The calls the robot makes itself, put together: the plan, the PBX that dials, and what a talk may do about its matter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from app.problems import Problem
from app.settings import Settings
from bot.due_sender import Calling
from bot.services.calls.hours import CallingHours
from bot.services.calls.lines import Lines
from bot.services.calls.outgoing import OutgoingCalls
from bot.services.calls.planned import covering_calls
from bot.services.calls.registry import Calls
from bot.services.calls.standing import appointment_standing
from bot.services.calls.talked import Keeper, OutgoingTalks
from bot.services.consents.texts import Texts
from bot.services.plain_yaml import plain_yaml
from bot.services.production_calendar import ProductionCalendar, parse_calendar
from bot.store import Store, Vault
from voice.ami import AmiClient, AmiSettings
from voice.due_calls import DueCalls
from voice.outgoing import DialSettings, OutgoingCaller
from voice.script import Script

log = structlog.get_logger(__name__)


class OutgoingHouse:
    """Built with the telephone, started and stopped with it. Without a PBX to dial (`ami_host`) nothing is ever planned.

    `calling` is for the due messages, `talks` for the calls' talks, `ami` for whoever follows the PBX's queues.
    """

    def __init__(
        self,
        settings: Settings,
        zone: ZoneInfo,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        lines: Lines,
        calls: Calls,
        appointments: Keeper,
        script: Script,
    ) -> None:
        """Opens no connection yet. Raises Problem for settings that cannot be dialled with, ContentError."""
        folder = settings.content_dir
        calendar = ProductionCalendar(parse_calendar(_yaml(folder / "calendar.yml")))
        version = Texts(_yaml(folder / "consents.yml")).text("notifications").version
        outgoing = OutgoingCalls(
            store, vault, clock, lines, CallingHours(lines.outgoing, zone, calendar),
            appointment_standing(appointments, clock), covering_calls(version),
        )  # fmt: skip
        self.ami: AmiClient | None = None
        self._caller: OutgoingCaller | None = None
        if settings.ami_host:
            self.ami = AmiClient(
                AmiSettings(settings.ami_host, settings.ami_port, settings.ami_user, settings.ami_secret)
            )
            self._caller = OutgoingCaller(calls, outgoing, self.ami, DialSettings(channel=_channel(settings)))
        self.calling: Calling | None = DueCalls(outgoing, vault, clock, script, self._wake) if self.ami else None
        self.talks = OutgoingTalks(outgoing, appointments, self._wake)

    async def start(self) -> None:
        """Connect to the PBX and begin to call; does not wait for the PBX."""
        if self.ami is not None and self._caller is not None:
            await self.ami.start()
            await self._caller.start()
            log.info("outgoing.started")

    async def stop(self) -> None:
        """Take no more calls; what rings is waited for a moment."""
        if self.ami is not None and self._caller is not None:
            await self._caller.stop()
            await self.ami.stop()

    def _wake(self) -> None:
        if self._caller is not None:
            self._caller.wake()


def _channel(settings: Settings) -> str:
    try:
        channel = settings.ami_channel.format(phone="1", number="1", digits="1")
    except (KeyError, ValueError, IndexError):
        channel = ""
    if "/" not in channel or channel == settings.ami_channel:
        raise Problem(
            "Настройка OTKLIK_AMI_CHANNEL: нужна строка набора со вставкой {phone}, например Local/{phone}@otklik-outgoing."
        )
    return settings.ami_channel


def _yaml(path: Path) -> Any:
    return plain_yaml(path.read_text("utf-8"))
