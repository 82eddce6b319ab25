"""Let readers be carried through rooms, belong to a token, and find a tag that is looked for"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from scanner_app import models

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None

# Column of the reader: the table that it refers to.
REFERENCES = {"token_id": "api_token", "carrier_id": "user_account"}
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
PLACES = sa.text("asset_id IS NULL AND location_id IS NOT NULL AND outcome = 'noted'")


def upgrade() -> None:
    op.add_column("reader", sa.Column("clock_offset", sa.Float(), nullable=True))
    for column, table in REFERENCES.items():
        # By hand: Alembic would copy the whole table on SQLite to add a foreign key.
        op.execute(
            f"ALTER TABLE reader ADD COLUMN {column} INTEGER"
            f" CONSTRAINT fk_reader_{column}_{table} REFERENCES {table} (id)"
        )
    op.create_table(
        "tag_watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("codes", JSON, nullable=False),
        sa.Column("signals", JSON, nullable=False),
        sa.Column("started_at", models.UTCDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", models.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name="fk_tag_watch_asset_id_asset", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tag_watch"),
        sa.UniqueConstraint("asset_id", name="uq_tag_watch_asset_id"),
    )
    op.create_index(
        "ix_scan_places",
        "scan",
        ["effective_at"],
        sqlite_where=PLACES,
        postgresql_where=PLACES,
    )


def downgrade() -> None:
    op.drop_index("ix_scan_places", table_name="scan")
    op.drop_table("tag_watch")
    for name in (*REFERENCES, "clock_offset"):
        # By hand here too: the table that Alembic copies and drops takes its read points along.
        op.execute(f"ALTER TABLE reader DROP COLUMN {name}")
