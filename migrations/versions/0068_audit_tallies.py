"""Keep the tallies of audits, so that their pages need not count every finding"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0068_audit_tallies"
down_revision = "0067_log_witness"
branch_labels = None
depends_on = None

CLOSED = "a finding of a closed audit cannot be changed"
INDEX, DECIDED = "ix_finding_untallied", "ix_finding_decided"
IS_DECIDED = sa.text("decision IS NOT NULL")
UNTALLIED = sa.text(
    "is_expected AND coalesce(tallied, -1) <> (CASE state WHEN 'missing' THEN 0"
    " WHEN 'verified' THEN 1 WHEN 'misplaced' THEN 2 ELSE 3 END"
    " + CASE WHEN seen_location_id IS NULL THEN 0 ELSE 4 END"
    " + CASE WHEN proposal IS NULL THEN 0 WHEN decision IS NULL THEN 8 ELSE 16 END"
    " + CASE WHEN outside_scan_id IS NULL THEN 0 ELSE 32 END)"
)


def upgrade() -> None:
    op.create_table(
        "audit_tally",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("cell", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("value_cents", sa.BigInteger(), nullable=False),
        sa.Column("valued", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audit.id"], ondelete="CASCADE", name="fk_audit_tally_audit_id_audit"
        ),
        sa.PrimaryKeyConstraint(
            "audit_id", "part", "key", "currency", "cell", name="pk_audit_tally"
        ),
    )
    # What was expected before has no cell, so all of it is counted each time until a worker keeps it.
    op.add_column("finding", sa.Column("tallied", sa.Integer()))
    op.create_index(
        INDEX, "finding", ["audit_id"], sqlite_where=UNTALLIED, postgresql_where=UNTALLIED
    )
    op.create_index(
        DECIDED,
        "finding",
        ["audit_id", "decision", "proposal"],
        sqlite_where=IS_DECIDED,
        postgresql_where=IS_DECIDED,
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
            op.execute(
                f"CREATE TRIGGER audit_tally_closed_no_{verb.lower()} BEFORE {verb} ON audit_tally "
                f"WHEN EXISTS (SELECT 1 FROM audit WHERE id = {row}.audit_id AND state = 'closed') "
                f"BEGIN SELECT RAISE(ABORT, '{CLOSED}'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER audit_tally_closed_is_final BEFORE INSERT OR UPDATE OR DELETE "
            "ON audit_tally FOR EACH ROW EXECUTE FUNCTION refuse_closed_finding()"
        )


def downgrade() -> None:
    op.drop_index(DECIDED, "finding")
    op.drop_index(INDEX, "finding")
    op.drop_column("finding", "tallied")
    op.drop_table("audit_tally")
