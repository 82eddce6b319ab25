"""Keep who clears a finding up, and until when"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027_finding_owners"
down_revision = "0026_costs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Both databases add these columns without writing a row.
    op.execute(
        "ALTER TABLE finding ADD COLUMN assignee_id INTEGER "
        "CONSTRAINT fk_finding_assignee_id_user_account REFERENCES user_account (id)"
    )
    op.add_column("finding", sa.Column("due_on", sa.Date()))


def downgrade() -> None:
    op.drop_column("finding", "due_on")
    op.drop_column("finding", "assignee_id")
