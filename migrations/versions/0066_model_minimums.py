"""Keep how many of a model are to be in stock at least"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0066_model_minimums"
down_revision = "0065_contract_days"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("asset_model", sa.Column("min_in_stock", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("asset_model", "min_in_stock")
