"""The vault of the settings: from the variable or the file of keys, with one clear line when they cannot be used."""

from __future__ import annotations

from sqlalchemy import select

from app.problems import Problem
from app.settings import Settings
from bot.store import Store, StoreAway, Vault
from bot.store.conversations import CitizenRow
from bot.store.keys import BadKeys

ENVIRONMENT = "OTKLIK_SECRET_KEY"
FILE = "OTKLIK_SECRET_KEY_FILE"


def vault_of(settings: Settings, *, make: bool = False) -> Vault:
    """The vault; `make`: a missing file is made, as at the first start. Raises Problem."""
    if words := settings.secret_key.get_secret_value():
        try:
            return Vault.from_words(words)
        except BadKeys as error:
            raise Problem(f"{ENVIRONMENT}: {error}.") from error
    path = settings.secret_key_file
    if not make and not path.is_file():
        raise Problem(f"Ключа нет: {path} ({FILE}). Он появится при первом запуске, ./otklik up.")
    try:
        return Vault.from_file(path)
    except BadKeys as error:
        raise Problem(f"Ключи {path} ({FILE}): {error}.") from error
    except OSError as error:
        raise Problem(f"Ключи {path} ({FILE}) не читаются: {error.strerror}.") from error


async def check_fits(settings: Settings, vault: Vault) -> None:
    """Raises Problem when the database holds data that no key opens: a wrong file of keys must not be found out by citizens."""
    store = Store(settings.database_url)
    try:
        async with store.read() as session:
            # The newest is sealed with a key in use, whatever older ones are.
            newest = select(CitizenRow.profile).order_by(CitizenRow.created_at.desc()).limit(1)
            profile = await session.scalar(newest)
    except StoreAway:  # no such table yet, or no database; others tell that
        return
    finally:
        await store.close()
    if profile is not None and vault.ring.key_of(profile.encode()) is None:
        raise Problem(
            f"Ключи {source(settings)} не подходят к базе данных: верните прежние ключи из резервной копии "
            f"({FILE}, {ENVIRONMENT}) или начните с пустой базы."
        )


def source(settings: Settings) -> str:
    """Where the keys come from, for people."""
    return ENVIRONMENT if settings.secret_key.get_secret_value() else str(settings.secret_key_file)
