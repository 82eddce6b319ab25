"""Keep which labels were asked for, by whom, and what became of it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0061_label_requests"
down_revision = "0060_reservation_drafts"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "label_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", MOMENT),
        sa.Column("ended_by", sa.Text()),
        sa.Column("print_id", sa.Integer()),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL) AND (print_id IS NULL OR ended_at IS NOT NULL)",
            name=op.f("ck_label_request_ends_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name="fk_label_request_asset_id_asset"
        ),
        sa.ForeignKeyConstraint(
            ["print_id"], ["label_print.id"], name="fk_label_request_print_id_label_print"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_label_request"),
    )
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_label_request_open", "label_request", ["asset_id"], unique=True,
        sqlite_where=is_open, postgresql_where=is_open,
    )
    op.create_index("ix_label_request_asset_id", "label_request", ["asset_id"])
    op.create_index("ix_label_request_print_id", "label_request", ["print_id"])
    op.create_index("ix_label_request_scan_id", "label_request", ["scan_id"])


def downgrade() -> None:
    op.drop_table("label_request")
