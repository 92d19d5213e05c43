"""Alembic's entry: runs migrations on the connection that `bot.store.migrate` opened."""

from alembic import context

from bot.store.base import Base
from bot.store.tables import import_all

import_all()
connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    # SQLite cannot alter most things in place: Alembic then copies the table.
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
