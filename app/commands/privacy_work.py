"""What `retention` and `citizen` have in common: the database opened for one piece of work, and one line for what goes wrong."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from app import settings as configuration
from app.privacy import privacy_of
from app.problems import Problem
from app.vaults import vault_of
from bot.accounts.audit import Audit
from bot.privacy.erasure import CannotErase
from bot.privacy.privacy import Privacy
from bot.services.errors import ContentError
from bot.store import Store
from bot.store.migrate import upgrade
from channels.files import FileStore

T = TypeVar("T")


def with_privacy(work: Callable[[Privacy], Awaitable[T]]) -> T:
    """Do a piece of work over the database of the settings. Raises Problem."""
    settings = configuration.load()
    path = settings.sqlite_file
    if path is not None and not path.exists():
        raise Problem("Базы данных ещё нет: она появится при первом запуске, ./otklik up.")
    vault = vault_of(settings)

    async def opened() -> T:
        store = Store(settings.database_url)

        def clock() -> datetime:
            return datetime.now(UTC)

        try:
            files = FileStore(settings.files_dir, vault)
            zone = ZoneInfo(settings.timezone)
            return await work(privacy_of(settings, store, vault, clock, Audit(store, clock), files, zone))
        finally:
            await store.close()

    try:
        upgrade(settings.database_url)
        return asyncio.run(opened())
    except ContentError as error:
        raise Problem(f"{error}.") from error
    except CannotErase as error:
        raise Problem(error.text) from error
    except SQLAlchemyError as error:
        name = type(error).__name__
        raise Problem(f"База данных не отвечает ({name}). Что не так, скажет ./otklik doctor.") from error


def user() -> str:
    """Who runs the command, for the audit log."""
    try:
        return f"командная строка: {getpass.getuser()}"
    except (OSError, KeyError):
        return "командная строка"
