"""Keep reservations that are not booked yet"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0060_reservation_drafts"
down_revision = "0059_policy_counts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "reservation",
        sa.Column("is_draft", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("reservation", "is_draft")
