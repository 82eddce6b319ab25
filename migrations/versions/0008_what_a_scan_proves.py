"""Keep when an audit counted, how exact a place must be, and scans outside of it

A scan is judged by when it was made. Of a count that was resumed before, only its first start and
its last end are known: it is one span.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008_what_a_scan_proves"
down_revision = "0007_acts"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    # Both databases add these columns without writing a row.
    op.add_column("audit", sa.Column("policy", JSON, nullable=False, server_default="{}"))
    op.add_column("audit", sa.Column("counting_spans", JSON, nullable=False, server_default="[]"))
    op.execute(
        "ALTER TABLE finding ADD COLUMN outside_scan_id INTEGER "
        "CONSTRAINT fk_finding_outside_scan_id_scan REFERENCES scan (id)"
    )
    connection = op.get_bind()
    rows = connection.execute(
        # A closed audit takes no scan, and no change either.
        sa.text(
            "SELECT id, counting_started_at, counting_ended_at FROM audit "
            "WHERE counting_started_at IS NOT NULL AND state <> 'closed'"
        )
    )
    change = sa.text("UPDATE audit SET counting_spans = :spans WHERE id = :id").bindparams(
        sa.bindparam("spans", type_=JSON)
    )
    for id_, start, end in rows.all():
        spans = [[_show(start), _show(end) if end else None]]
        connection.execute(change, {"spans": spans, "id": id_})


def _show(moment: Any) -> str:
    """Return a time as the column holds it; SQLite keeps times without a zone."""
    if isinstance(moment, datetime):
        return moment.isoformat()
    return datetime.fromisoformat(f"{moment}+00:00").isoformat()


def downgrade() -> None:
    op.drop_column("audit", "policy")
    op.drop_column("audit", "counting_spans")
    op.drop_column("finding", "outside_scan_id")
