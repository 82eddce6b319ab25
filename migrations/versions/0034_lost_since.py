"""Keep since when an asset is written off as lost"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034_lost_since"
down_revision = "0033_nodes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("asset", sa.Column("lost_since", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("asset", "lost_since")
