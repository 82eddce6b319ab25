"""Keep rolls of blank labels, and the asset that a claim names"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0011_blank_labels"
down_revision = "0010_settings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "label_roll",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("made_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("printed_at", UTCDateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_label_roll"),
    )
    op.create_table(
        "blank_label",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("roll_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "free",
                "claimed",
                "void",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("asset_id", sa.Integer()),
        sa.Column("claimed_by", sa.Uuid()),
        sa.CheckConstraint(
            "(state = 'claimed') = (asset_id IS NOT NULL)",
            name=op.f("ck_blank_label_claimed_by_one"),
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name="fk_blank_label_asset_id_asset"
        ),
        sa.ForeignKeyConstraint(
            ["roll_id"], ["label_roll.id"], name="fk_blank_label_roll_id_label_roll"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_blank_label"),
        sa.UniqueConstraint("code", name="uq_blank_label_code"),
        sa.UniqueConstraint("roll_id", "position", name="uq_blank_label_roll_id_position"),
    )
    op.create_index("ix_blank_label_asset_id", "blank_label", ["asset_id"])
    op.create_index("ix_blank_label_claimed_by", "blank_label", ["claimed_by"])
    # Both databases add a column that may be empty without writing a row.
    op.add_column("scan", sa.Column("for_code", sa.Text()))


def downgrade() -> None:
    op.drop_column("scan", "for_code")
    op.drop_table("blank_label")
    op.drop_table("label_roll")
