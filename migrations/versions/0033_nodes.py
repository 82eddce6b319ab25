"""Keep what the machines of one service agree on: keys, rates, the oldest program"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0033_nodes"
down_revision = "0032_proofs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("public_pem", sa.Text(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("since", UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service_key"),
        sa.UniqueConstraint("kind", "key_id", name="uq_service_key_kind_key_id"),
    )
    op.create_index(
        "uq_service_key_current", "service_key", ["kind"], unique=True,
        sqlite_where=sa.text("is_current"), postgresql_where=sa.text("is_current"),
    )
    is_postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "rate_bucket",
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("amount_left", sa.Float(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sender", name="pk_rate_bucket"),
        prefixes=["UNLOGGED"] if is_postgres else [],
    )
    floor = op.create_table(
        "schema_floor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schema_floor"),
    )
    op.bulk_insert(floor, [{"id": 1, "revision": revision}])


def downgrade() -> None:
    op.drop_table("schema_floor")
    op.drop_table("rate_bucket")
    op.drop_table("service_key")
