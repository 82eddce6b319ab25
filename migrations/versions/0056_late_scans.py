"""Keep which late scans wait or were taken in, and what phones say they still hold"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0056_late_scans"
down_revision = "0055_device_health"
branch_labels = None
depends_on = None

CLOSED = "a finding of a closed audit cannot be changed"
TAKEN = "a late scan is taken in once"


def upgrade() -> None:
    op.create_table(
        "late_admission",
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("act_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["scan_id"], ["scan.scan_id"], name="fk_late_admission_scan_id_scan"
        ),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name="fk_late_admission_audit_id_audit"),
        sa.ForeignKeyConstraint(["act_id"], ["act.id"], name="fk_late_admission_act_id_act"),
        sa.PrimaryKeyConstraint("scan_id", name="pk_late_admission"),
    )
    op.create_index("ix_late_admission_audit_id", "late_admission", ["audit_id"])
    op.create_table(
        "audit_phone",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("unsent", sa.Integer(), nullable=False),
        sa.Column("told_at", UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("unsent >= 0", name="unsent_is_a_number"),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audit.id"], ondelete="CASCADE", name="fk_audit_phone_audit_id_audit"
        ),
        sa.PrimaryKeyConstraint("audit_id", "actor", "device", name="pk_audit_phone"),
    )
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgres()


def _guard_sqlite() -> None:
    for verb, audits in (
        ("INSERT", "NEW.audit_id"),
        ("UPDATE", "OLD.audit_id, NEW.audit_id"),
        ("DELETE", "OLD.audit_id"),
    ):
        op.execute(
            f"CREATE TRIGGER late_admission_closed_no_{verb.lower()} BEFORE {verb} "
            "ON late_admission "
            f"WHEN EXISTS (SELECT 1 FROM audit WHERE id IN ({audits}) AND state = 'closed') "
            f"BEGIN SELECT RAISE(ABORT, '{CLOSED}'); END"
        )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER late_admission_taken_no_{verb.lower()} BEFORE {verb} "
            "ON late_admission WHEN OLD.act_id IS NOT NULL "
            f"BEGIN SELECT RAISE(ABORT, '{TAKEN}'); END"
        )


def _guard_postgres() -> None:
    op.execute(
        "CREATE TRIGGER late_admission_closed_is_final BEFORE INSERT OR UPDATE OR DELETE "
        "ON late_admission FOR EACH ROW EXECUTE FUNCTION refuse_closed_finding()"
    )
    op.execute(
        "CREATE TRIGGER late_admission_taken_once BEFORE UPDATE OR DELETE ON late_admission "
        "FOR EACH ROW WHEN (OLD.act_id IS NOT NULL) EXECUTE FUNCTION refuse_change("
        f"'{TAKEN}')"
    )


def downgrade() -> None:
    op.drop_table("audit_phone")
    op.drop_table("late_admission")
