"""Count what a contract covers by an index"""

from __future__ import annotations

from alembic import op

revision = "0065_contract_days"
down_revision = "0064_audit_holdings"
branch_labels = None
depends_on = None

TABLE, OLD, NEW = "contract_asset", "ix_contract_asset_contract_id", "ix_contract_asset_days"


def upgrade() -> None:
    op.create_index(NEW, TABLE, ["contract_id", "from_on", "until_on", "asset_id"])
    op.drop_index(OLD, TABLE)


def downgrade() -> None:
    op.create_index(OLD, TABLE, ["contract_id"])
    op.drop_index(NEW, TABLE)
