"""Keep the frozen population of audits in words, and the samples drawn from it

Until now an audit kept ids, and their words were those of the day on which somebody looked. An
audit that is not closed keeps the words of today, which are the oldest that are known. The words
of a closed one are in its seal.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from scanner_app.models.base import UTCDateTime

revision = "0012_samples"
down_revision = "0011_blank_labels"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
GUARDED = {
    "audit_member": "a member of a frozen population cannot be changed",
    "audit_draw": "a draw of a sample cannot be changed",
    "audit_drawn": "a draw of a sample cannot be changed",
}
CLOSED = "a finding of a closed audit cannot be changed"
WORDS = (
    "serial_number", "category", "location", "location_name", "location_path", "custodian",
    "custodian_name", "status",
)


def upgrade() -> None:
    # Both databases add these columns without writing a row.
    op.add_column("audit", sa.Column("plan", JSON, nullable=False, server_default="{}"))
    op.add_column("audit", sa.Column("frozen_at", UTCDateTime(timezone=True)))
    op.add_column("audit", sa.Column("population_sha256", sa.Text()))
    op.add_column("audit", sa.Column("nonce", sa.Text()))
    op.create_table(
        "audit_member",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("is_expected", sa.Boolean(), nullable=False),
        sa.Column("asset_tag", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text()) for name in WORDS),
        sa.Column("value_cents", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("location_id", sa.Integer()),
        sa.Column("custodian_id", sa.Integer()),
        _to("audit_member", "audit_id", "audit"),
        _to("audit_member", "asset_id", "asset"),
        _to("audit_member", "location_id", "location"),
        _to("audit_member", "custodian_id", "person"),
        sa.PrimaryKeyConstraint("audit_id", "asset_id", name="pk_audit_member"),
    )
    op.create_index("ix_audit_member_asset_id", "audit_member", ["asset_id"])
    op.create_table(
        "audit_draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("drawn_at", UTCDateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("drawn_by", "typed", "nonce", "nonce_sha256", "seed")
        ),
        sa.Column("reason", sa.Text()),
        sa.Column("sizes", JSON, nullable=False),
        _to("audit_draw", "audit_id", "audit"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_draw"),
        sa.UniqueConstraint("audit_id", "number", name="uq_audit_draw_audit_id_number"),
    )
    op.create_table(
        "audit_drawn",
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column("drawn_as", sa.String(24), nullable=False),
        _to("audit_drawn", "draw_id", "audit_draw"),
        _to("audit_drawn", "asset_id", "asset"),
        sa.PrimaryKeyConstraint("draw_id", "asset_id", name="pk_audit_drawn"),
    )
    op.create_index("ix_audit_drawn_asset_id", "audit_drawn", ["asset_id"])
    freeze_open_audits()
    guard()


def freeze_open_audits() -> None:
    op.execute(
        "INSERT INTO audit_member (audit_id, asset_id, is_expected, asset_tag, name, "
        "serial_number, category, location, location_name, location_path, custodian, "
        "custodian_name, status, value_cents, currency, location_id, custodian_id) "
        "SELECT finding.audit_id, asset.id, finding.is_expected, asset.asset_tag, asset.name, "
        "asset.serial_number, category.name, location.code, location.name, location.full_name, "
        "COALESCE(person.number, person.name), person.name, finding.recorded_status, "
        "finding.value_cents, asset.currency, location.id, person.id FROM finding "
        "JOIN audit ON audit.id = finding.audit_id JOIN asset ON asset.id = finding.asset_id "
        "LEFT JOIN category ON category.id = asset.category_id "
        "LEFT JOIN location ON location.id = finding.recorded_location_id "
        "LEFT JOIN person ON person.id = finding.recorded_custodian_id "
        "WHERE finding.is_expected AND audit.state <> 'closed'"
    )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}")


def guard() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        op.execute(
            "CREATE TRIGGER audit_member_no_insert BEFORE INSERT ON audit_member "
            "WHEN (SELECT state FROM audit WHERE id = NEW.audit_id) = 'closed' "
            f"BEGIN SELECT RAISE(ABORT, '{CLOSED}'); END"
        )
    else:
        op.execute(
            "CREATE TRIGGER audit_member_is_not_added BEFORE INSERT ON audit_member "
            "FOR EACH ROW EXECUTE FUNCTION refuse_closed_finding()"
        )
    for table, message in GUARDED.items():
        if is_sqlite:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
                )
            continue
        op.execute(
            f"CREATE TRIGGER {table}_is_final BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{message}')"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{message}')"
        )


def downgrade() -> None:
    for table in ("audit_drawn", "audit_draw", "audit_member"):
        op.drop_table(table)
    for column in ("plan", "frozen_at", "population_sha256", "nonce"):
        op.drop_column("audit", column)
