"""Storage: one SQL database, SQLite by default and PostgreSQL by URL; the rooms above never open it themselves."""

from bot.store.base import Base, Store, StoreAway, UtcDateTime
from bot.store.vault import Vault

__all__ = ["Base", "Store", "StoreAway", "UtcDateTime", "Vault"]
