"""Find what is overdue without reading the register

The start page and the sidebar count check-outs that are past their date.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_due_index"
down_revision = "0008_what_a_scan_proves"
branch_labels = None
depends_on = None

LENT = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_asset_due_at", "asset", ["due_at"], sqlite_where=LENT, postgresql_where=LENT
    )


def downgrade() -> None:
    op.drop_index("ix_asset_due_at", "asset")
