"""Puts the care for citizens' data together over the settings: for the desk, the nightly job and the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from app.settings import Settings
from bot.accounts.audit import Audit
from bot.privacy.privacy import Privacy
from bot.privacy.rules import RetentionRules
from bot.privacy.stores import Files
from bot.privacy.trackers import Trackers
from bot.store import Store, Vault
from voice import recording


class RecordedCalls:
    """The folder of recordings as `bot.privacy.stores.Sounds`."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder, self._vault = folder, vault

    def remove(self, call_id: str) -> None:
        """See `Sounds.remove`."""
        self._path(call_id).unlink(missing_ok=True)

    def export(self, call_id: str, target: Path) -> bool:
        """See `Sounds.export`."""
        try:
            recording.export(self._path(call_id), self._vault, target)
        except (FileNotFoundError, recording.BrokenRecording):
            return False
        return True

    def _path(self, call_id: str) -> Path:
        return self._folder / f"{Path(call_id).name}{recording.SUFFIX}"


def privacy_of(
    settings: Settings,
    store: Store,
    vault: Vault,
    clock: Callable[[], datetime],
    audit: Audit,
    files: Files,
    zone: ZoneInfo,
) -> Privacy:
    """The care for the data of one installation. Raises ContentError of content/retention.yml."""
    rules = RetentionRules.load(settings.content_dir / "retention.yml", settings.retention_days)
    sounds, trackers = RecordedCalls(settings.recordings_dir, vault), Trackers(settings.rasa_db)
    return Privacy(store, vault, clock, audit, rules, files, sounds, trackers, zone)
