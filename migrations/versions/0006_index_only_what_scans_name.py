"""Index only the scans that undo something or count in an audit; close TRUNCATE's way into the log

Most scans do neither, and each index costs every scan that is written. That of the place goes: no
select asks for it, and no place is ever deleted. On PostgreSQL, TRUNCATE fires no row's trigger: what
the log and the seals promise is held against it as well.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = {"voids": ["voids"], "audit_id": ["audit_id", "asset_id"]}
KEPT = {
    "scan": "the scan log is append-only",
    "seal": "a seal cannot be changed",
    "scan_picture": "a recorded picture is evidence and cannot be changed",
    "shelf_shot": "a recorded picture is evidence and cannot be changed",
}


def upgrade() -> None:
    op.drop_index("ix_scan_location_id", "scan")
    for name, columns in COLUMNS.items():
        named = sa.text(f"{name} IS NOT NULL")
        op.drop_index(f"ix_scan_{name}", "scan")
        op.create_index(
            f"ix_scan_{name}", "scan", columns, sqlite_where=named, postgresql_where=named
        )
    if op.get_bind().dialect.name == "postgresql":
        for table, reason in KEPT.items():
            op.execute(
                f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{reason}')"
            )


def downgrade() -> None:
    op.create_index("ix_scan_location_id", "scan", ["location_id"])
    for name, columns in COLUMNS.items():
        op.drop_index(f"ix_scan_{name}", "scan")
        op.create_index(f"ix_scan_{name}", "scan", columns)
    if op.get_bind().dialect.name == "postgresql":
        for table in KEPT:
            op.execute(f"DROP TRIGGER {table}_is_not_emptied ON {table}")
