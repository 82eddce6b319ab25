"""Keep which locations of an audit have their second count open"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType

revision = "0048_recounts"
down_revision = "0047_suggestions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit", sa.Column("recounts", JSONType, nullable=True))


def downgrade() -> None:
    op.drop_column("audit", "recounts")
