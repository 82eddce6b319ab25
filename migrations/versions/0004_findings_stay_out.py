"""Guard closed audits against findings that come in from another audit

0003 looked at the audit that a finding leaves. It looks at the one that it enters too.
"""

from __future__ import annotations

from alembic import op

revision = "0004_findings_stay_out"
down_revision = "0003_guards"
branch_labels = None
depends_on = None

MESSAGE = "a finding of a closed audit cannot be changed"
FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_closed_finding() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM audit WHERE state = 'closed' AND id IN ({audits})) THEN
    RAISE EXCEPTION '{message}';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER finding_closed_no_entry BEFORE UPDATE OF audit_id ON finding "
            "WHEN (SELECT state FROM audit WHERE id = NEW.audit_id) = 'closed' "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )
    else:
        op.execute(FUNCTION.format(audits="NEW.audit_id, OLD.audit_id", message=MESSAGE))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER finding_closed_no_entry")
    else:
        audits = "COALESCE(NEW.audit_id, OLD.audit_id)"
        op.execute(FUNCTION.format(audits=audits, message=MESSAGE))
