"""Add the record of printed labels"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0054_label_prints"
down_revision = "0053_made_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "label_print",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("printed_at", UTCDateTime(), nullable=False),
        sa.Column("printed_by", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("design", sa.Text(), nullable=False),
        sa.Column("design_version", sa.Integer()),
        sa.Column("stock", sa.Text(), nullable=False),
        sa.Column("printer_id", sa.Integer()),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.CheckConstraint("copies > 0", name="has_copies"),
        sa.ForeignKeyConstraint(
            ["printer_id"], ["printer.id"], name="fk_label_print_printer_id_printer"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_label_print"),
    )
    op.create_index("ix_label_print_code", "label_print", ["code", "kind"])


def downgrade() -> None:
    op.drop_table("label_print")
