"""Guard what is final: the scan log, seals, closed audits and recorded pictures

What the log and a closed audit promise is guarded by the database too. No later code changes them
by mistake, nor does a person who has the connection of the application.
"""

from __future__ import annotations

from alembic import op

revision = "0003_guards"
down_revision = "0002_search_index"
branch_labels = None
depends_on = None

EVIDENCE = "a recorded picture is evidence and cannot be changed"
CLOSED_AUDIT = "a closed audit cannot be changed"
CLOSED_FINDING = "a finding of a closed audit cannot be changed"
# Guarded table: the message of the error.
FINAL = {
    "scan": "the scan log is append-only",
    "seal": "a seal cannot be changed",
    "scan_picture": EVIDENCE,
}
# Functions of PostgreSQL.
REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$
"""
REFUSE_CLOSED_FINDING = f"""
CREATE FUNCTION refuse_closed_finding() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE the_audit integer := COALESCE(NEW.audit_id, OLD.audit_id);
BEGIN
  IF (SELECT state FROM audit WHERE id = the_audit) = 'closed' THEN
    RAISE EXCEPTION '{CLOSED_FINDING}';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        guard_sqlite()
    else:
        guard_postgres()


def guard_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        for table, message in FINAL.items():
            refuse_on_sqlite(f"{table}_no", verb, table, "", message)
        closed = "WHEN OLD.state = 'closed' "
        refuse_on_sqlite("audit_closed_no", verb, "audit", closed, CLOSED_AUDIT)
        recorded = "WHEN OLD.recorded_at IS NOT NULL "
        refuse_on_sqlite("shelf_shot_recorded_no", verb, "shelf_shot", recorded, EVIDENCE)
    for verb, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        closed = f"WHEN (SELECT state FROM audit WHERE id = {row}.audit_id) = 'closed' "
        refuse_on_sqlite("finding_closed_no", verb, "finding", closed, CLOSED_FINDING)


def refuse_on_sqlite(name: str, verb: str, table: str, when: str, message: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {table} {when}"
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def guard_postgres() -> None:
    op.execute(REFUSE_CHANGE)
    op.execute(REFUSE_CLOSED_FINDING)
    for table, message in FINAL.items():
        refuse_on_postgres(f"{table}_is_final", table, "", message)
    closed, recorded = "WHEN (OLD.state = 'closed') ", "WHEN (OLD.recorded_at IS NOT NULL) "
    refuse_on_postgres("audit_closed_is_final", "audit", closed, CLOSED_AUDIT)
    refuse_on_postgres("shelf_shot_recorded_is_final", "shelf_shot", recorded, EVIDENCE)
    op.execute(
        "CREATE TRIGGER finding_closed_is_final BEFORE INSERT OR UPDATE OR DELETE ON finding "
        "FOR EACH ROW EXECUTE FUNCTION refuse_closed_finding()"
    )
    # TRUNCATE fires no trigger of a row, so it needs a guard too.
    for table, message in {**FINAL, "shelf_shot": EVIDENCE}.items():
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{message}')"
        )


def refuse_on_postgres(name: str, table: str, when: str, message: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {when}"
        f"EXECUTE FUNCTION refuse_change('{message}')"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            for name in (*(f"{table}_no" for table in FINAL), "audit_closed_no",
                         "shelf_shot_recorded_no", "finding_closed_no"):  # fmt: skip
                op.execute(f"DROP TRIGGER {name}_{verb}")
        op.execute("DROP TRIGGER finding_closed_no_insert")
        return
    # The triggers that call a function go with it.
    op.execute("DROP FUNCTION refuse_change() CASCADE")
    op.execute("DROP FUNCTION refuse_closed_finding() CASCADE")
