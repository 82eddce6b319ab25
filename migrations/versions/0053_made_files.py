"""Add the files that jobs make for people"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0053_made_files"
down_revision = "0052_programmes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "made_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("params", JSONType, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("pieces", JSONType, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime()),
        sa.CheckConstraint("state IN ('waiting', 'making', 'ready', 'failed')", name="state"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            ondelete="CASCADE",
            name="fk_made_file_user_id_user_account",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_made_file"),
    )
    op.create_index("ix_made_file_user_id_created_at", "made_file", ["user_id", "created_at"])
    op.create_index("ix_made_file_created_at", "made_file", ["created_at"])


def downgrade() -> None:
    op.drop_table("made_file")
