"""Keep the picture of a floor and the outlines of its rooms"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0021_floor_plans"
down_revision = "0020_jobs"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "floor_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"],
            name="fk_floor_plan_location_id_location", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_floor_plan"),
        sa.UniqueConstraint("location_id", name="uq_floor_plan_location_id"),
    )
    op.create_table(
        "room_outline",
        sa.Column("location_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("corners", sa.Text(), nullable=False),
        sa.Column("drawn_at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"],
            name="fk_room_outline_location_id_location", ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["floor_plan.id"],
            name="fk_room_outline_plan_id_floor_plan", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("location_id", name="pk_room_outline"),
    )
    op.create_index("ix_room_outline_plan_id", "room_outline", ["plan_id"])


def downgrade() -> None:
    op.drop_table("room_outline")
    op.drop_table("floor_plan")
