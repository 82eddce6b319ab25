"""Keep pictures of shelves, and which scans stand on them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from scanner_app.models.base import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEPT = "a recorded picture is evidence and cannot be changed"


def upgrade() -> None:
    op.create_table(
        "shelf_shot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("upload_sha256", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column(
            "symbols",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("taken_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=True),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("width > 0 AND height > 0", name="ck_shelf_shot_has_a_size"),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name="fk_shelf_shot_audit_id_audit"),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name="fk_shelf_shot_location_id_location"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shelf_shot"),
    )
    op.create_index("ix_shelf_shot_actor", "shelf_shot", ["actor", "recorded_at"])
    op.create_table(
        "scan_picture",
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("shot_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scan.scan_id"], name="fk_scan_picture_scan_id_scan"),
        sa.ForeignKeyConstraint(
            ["shot_id"], ["shelf_shot.id"], name="fk_scan_picture_shot_id_shelf_shot"
        ),
        sa.PrimaryKeyConstraint("scan_id", name="pk_scan_picture"),
    )
    op.create_index("ix_scan_picture_shot_id", "scan_picture", ["shot_id"])
    protect_the_evidence()


def protect_the_evidence() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER scan_picture_is_final BEFORE UPDATE OR DELETE ON scan_picture "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{KEPT}')"
        )
        op.execute(
            "CREATE TRIGGER shelf_shot_recorded_is_final BEFORE UPDATE OR DELETE ON shelf_shot "
            "FOR EACH ROW WHEN (OLD.recorded_at IS NOT NULL) "
            f"EXECUTE FUNCTION refuse_change('{KEPT}')"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER scan_picture_no_{verb.lower()} BEFORE {verb} ON scan_picture "
            f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
        )
        op.execute(
            f"CREATE TRIGGER shelf_shot_recorded_no_{verb.lower()} BEFORE {verb} ON shelf_shot "
            f"WHEN OLD.recorded_at IS NOT NULL BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
        )


def downgrade() -> None:
    op.drop_table("scan_picture")
    op.drop_table("shelf_shot")
