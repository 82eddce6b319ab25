"""Count what is where, and how far an audit is, by indexes alone"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035_counting_indexes"
down_revision = "0034_lost_since"
branch_labels = None
depends_on = None

UNDECIDED = sa.text("proposal IS NOT NULL AND decision IS NULL")


LENT = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_asset_due_at", table_name="asset")
    op.create_index(
        "ix_asset_due_at", "asset", ["due_at", "status"], sqlite_where=LENT, postgresql_where=LENT
    )
    op.create_index("ix_asset_location_id_status", "asset", ["location_id", "status"])
    op.drop_index("ix_asset_location_id", table_name="asset")
    op.create_index(
        "ix_finding_audit_id_recorded_location_id_state",
        "finding",
        ["audit_id", "recorded_location_id", "state"],
    )
    op.drop_index("ix_finding_audit_id_recorded_location_id", table_name="finding")
    op.create_index(
        "ix_finding_undecided",
        "finding",
        ["audit_id", "recorded_location_id", "state"],
        sqlite_where=UNDECIDED,
        postgresql_where=UNDECIDED,
    )


def downgrade() -> None:
    op.drop_index("ix_asset_due_at", table_name="asset")
    op.create_index(
        "ix_asset_due_at", "asset", ["due_at"], sqlite_where=LENT, postgresql_where=LENT
    )
    op.drop_index("ix_finding_undecided", table_name="finding")
    op.create_index(
        "ix_finding_audit_id_recorded_location_id",
        "finding",
        ["audit_id", "recorded_location_id"],
    )
    op.drop_index("ix_finding_audit_id_recorded_location_id_state", table_name="finding")
    op.create_index("ix_asset_location_id", "asset", ["location_id"])
    op.drop_index("ix_asset_location_id_status", table_name="asset")
