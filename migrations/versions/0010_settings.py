"""Keep what an admin sets, and let a photo go that no audit stands on

A recorded shelf photo stays guarded. The one change that the guard lets pass empties a photo outside
audits that no finding stands on, for the retention that the settings name.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0010_settings"
down_revision = "0009_due_index"
branch_labels = None
depends_on = None

EVIDENCE = "a recorded picture is evidence and cannot be changed"
STANDS = """
    SELECT 1 FROM scan_picture p JOIN scan s ON s.scan_id = p.scan_id
    LEFT JOIN finding f
      ON f.outside_scan_id = s.id OR (f.asset_id = s.asset_id AND f.seen_at = s.effective_at)
    WHERE p.shot_id = OLD.id AND (s.audit_id IS NOT NULL OR f.id IS NOT NULL)
"""
KEPT_COLUMNS = (
    "id", "upload_sha256", "sha256", "width", "height", "symbols", "taken_at", "actor",
    "actor_name", "audit_id", "location_id", "recorded_at",
)  # fmt: skip
FUNCTION = f"""
CREATE FUNCTION refuse_recorded_picture() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND length(NEW.picture) = 0 AND OLD.audit_id IS NULL
    AND to_jsonb(NEW) - 'picture' = to_jsonb(OLD) - 'picture' AND NOT EXISTS ({STANDS}) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '{EVIDENCE}';
END $$
"""


def upgrade() -> None:
    create_settings()
    if op.get_bind().dialect.name == "sqlite":
        same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in KEPT_COLUMNS)
        op.execute("DROP TRIGGER shelf_shot_recorded_no_update")
        op.execute(
            "CREATE TRIGGER shelf_shot_recorded_no_update BEFORE UPDATE ON shelf_shot "
            "WHEN OLD.recorded_at IS NOT NULL AND NOT (length(NEW.picture) = 0 "
            f"AND OLD.audit_id IS NULL AND {same} AND NOT EXISTS ({STANDS})) "
            f"BEGIN SELECT RAISE(ABORT, '{EVIDENCE}'); END"
        )
        return
    op.execute(FUNCTION)
    guard_postgres("refuse_recorded_picture()")


def guard_postgres(function: str) -> None:
    op.execute("DROP TRIGGER shelf_shot_recorded_is_final ON shelf_shot")
    op.execute(
        "CREATE TRIGGER shelf_shot_recorded_is_final BEFORE UPDATE OR DELETE ON shelf_shot "
        f"FOR EACH ROW WHEN (OLD.recorded_at IS NOT NULL) EXECUTE FUNCTION {function}"
    )


def create_settings() -> None:
    op.create_table(
        "setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_setting"),
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER shelf_shot_recorded_no_update")
        op.execute(
            "CREATE TRIGGER shelf_shot_recorded_no_update BEFORE UPDATE ON shelf_shot "
            "WHEN OLD.recorded_at IS NOT NULL "
            f"BEGIN SELECT RAISE(ABORT, '{EVIDENCE}'); END"
        )
    else:
        guard_postgres(f"refuse_change('{EVIDENCE}')")
        op.execute("DROP FUNCTION refuse_recorded_picture()")
    op.drop_table("setting")
