"""Telephone calls, and those the robot is to make.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("dialled", sa.String(length=20), nullable=False),
        sa.Column("caller", sa.Text(), nullable=True),
        sa.Column("user", sa.String(length=200), nullable=False),
        sa.Column("linked_id", sa.String(length=80), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=True),
        sa.Column("citizen_id", sa.String(length=36), nullable=True),
        sa.Column("purpose", sa.String(length=20), nullable=True),
        sa.Column("outgoing_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("after_kind", sa.String(length=10), nullable=True),
        sa.Column("after_target", sa.String(length=40), nullable=False),
        sa.Column("after_group", sa.String(length=40), nullable=False),
        sa.Column("transfers", sa.Integer(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("recording", sa.String(length=200), nullable=True),
        sa.Column("recording_delete_after", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_state", "calls", ["state", "expires_at"])
    for column in (
        "user", "linked_id", "conversation_id", "citizen_id", "outgoing_id", "registered_at", "recording_delete_after",
    ):  # fmt: skip
        op.create_index(op.f(f"ix_calls_{column}"), "calls", [column])
    op.create_table(
        "outgoing_calls",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("citizen_id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("line", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("ref", sa.String(length=80), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("consent_ref", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_calls")),
        sa.UniqueConstraint("key", name=op.f("uq_outgoing_calls_key")),
    )
    op.create_index("ix_outgoing_calls_state", "outgoing_calls", ["state", "next_try_at"])
    for column in ("citizen_id", "ref"):
        op.create_index(op.f(f"ix_outgoing_calls_{column}"), "outgoing_calls", [column])


def downgrade() -> None:
    for table in ("outgoing_calls", "calls"):
        op.drop_table(table)
