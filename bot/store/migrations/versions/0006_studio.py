"""The studio: trainings, publications, readings.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "studio_publications",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=36), nullable=False),
        sa.Column("approver", sa.String(length=36), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.Column("run", sa.String(length=36), nullable=False),
        sa.Column("edition", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("parent", sa.String(length=64), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("live_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studio_publications")),
    )
    with op.batch_alter_table("studio_publications", schema=None) as batch_op:
        batch_op.create_index("ix_studio_publications_state", ["state", "created_at"], unique=False)

    op.create_table(
        "studio_runs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("draft", sa.String(length=36), nullable=False),
        sa.Column("edition", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studio_runs")),
    )
    with op.batch_alter_table("studio_runs", schema=None) as batch_op:
        batch_op.create_index("ix_studio_runs_draft", ["draft", "created_at"], unique=False)
        batch_op.create_index("ix_studio_runs_state", ["state"], unique=False)

    op.create_table(
        "studio_readings",
        sa.Column("message", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("intent", sa.String(length=80), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("second", sa.String(length=80), nullable=False),
        sa.Column("second_confidence", sa.Double(), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("doubts", sa.String(length=60), nullable=False),
        sa.Column("meant", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("settled_by", sa.String(length=36), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_studio_readings_conversation_id_conversations")
        ),
        sa.PrimaryKeyConstraint("message", name=op.f("pk_studio_readings")),
    )
    with op.batch_alter_table("studio_readings", schema=None) as batch_op:
        batch_op.create_index("ix_studio_readings_conversation", ["conversation_id", "message"], unique=False)
        batch_op.create_index("ix_studio_readings_open", ["state", "doubtful", "at"], unique=False)


def downgrade() -> None:
    for table in ("studio_readings", "studio_runs", "studio_publications"):
        op.drop_table(table)
