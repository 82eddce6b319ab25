"""Keep rules of lending, closed days, and the time zones of places"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0024_lending"
down_revision = "0023_notices"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)


def upgrade() -> None:
    rule = op.create_table(
        "loan_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("selectors", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Integer()),
        sa.Column("person_group", sa.Text()),
        sa.Column("category_id", sa.Integer()),
        sa.Column("loan_days", sa.Integer()),
        sa.Column("loan_hours", sa.Integer()),
        sa.Column("due_at_hour", sa.Integer()),
        sa.Column("due_on", sa.Date()),
        sa.Column("most_items", sa.Integer()),
        sa.Column("most_value_cents", sa.BigInteger()),
        sa.Column("extensions", sa.Integer()),
        sa.Column("extension_days", sa.Integer()),
        sa.Column("grace_hours", sa.Integer()),
        sa.Column("buffer_hours", sa.Integer()),
        sa.Column("overdue_block_days", sa.Integer()),
        sa.Column("signature", sa.String(24)),
        sa.Column("returns", sa.String(24)),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "loan_days IS NULL OR loan_hours IS NULL", name=op.f("ck_loan_rule_days_or_hours")
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["location.id"], name="fk_loan_rule_place_id_location"
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name="fk_loan_rule_category_id_category"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_loan_rule"),
        sa.UniqueConstraint("selectors", name="uq_loan_rule_selectors"),
    )
    op.create_index("ix_loan_rule_place_id", "loan_rule", ["place_id"])
    op.create_index("ix_loan_rule_category_id", "loan_rule", ["category_id"])
    # The default, which holds for everything and says nothing yet.
    op.bulk_insert(
        rule,
        [{"selectors": "||", "changed_at": datetime(2026, 1, 1, tzinfo=UTC), "changed_by": ""}],
    )
    op.create_table(
        "closed_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer()),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"],
            name="fk_closed_day_location_id_location", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_closed_day"),
        sa.UniqueConstraint("key", name="uq_closed_day_key"),
    )
    op.create_index("ix_closed_day_location_id", "closed_day", ["location_id"])
    # Both databases add a column that may be empty without writing a row.
    op.add_column("location", sa.Column("time_zone", sa.Text()))


def downgrade() -> None:
    op.drop_column("location", "time_zone")
    op.drop_table("closed_day")
    op.drop_table("loan_rule")
