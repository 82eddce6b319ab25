"""Keep reservations, what they book, and what was picked up for them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0043_reservations"
down_revision = "0042_label_designs"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)


def key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}"
    )


def index(table: str, *columns: str) -> None:
    for name in columns:
        op.create_index(f"ix_{table}_{name}", table, [name])


def upgrade() -> None:
    op.create_table(
        "reservation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer()),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("buffer_hours", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("ended_as", sa.Text()),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_reservation_takes_time")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_as IS NULL)", name=op.f("ck_reservation_ends_as_something")
        ),
        key("reservation", "person_id", "person"),
        key("reservation", "place_id", "location"),
        sa.PrimaryKeyConstraint("id", name="pk_reservation"),
        sa.UniqueConstraint("number", name="uq_reservation_number"),
    )
    index("reservation", "person_id", "starts_at")
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_reservation_open", "reservation", ["ends_at"],
        sqlite_where=is_open, postgresql_where=is_open,
    )
    op.create_table(
        "reservation_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reservation_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer()),
        sa.Column("kit_id", sa.Integer()),
        sa.Column("model_id", sa.Integer()),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN asset_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN kit_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN model_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_reservation_line_is_one_thing"),
        ),
        sa.CheckConstraint(
            "quantity > 0 AND (model_id IS NOT NULL OR quantity = 1)",
            name=op.f("ck_reservation_line_of_something"),
        ),
        key("reservation_line", "reservation_id", "reservation"),
        key("reservation_line", "asset_id", "asset"),
        key("reservation_line", "kit_id", "kit"),
        key("reservation_line", "model_id", "asset_model"),
        sa.PrimaryKeyConstraint("id", name="pk_reservation_line"),
    )
    index("reservation_line", "reservation_id", "asset_id", "kit_id", "model_id")
    op.create_table(
        "reservation_pick",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        key("reservation_pick", "line_id", "reservation_line"),
        key("reservation_pick", "asset_id", "asset"),
        key("reservation_pick", "handover_id", "handover"),
        sa.PrimaryKeyConstraint("id", name="pk_reservation_pick"),
        sa.UniqueConstraint(
            "line_id", "asset_id", "handover_id",
            name="uq_reservation_pick_line_id_asset_id_handover_id",
        ),
    )
    index("reservation_pick", "line_id", "asset_id", "handover_id")


def downgrade() -> None:
    for table in ("reservation_pick", "reservation_line", "reservation"):
        op.drop_table(table)
