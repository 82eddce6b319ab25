"""Keep to which asset an unknown label of an audit belongs, and find labels called foreign before"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025_matches"
down_revision = "0024_lending"
branch_labels = None
depends_on = None

CLOSED = "a finding of a closed audit cannot be changed"
UNKNOWN = sa.text("asset_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "audit_match",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("code_key", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("becomes_code", sa.Boolean(), nullable=False),
        sa.Column("act_id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [f"{other}_id"], [f"{other}.id"], name=f"fk_audit_match_{other}_id_{other}"
            )
            for other in ("audit", "asset", "act")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audit_match"),
    )
    op.create_index(
        "uq_audit_match_audit_id_code_key", "audit_match", ["audit_id", "code_key"], unique=True
    )
    op.create_index("ix_audit_match_asset_id", "audit_match", ["asset_id"])
    op.create_index(
        "ix_finding_code_key", "finding", ["code_key"],
        sqlite_where=UNKNOWN, postgresql_where=UNKNOWN,
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb, audits in (
            ("INSERT", "NEW.audit_id"),
            ("UPDATE", "OLD.audit_id, NEW.audit_id"),
            ("DELETE", "OLD.audit_id"),
        ):
            op.execute(
                f"CREATE TRIGGER audit_match_closed_no_{verb.lower()} BEFORE {verb} ON audit_match "
                f"WHEN EXISTS (SELECT 1 FROM audit WHERE id IN ({audits}) AND state = 'closed') "
                f"BEGIN SELECT RAISE(ABORT, '{CLOSED}'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER audit_match_closed_is_final BEFORE INSERT OR UPDATE OR DELETE "
            "ON audit_match FOR EACH ROW EXECUTE FUNCTION refuse_closed_finding()"
        )


def downgrade() -> None:
    op.drop_index("ix_finding_code_key", "finding")
    op.drop_table("audit_match")
