"""Alembic's entry: runs migrations on the connection that `bot.store.migrate` opened."""

from typing import Any, Literal

from alembic import context

from bot.store.base import Base, UtcDateTime
from bot.store.tables import import_all


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our moment type as the plain column it is, so that old migrations need none of our code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


import_all()
connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    # SQLite cannot alter most things in place: Alembic then copies the table.
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
