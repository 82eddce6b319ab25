"""Keep hand-overs, their lines and events, and scans whose answer does not hold"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0022_handovers"
down_revision = "0021_floor_plans"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
# Guarded table: the message of the error.
FINAL = {
    "handover": "a hand-over cannot be changed",
    "handover_line": "a line of a hand-over cannot be changed",
    "handover_event": "an event of a hand-over cannot be changed",
}


def upgrade() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
    )
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("mode", sa.String(24), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("place_id", sa.Integer()),
        sa.Column("clerk", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_handover_person_id_person"),
        sa.ForeignKeyConstraint(["place_id"], ["location.id"], name="fk_handover_place_id_location"),
        sa.PrimaryKeyConstraint("id", name="pk_handover"),
        sa.UniqueConstraint("handover_id", name="uq_handover_handover_id"),
        sa.UniqueConstraint("number", name="uq_handover_number"),
    )
    op.create_index("ix_handover_person_id", "handover", ["person_id", "id"])
    op.create_table(
        "handover_line",
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Integer()),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.Column("refusal", sa.Text()),
        sa.Column("condition", sa.Text()),
        sa.Column("checklist", JSONType, nullable=False),
        sa.Column("override", JSONType, nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_handover_line_of_something"),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handover.id"], name="fk_handover_line_handover_id_handover"
        ),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name="fk_handover_line_asset_id_asset"),
        sa.PrimaryKeyConstraint("handover_id", "n", name="pk_handover_line"),
        sa.UniqueConstraint("scan_id", name="uq_handover_line_scan_id"),
    )
    op.create_index("ix_handover_line_asset_id", "handover_line", ["asset_id"])
    op.create_table(
        "handover_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("detail", JSONType, nullable=False),
        sa.Column("seal", sa.Text()),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handover.id"], name="fk_handover_event_handover_id_handover"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_handover_event"),
    )
    op.create_index("ix_handover_event_handover_id", "handover_event", ["handover_id", "id"])
    op.create_table(
        "contested_scan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Integer()),
        sa.Column("cause", sa.Uuid(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.Column("settled_by", sa.Text()),
        sa.Column("settled_note", sa.Text()),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL)",
            name="ck_contested_scan_settled_by_somebody",
        ),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name="fk_contested_scan_asset_id_asset"),
        sa.PrimaryKeyConstraint("id", name="pk_contested_scan"),
        sa.UniqueConstraint("scan_id", name="uq_contested_scan_scan_id"),
    )
    is_open = sa.text("settled_at IS NULL")
    op.create_index(
        "ix_contested_scan_open", "contested_scan", ["id"],
        sqlite_where=is_open, postgresql_where=is_open,
    )
    # Both databases add a column that may be empty without writing a row.
    op.add_column("scan", sa.Column("handover", sa.Uuid()))
    in_tray = sa.text("handover IS NOT NULL")
    op.create_index(
        "ix_scan_handover", "scan", ["handover"], sqlite_where=in_tray, postgresql_where=in_tray
    )
    guard()


def guard() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, message in FINAL.items():
        if is_sqlite:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_is_final BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{message}')"
            )
            op.execute(
                f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{message}')"
            )


def downgrade() -> None:
    op.drop_index("ix_scan_handover", "scan")
    op.drop_column("scan", "handover")
    for table in ("contested_scan", "handover_event", "handover_line", "handover", "counter"):
        op.drop_table(table)
