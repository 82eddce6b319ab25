"""Add kinds of assets, licences, their seats and what is installed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0049_licences"
down_revision = "0048_recounts"
branch_labels = None
depends_on = None

OPEN = {
    "person_id": "ended_at IS NULL AND person_id IS NOT NULL",
    "asset_id": "ended_at IS NULL AND asset_id IS NOT NULL",
}


def upgrade() -> None:
    # Both databases add this column without writing a row.
    op.execute("ALTER TABLE asset ADD COLUMN kind VARCHAR(24) DEFAULT 'hardware' NOT NULL")
    op.create_table(
        "licence",
        sa.Column("asset_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("product_key", sa.Text(), nullable=False),
        sa.Column("key_hint", sa.Text(), nullable=False),
        sa.Column("metric", sa.String(24), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.Column("min_free", sa.Integer(), nullable=False),
        sa.Column("min_cores", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date()),
        sa.Column("ends_on", sa.Date()),
        sa.Column("maintained_until", sa.Date()),
        sa.Column("termination_on", sa.Date()),
        sa.Column("reassignable", sa.Boolean(), nullable=False),
        sa.Column("allows_overuse", sa.Boolean(), nullable=False),
        sa.Column("is_overuse_accepted", sa.Boolean(), nullable=False),
        sa.Column("unit_price_cents", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.CheckConstraint("seats >= 0 AND given >= 0", name="counts"),
        sa.CheckConstraint(
            "given <= seats OR allows_overuse OR is_overuse_accepted", name="has_seat"
        ),
        sa.CheckConstraint(
            "ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on", name="days"
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], ondelete="CASCADE", name="fk_licence_asset_id_asset"
        ),
        sa.PrimaryKeyConstraint("asset_id", name="pk_licence"),
    )
    op.create_index("ix_licence_product_key", "licence", ["product_key"])
    make_seat()
    op.create_table(
        "device_software",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("product_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("cores", sa.Integer()),
        sa.Column("first_seen_on", sa.Date(), nullable=False),
        sa.Column("last_seen_on", sa.Date(), nullable=False),
        sa.Column("last_used_on", sa.Date()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], ondelete="CASCADE", name="fk_device_software_asset_id_asset"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_device_software"),
        sa.UniqueConstraint(
            "asset_id", "product_key", name="uq_device_software_asset_id_product_key"
        ),
    )
    op.create_index("ix_device_software_product_key", "device_software", ["product_key"])


def make_seat() -> None:
    op.create_table(
        "seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("licence_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("asset_id", sa.Integer()),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("started_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UTCDateTime(timezone=True)),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text()),
        sa.CheckConstraint("(person_id IS NULL) <> (asset_id IS NULL)", name="of_one_holder"),
        sa.CheckConstraint("quantity > 0", name="some"),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["licence.asset_id"], ondelete="CASCADE",
            name="fk_seat_licence_id_licence",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_seat_person_id_person"),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], ondelete="CASCADE", name="fk_seat_asset_id_asset"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_seat"),
    )
    for column in ("licence_id", "person_id", "asset_id"):
        op.create_index(f"ix_seat_{column}", "seat", [column])
    for column, where in OPEN.items():
        op.create_index(
            f"uq_seat_open_{column.removesuffix('_id')}", "seat", ["licence_id", column],
            unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where),
        )


def downgrade() -> None:
    op.drop_table("device_software")
    op.drop_table("seat")
    op.drop_table("licence")
    op.drop_column("asset", "kind")
