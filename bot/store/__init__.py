"""Storage: one SQL database, SQLite by default and PostgreSQL by URL; the rooms above never open it themselves."""

from bot.store.base import Base, Store, UtcDateTime
from bot.store.vault import Vault

__all__ = ["Base", "Store", "UtcDateTime", "Vault"]
