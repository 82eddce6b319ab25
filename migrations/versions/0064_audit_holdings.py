"""Keep what an audit covers that has no label: licences, cloud and data assets, stock"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0064_audit_holdings"
down_revision = "0063_approved_amounts"
branch_labels = None
depends_on = None

TABLE = "audit_holding"
CLOSED = "a finding of a closed audit cannot be changed"
KEYS = {
    "asset_id": "asset.id",
    "stock_item_id": "stock_item.id",
    "location_id": "location.id",
    "custodian_id": "person.id",
    "act_id": "act.id",
    "decided_act_id": "act.id",
}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        *(sa.Column(name, sa.Integer()) for name in KEYS),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Text())
            for name in ("location", "location_name", "custodian", "custodian_name")
        ),
        sa.Column("frozen_quantity", sa.Integer()),
        sa.Column("holds", sa.Boolean()),
        sa.Column("counted", sa.Integer()),
        sa.Column("recorded", sa.Integer()),
        sa.Column("note", sa.Text()),
        sa.Column("answered_at", UTCDateTime(timezone=True)),
        sa.Column("answered_by", sa.Text()),
        sa.Column("answered_key", sa.Text()),
        sa.Column("is_by_owner", sa.Boolean(), nullable=False),
        sa.Column("proposal", sa.String(24)),
        sa.Column("decision", sa.String(24)),
        sa.Column("reason", sa.Text()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", UTCDateTime(timezone=True)),
        sa.CheckConstraint(
            "(asset_id IS NULL) <> (stock_item_id IS NULL)",
            name="is_an_asset_or_stock",
        ),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audit.id"], ondelete="CASCADE", name="fk_audit_holding_audit_id_audit"
        ),
        *(
            sa.ForeignKeyConstraint(
                [name], [target], name=f"fk_audit_holding_{name}_{target.partition('.')[0]}"
            )
            for name, target in KEYS.items()
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audit_holding"),
    )
    op.create_index("ix_audit_holding_audit_id", TABLE, ["audit_id", "id"])
    op.create_index("ix_audit_holding_asset_id", TABLE, ["asset_id"])
    op.create_index("ix_audit_holding_stock_item_id", TABLE, ["stock_item_id"])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        op.execute(
            f"CREATE TRIGGER {TABLE}_closed_is_final BEFORE INSERT OR UPDATE OR DELETE ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_closed_finding()"
        )


def _guard_sqlite() -> None:
    for verb, audits in (
        ("INSERT", "NEW.audit_id"),
        ("UPDATE", "OLD.audit_id, NEW.audit_id"),
        ("DELETE", "OLD.audit_id"),
    ):
        op.execute(
            f"CREATE TRIGGER {TABLE}_closed_no_{verb.lower()} BEFORE {verb} ON {TABLE} "
            f"WHEN EXISTS (SELECT 1 FROM audit WHERE id IN ({audits}) AND state = 'closed') "
            f"BEGIN SELECT RAISE(ABORT, '{CLOSED}'); END"
        )


def downgrade() -> None:
    op.drop_table(TABLE)
