"""What citizens say of the robot's answers.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer_votes",
        sa.Column("message", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("question", sa.Integer(), nullable=False),
        sa.Column("intent", sa.String(length=80), nullable=False),
        sa.Column("answer", sa.String(length=120), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_answer_votes_conversation_id_conversations")
        ),
        sa.PrimaryKeyConstraint("message", name=op.f("pk_answer_votes")),
    )
    with op.batch_alter_table("answer_votes", schema=None) as batch_op:
        batch_op.create_index("ix_answer_votes_at", ["at", "intent", "answer", "helpful"], unique=False)
        batch_op.create_index("ix_answer_votes_conversation", ["conversation_id", "message"], unique=False)


def downgrade() -> None:
    op.drop_table("answer_votes")
