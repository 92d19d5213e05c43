"""The number of a deleted message is given to no other one.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # PostgreSQL's sequences never go back; SQLite gives out the number after the highest there is, unless told to remember.
    _recreate(remembers=True)


def downgrade() -> None:
    _recreate(remembers=False)


def _recreate(*, remembers: bool) -> None:
    if op.get_bind().dialect.name == "sqlite":
        kwargs = {"sqlite_autoincrement": remembers}
        with op.batch_alter_table("messages", recreate="always", table_kwargs=kwargs):
            pass
