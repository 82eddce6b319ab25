"""Seed the names that other registers give the lifecycle stages"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None

# As of this migration; what an admin changed since is kept.
NAMES = {
    "ready to deploy": "in_stock",
    "rtd": "in_stock",
    "deployable": "in_stock",
    "available": "in_stock",
    "deployed": "in_use",
    "in use": "in_use",
    "pending": "ordered",
    "requested": "requested",
    "on order": "ordered",
    "out for diagnostics": "in_maintenance",
    "out for repair": "in_maintenance",
    "undeployable": "in_maintenance",
    "broken": "in_maintenance",
    "broken - not fixable": "retired",
    "lost/stolen": "missing",
    "lost": "missing",
    "stolen": "missing",
    "archived": "retired",
}

table = sa.table("status_name", sa.column("name_key", sa.Text), sa.column("stage", sa.Text))


def upgrade() -> None:
    op.bulk_insert(table, [{"name_key": name, "stage": stage} for name, stage in NAMES.items()])


def downgrade() -> None:
    op.execute(table.delete().where(table.c.name_key.in_(list(NAMES))))
