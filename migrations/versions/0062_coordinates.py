"""Give locations coordinates"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0062_coordinates"
down_revision = "0061_label_requests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("location", sa.Column("latitude", sa.Double(), nullable=True))
    op.add_column("location", sa.Column("longitude", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("location", "longitude")
    op.drop_column("location", "latitude")
